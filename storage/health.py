"""A look at a database from outside, for a doctor: nothing is made, migrated or written."""

import fcntl
import sqlite3
from enum import StrEnum
from pathlib import Path
from typing import Any

from storage.migrate import migrations, postgres_migrations
from storage.protection import UNBOUND

CONNECT_SECONDS = 10.0
_OWNED = """
    SELECT EXISTS (SELECT 1 FROM leases JOIN processes ON id = owner WHERE office = $1 AND until > clock_timestamp())
"""


class Health(StrEnum):
    """What `examine` found."""

    NEW = "new"
    WELL = "well"
    IN_USE = "in_use"
    TOO_NEW = "too_new"
    AWAY = "away"
    UNBOUND = "unbound"
    BROKEN = "broken"


def examine(path: Path) -> Health:
    """NEW: no file yet; IN_USE: a desk runs on it; TOO_NEW: another version wrote it; BROKEN: SQLite cannot read it."""
    if not path.exists():
        return Health.NEW
    if is_held(path):
        return Health.IN_USE
    try:
        return _read(path)
    except sqlite3.DatabaseError:
        return Health.BROKEN


async def examine_server(url: str, office: str) -> Health:
    """The same of PostgreSQL. AWAY: no way to it; UNBOUND: a superuser, whom its row security does not bind."""
    import asyncpg

    from storage.database import Place

    try:
        connection = await asyncpg.connect(Place(url).url, timeout=CONNECT_SECONDS, statement_cache_size=0)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        return Health.AWAY
    try:
        async with connection.transaction():
            return await _state(connection, office)
    finally:
        await connection.close()


async def _state(connection: Any, office: str) -> Health:
    if await connection.fetchval(UNBOUND):
        return Health.UNBOUND
    if await connection.fetchval("SELECT to_regclass('leases')") is None:
        return Health.NEW
    applied = {tuple(row) for row in await connection.fetch("SELECT number, checksum FROM migrations")}
    if not applied <= {(migration.number, migration.checksum) for migration in postgres_migrations()}:
        return Health.TOO_NEW
    return Health.IN_USE if await connection.fetchval(_OWNED, office) else Health.WELL


def schema_of(path: Path) -> int:
    """The number of the last step that made the tables of this file."""
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return int(connection.execute("SELECT max(number) FROM migrations").fetchone()[0] or 0)
    finally:
        connection.close()


def is_held(path: Path) -> bool:
    """Whether a process holds the lock that the store takes; a lock file left behind by a dead one is free."""
    try:
        with path.with_name(path.name + ".lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _read(path: Path) -> Health:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        sound = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        applied = set(connection.execute("SELECT number, checksum FROM migrations"))
    finally:
        connection.close()
    known = {(migration.number, migration.checksum) for migration in migrations()}
    return Health.BROKEN if not sound else Health.WELL if applied <= known else Health.TOO_NEW
