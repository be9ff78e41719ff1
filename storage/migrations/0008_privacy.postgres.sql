-- Privacy: consents that end, erasures with their receipts, legal holds; and what finds rows by person or by age.

ALTER TABLE consents ADD COLUMN withdrawn_at TEXT;

-- The list a restored backup is held against: no name, no number of a chat, only a keyed hash.
CREATE TABLE erasures (
    id          INTEGER PRIMARY KEY,
    office      TEXT NOT NULL,
    hash        TEXT NOT NULL,
    receipt     TEXT NOT NULL,
    at          TEXT NOT NULL,              -- asked for
    identity_id INTEGER REFERENCES identities (id),     -- until it is done
    told_at     TEXT,                       -- the receipt arrived, or cannot
    done_at     TEXT,                       -- the person stands in no table any more
    clean_at    TEXT,                       -- nor in the bytes of the database's files
    alarm_at    TEXT,                       -- when admins are told that it takes too long
    UNIQUE (office, receipt)
) STRICT;
CREATE INDEX erasures_open ON erasures (office, id) WHERE clean_at IS NULL;
CREATE INDEX erasures_hash ON erasures (office, hash, at);

-- Tickets whose record must be kept although somebody asks for erasure.
CREATE TABLE holds (
    ticket_id INTEGER PRIMARY KEY REFERENCES tickets (id),
    office    TEXT NOT NULL,
    actor     TEXT NOT NULL,
    at        TEXT NOT NULL
) STRICT;

CREATE INDEX audit_actor ON audit (office, actor, action, at);
CREATE TRIGGER audit_same BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'audit is append-only'); END;

-- Without it each deleted message looks through all others for replies.
CREATE INDEX messages_reply ON messages (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX outbox_identity ON outbox (identity_id) WHERE identity_id IS NOT NULL;
CREATE INDEX outbox_mail ON outbox (dest) WHERE kind = 'mail';
CREATE INDEX outbox_complaint ON outbox (id) WHERE follow_up = 'complaint_posted';
