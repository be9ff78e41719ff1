-- By which calendar the due moments of open tickets were counted last: another one has them counted anew.
ALTER TABLE offices ADD COLUMN calendar TEXT;
