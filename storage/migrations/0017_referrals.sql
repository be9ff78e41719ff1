-- Tickets that are referred to another office of the same database by a link, and what offices send each other for it.

-- What each office lets the others know of itself: what it tells the public, and its bot.
CREATE TABLE neighbours (
    office  TEXT PRIMARY KEY,
    facts   TEXT NOT NULL,
    bot     TEXT NOT NULL,
    seen_at TEXT NOT NULL
) STRICT;

-- Sent away. Of the link's token only a hash is kept; the token itself is drawn from the office's key when it is sent.
CREATE TABLE referrals (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    office      TEXT NOT NULL,
    ticket_id   INTEGER NOT NULL REFERENCES tickets (id),
    cycle       INTEGER NOT NULL,
    officer_id  INTEGER NOT NULL REFERENCES officers (id),
    receiver    TEXT NOT NULL,
    reason      TEXT NOT NULL,              -- the officer's words
    state       TEXT NOT NULL DEFAULT 'planned'
                CHECK (state IN ('planned', 'offered', 'accepted', 'passed', 'dropped')),
    salt        TEXT NOT NULL,
    hash        TEXT,
    at          TEXT NOT NULL,
    told_at     TEXT,                       -- the link reached the person
    expires_at  TEXT,
    accepted_at TEXT,
    is_new      INTEGER NOT NULL DEFAULT 0, -- the person is not registered there yet
    UNIQUE (office, hash)
) STRICT;
CREATE INDEX referrals_ticket ON referrals (ticket_id);
CREATE INDEX referrals_accepted ON referrals (office, id) WHERE state = 'accepted';

-- Come here by such a link.
CREATE TABLE newcomers (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    office      TEXT NOT NULL,
    identity_id INTEGER NOT NULL REFERENCES identities (id),
    sender      TEXT NOT NULL,              -- the office that sent them
    number      TEXT NOT NULL,              -- of the ticket there
    hash        TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'here' CHECK (state IN ('here', 'waiting', 'alone', 'done')),
    at          TEXT NOT NULL,
    chosen_at   TEXT,
    UNIQUE (office, hash)
) STRICT;
CREATE INDEX newcomers_identity ON newcomers (identity_id);
CREATE INDEX newcomers_waiting ON newcomers (office, chosen_at) WHERE state = 'waiting';

-- From office to office. Both may read and remove a letter, only its sender may write one (storage/protection.py).
CREATE TABLE letters (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    office TEXT NOT NULL,                   -- to whom
    sender TEXT NOT NULL,
    kind   TEXT NOT NULL CHECK (kind IN ('offer', 'accept', 'refuse', 'conversation')),
    hash   TEXT NOT NULL,                   -- which referral
    body   TEXT NOT NULL,
    at     TEXT NOT NULL,
    UNIQUE (office, sender, kind, hash)
) STRICT;

CREATE TABLE letter_parts (
    office TEXT NOT NULL,
    sender TEXT NOT NULL,
    hash   TEXT NOT NULL,
    file   INTEGER NOT NULL,                -- its number in the conversation
    n      INTEGER NOT NULL,
    bytes  BLOB NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (office, sender, hash, file, n)
) STRICT;
