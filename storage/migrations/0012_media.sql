-- Files that stand on another platform than the one they are to be sent on: fetched once, and kept until they have gone out.
CREATE TABLE media (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    office     TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    channel    TEXT NOT NULL,                 -- where the file is
    file       TEXT NOT NULL,                 -- its id there
    source     TEXT NOT NULL,                 -- what that platform told of it
    kind       TEXT NOT NULL,
    size       INTEGER NOT NULL DEFAULT 0,
    state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'here', 'failed')),
    error      TEXT,
    tries      INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL,
    created_at TEXT NOT NULL,
    done_at    TEXT,
    UNIQUE (office, message_id, file)
) STRICT;
CREATE INDEX media_waiting ON media (office, not_before) WHERE state = 'waiting';
CREATE INDEX media_message ON media (message_id);

CREATE TABLE media_parts (
    office   TEXT NOT NULL,
    media_id INTEGER NOT NULL REFERENCES media (id) ON DELETE CASCADE,
    n        INTEGER NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (media_id, n)
) STRICT;
