-- What a report needs beside the events: notes of officers, frozen reports, and indexes that keep them cheap.
ALTER TABLE tickets ADD COLUMN summary TEXT;        -- one line by an officer, for the office's own list
ALTER TABLE tickets ADD COLUMN silastik_ref TEXT;   -- where the case was entered in Silastik

CREATE INDEX tickets_closed ON tickets (office, closed_at);
CREATE INDEX ticket_events_opened ON ticket_events (office, at, ticket_id) WHERE kind = 'opened';
CREATE INDEX ratings_at ON ratings (office, at);
CREATE INDEX complaints_at ON complaints (office, at);

-- The figures of closed periods as they were first told; a correction is a new version with its reason.
CREATE TABLE report_snapshots (
    office   TEXT NOT NULL,
    kind     TEXT NOT NULL,                 -- 'book' or 'month'
    first    TEXT NOT NULL,
    last     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    at       TEXT NOT NULL,
    actor    TEXT NOT NULL,
    reason   TEXT NOT NULL DEFAULT '',
    checksum TEXT NOT NULL,
    content  TEXT NOT NULL,
    PRIMARY KEY (office, kind, first, last, version)
) STRICT;
CREATE TRIGGER report_snapshots_same BEFORE UPDATE ON report_snapshots BEGIN SELECT raise(ABORT, 'report_snapshots is append-only'); END;
