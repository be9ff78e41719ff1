"""Copies of a SQLite database: made while a desk writes, verified, and named only when they are whole.

A copy is a file of its own, ``meja-1207-20261122T200000Z.db``, and counts from the moment on in which its manifest
stands beside it. SQLite writes it itself (``VACUUM INTO``): one moment of the database, without what was deleted.
"""

import fcntl
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from storage.base import DatabaseBusy, StorageUnavailable
from storage.migrate import migrations

PART = ".part"
BLOCK = 1 << 20
BUSY_MS = 30_000

Told = Callable[[int, int], None]
"""Hears how many of how many bytes are done."""


@dataclass(frozen=True)
class Manifest:
    """What a copy holds: `taken_at` aware UTC, `counts` rows by table, `schema` the number of the last migration."""

    file: str
    office: str
    taken_at: datetime
    program: str
    schema: int
    bytes: int
    sha256: str
    counts: dict[str, int]

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Raises OSError, ValueError."""
        try:
            raw = json.loads(path.read_text("utf-8"))
            return cls(**raw | {"taken_at": datetime.fromisoformat(raw["taken_at"])})
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is no manifest") from error


def manifest_of(copy: Path) -> Path:
    return copy.with_suffix(".json")


def take(source: Path, folder: Path, *, office: str, at: datetime, program: str) -> tuple[Path, Manifest]:
    """Copy the database into `folder`, look whether the copy is sound, and only then give it its name.

    Raises DatabaseBusy while another copy is being made there, StorageUnavailable when there is none in the end.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(folder):
            copy = _free_name(folder, f"meja-{office}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}")
            part = copy.with_name(copy.name + PART)
            _sweep(folder, office)
            _copy(source, part)
            manifest = _examine(part, copy.name, office, at, program)
            part.replace(copy)
            _write(manifest_of(copy), json.dumps(asdict(manifest), default=str, indent=2))
    except (OSError, sqlite3.Error) as error:
        raise StorageUnavailable(f"no backup in {folder}: {error}", "no_backup", folder=folder, error=error) from error
    return copy, manifest


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """A kernel lock: whoever dies lets go of it."""
    with (folder / ".lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DatabaseBusy(f"another backup is being made in {folder}", "backup_busy", folder=folder) from None
        yield


def _free_name(folder: Path, stem: str) -> Path:
    names = (folder / f"{stem}{ending}.db" for ending in ("", *(f"-{n}" for n in range(2, 1_000))))
    return next(name for name in names if not name.exists())


def _sweep(folder: Path, office: str) -> None:
    """What a backup that was killed left behind: parts, and a copy that never got its manifest."""
    for part in folder.glob(f"meja-{office}-*{PART}*"):
        part.unlink()
    for copy in folder.glob(f"meja-{office}-*.db"):
        if not manifest_of(copy).exists():
            copy.unlink()


def _copy(source: Path, part: Path) -> None:
    if not source.exists():
        raise FileNotFoundError(f"{source} is not there")
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("VACUUM INTO ?", (str(part),))
    flush(part)


def _examine(part: Path, name: str, office: str, at: datetime, program: str) -> Manifest:
    """Raises sqlite3.DatabaseError when the copy is not sound."""
    with closing(sqlite3.connect(f"{part.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        if faults := list(_faults(connection)):
            raise sqlite3.DatabaseError(f"the copy is damaged: {faults[0]}")
        counts = _counts(connection)
        (schema,) = connection.execute("SELECT max(number) FROM migrations").fetchone()
    return Manifest(name, office, at, program, schema, part.stat().st_size, digest(part), counts)


def _faults(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check(5)"):
        if line != "ok":
            yield line
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} leads nowhere in {parent}"


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Rows by table; the inner tables of a full text index are its own business."""
    virtual = [
        name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL%'")
    ]
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    names = [name for (name,) in tables if not any(name.startswith(inner) for inner in virtual)]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in sorted(names)}


def digest(path: Path, told: Told | None = None) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    whole, done, sum = path.stat().st_size, 0, hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            sum.update(block)
            done += len(block)
            if told is not None:
                told(done, whole)
    return sum.hexdigest()


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + PART)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    flush(part)
    part.replace(path)
    flush_folder(path.parent)


def flush(path: Path) -> None:
    """What was written to it is on disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """What was renamed in it has its new name after a power failure too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# What is there.


def copies(folder: Path, office: str) -> list[tuple[Path, Manifest]]:
    """The whole copies of an office, the newest first. What cannot be read is left out."""
    found = []
    for path in folder.glob(f"meja-{office}-*.json"):
        with suppress(OSError, ValueError):
            manifest = Manifest.read(path)
            if (folder / manifest.file).exists():
                found.append((folder / manifest.file, manifest))
    return sorted(found, key=lambda pair: (pair[1].taken_at, len(pair[0].name), pair[0]), reverse=True)


def prune(folder: Path, office: str, keep: int) -> list[Path]:
    """Remove all copies but the newest `keep`; those that went. The manifest goes first: half a copy counts as none."""
    old = [copy for copy, _ in copies(folder, office)[keep:]]
    for copy in old:
        manifest_of(copy).unlink(missing_ok=True)
        copy.unlink(missing_ok=True)
    return old


def verify(copy: Path, told: Told | None = None) -> tuple[Manifest | None, list[str]]:
    """The manifest, if there is one, and what is wrong with the copy; an empty list when it can be restored."""
    if not copy.is_file():
        return None, [f"{copy} is not there"]
    manifest, problems = None, []
    try:
        manifest = Manifest.read(manifest_of(copy)) if manifest_of(copy).exists() else None
    except (OSError, ValueError) as error:
        problems.append(str(error))
    if manifest is not None and digest(copy, told) != manifest.sha256:
        problems.append("it is not the file that was written: its SHA-256 is another")
    try:
        with closing(sqlite3.connect(f"{copy.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            problems += _faults(connection)
            applied = dict(connection.execute("SELECT number, checksum FROM migrations"))
            if manifest is not None and not problems and _counts(connection) != manifest.counts:
                problems.append("its tables do not hold as many rows as were counted")
    except sqlite3.Error as error:
        return manifest, [*problems, f"SQLite cannot read it: {error}"]
    known = {migration.number: migration.checksum for migration in migrations()}
    if not applied.items() <= known.items():
        problems.append("another version of meja wrote it: install that one or a newer one")
    return manifest, problems
