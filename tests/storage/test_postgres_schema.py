"""Both databases have the same tables; PostgreSQL's are brought up to date once, whoever comes first."""

import asyncio
import re
import sqlite3
from pathlib import Path

import asyncpg
import pytest

from storage import migrate, open_store
from storage.base import SchemaTooNew
from storage.database import Database
from storage.dialect import in_postgres
from storage.migrate import Migration, migrations, postgres_migrations, record
from storage.protection import protect
from tests.postgres import new_database

# Full text: an index of SQLite is tables of its own, one of PostgreSQL a column and an index.
FULL_TEXT = re.compile(r"catalogue_index|precedents_index|^sqlite_")
ONLY_POSTGRES = {"processes", "leases"}
TYPES = {"bigint": "INTEGER", "text": "TEXT", "double precision": "REAL", "bytea": "BLOB"}

Columns = dict[str, dict[str, tuple[str, bool]]]


async def _of_file(path: Path) -> tuple[Columns, set[tuple[str, str]]]:
    await (await open_store(f"sqlite:///{path}")).close()
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    columns = {
        table: {row[1]: (row[2], bool(row[3] or row[5])) for row in connection.execute(f"PRAGMA table_info({table})")}
        for table in tables
        if not FULL_TEXT.search(table)
    }
    indexes = set(
        connection.execute("SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
    )
    connection.close()
    return columns, indexes


async def _of_postgres(url: str) -> tuple[Columns, set[tuple[str, str]], list[str]]:
    connection = await asyncpg.connect(url)
    columns: Columns = {}
    for row in await connection.fetch(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type <> 'tsvector' ORDER BY table_name, ordinal_position"
    ):
        if row[0] not in ONLY_POSTGRES:
            columns.setdefault(row[0], {})[row[1]] = (TYPES[row[2]], row[3] == "NO")
    indexes = {
        (row[0], row[1])
        for row in await connection.fetch("SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'")
        if not row[1].endswith(("_pkey", "_key")) and row[0] not in ONLY_POSTGRES and not FULL_TEXT.search(row[1])
    }
    # Everything there is, as PostgreSQL describes it.
    described = await connection.fetch(
        "SELECT pg_get_constraintdef(oid) AS d FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        " UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
        " UNION ALL SELECT tablename || policyname || coalesce(qual, '') FROM pg_policies ORDER BY d"
    )
    await connection.close()
    return columns, indexes, [row[0] for row in described]


async def test_both_databases_have_the_same_tables(tmp_path: Path, postgres_url: str) -> None:
    columns, indexes = await _of_file(tmp_path / "meja.db")
    there, indexes_there, _ = await _of_postgres(postgres_url)
    assert there == columns
    assert indexes_there == indexes


async def test_text_sorts_byte_by_byte(postgres_url: str) -> None:
    """Moments are compared as text, whatever the language of the server."""
    connection = await asyncpg.connect(postgres_url)
    others = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
        " AND table_name NOT IN ('migrations', 'processes', 'leases')"
    )
    assert others == []
    await connection.close()


async def test_tables_made_step_by_step_are_those_made_at_once(postgres_server: str, postgres_url: str) -> None:
    """Each new step meets a database that has run for a while."""
    async with new_database(postgres_server, empty=True) as url:
        connection = await asyncpg.connect(url)
        await connection.execute(
            "CREATE TABLE migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)"
        )
        for migration in postgres_migrations():
            await connection.execute(f"{migration.sql} {record(migration)}")
            await protect(connection)
        await connection.close()
        assert await _of_postgres(url) == await _of_postgres(postgres_url)


async def test_two_that_start_at_once_make_the_tables_once(postgres_server: str) -> None:
    async with new_database(postgres_server, empty=True) as url:
        databases = [Database(url) for _ in range(4)]
        await asyncio.gather(*(database.open() for database in databases))
        for database in databases:
            await database.close()


async def test_a_newer_database_is_refused_and_an_older_one_is_not_touched_by_a_report(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = migrate.postgres_migrations()
    monkeypatch.setattr("storage.database.postgres_migrations", lambda: known[:-1])
    with pytest.raises(SchemaTooNew, match="was written by another version of meja"):
        await open_store(postgres_url, "1207")
    edited = [*known[:-1], known[-1]._replace(checksum="another")]
    monkeypatch.setattr("storage.database.postgres_migrations", lambda: edited)
    with pytest.raises(SchemaTooNew):
        await open_store(postgres_url, "1207")


async def test_a_step_that_fails_leaves_nothing(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [Migration(9001, "9001_good.sql", "CREATE TABLE good (office TEXT);", "a")]
    steps.append(Migration(9002, "9002_bad.sql", "CREATE TABLE bad (office TEXT); SELECT 1 / 0;", "b"))
    known = migrate.postgres_migrations()
    monkeypatch.setattr("storage.database.postgres_migrations", lambda: [*known, *steps])
    with pytest.raises(Exception, match="division by zero"):
        await Database(postgres_url).open()
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval("SELECT to_regclass('good')") is None
    await connection.close()


def test_a_migration_that_only_sqlite_understands_needs_a_twin() -> None:
    with pytest.raises(ValueError, match=r"0042_x\.sql: json_set is SQLite's; write 0042_x\.postgres\.sql beside it"):
        in_postgres("0042_x.sql", "UPDATE tickets SET data = json_set(data, '$.a', 1);")
    assert {migration.number for migration in migrations()} <= {migration.number for migration in postgres_migrations()}
