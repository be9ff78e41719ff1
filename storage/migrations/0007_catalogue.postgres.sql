-- Self-service first: the office's catalogue, what was offered from it, and the answers of closed tickets for officers.

CREATE TABLE catalogue (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    office      TEXT NOT NULL,
    source      TEXT NOT NULL,              -- starter, file:PATH, webapi:MODEL:LANG
    key         TEXT NOT NULL,              -- within the source; one entry in two languages has it twice
    lang        TEXT NOT NULL,
    kind        TEXT NOT NULL,              -- faq, publication, table, press
    title       TEXT NOT NULL,
    summary     TEXT NOT NULL,
    link        TEXT NOT NULL,
    dated       TEXT,                       -- the day of release
    title_stems TEXT NOT NULL,
    body_stems  TEXT NOT NULL,
    run         TEXT NOT NULL,              -- the reading that saw it last
    UNIQUE (office, source, key, lang)
) STRICT;

-- Stems are words of their own: the configuration "simple" takes them as they are.
ALTER TABLE catalogue ADD COLUMN stems TSVECTOR GENERATED ALWAYS AS (
    setweight(to_tsvector('simple', title_stems), 'A') || setweight(to_tsvector('simple', body_stems), 'B')
) STORED;
CREATE INDEX catalogue_index ON catalogue USING gin (stems);

-- How far the reading of each source has come.
CREATE TABLE catalogue_sources (
    office      TEXT NOT NULL,
    source      TEXT NOT NULL,
    fingerprint TEXT NOT NULL DEFAULT '',   -- of what was read last: the same again needs no work
    run         TEXT NOT NULL DEFAULT '',   -- the reading under way, or the last one
    page        INTEGER NOT NULL DEFAULT 0, -- its last page that is stored
    done_at     TEXT,                       -- when a reading was last complete
    PRIMARY KEY (office, source)
) STRICT, WITHOUT ROWID;

-- Answers offered before a ticket, and what became of it. Nothing here says who it was, or what was asked.
CREATE TABLE offers (
    id          INTEGER PRIMARY KEY,
    office      TEXT NOT NULL,
    at          TEXT NOT NULL,
    type        TEXT NOT NULL,
    lang        TEXT NOT NULL,
    entries     TEXT NOT NULL,              -- source and key of each card
    answered_at TEXT,                       -- "Sudah terjawab"
    asked_at    TEXT                        -- it went on to an officer after all
) STRICT;
CREATE INDEX offers_at ON offers (office, at);

-- Closed tickets with an answer, by the stems of question and answer. The words themselves stay with the messages.
CREATE TABLE precedents (
    ticket_id INTEGER PRIMARY KEY REFERENCES tickets (id),
    office    TEXT NOT NULL,
    stems     TEXT NOT NULL
) STRICT;
CREATE INDEX precedents_index ON precedents USING gin (to_tsvector('simple', stems));
