"""A look at a database from outside, for a doctor: nothing is made, migrated or written."""

import fcntl
import sqlite3
from enum import StrEnum
from pathlib import Path

from storage.migrate import migrations


class Health(StrEnum):
    """What `examine` found."""

    NEW = "new"
    WELL = "well"
    IN_USE = "in_use"
    TOO_NEW = "too_new"
    BROKEN = "broken"


def examine(path: Path) -> Health:
    """NEW: no file yet; IN_USE: a desk runs on it; TOO_NEW: another version wrote it; BROKEN: SQLite cannot read it."""
    if not path.exists():
        return Health.NEW
    if _is_held(path):
        return Health.IN_USE
    try:
        return _read(path)
    except sqlite3.DatabaseError:
        return Health.BROKEN


def _is_held(path: Path) -> bool:
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
