"""One office's part of PostgreSQL: its use cases one after the other, those that wait in one transaction.

They are not run side by side, so that a use case may decide by what it read: as on SQLite, nobody changes the office's
rows meanwhile. Only its owner does (storage/leases.py), and the last statement of each transaction that wrote proves
it: a process that lost the office cannot commit. The same statement leaves the transaction's id behind, by which a
COMMIT whose answer was cut off is known to have arrived or not. When a use case fails, those of its transaction run
again, each in one of its own: it takes nothing of its neighbours with it. Different offices do run side by side.
"""

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import asyncpg

from storage.base import OwnershipLost, Reader, StorageUnavailable, Tx
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
from storage.leases import signed
from storage.postgres_tx import Reads, WriterTx

log = logging.getLogger(__name__)

TRIES = 5
# Use cases of one transaction: beyond that a commit is a small part of their cost. The first wait for the last, so
# nobody joins one that has taken so many seconds.
GROUP = 16
LONG = 0.05
# Whether a cut COMMIT arrived is asked until it is known: nothing else can be written meanwhile.
DOUBT_PAUSE = 0.5
CLOSE_SECONDS = 3.0

Result = TypeVar("Result")
P = ParamSpec("P")


class Ownership(Protocol):
    """What says that this process runs the office: in which epoch, and for how long from now."""

    @property
    def epoch(self) -> int: ...

    def is_held(self) -> bool: ...

    def is_lost(self) -> bool:
        """Whether it will not be held again."""
        ...

    async def has_arrived(self, connection: Connection, op: str) -> bool:
        """Whether the transaction that left this id behind was committed; one that was not never will be.

        It waits while the COMMIT is under way, and gives a new epoch. Raises OwnershipLost.
        """
        ...

    async def release(self) -> None: ...


@dataclass
class _Job:
    """One waiting use case, and the caller who waits for it. `tries`: how often it was undone; then it goes alone."""

    make: Callable[[Tx], Awaitable[Any]]
    future: asyncio.Future[Any]
    tries: int = 0
    result: Any = None
    signals: dict[tuple[str, str], None] = field(default_factory=dict)

    def fail(self, error: BaseException) -> None:
        if not self.future.done():
            self.future.set_exception(error)


@dataclass
class _Group:
    """Use cases of one transaction. `doubt`: its id, when its COMMIT was sent and not answered."""

    jobs: list[_Job]
    doubt: str = ""

    @property
    def signals(self) -> dict[tuple[str, str], None]:
        """Those of all, each once."""
        return dict.fromkeys(signal for job in self.jobs for signal in job.signals)

    def fail(self, error: StorageUnavailable) -> None:
        for job in self.jobs:
            job.fail(type(error)(*error.args))


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
        self._group: _Group | None = None  # in hand
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
            name = f"postgres writer {self.office}"
            self._writer = asyncio.create_task(self._write(), name=name, context=Context())  # it works for others too
        return await future

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        async with self.database.connection() as connection:
            try:
                await connection.execute(self._begin_reading)
                yield Reads(connection)
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

    def _is_lost(self) -> bool:
        return self._ownership is not None and self._ownership.is_lost()

    async def until_lost(self) -> None:
        await self._lost.wait()

    async def close(self) -> None:
        """Finish what waits, then let go of the office."""
        self._closing = True
        if self._writer is not None:
            _, late = await asyncio.wait([self._writer], timeout=CLOSE_SECONDS)
            for writer in late:  # a line that fell silent; what it was about to write is as after a kill
                writer.cancel()
                await asyncio.wait(late)
        if self._ownership is not None:
            await self._ownership.release()
        for close in self._last_words:
            await close()

    # The writer: a task that lives while something waits.

    async def _write(self) -> None:
        try:
            while self._group or self._jobs:
                await self._take_turn()
        finally:
            self._writer = None
            self._let_go(StorageUnavailable("the store was stopped"))

    def _let_go(self, error: StorageUnavailable) -> None:
        """Nothing that waits is done any more."""
        if self._group is not None:
            self._group.fail(error)
        _Group(list(self._jobs)).fail(error)
        self._group = None
        self._jobs.clear()

    async def _take_turn(self) -> None:
        """One group; then other offices may have the connection."""
        try:
            connection = await self.database.acquire()
        except StorageUnavailable as error:
            await self._give_up(error)
            return
        try:
            self._group = self._group or _Group([self._jobs.popleft()])
            await self._carry_out(connection, self._group)
        finally:
            self.database.release(connection)

    async def _give_up(self, error: StorageUnavailable) -> None:
        """No way to the server: nobody waits for it, but those who must know what became of a COMMIT."""
        doubtful = self._group if not (self._closing or self._is_lost()) else None
        self._group = None if doubtful else self._group
        self._let_go(error)
        if doubtful:
            self._group = doubtful
            await asyncio.sleep(DOUBT_PAUSE)

    async def _carry_out(self, connection: Connection, group: _Group) -> None:
        """Answer the callers, or leave in line what is to be tried once more."""
        try:
            if not (group.doubt and await self._has_arrived(connection, group)):
                await self._attempt(connection, group)
        except Exception as error:
            await _roll_back(connection)
            is_gone = is_lost(error) or connection.is_closed()
            if is_gone:
                connection.terminate()
            if not (is_gone and group.doubt):  # else it is asked about on another connection
                self._group = None
                self._undone(group, error, again=is_gone or is_worth_again(error))
        else:
            self._group = None
            self._deliver(group)
            await _roll_back(connection)  # what only read is still open: nobody need wait for its end

    async def _attempt(self, connection: Connection, group: _Group) -> None:
        if self._is_lost():
            raise OwnershipLost(f"office {self.office} is run by another process")
        if not self.owns():
            raise StorageUnavailable(f"whether office {self.office} is still run here is not known")
        group.doubt = ""
        await connection.execute(self._begin + signed(self.database.process))
        began, number, wrote = monotonic(), 0, False
        while number < len(group.jobs) or (monotonic() - began < LONG and self._joins(group)):
            tx, job = WriterTx(connection), group.jobs[number]
            job.result = await job.make(tx)
            job.signals = tx.signals
            wrote = wrote or tx.wrote
            number += 1
        if wrote:
            ending, group.doubt = self._ending(group)
            await connection.execute(ending)

    def _joins(self, group: _Group) -> bool:
        """Whether the first of those that wait goes along."""
        if not self._jobs or len(group.jobs) == GROUP or group.jobs[0].tries or self._jobs[0].tries:
            return False
        group.jobs.append(self._jobs.popleft())
        return True

    def _ending(self, group: _Group) -> tuple[str, str]:
        """The last words of a transaction that wrote, and its id where it can be asked for."""
        if self._ownership is None:
            hints = [f"SELECT pg_notify('meja', {literal(f'{topic} {key}')}); " for topic, key in group.signals]
            return "".join(hints) + "COMMIT", ""
        op = secrets.token_hex(8)
        return f"SELECT fence({literal(self.office)}, {self._ownership.epoch}, '{op}'); COMMIT", op

    async def _has_arrived(self, connection: Connection, group: _Group) -> bool:
        """Whether the COMMIT in doubt was carried out."""
        assert self._ownership is not None
        arrived = await self._ownership.has_arrived(connection, group.doubt)
        where = {"action": "commit", "office": self.office, "arrived": arrived}
        log.warning("a cut COMMIT was looked up", extra=where)
        return arrived

    def _undone(self, group: _Group, error: Exception, *, again: bool) -> None:
        """Nothing of the group stands. Of several each is tried alone, for one of them may be the reason for it."""
        told = self._told(error)
        if isinstance(told, OwnershipLost):
            group.fail(told)
        elif len(group.jobs) == 1 and not (again and group.jobs[0].tries + 1 < TRIES):
            group.jobs[0].fail(told)
        else:
            for job in group.jobs:
                job.tries += 1
            self._jobs.extendleft(reversed(group.jobs))

    def _told(self, error: Exception) -> Exception:
        """The error as callers know it."""
        if isinstance(error, asyncpg.PostgresError) and error.sqlstate == OWNER_CHANGED:
            return OwnershipLost(f"office {self.office} is run by another process")
        return StorageUnavailable(plain(error)) if is_sick(error) else error

    def _deliver(self, group: _Group) -> None:
        for job in group.jobs:
            if not job.future.done():  # else the caller was cancelled; what it asked for is committed all the same
                job.future.set_result(job.result)
        for topic, key in group.signals:
            self.tell(topic, key)


async def _roll_back(connection: Connection) -> None:
    """End the transaction, if there is one and somebody to tell."""
    with suppress(OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
        if not connection.is_closed() and connection.is_in_transaction():
            await connection.execute("ROLLBACK")
