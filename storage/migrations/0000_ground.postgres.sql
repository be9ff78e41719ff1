-- What stands beneath the desk's tables on PostgreSQL: who runs which office, and words of SQLite that SQL here uses.
-- Moments are the database's own clock.

CREATE TABLE processes (
    id    TEXT PRIMARY KEY,
    place TEXT NOT NULL,                    -- machine and number, for people
    until TIMESTAMPTZ NOT NULL              -- alive until then; renewed each second
);

CREATE TABLE leases (
    office TEXT PRIMARY KEY,
    owner  TEXT,               -- the process that runs it; NULL: handed over
    epoch  BIGINT NOT NULL DEFAULT 1,       -- grows with each owner
    op     TEXT NOT NULL DEFAULT '',        -- the owner's last transaction: whether a cut COMMIT arrived is read here
    since  TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
CREATE INDEX leases_owner ON leases (owner);

-- Last in each transaction of an owner that wrote: whoever is not the owner any more cannot commit.
CREATE FUNCTION fence(TEXT, BIGINT, TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    UPDATE leases SET op = $3 WHERE office = $1 AND epoch = $2;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'office % has another owner', $1 USING ERRCODE = 'MJ001';
    END IF;
END $$;

CREATE FUNCTION append_only() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION json_valid(TEXT) RETURNS BOOLEAN IMMUTABLE STRICT LANGUAGE plpgsql AS $$
BEGIN
    RETURN $1::json IS NOT NULL;
EXCEPTION WHEN invalid_text_representation THEN
    RETURN false;
END $$;

CREATE FUNCTION json_extract(TEXT, TEXT) RETURNS TEXT IMMUTABLE STRICT LANGUAGE sql AS $$
    SELECT $1::json #>> string_to_array(substr($2, 3), '.')
$$;
