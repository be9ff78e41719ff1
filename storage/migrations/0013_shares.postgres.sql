-- Offices are shared out fairly between processes: how many offices a living one would still like to have.
ALTER TABLE processes ADD COLUMN lacks BIGINT NOT NULL DEFAULT 0;
