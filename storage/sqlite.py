"""SQLite: one writer thread that commits many use cases at once, and reader connections that only draw.

Measured at ``synchronous=FULL``: one commit for each use case gives about a thousand a second, one commit for up to
64 waiting ones tens of thousands. The use cases of a group run one after the other; when one fails, all run again, each
in its own SAVEPOINT, so that it takes nothing of its neighbours with it. Callers resume only after the COMMIT.
"""

import asyncio
import fcntl
import logging
import queue
import re
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from time import monotonic
from typing import IO, Any, Concatenate, ParamSpec, TypeVar, cast

import aiosqlite

from storage.base import DatabaseBusy, Dialect, Reader, SchemaTooNew, StorageUnavailable, Tx
from storage.migrate import forget_copies, migrate, require_newest
from storage.rows import bound, into
from storage.timings import Timings

log = logging.getLogger(__name__)

GROUP = 64
READERS = 2
ATTEMPT_SECONDS = 1.0  # it holds the only writer
ATTEMPT_STEPS = 10_000  # of SQLite's machine, between two looks at the time
# More rows than that are made into objects beside the event loop.
MANY = 5_000
BUSY_MS = 5_000
# 16 MiB, four times the usual: a checkpoint holds up whoever waits, and pages that changed often are written once.
CHECKPOINT_PAGES = 4_000
# A full text index keeps deleted words until it is made anew.
_FULL_TEXT = "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%USING fts5%'"
# Mistakes of a use case; anything else is the database's own trouble (disk full, locked, damaged): after that the whole
# group must be undone, for SQLite may have rolled back by itself.
OWN_FAULTS = {
    0,  # raised by the driver, not by SQLite
    sqlite3.SQLITE_ERROR,
    sqlite3.SQLITE_CONSTRAINT,
    sqlite3.SQLITE_MISMATCH,
    sqlite3.SQLITE_MISUSE,
    sqlite3.SQLITE_RANGE,
    sqlite3.SQLITE_TOOBIG,
}

Row = TypeVar("Row")
Result = TypeVar("Result")
P = ParamSpec("P")


@cache
def _numbered(sql: str) -> str:
    """``$1`` as SQLite writes it."""
    return re.sub(r"\$(\d+)", r"?\1", sql)


_COLUMNS: dict[str, tuple[str, ...]] = {}


def _columns(sql: str, cursor: sqlite3.Cursor | aiosqlite.Cursor) -> tuple[str, ...]:
    """What a statement gives: asked of the driver once, for it makes a row of seven for each column."""
    columns = _COLUMNS.get(sql)
    if columns is None:
        columns = _COLUMNS[sql] = tuple(column[0] for column in cursor.description)
    return columns


def _typed(cls: type[Row], columns: tuple[str, ...], rows: Sequence[Any]) -> list[Row]:
    return [into(cls, columns, tuple(row)) for row in rows]


def _advice(error: sqlite3.Error) -> str:
    """What an operator can do about a database that does not open."""
    return (
        "; it is damaged: put it aside and restore it from your backup" if _KINDS.get(_code(error)) == "damaged" else ""
    )


def _is_sick(error: sqlite3.Error) -> bool:
    return _code(error) not in OWN_FAULTS


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


_KINDS = {
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "unwritable",
    sqlite3.SQLITE_CANTOPEN: "unwritable",
}


class _WriterTx:
    """`Tx` on the writer's connection. Its methods never suspend: the writer thread drives them to their end."""

    dialect = Dialect.SQLITE

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.signals: dict[tuple[str, str], None] = {}

    async def execute(self, sql: str, *args: Any) -> int:
        return self._connection.execute(_numbered(sql), bound(args)).rowcount

    async def one(self, cls: type[Row], sql: str, *args: Any) -> Row | None:
        cursor = self._connection.execute(_numbered(sql), bound(args))
        row = cursor.fetchone()
        return None if row is None else into(cls, _columns(sql, cursor), row)

    async def all(self, cls: type[Row], sql: str, *args: Any) -> list[Row]:
        cursor = self._connection.execute(_numbered(sql), bound(args))
        columns = _columns(sql, cursor)
        return [into(cls, columns, row) for row in cursor.fetchall()]

    async def value(self, sql: str, *args: Any) -> Any:
        row = self._connection.execute(_numbered(sql), bound(args)).fetchone()
        return None if row is None else row[0]

    async def attempt(self, cls: type[Row], sql: str, *args: Any) -> list[Row] | None:
        until = monotonic() + ATTEMPT_SECONDS
        self._connection.set_progress_handler(lambda: monotonic() > until, ATTEMPT_STEPS)
        try:
            return await self.all(cls, sql, *args)
        except sqlite3.Error as error:
            if not self._connection.in_transaction:  # SQLite gave up the whole group, not only this read
                raise
            log.warning("a search failed", extra={"action": "attempt", "error": error.sqlite_errorname})
            return None
        finally:
            self._connection.set_progress_handler(None, 0)

    def signal(self, topic: str, key: str) -> None:
        self.signals[topic, key] = None


class _ReaderTx:
    """`Reader` on a connection of aiosqlite."""

    dialect = Dialect.SQLITE

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def one(self, cls: type[Row], sql: str, *args: Any) -> Row | None:
        async with self._connection.execute(_numbered(sql), bound(args)) as cursor:
            row = await cursor.fetchone()
            return None if row is None else into(cls, _columns(sql, cursor), tuple(row))

    async def all(self, cls: type[Row], sql: str, *args: Any) -> list[Row]:
        async with self._connection.execute(_numbered(sql), bound(args)) as cursor:
            columns = _columns(sql, cursor)
            rows = list(await cursor.fetchall())
        if len(rows) > MANY:  # the event loop has others to serve meanwhile
            return await asyncio.to_thread(_typed, cls, columns, rows)
        return _typed(cls, columns, rows)

    async def value(self, sql: str, *args: Any) -> Any:
        async with self._connection.execute(_numbered(sql), bound(args)) as cursor:
            row = await cursor.fetchone()
            return None if row is None else next(iter(row))


class _Job:
    """One waiting use case and the caller who waits for it."""

    def __init__(self, make: Callable[[Tx], Coroutine[Any, Any, Any]], future: asyncio.Future[Any]) -> None:
        self.make = make
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None
        self.signals: dict[tuple[str, str], None] = {}

    def run(self, connection: sqlite3.Connection) -> None:
        """Drive the use case. Whatever it raises is raised: the whole group is to be undone."""
        tx = _WriterTx(connection)
        self.result, self.error = _drive(self.make(tx)), None
        self.signals = tx.signals

    def run_apart(self, connection: sqlite3.Connection) -> None:
        """Drive the use case in a SAVEPOINT. A failure of its own is kept; one of the database is raised."""
        tx = _WriterTx(connection)
        self.result, self.error, self.signals = None, None, {}
        connection.execute("SAVEPOINT job")
        try:
            self.result = _drive(self.make(tx))
        except sqlite3.Error as error:
            if _is_sick(error):
                raise
            self.error = error
        except Exception as error:
            self.error = error
        if self.error is not None:
            connection.execute("ROLLBACK TO job")
        else:
            self.signals = tx.signals
        connection.execute("RELEASE job")


@dataclass(frozen=True)
class _Chore:
    """Upkeep of the file, done between two groups, by itself."""

    whole: bool
    future: asyncio.Future[bool]


def _settle(future: asyncio.Future[bool], outcome: bool | StorageUnavailable) -> None:
    if future.done():
        return
    if isinstance(outcome, StorageUnavailable):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


def _drive(coroutine: Coroutine[Any, Any, Any]) -> Any:
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise RuntimeError("a use case awaited something other than its transaction")


class SqliteStore:
    """`Store` on one SQLite file, held by this process alone (kernel lock on ``<file>.lock``).

    `beside`: another process holds it; this one reads, and waits its turn for the little it writes.
    """

    def __init__(self, path: Path, *, beside: bool = False) -> None:
        self.path = path
        self._beside = beside
        self._jobs: queue.SimpleQueue[_Job | _Chore | None] = queue.SimpleQueue()
        self._closed = False
        self._listeners: dict[str, list[Callable[[str], None]]] = {}
        # Opened when first wanted, and the same one again: most offices of a process never want two.
        self._readers: asyncio.LifoQueue[aiosqlite.Connection | None] = asyncio.LifoQueue()
        for _ in range(READERS):
            self._readers.put_nowait(None)
        self.commits = Timings()

    async def open(self) -> None:
        """Take the file, bring its tables up to date, start the writer.

        Raises DatabaseBusy, SchemaTooNew, StorageUnavailable.
        """
        self._loop = asyncio.get_running_loop()
        self._lock = self._take_lock()
        try:
            self._connection = await asyncio.to_thread(self._prepare)
        except BaseException:
            self._lock.close()
            raise
        self._thread = threading.Thread(target=self._write, name="sqlite-writer", daemon=True)
        self._thread.start()

    def _unavailable(self, error: sqlite3.Error, told: str) -> StorageUnavailable:
        return StorageUnavailable(told, _KINDS.get(_code(error), "other"), path=self.path)

    def _take_lock(self) -> IO[str]:
        if self._beside and not self.path.exists():
            raise StorageUnavailable(f"{self.path} is not there", "gone", path=self.path)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = self.path.with_name(self.path.name + ".lock").open("a")
        except OSError as error:
            raise StorageUnavailable(
                f"{self.path} cannot be written: {error.strerror}", "unwritable", path=self.path
            ) from None
        if self._beside:
            return lock
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise DatabaseBusy(f"another process is running on {self.path}", "busy", path=self.path) from None
        return lock

    def _prepare(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                self.path, isolation_level=None, check_same_thread=False, cached_statements=512
            )
        except sqlite3.Error as error:
            raise self._unavailable(error, f"{self.path} cannot be opened: {error}") from None
        try:
            self._set_up(connection)
        except sqlite3.Error as error:
            connection.close()
            raise self._unavailable(error, f"{self.path}: {error}{_advice(error)}") from None
        except SchemaTooNew:
            connection.close()
            raise
        return connection

    def _set_up(self, connection: sqlite3.Connection) -> None:
        self.path.chmod(0o600)
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            # What a SAVEPOINT may have to undo is written down first: with secure_delete on into a file that is
            # truncated and overwritten each time, seven times the cost of the statement itself.
            "temp_store = MEMORY",
            f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        if self._beside:
            require_newest(connection, self.path)
        else:
            migrate(connection, self.path)

    async def _open_reader(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(f"{self.path.resolve().as_uri()}?mode=ro", uri=True)
        await connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        return connection

    async def run(
        self, use_case: Callable[Concatenate[Tx, P], Awaitable[Result]], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        def make(tx: Tx) -> Coroutine[Any, Any, Any]:
            return cast(Coroutine[Any, Any, Any], use_case(tx, *args, **kwargs))

        if self._closed:  # nobody would ever answer
            raise RuntimeError("the database is closed")
        job = _Job(make, asyncio.get_running_loop().create_future())
        self._jobs.put(job)
        return cast(Result, await job.future)

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        connection = await self._readers.get()
        try:
            connection = connection or await self._open_reader()
            yield _ReaderTx(connection)
        finally:
            self._readers.put_nowait(connection)

    def listen(self, topic: str, listener: Callable[[str], None]) -> None:
        self._listeners.setdefault(topic, []).append(listener)

    async def compact(self, *, whole: bool) -> bool:
        chore = _Chore(whole, asyncio.get_running_loop().create_future())
        self._jobs.put(chore)
        return await chore.future

    def log_bytes(self) -> int:
        """How long the write-ahead log is."""
        log_file = self.path.with_name(self.path.name + "-wal")
        return log_file.stat().st_size if log_file.exists() else 0

    def forget_copies(self, before: datetime) -> int:
        return forget_copies(self.path, before)

    def owns(self) -> bool:
        return True

    async def until_lost(self) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Finish what waits, then let go of the file."""
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        while not self._readers.empty():
            connection = self._readers.get_nowait()
            if connection is not None:
                await connection.close()
        await asyncio.to_thread(self._connection.close)
        self._lock.close()

    # The writer thread.

    def _write(self) -> None:
        while True:
            group = self._next_group()
            jobs = [job for job in group if isinstance(job, _Job)]
            if jobs:
                self._commit(jobs)
                self._loop.call_soon_threadsafe(self._deliver, jobs)
            last = group[-1]
            if isinstance(last, _Chore):
                self._loop.call_soon_threadsafe(_settle, last.future, self._compact(last.whole))
            if last is None:
                return

    def _compact(self, whole: bool) -> bool | StorageUnavailable:
        """Rewriting the file leaves no trace of what was deleted; emptying the log takes its traces along."""
        try:
            if whole:
                for (table,) in self._connection.execute(_FULL_TEXT).fetchall():
                    self._connection.execute(f"INSERT INTO {table} ({table}) VALUES ('rebuild')")
                self._connection.execute("VACUUM")
            busy, _, _ = self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error as error:
            return self._unavailable(error, str(error))
        return not busy

    def _next_group(self) -> list[_Job | _Chore | None]:
        group = [self._jobs.get()]
        while len(group) < GROUP and isinstance(group[-1], _Job):
            try:
                group.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return group

    def _commit(self, jobs: list[_Job]) -> None:
        """Commit the group; when the database is sick, undo it whole and try each member alone.

        Hardly a use case fails, and a SAVEPOINT for each costs a fifth of all statements: the group does without, and
        runs once more with them when one of its members raised something.
        """
        try:
            self._begin()
        except sqlite3.Error as error:  # locked or gone: nothing can be written, alone or together
            for job in jobs:
                job.error = self._unavailable(error, str(error))
            return
        try:
            if not self._ran(jobs):
                self._begin()
                for job in jobs:
                    job.run_apart(self._connection)
            began = monotonic()
            self._connection.execute("COMMIT")
            self.commits.add(monotonic() - began)
        except sqlite3.Error as error:
            self._undo(jobs, error)

    def _ran(self, jobs: list[_Job]) -> bool:
        """Whether all of them went well; if not, nothing of them stands."""
        try:
            for job in jobs:
                job.run(self._connection)
        except sqlite3.Error as error:
            if _is_sick(error):
                raise
        except Exception as error:
            log.debug("a group runs again", extra={"action": "commit", "error": type(error).__name__})
        else:
            return True
        self._connection.execute("ROLLBACK")
        return False

    def _begin(self) -> None:
        if self._connection.in_transaction:  # an earlier ROLLBACK failed too
            self._connection.execute("ROLLBACK")
        self._connection.execute("BEGIN IMMEDIATE")

    def _undo(self, jobs: list[_Job], error: sqlite3.Error) -> None:
        with suppress(sqlite3.Error):
            self._connection.execute("ROLLBACK")
        if len(jobs) == 1:
            jobs[0].error = self._unavailable(error, str(error))
            return
        for job in jobs:
            self._commit([job])

    # Back in the event loop.

    def _deliver(self, jobs: list[_Job]) -> None:
        for job in jobs:
            if job.future.done():  # the caller was cancelled; what it asked for is committed all the same
                continue
            if job.error is not None:
                job.future.set_exception(job.error)
            else:
                job.future.set_result(job.result)
        for topic, key in dict.fromkeys(signal for job in jobs if job.error is None for signal in job.signals):
            for listener in self._listeners.get(topic, ()):
                listener(key)
