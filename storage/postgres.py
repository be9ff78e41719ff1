"""One office's part of PostgreSQL: its use cases one after the other, each in a transaction of its own.

They are not run side by side, so that a use case may decide by what it read: as on SQLite, nobody changes the office's
rows meanwhile. Only its owner does (storage/leases.py), and the last statement of each transaction that wrote proves
it: a process that lost the office cannot commit. The same statement leaves the transaction's id behind, by which a
COMMIT whose answer was cut off is known to have arrived or not. Different offices do run side by side.
"""

import asyncio
import logging
import re
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import asyncpg

from storage.base import Dialect, OwnershipLost, Reader, StorageUnavailable, Tx
from storage.database import (
    FOREVER,
    IDLE,
    OWNER_CHANGED,
    READER_IDLE,
    Connection,
    Database,
    is_lost,
    is_sick,
    is_worth_again,
    literal,
    plain,
)
from storage.rows import into, stored

log = logging.getLogger(__name__)

ATTEMPT_MS = 1_000
TRIES = 5
# Use cases that one office does before others may have the connection.
TURN = 32
# Whether a cut COMMIT arrived is asked until it is known: nothing else can be written meanwhile.
DOUBT_PAUSE = 0.5

Row = TypeVar("Row")
Result = TypeVar("Result")
P = ParamSpec("P")


class Ownership(Protocol):
    """What says that this process runs the office: in which epoch, and for how long from now."""

    @property
    def epoch(self) -> int: ...

    def is_held(self) -> bool: ...

    async def release(self) -> None: ...


@cache
def _writes(sql: str) -> bool:
    return re.match(r"\s*(SELECT|WITH)\b", sql, re.IGNORECASE) is None


def _kept(value: Any) -> Any:
    """As the database keeps it; it has no letter for NUL."""
    value = stored(value)
    return value.replace("\0", "\ufffd") if type(value) is str and "\0" in value else value


_COLUMNS: dict[str, tuple[str, ...]] = {}


def _columns(sql: str, record: asyncpg.Record) -> tuple[str, ...]:
    columns = _COLUMNS.get(sql)
    if columns is None:
        columns = _COLUMNS[sql] = tuple(record.keys())
    return columns


class _Reads:
    """`Reader` within a transaction."""

    dialect = Dialect.POSTGRES

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def one(self, cls: type[Row], sql: str, *args: Any) -> Row | None:
        record = await self._connection.fetchrow(sql, *map(_kept, args))
        return None if record is None else into(cls, _columns(sql, record), record)

    async def all(self, cls: type[Row], sql: str, *args: Any) -> list[Row]:
        records = await self._connection.fetch(sql, *map(_kept, args))
        return [into(cls, _columns(sql, records[0]), record) for record in records]

    async def value(self, sql: str, *args: Any) -> Any:
        return await self._connection.fetchval(sql, *map(_kept, args))


class _WriterTx(_Reads):
    """`Tx`: it notes whether anything was written."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.wrote = False
        self.signals: dict[tuple[str, str], None] = {}

    async def one(self, cls: type[Row], sql: str, *args: Any) -> Row | None:
        self.wrote = self.wrote or _writes(sql)
        return await super().one(cls, sql, *args)

    async def all(self, cls: type[Row], sql: str, *args: Any) -> list[Row]:
        self.wrote = self.wrote or _writes(sql)
        return await super().all(cls, sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        self.wrote = self.wrote or _writes(sql)
        return await super().value(sql, *args)

    async def execute(self, sql: str, *args: Any) -> int:
        self.wrote = True
        status = await self._connection.execute(sql, *map(_kept, args))
        return int(status.rpartition(" ")[2])

    async def attempt(self, cls: type[Row], sql: str, *args: Any) -> list[Row] | None:
        await self._connection.execute(f"SAVEPOINT attempt; SET LOCAL statement_timeout = {ATTEMPT_MS}")
        try:
            rows = await self.all(cls, sql, *args)
        except asyncpg.PostgresError as error:
            if is_lost(error):
                raise
            log.warning("a search failed", extra={"action": "attempt", "error": plain(error)})
            await self._connection.execute("ROLLBACK TO attempt; RELEASE attempt")
            return None
        await self._connection.execute("SET LOCAL statement_timeout = 0; RELEASE attempt")
        return rows

    def signal(self, topic: str, key: str) -> None:
        self.signals[topic, key] = None


@dataclass
class _Job:
    """One waiting use case, and the caller who waits for it."""

    make: Callable[[Tx], Awaitable[Any]]
    future: asyncio.Future[Any]
    tries: int = 0
    result: Any = None
    signals: dict[tuple[str, str], None] = field(default_factory=dict)
    doubt: str = ""  # the id of a transaction whose COMMIT was sent and not answered

    def fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class PostgresStore:
    """`Store` of one office.

    `ownership`: this process runs the office; without, it works beside whoever does: it reads, and writes little.
    `closing`: what is to be closed after it, in order. `lost` is set by whoever looks after the ownership.
    """

    def __init__(
        self,
        database: Database,
        office: str,
        ownership: Ownership | None,
        closing: Sequence[Callable[[], Awaitable[None]]] = (),
        lost: asyncio.Event | None = None,
    ) -> None:
        self.database = database
        self.office = office
        self._ownership = ownership
        self._last_words = closing
        self._lost = lost or asyncio.Event()
        self._jobs: deque[_Job] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._closing = False
        self._listeners: dict[str, list[Callable[[str], None]]] = {}
        of_office = f"SET LOCAL meja.office = {literal(office)}"
        self._begin = f"BEGIN; {of_office}; SET LOCAL idle_in_transaction_session_timeout = '{IDLE}'"
        self._begin_reading = (
            f"BEGIN READ ONLY; {of_office}; SET LOCAL idle_in_transaction_session_timeout = '{READER_IDLE}'"
        )

    async def run(
        self, use_case: Callable[Concatenate[Tx, P], Awaitable[Result]], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        if self._closing:
            raise StorageUnavailable("the store is closed")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._jobs.append(_Job(lambda tx: use_case(tx, *args, **kwargs), future))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(), name=f"postgres writer {self.office}")
        return await future

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        async with self.database.connection() as connection:
            try:
                await connection.execute(self._begin_reading)
                yield _Reads(connection)
            except Exception as error:
                if is_sick(error):
                    raise StorageUnavailable(plain(error)) from error
                raise
            finally:
                await _roll_back(connection)

    def listen(self, topic: str, listener: Callable[[str], None]) -> None:
        self._listeners.setdefault(topic, []).append(listener)

    def tell(self, topic: str, key: str) -> None:
        """Call the listeners of `topic`."""
        for listener in self._listeners.get(topic, ()):
            listener(key)

    async def compact(self, *, whole: bool) -> bool:
        """Free the room of what was deleted; PostgreSQL writes over it in its own time.

        What its log and its backups keep is the operator's to let go of (docs/privacy.md).
        """
        if whole:
            try:
                async with self.database.connection() as connection:
                    await connection.execute("VACUUM", timeout=FOREVER)
            except asyncpg.PostgresError as error:
                raise StorageUnavailable(plain(error)) from error
        return True

    def forget_copies(self, before: datetime) -> int:
        return 0

    def owns(self) -> bool:
        return self._ownership is None or self._ownership.is_held()

    async def until_lost(self) -> None:
        await self._lost.wait()

    async def close(self) -> None:
        """Finish what waits, then let go of the office."""
        self._closing = True
        if self._writer is not None:
            await self._writer
        if self._ownership is not None:
            await self._ownership.release()
        for close in self._last_words:
            await close()

    # The writer: a task that lives while something waits.

    async def _write(self) -> None:
        try:
            while self._jobs:
                await self._take_turn()
        finally:
            self._writer = None
            while self._jobs:
                self._jobs.popleft().fail(StorageUnavailable("the store was stopped"))

    async def _take_turn(self) -> None:
        """Carry out some of what waits on one connection. A lost one leaves its use case first in line."""
        try:
            connection = await self.database.acquire()
        except StorageUnavailable as error:
            await self._give_up(error)
            return
        try:
            for _ in range(TURN):
                if not self._jobs or not await self._carry_out(connection, self._jobs[0]):
                    break
                self._jobs.popleft()
        finally:
            self.database.release(connection)

    async def _give_up(self, error: StorageUnavailable) -> None:
        """No way to the server: nobody waits for it, but for one who must know what became of a COMMIT."""
        doubtful = [job for job in self._jobs if job.doubt and not self._closing and self.owns()]
        for job in self._jobs:
            if job not in doubtful:
                job.fail(StorageUnavailable(str(error)))
        self._jobs = deque(doubtful)
        if doubtful:
            await asyncio.sleep(DOUBT_PAUSE)

    async def _carry_out(self, connection: Connection, job: _Job) -> bool:
        """True: the caller has an answer. False: the connection was lost, and another one is needed."""
        while True:
            try:
                if not (job.doubt and await self._has_arrived(connection, job)):
                    await self._attempt(connection, job)
            except Exception as error:
                await _roll_back(connection)
                if is_lost(error) or connection.is_closed():
                    connection.terminate()
                    return self._is_hopeless(job, error)
                job.tries += 1
                if is_worth_again(error) and job.tries < TRIES:
                    continue
                job.fail(self._told(error))
                return True
            self._deliver(job)
            return True

    async def _attempt(self, connection: Connection, job: _Job) -> None:
        if not self.owns():
            raise OwnershipLost(f"office {self.office} is run by another process")
        job.doubt = ""
        await connection.execute(self._begin)
        tx = _WriterTx(connection)
        job.result = await job.make(tx)
        job.signals = tx.signals
        if not tx.wrote:
            await connection.execute("COMMIT")
            return
        ending, job.doubt = self._ending(tx)
        await connection.execute(ending)
        job.doubt = ""

    def _ending(self, tx: _WriterTx) -> tuple[str, str]:
        """The last words of a transaction that wrote, and its id where it can be asked for."""
        if self._ownership is None:
            hints = [f"SELECT pg_notify('meja', {literal(f'{topic} {key}')}); " for topic, key in tx.signals]
            return "".join(hints) + "COMMIT", ""
        op = secrets.token_hex(8)
        return f"SELECT fence({literal(self.office)}, {self._ownership.epoch}, '{op}'); COMMIT", op

    async def _has_arrived(self, connection: Connection, job: _Job) -> bool:
        """Whether the COMMIT in doubt was carried out. Its lock makes us wait while it is still under way."""
        assert self._ownership is not None
        async with connection.transaction():
            op = await connection.fetchval(
                "SELECT op FROM leases WHERE office = $1 AND epoch = $2 FOR UPDATE", self.office, self._ownership.epoch
            )
        if op is None:
            raise OwnershipLost(f"office {self.office} was taken over in the middle of a transaction")
        log.warning(
            "a cut COMMIT was looked up", extra={"action": "commit", "office": self.office, "arrived": op == job.doubt}
        )
        return bool(op == job.doubt)

    def _is_hopeless(self, job: _Job, error: Exception) -> bool:
        """After a lost connection: a COMMIT in doubt is asked about, anything else is begun once more."""
        job.tries += 1
        if job.doubt or job.tries < TRIES:
            return False
        job.fail(StorageUnavailable(plain(error)))
        return True

    def _told(self, error: Exception) -> Exception:
        """The error as callers know it."""
        if isinstance(error, asyncpg.PostgresError) and error.sqlstate == OWNER_CHANGED:
            return OwnershipLost(f"office {self.office} is run by another process")
        return StorageUnavailable(plain(error)) if is_sick(error) else error

    def _deliver(self, job: _Job) -> None:
        if not job.future.done():  # else the caller was cancelled; what it asked for is committed all the same
            job.future.set_result(job.result)
        for topic, key in job.signals:
            self.tell(topic, key)


async def _roll_back(connection: Connection) -> None:
    """End the transaction, if there is one and somebody to tell."""
    with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        if not connection.is_closed() and connection.is_in_transaction():
            await connection.execute("ROLLBACK")
