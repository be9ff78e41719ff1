-- Officers' tools: names for the public, withdrawn messages, escalation, the morning post, the roster.

ALTER TABLE officers ADD COLUMN display_name TEXT;   -- as the public reads it, set by an admin
ALTER TABLE officers ADD COLUMN username TEXT;       -- the platform's, lower case: known so that it is not given away
ALTER TABLE messages ADD COLUMN withdrawn_at TEXT;   -- taken back: no copy is to stand with the user
ALTER TABLE offices ADD COLUMN reminded_on TEXT;     -- the last day whose morning was looked at

ALTER TABLE tickets ADD COLUMN escalate_at TEXT;     -- when the supervisor hears that it will be due
CREATE INDEX tickets_escalate ON tickets (office, escalate_at) WHERE escalate_at IS NOT NULL;
-- For tickets that are open already: with the alarm of the morning of their day.
UPDATE tickets SET escalate_at = due_alarm_at WHERE closed_at IS NULL;

-- Who is on duty: a weekday ("mon") or a day ("2026-12-01"), which goes before its weekday. An empty list: nobody.
CREATE TABLE roster (
    office   TEXT NOT NULL,
    slot     TEXT NOT NULL,
    officers TEXT NOT NULL,                 -- their numbers, as /petugas shows them
    PRIMARY KEY (office, slot)
) STRICT;
