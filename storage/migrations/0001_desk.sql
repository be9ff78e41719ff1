-- The desk's tables. Times are ISO-8601 text in UTC with microseconds, so that they sort as text; JSON is text.
-- AUTOINCREMENT where rows are deleted: an id that comes back would be taken for one that was handled.

CREATE TABLE offices (
    code        TEXT PRIMARY KEY,
    staff_chat  TEXT NOT NULL,              -- as configured
    moved_to    TEXT,                       -- where Telegram moved that group (migrate_to_chat_id)
    polled_at   TEXT,                       -- last successful poll: the length of an outage
    trouble     TEXT NOT NULL DEFAULT '{}'  -- alarms that are on: {name: since}
) STRICT;

CREATE TABLE counters (
    office TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  INTEGER NOT NULL,
    PRIMARY KEY (office, name)
) STRICT;

CREATE TABLE outages (
    id     INTEGER PRIMARY KEY,
    office TEXT NOT NULL,
    began  TEXT NOT NULL,
    ended  TEXT NOT NULL
) STRICT;

CREATE TABLE accounts (
    id         INTEGER PRIMARY KEY,
    office     TEXT NOT NULL,
    email      TEXT NOT NULL,               -- as typed
    email_key  TEXT NOT NULL,               -- as compared
    name       TEXT NOT NULL DEFAULT '',
    origin     TEXT,                        -- kategori instansi
    use_for    TEXT,                        -- pemanfaatan
    created_at TEXT NOT NULL,
    UNIQUE (office, email_key)
) STRICT;

CREATE TABLE identities (
    id                 INTEGER PRIMARY KEY,
    office             TEXT NOT NULL,
    channel            TEXT NOT NULL,
    sender             TEXT NOT NULL,       -- the platform's id of the person
    chat               TEXT NOT NULL,       -- where to write to them
    lang               TEXT NOT NULL,
    account_id         INTEGER REFERENCES accounts (id),
    created_at         TEXT NOT NULL,
    unreachable_at     TEXT,                -- blocked the bot, left the platform
    unreachable_reason TEXT,
    active_ticket      INTEGER,             -- where plain messages go when several tickets are open
    banned_at          TEXT,                -- blocked by the office
    ban_reason         TEXT,
    UNIQUE (office, channel, sender)
) STRICT;
CREATE INDEX identities_account ON identities (account_id);

CREATE TABLE consents (
    id          INTEGER PRIMARY KEY,
    office      TEXT NOT NULL,
    identity_id INTEGER NOT NULL REFERENCES identities (id),
    version     TEXT NOT NULL,
    lang        TEXT NOT NULL,
    at          TEXT NOT NULL
) STRICT;
CREATE INDEX consents_identity ON consents (identity_id);

CREATE TABLE email_codes (
    id           INTEGER PRIMARY KEY,
    office       TEXT NOT NULL,
    identity_id  INTEGER NOT NULL REFERENCES identities (id),
    address      TEXT NOT NULL,
    address_key  TEXT NOT NULL,
    hash         TEXT,                      -- keyed hash, written when the mail is handed over
    state        TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'used', 'replaced', 'dead', 'refused')),
    tries        INTEGER NOT NULL DEFAULT 0,
    requested_at TEXT NOT NULL,
    sent_at      TEXT
) STRICT;
CREATE INDEX email_codes_identity ON email_codes (identity_id, requested_at);
CREATE INDEX email_codes_address ON email_codes (office, address_key, requested_at);
CREATE INDEX email_codes_office ON email_codes (office, requested_at);

CREATE TABLE dialogues (
    identity_id INTEGER PRIMARY KEY REFERENCES identities (id),
    office      TEXT NOT NULL,
    state       TEXT NOT NULL,
    data        TEXT NOT NULL DEFAULT '{}',
    overlay     TEXT,                       -- 'complaint': what is typed next goes there, the state beneath stays
    nudge_at    TEXT,
    lapse_at    TEXT,                       -- when this state ends by itself
    updated_at  TEXT NOT NULL
) STRICT;
CREATE INDEX dialogues_nudge ON dialogues (office, nudge_at) WHERE nudge_at IS NOT NULL;
CREATE INDEX dialogues_lapse ON dialogues (office, lapse_at) WHERE lapse_at IS NOT NULL;

CREATE TABLE officers (
    id      INTEGER PRIMARY KEY,
    office  TEXT NOT NULL,
    sender  TEXT NOT NULL,
    number  INTEGER NOT NULL,               -- "Petugas PST 3"
    name    TEXT NOT NULL,
    since   TEXT NOT NULL,
    left_at TEXT,
    UNIQUE (office, sender)
) STRICT;

CREATE TABLE tickets (
    id             INTEGER PRIMARY KEY,
    office         TEXT NOT NULL,
    number         TEXT NOT NULL,
    account_id     INTEGER NOT NULL REFERENCES accounts (id),
    identity_id    INTEGER NOT NULL REFERENCES identities (id),   -- the chat that opened it: answers go only there
    lang           TEXT NOT NULL,
    type           TEXT NOT NULL,
    status         TEXT NOT NULL,
    cycle          INTEGER NOT NULL DEFAULT 1,
    officer_id     INTEGER REFERENCES officers (id),
    topic          TEXT,                    -- the forum thread, once it is known
    card           TEXT,                    -- the header card's message
    opened_at      TEXT NOT NULL,           -- of this cycle
    due_at         TEXT NOT NULL,
    first_response_at TEXT,
    answered_at    TEXT,                    -- the cycle's first "information delivered" mark
    paused_at      TEXT,
    last_answer_at TEXT,                    -- last delivered officer message that is no /tanya
    silence_from   TEXT,                    -- NULL while the officer owes the answer
    warn_at        TEXT,                    -- next warning
    warned         INTEGER NOT NULL DEFAULT 0,
    close_at       TEXT,
    due_alarm_at   TEXT,                    -- next alarm of the due date
    closed_at      TEXT,
    close_reason   TEXT,
    rate_at        TEXT,                    -- one reminder of the rating
    UNIQUE (office, number)
) STRICT;
CREATE INDEX tickets_identity ON tickets (identity_id, id);
CREATE INDEX tickets_open ON tickets (office, due_at) WHERE closed_at IS NULL;
CREATE INDEX tickets_warn ON tickets (office, warn_at) WHERE warn_at IS NOT NULL;
CREATE INDEX tickets_close ON tickets (office, close_at) WHERE close_at IS NOT NULL;
CREATE INDEX tickets_alarm ON tickets (office, due_alarm_at) WHERE due_alarm_at IS NOT NULL;
CREATE INDEX tickets_rate ON tickets (office, rate_at) WHERE rate_at IS NOT NULL;

-- Every topic ever made for a ticket: what officers write in a spare one, or in one that is gone by now, is about it.
CREATE TABLE topics (
    office    TEXT NOT NULL,
    thread    TEXT NOT NULL,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id),
    PRIMARY KEY (office, thread)
) STRICT, WITHOUT ROWID;

-- Append-only: the source of every figure.
CREATE TABLE ticket_events (
    id        INTEGER PRIMARY KEY,
    office    TEXT NOT NULL,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id),
    cycle     INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    at        TEXT NOT NULL,
    actor     TEXT NOT NULL,                -- user, system, officer:ID, admin:SENDER
    data      TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX ticket_events_ticket ON ticket_events (ticket_id, id);
CREATE INDEX ticket_events_at ON ticket_events (office, at);
CREATE TRIGGER ticket_events_stay BEFORE DELETE ON ticket_events BEGIN SELECT raise(ABORT, 'ticket_events is append-only'); END;
CREATE TRIGGER ticket_events_same BEFORE UPDATE ON ticket_events BEGIN SELECT raise(ABORT, 'ticket_events is append-only'); END;

-- What people wrote; without a ticket it is a draft.
CREATE TABLE messages (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    office       TEXT NOT NULL,
    ticket_id    INTEGER REFERENCES tickets (id),
    identity_id  INTEGER REFERENCES identities (id),    -- of the user whose conversation it is
    side         TEXT NOT NULL CHECK (side IN ('user', 'officer', 'note')),
    officer_id   INTEGER REFERENCES officers (id),
    kind         TEXT NOT NULL,
    content      TEXT NOT NULL,                         -- the newest version
    version      INTEGER NOT NULL DEFAULT 1,
    album        TEXT,
    reply_to     INTEGER REFERENCES messages (id),
    quote        TEXT,
    at           TEXT NOT NULL,                         -- the platform's time
    inbox_id     INTEGER                                -- the raw update it came in
) STRICT;
CREATE INDEX messages_ticket ON messages (ticket_id, id);
CREATE INDEX messages_draft ON messages (identity_id, id) WHERE ticket_id IS NULL;

CREATE TABLE message_versions (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    version    INTEGER NOT NULL,
    content    TEXT NOT NULL,
    at         TEXT NOT NULL,
    PRIMARY KEY (message_id, version)
) STRICT;

-- Where a message stands on the platforms: its source and its copies.
CREATE TABLE links (
    office     TEXT NOT NULL,
    channel    TEXT NOT NULL,
    chat       TEXT NOT NULL,
    ref        TEXT NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    role       TEXT NOT NULL CHECK (role IN ('source', 'copy')),
    thread     TEXT,                        -- the topic a copy stands in
    PRIMARY KEY (office, channel, chat, ref, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_message ON links (message_id);

CREATE TABLE inbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    office      TEXT NOT NULL,
    channel     TEXT NOT NULL,
    update_id   TEXT NOT NULL,
    lane        TEXT NOT NULL,
    raw         TEXT NOT NULL,
    state       TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'done', 'quarantined')),
    attempts    INTEGER NOT NULL DEFAULT 0,
    error       TEXT,
    received_at TEXT NOT NULL,
    UNIQUE (office, channel, update_id)
) STRICT;
CREATE INDEX inbox_new ON inbox (office, id) WHERE state = 'new';

CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    office      TEXT NOT NULL,
    lane        TEXT NOT NULL,              -- strict order within
    dest        TEXT NOT NULL,              -- user, topic, staff, chat:ID, mail:ADDRESS; resolved when sending
    identity_id INTEGER REFERENCES identities (id),
    ticket_id   INTEGER REFERENCES tickets (id),
    kind        TEXT NOT NULL,
    payload     TEXT NOT NULL,
    class       INTEGER NOT NULL,           -- 0 relay, 1 prompt, 2 notice, 3 cosmetic
    follow_up   TEXT,                       -- the use case that learns the outcome
    state       TEXT NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'sending', 'unknown', 'held', 'sent', 'failed', 'dropped')),
    not_before  TEXT NOT NULL,
    attempts    INTEGER NOT NULL DEFAULT 0,
    uncertain   INTEGER NOT NULL DEFAULT 0, -- an attempt's outcome was unknown: a second copy may exist
    result      TEXT,
    error       TEXT,
    dedup       TEXT,
    created_at  TEXT NOT NULL,
    tried_at    TEXT,
    done_at     TEXT
) STRICT;
CREATE INDEX outbox_open ON outbox (office, lane, id) WHERE state IN ('queued', 'sending', 'unknown');
CREATE INDEX outbox_held ON outbox (identity_id, id) WHERE state = 'held';
CREATE INDEX outbox_ticket ON outbox (ticket_id, id);
CREATE UNIQUE INDEX outbox_dedup ON outbox (office, dedup) WHERE dedup IS NOT NULL;

-- Buttons: callback data is the token and an index; who may press and when is checked here.
CREATE TABLE keyboards (
    id          INTEGER PRIMARY KEY,
    token       TEXT NOT NULL UNIQUE,
    office      TEXT NOT NULL,
    identity_id INTEGER REFERENCES identities (id),     -- NULL: the officers
    ticket_id   INTEGER REFERENCES tickets (id),
    cycle       INTEGER,
    state       TEXT,                       -- the dialogue state it belongs to; NULL: any
    buttons     TEXT NOT NULL,              -- rows of {key, action, arg}
    outbox_id   INTEGER,
    created_at  TEXT NOT NULL,
    retired_at  TEXT
) STRICT;
CREATE INDEX keyboards_live ON keyboards (identity_id, id) WHERE retired_at IS NULL;

CREATE TABLE ratings (
    id          INTEGER PRIMARY KEY,
    office      TEXT NOT NULL,
    ticket_id   INTEGER NOT NULL REFERENCES tickets (id),
    cycle       INTEGER NOT NULL,
    stars       INTEGER NOT NULL CHECK (stars BETWEEN 1 AND 5),
    at          TEXT NOT NULL,
    feedback    TEXT,
    UNIQUE (ticket_id, cycle)
) STRICT;

CREATE TABLE complaints (
    id          INTEGER PRIMARY KEY,
    office      TEXT NOT NULL,
    number      TEXT NOT NULL,
    identity_id INTEGER REFERENCES identities (id),
    anonymous   INTEGER NOT NULL DEFAULT 0,
    text        TEXT NOT NULL,
    at          TEXT NOT NULL,
    due_at      TEXT NOT NULL,
    alarm_at    TEXT,                       -- when the supervisor is told that the answer is late
    answered_at TEXT,
    answer      TEXT,
    UNIQUE (office, number)
) STRICT;
CREATE INDEX complaints_alarm ON complaints (office, alarm_at) WHERE alarm_at IS NOT NULL;

-- Where complaints were posted for the supervisor: a reply there is the answer.
CREATE TABLE complaint_posts (
    office       TEXT NOT NULL,
    chat         TEXT NOT NULL,
    ref          TEXT NOT NULL,
    complaint_id INTEGER NOT NULL REFERENCES complaints (id),
    PRIMARY KEY (office, chat, ref)
) STRICT, WITHOUT ROWID;

-- Answers to the public satisfaction survey, 1 to 4 for each element; never mixed with stars.
CREATE TABLE survey_answers (
    office    TEXT NOT NULL,
    ticket_id INTEGER NOT NULL REFERENCES tickets (id),
    cycle     INTEGER NOT NULL,
    element   TEXT NOT NULL,
    value     INTEGER NOT NULL CHECK (value BETWEEN 1 AND 4),
    at        TEXT NOT NULL,
    PRIMARY KEY (ticket_id, cycle, element)
) STRICT;
CREATE INDEX survey_answers_at ON survey_answers (office, at);

-- Prepared answers (/baku).
CREATE TABLE snippets (
    office TEXT NOT NULL,
    name   TEXT NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (office, name)
) STRICT;

CREATE TABLE calendar_overrides (
    office TEXT NOT NULL,
    day    TEXT NOT NULL,
    kind   TEXT NOT NULL CHECK (kind IN ('closed', 'working')),
    note   TEXT NOT NULL,
    actor  TEXT NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (office, day)
) STRICT;

CREATE TABLE parks (
    office TEXT NOT NULL,
    chat   TEXT NOT NULL,                   -- no request to this chat before `until`
    until  TEXT NOT NULL,
    PRIMARY KEY (office, chat)
) STRICT;

CREATE TABLE audit (
    id     INTEGER PRIMARY KEY,
    office TEXT NOT NULL,
    at     TEXT NOT NULL,
    actor  TEXT NOT NULL,
    action TEXT NOT NULL,
    data   TEXT NOT NULL DEFAULT '{}'
) STRICT;
