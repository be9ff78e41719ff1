"""Numbered migrations with checksums, each in a transaction of its own; a copy of the database first."""

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from storage.base import SchemaTooNew
from storage.dialect import TWIN, in_postgres


class Migration(NamedTuple):
    number: int
    name: str
    sql: str
    checksum: str


def migrations() -> list[Migration]:
    """Those of this program for SQLite, in order."""
    return sorted(migration for migration in _read() if not migration.name.endswith(TWIN))


def postgres_migrations() -> list[Migration]:
    """The same for PostgreSQL, in its words: of a number that has a twin, the twin."""
    ordered = sorted(_read(), key=lambda migration: (migration.number, migration.name.endswith(TWIN)))
    chosen = {migration.number: migration for migration in ordered}
    return [migration._replace(sql=in_postgres(migration.name, migration.sql)) for migration in chosen.values()]


def _read() -> Iterator[Migration]:
    for file in resources.files("storage").joinpath("migrations").iterdir():
        if file.name.endswith(".sql"):
            sql = file.read_text(encoding="utf-8")
            yield Migration(int(file.name[:4]), file.name, sql, hashlib.sha256(sql.encode()).hexdigest())


def missing(known: list[Migration], applied: Mapping[int, str], place: object) -> list[Migration]:
    """What is still to be applied, in order. `applied`: number -> checksum. Raises SchemaTooNew, in plain words."""
    checksums = {migration.number: migration.checksum for migration in known}
    for number, checksum in applied.items():
        if checksums.get(number) != checksum:
            raise SchemaTooNew(
                f"{place} was written by another version of meja (step {number:04d}): install that one or a newer one",
                "too_new",
                path=place,
                step=f"{number:04d}",
            )
    return [migration for migration in known if migration.number not in applied]


def require_newest(connection: sqlite3.Connection, path: Path) -> None:
    """Raises SchemaTooNew unless the tables are exactly those of this program."""
    (applied,) = connection.execute("SELECT max(number) FROM migrations").fetchone()
    if applied != migrations()[-1].number:
        told = f"{path} belongs to another version of meja: start the desk of this version on it first"
        raise SchemaTooNew(told, "older", path=path)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the tables up to date. Raises SchemaTooNew in plain words when the database is ahead of the program."""
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations"
        " (number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL) STRICT"
    )
    applied: dict[int, str] = dict(connection.execute("SELECT number, checksum FROM migrations"))
    waiting = missing(migrations(), applied, path)
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


def record(migration: Migration) -> str:
    """SQL that notes it as applied."""
    return (
        "INSERT INTO migrations (number, name, checksum) "
        f"VALUES ({migration.number}, '{migration.name}', '{migration.checksum}');"
    )


def _apply(connection: sqlite3.Connection, migration: Migration) -> None:
    """The file's statements and its own row commit together or not at all."""
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {migration.sql} {record(migration)} COMMIT;")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
