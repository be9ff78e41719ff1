-- What is stuck is listed, and an admin who drops something says why.

CREATE INDEX outbox_stuck ON outbox (office, id) WHERE state IN ('held', 'failed');
CREATE INDEX inbox_quarantined ON inbox (office, id) WHERE state = 'quarantined';

-- What an admin was asked in a chat: their next message there is the answer.
CREATE TABLE asked (
    office TEXT NOT NULL,
    chat   TEXT NOT NULL,                   -- "staff", or a private chat
    sender TEXT NOT NULL,
    thread TEXT,
    stuck  TEXT NOT NULL,                   -- what is to be dropped
    list   TEXT NOT NULL,                   -- the message with the list
    page   INTEGER NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (office, chat, sender)
) STRICT, WITHOUT ROWID;
