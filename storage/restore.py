"""Putting a copy of a SQLite database in the place of the database itself, beside no desk."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from storage.backup import BLOCK, Told, flush, flush_folder
from storage.base import DatabaseBusy, StorageUnavailable


@contextmanager
def alone(target: Path) -> Iterator[None]:
    """No desk may start on this file meanwhile. Raises DatabaseBusy when one runs, StorageUnavailable."""
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with target.with_name(target.name + ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError:
        raise DatabaseBusy(f"a desk is running on {target}: stop it first", "desk_runs", path=target) from None
    except PermissionError as error:
        raise StorageUnavailable(f"{target} cannot be written: {error.strerror}", "unwritable", path=target) from None


def work_copy(copy: Path, target: Path, told: Told | None = None) -> Path:
    """The copy beside `target`, under another name, to be made ready there. Raises StorageUnavailable."""
    work = target.with_name(target.name + ".restoring")
    whole, done = copy.stat().st_size, 0
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for old in target.parent.glob(work.name + "*"):
            old.unlink()
        with copy.open("rb") as source, os.fdopen(os.open(work, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            while block := source.read(BLOCK):
                file.write(block)
                done += len(block)
                if told is not None:
                    told(done, whole)
        flush(work)
    except OSError as error:
        raise StorageUnavailable(f"{work} cannot be written: {error.strerror}", "unwritable", path=work) from None
    return work


def put_in_place(work: Path, target: Path, at: datetime) -> Path | None:
    """Give the file made ready its place; what stood there keeps another name, which comes back.

    At every moment one of the two is the database. What was put aside goes as copies before an upgrade do.
    """
    aside = None
    if target.exists():
        aside = target.with_name(f"{target.name}.before-restore-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
        with suppress(sqlite3.Error), closing(sqlite3.connect(target)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.link(target, aside)
        for ending in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                target.with_name(target.name + ending).rename(aside.with_name(aside.name + ending))
    work.replace(target)
    flush_folder(target.parent)
    return aside
