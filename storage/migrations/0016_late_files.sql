-- Files that did not come in the first minutes: whatever waits for one steps aside, and it is tried ever more rarely.
ALTER TABLE media ADD COLUMN late INTEGER NOT NULL DEFAULT 0;
