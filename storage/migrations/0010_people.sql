-- Channels on which a person has several ids, may be written to only for a while after their last message, and where
-- news of delivery comes after the sending.

ALTER TABLE identities ADD COLUMN bsuid TEXT;
ALTER TABLE identities ADD COLUMN parent_bsuid TEXT;
ALTER TABLE identities ADD COLUMN phone TEXT;
ALTER TABLE identities ADD COLUMN username TEXT;
ALTER TABLE identities ADD COLUMN heard_at TEXT;            -- their last message or press, by the platform's clock
ALTER TABLE identities ADD COLUMN window_at TEXT;           -- when officers are told of the window next
ALTER TABLE identities ADD COLUMN called_at TEXT;           -- when a template last told them that something waits
ALTER TABLE identities ADD COLUMN mail_at TEXT;             -- when what has not arrived goes by e-mail
CREATE INDEX identities_bsuid ON identities (office, channel, bsuid) WHERE bsuid IS NOT NULL;
CREATE INDEX identities_parent ON identities (office, channel, parent_bsuid) WHERE parent_bsuid IS NOT NULL;
CREATE INDEX identities_phone ON identities (office, channel, phone) WHERE phone IS NOT NULL;
CREATE INDEX identities_window ON identities (office, window_at) WHERE window_at IS NOT NULL;
CREATE INDEX identities_mail ON identities (office, mail_at) WHERE mail_at IS NOT NULL;

-- What the platform says of our messages there, by its own id of the message.
CREATE TABLE receipts (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    office      TEXT NOT NULL,
    channel     TEXT NOT NULL,
    ref         TEXT NOT NULL,
    identity_id INTEGER REFERENCES identities (id),
    outbox_id   INTEGER,                    -- the row that was sent; it may be deleted before
    state       TEXT NOT NULL CHECK (state IN ('taken', 'sent', 'delivered', 'read', 'failed')),
    at          TEXT NOT NULL,              -- of that state, by the platform's clock
    cause       TEXT,                       -- of a failure
    counted     INTEGER NOT NULL DEFAULT 0, -- among the billed ones
    UNIQUE (office, channel, ref)
) STRICT;
CREATE INDEX receipts_outbox ON receipts (outbox_id);
CREATE INDEX receipts_identity ON receipts (identity_id);

-- What the platform says of the account: templates, the number's quality and limits.
CREATE TABLE account_news (
    office  TEXT NOT NULL,
    channel TEXT NOT NULL,
    topic   TEXT NOT NULL,                  -- "template:NAME:LANGUAGE", "quality", "limit", …
    value   TEXT NOT NULL,
    at      TEXT NOT NULL,
    PRIMARY KEY (office, channel, topic)
) STRICT;
