"""Row security: a transaction of one office sees and touches no row of another, whatever its SQL says.

But for letters between offices, and what each shows to all (see _BETWEEN and _SHOWN).

The office is a setting of the transaction. ``*`` is the national reader's: it sees every row and can change none.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

EVERY_OFFICE = "*"
# Whether the role that asks is one whom no policy binds.
UNBOUND = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_OFFICE = "current_setting('meja.office', true)"
# Tables by which offices deal with each other: which rows an office may see besides its own, and remove, and which it
# may write. A letter is its addressee's to read, and nobody's but its sender's to write.
_LETTER = (f"office = {_OFFICE} OR sender = {_OFFICE}", f"sender = {_OFFICE}")
_BETWEEN = {"letters": _LETTER, "letter_parts": _LETTER}
# What all offices may read of each other.
_SHOWN = ("neighbours",)
# Tables without an office of their own: rows that hang on one that has it.
_HANGING = {"message_versions": "EXISTS (SELECT 1 FROM messages WHERE messages.id = message_id)"}
_COLUMNS = """
    SELECT c.relname AS name, min(a.attname) AS "column"
    FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid
        AND (a.attname = 'office' OR (a.attname = 'code' AND c.relname = 'offices'))
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
        AND c.relname NOT IN ('migrations', 'processes', 'leases')
        AND NOT EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = c.oid)
    GROUP BY c.relname
"""


async def protect(connection: Any) -> None:
    """Put every table that is not protected yet under its policies. Raises LookupError for one without an office."""
    for row in await connection.fetch(_COLUMNS):
        await connection.execute(_policies(row["name"], row["column"]))


@asynccontextmanager
async def unprotected(connection: Any, tables: Iterable[str]) -> AsyncIterator[None]:
    """For the rest of this transaction the owner of these tables is not bound by their policies; others still are.

    PostgreSQL takes no COPY where they bind.
    """
    names = list(tables)
    for table in names:
        await connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in names:
        await connection.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _policies(table: str, column: str | None) -> str:
    own = f"{column} = {_OFFICE}" if column else _HANGING.get(table)
    if own is None:
        raise LookupError(f"table {table} has no office")
    seen, written = _BETWEEN.get(table, (own, own))
    everywhere = "true" if table in _SHOWN else f"{_OFFICE} = '{EVERY_OFFICE}'"
    return f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY own_office ON {table} USING ({seen}) WITH CHECK ({written});
        CREATE POLICY every_office ON {table} FOR SELECT USING ({everywhere});
    """
