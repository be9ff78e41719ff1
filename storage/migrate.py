"""Numbered migrations with checksums, each in a transaction of its own; a copy of the database first."""

import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from storage.base import SchemaTooNew


class Migration(NamedTuple):
    number: int
    name: str
    sql: str
    checksum: str


def migrations() -> list[Migration]:
    """Those of this program, in order."""
    return sorted(_read())


def _read() -> Iterator[Migration]:
    for file in resources.files("storage").joinpath("migrations").iterdir():
        if file.name.endswith(".sql"):
            sql = file.read_text(encoding="utf-8")
            yield Migration(int(file.name[:4]), file.name, sql, hashlib.sha256(sql.encode()).hexdigest())


def require_newest(connection: sqlite3.Connection, path: Path) -> None:
    """Raises SchemaTooNew unless the tables are exactly those of this program."""
    (applied,) = connection.execute("SELECT max(number) FROM migrations").fetchone()
    if applied != migrations()[-1].number:
        raise SchemaTooNew(f"{path} belongs to another version of meja: start the desk of this version on it first")


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables up to date. Raises SchemaTooNew in plain words when the database is ahead of the program."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations"
        " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT"
    )
    applied: dict[int, str] = dict(connection.execute("SELECT number, checksum FROM migrations"))
    known = {migration.number: migration for migration in migrations()}
    for number, checksum in applied.items():
        if number not in known or known[number].checksum != checksum:
            raise SchemaTooNew(
                f"{path} was written by another version of meja (step {number:04d}): install that one or a newer one"
            )
    waiting = [migration for number, migration in sorted(known.items()) if number not in applied]
    if waiting and applied:
        _copy(connection, path.with_name(f"{path.name}.before-{waiting[0].number:04d}"))
    for migration in waiting:
        _apply(connection, migration)


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    target.unlink(missing_ok=True)
    connection.execute("VACUUM INTO ?", (str(target),))
    target.chmod(0o600)


def forget_copies(path: Path, before: datetime) -> int:
    """Remove the copies made before a migration that are older than that moment; how many."""
    old = [copy for copy in path.parent.glob(f"{path.name}.before-*") if copy.stat().st_mtime < before.timestamp()]
    for copy in old:
        copy.unlink(missing_ok=True)
    return len(old)


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    """The file's statements and its own row commit together or not at all."""
    record = (
        "INSERT INTO migrations (number, name, checksum) "
        f"VALUES ({migration.number}, '{migration.name}', '{migration.checksum}');"
    )
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {migration.sql} {record} COMMIT;")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
