-- Self-service first: the office's catalogue, what was offered from it, and the answers of closed tickets for officers.
-- An index holds stems as text and nothing else; it follows its table by triggers.

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

CREATE VIRTUAL TABLE catalogue_index USING fts5 (
    title_stems, body_stems, content = 'catalogue', content_rowid = 'id'
);
CREATE TRIGGER catalogue_added AFTER INSERT ON catalogue BEGIN
    INSERT INTO catalogue_index (rowid, title_stems, body_stems) VALUES (new.id, new.title_stems, new.body_stems);
END;
CREATE TRIGGER catalogue_removed AFTER DELETE ON catalogue BEGIN
    INSERT INTO catalogue_index (catalogue_index, rowid, title_stems, body_stems)
    VALUES ('delete', old.id, old.title_stems, old.body_stems);
END;
CREATE TRIGGER catalogue_changed AFTER UPDATE OF title_stems, body_stems ON catalogue
WHEN old.title_stems <> new.title_stems OR old.body_stems <> new.body_stems BEGIN
    INSERT INTO catalogue_index (catalogue_index, rowid, title_stems, body_stems)
    VALUES ('delete', old.id, old.title_stems, old.body_stems);
    INSERT INTO catalogue_index (rowid, title_stems, body_stems) VALUES (new.id, new.title_stems, new.body_stems);
END;

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
CREATE VIRTUAL TABLE precedents_index USING fts5 (stems, content = 'precedents', content_rowid = 'ticket_id');
CREATE TRIGGER precedents_added AFTER INSERT ON precedents BEGIN
    INSERT INTO precedents_index (rowid, stems) VALUES (new.ticket_id, new.stems);
END;
CREATE TRIGGER precedents_removed AFTER DELETE ON precedents BEGIN
    INSERT INTO precedents_index (precedents_index, rowid, stems) VALUES ('delete', old.ticket_id, old.stems);
END;
