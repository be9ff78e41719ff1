-- A mailbox may be shared: the name is the person's, not the mailbox's.
ALTER TABLE identities ADD COLUMN name TEXT NOT NULL DEFAULT '';
UPDATE identities SET name = coalesce((SELECT name FROM accounts WHERE accounts.id = identities.account_id), '');
ALTER TABLE accounts DROP COLUMN name;

-- The address at the time of opening: it stays when the person changes theirs.
ALTER TABLE tickets ADD COLUMN email TEXT NOT NULL DEFAULT '';
CREATE INDEX tickets_account ON tickets (account_id, id);
UPDATE tickets SET email = (SELECT email FROM accounts WHERE accounts.id = tickets.account_id);

ALTER TABLE email_codes ADD COLUMN purpose TEXT NOT NULL DEFAULT 'register';
ALTER TABLE email_codes ADD COLUMN domain TEXT NOT NULL DEFAULT '';
UPDATE email_codes SET domain = substr(address_key, instr(address_key, '@') + 1);

-- Who wants no codes from us: a keyed hash of the address, or of "@domain".
CREATE TABLE refused_recipients (
    office TEXT NOT NULL,
    hash   TEXT NOT NULL,
    actor  TEXT NOT NULL,
    at     TEXT NOT NULL,
    PRIMARY KEY (office, hash)
) STRICT, WITHOUT ROWID;
