"""A desk's file into an empty PostgreSQL: every row, counted and compared, all of it or nothing."""

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from storage.base import StorageUnavailable
from storage.database import FOREVER, Connection, Database
from storage.protection import EVERY_OFFICE, unprotected
from storage.sqlite import SqliteStore

AT_ONCE = 10_000
Progress = Callable[[str, int], None]

_TABLES = """
    SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
        bool_or(a.attidentity <> '') AS counts,
        (SELECT array_agg(k.attname::text ORDER BY place.n)
            FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS place (attnum, n)
            JOIN pg_attribute k ON k.attnum = place.attnum
            WHERE i.indrelid = c.oid AND k.attrelid = c.oid AND i.indisprimary) AS key,
        (SELECT array_agg(DISTINCT f.confrelid::regclass::text) FROM pg_constraint f
            WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS after
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
        AND c.relname NOT IN ('migrations', 'processes', 'leases')
        AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.oid, c.relname
"""


@dataclass(frozen=True)
class Table:
    """`key`: by which its rows are put in order; `counts`: its ids are drawn by the database."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    counts: bool
    after: tuple[str, ...]

    def select(self) -> str:
        return f"SELECT {', '.join(self.columns)} FROM {self.name} ORDER BY {', '.join(self.key)}"


class NotEmpty(StorageUnavailable):
    """The database that was to take the rows has some."""


class Different(StorageUnavailable):
    """What arrived is not what was sent; nothing was kept."""


async def transfer(path: Path, url: str, told: Progress = lambda table, rows: None) -> dict[str, int]:
    """Copy the desk's file at `path` into the database at `url`; how many rows of each table.

    `told(table, rows)` is called as rows go over, and as they are compared. The file is held meanwhile, and stays as it
    is. Raises DatabaseBusy beside a desk, NotEmpty, Different, StorageUnavailable, SchemaTooNew.
    """
    store = SqliteStore(path)
    await store.open()
    source = _read_only(path)
    database = Database(url)
    try:
        await database.open()
        async with database.connection() as connection, connection.transaction():
            return await _copy(source, connection, database.place.name, told)
    finally:
        await database.close()
        source.close()
        await store.close()


def size(path: Path) -> int:
    """About how many rows the file holds: those of its great tables."""
    connection = _read_only(path)
    try:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE sql LIKE '%office%TEXT%'")]
        return sum(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
    finally:
        connection.close()


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


async def _copy(source: sqlite3.Connection, there: Connection, place: str, told: Progress) -> dict[str, int]:
    tables = await _tables(there)
    await there.execute(f"SET LOCAL meja.office = '{EVERY_OFFICE}'")
    for table in tables:
        if await there.fetchval(f"SELECT EXISTS (SELECT 1 FROM {table.name})"):
            why = f"{place} has rows in {table.name} already: name an empty database"
            raise NotEmpty(why, "not_empty", path=place, table=table.name)
    counts = {}
    async with unprotected(there, [table.name for table in tables]):
        for table in tables:
            counts[table.name] = await _copy_table(source, there, table, told)
    return counts


async def _tables(there: Connection) -> list[Table]:
    """Whatever others refer to goes first."""
    found = {
        row["name"]: Table(
            row["name"], tuple(row["columns"]), tuple(row["key"]), bool(row["counts"]), tuple(row["after"] or ())
        )
        for row in await there.fetch(_TABLES)
    }
    order = TopologicalSorter({name: sorted(table.after) for name, table in sorted(found.items())}).static_order()
    return [found[name] for name in order]


async def _copy_table(source: sqlite3.Connection, there: Connection, table: Table, told: Progress) -> int:
    sent = _Sum()
    await there.copy_records_to_table(
        table.name, records=_rows(source, table, sent, told), columns=table.columns, timeout=FOREVER
    )
    arrived = _Sum()
    cursor = await there.cursor(table.select(), timeout=FOREVER)
    while rows := await cursor.fetch(AT_ONCE, timeout=FOREVER):
        for row in rows:
            arrived.add(tuple(row))
        told(table.name, len(rows))
    await there.execute("CLOSE ALL")
    if (sent.count, sent.digest()) != (arrived.count, arrived.digest()):
        raise Different(
            f"{table.name}: {arrived.count} rows arrived of {sent.count}, or not as they were: none is kept",
            "different",
            table=table.name,
        )
    if table.counts:
        await _count_on(source, there, table)
    return sent.count


class _Sum:
    """A checksum over rows, in their order."""

    def __init__(self) -> None:
        self.count = 0
        self._hash = hashlib.blake2b()
        self.digest = self._hash.hexdigest

    def add(self, row: tuple[Any, ...]) -> None:
        self.count += 1
        self._hash.update(repr(row).encode("utf-8", "surrogatepass"))


def _rows(source: sqlite3.Connection, table: Table, sent: _Sum, told: Progress) -> Iterator[tuple[Any, ...]]:
    for row in source.execute(table.select()):
        kept = tuple(_kept(value) for value in row)
        sent.add(kept)
        if sent.count % AT_ONCE == 0:
            told(table.name, AT_ONCE)
        yield kept
    told(table.name, sent.count % AT_ONCE)


def _kept(value: Any) -> Any:
    """PostgreSQL has no letter for NUL."""
    return value.replace("\0", "\ufffd") if type(value) is str and "\0" in value else value


async def _count_on(source: sqlite3.Connection, there: Connection, table: Table) -> None:
    """The next id is one that no row ever had."""
    (key,) = table.key
    last = source.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,)).fetchone()
    (highest,) = source.execute(f"SELECT coalesce(max({key}), 0) FROM {table.name}").fetchone()
    highest = max(highest, last[0] if last else 0)
    if highest:
        await there.execute("SELECT setval(pg_get_serial_sequence($1, $2), $3)", table.name, key, highest)
