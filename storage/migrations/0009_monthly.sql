-- The last month whose report was looked at by itself ("2026-10"): a desk that was down that morning sends it later.
ALTER TABLE offices ADD COLUMN reported_month TEXT;
