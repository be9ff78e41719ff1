"""Who runs which office: a process lives as long as it renews its row, and an office belongs to one living process.

All moments are the database's own. What a process may rely on without asking is counted on its own clock, from before
the request that renewed its row: that moment is always earlier than the one the others go by. So whoever was stopped,
cut off or put to sleep knows by itself that it has lost its offices, and cannot commit in any case (`fence`).
"""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from storage.base import OwnershipLost, StorageUnavailable
from storage.database import Connection, Database, is_sick, literal, plain

log = logging.getLogger(__name__)

TTL = 4.0
BEAT = 1.0
PATIENCE = TTL + BEAT
# Between what we rely on and what others go by: for clocks that run at different speeds, and for a request to go out.
MARGIN = 0.5
# So long after that moment we stop what we run, such as asking Telegram: somebody else has it by then.
GIVE_UP = TTL

_SIGNATURE = "meja of "
# Each of these is one message to the server, and there a transaction of its own: nobody can fall silent in the middle
# and keep the others waiting. Who takes an office sees every renewal that was under way: one at a time, and none of
# those meanwhile.
_ALONE = "SELECT pg_advisory_xact_lock(0x6D656A62);"
_TOGETHER = "SELECT pg_advisory_xact_lock_shared(0x6D656A62);"
_CLAIM = (
    _ALONE
    + """
    INSERT INTO leases (office, owner) VALUES ({office}, {process})
    ON CONFLICT (office) DO UPDATE SET owner = {process}, epoch = leases.epoch + 1, since = clock_timestamp()
    WHERE leases.owner IS NULL
        OR NOT EXISTS (SELECT 1 FROM processes WHERE id = leases.owner AND until > clock_timestamp())
"""
)
_RENEW = (
    _TOGETHER
    + f"""
    UPDATE processes SET until = clock_timestamp() + interval '{TTL} seconds'
    WHERE id = {{process}} AND until > clock_timestamp()
"""
)
_APPEAR = f"""
    INSERT INTO processes (id, place, until)
    VALUES ({{process}}, {{place}}, clock_timestamp() + interval '{TTL} seconds')
    ON CONFLICT (id) DO UPDATE SET until = excluded.until
"""
_RELEASE = (
    "UPDATE leases SET owner = NULL WHERE office = {office} AND epoch = {epoch}; SELECT pg_notify('meja', {word})"
)
_FORGET = "DELETE FROM processes WHERE until < clock_timestamp() - interval '1 day';"
# Where the server's clock was set back, the dead would live on until then: nobody lives longer than a renewal lasts.
_MORTAL = f"""
    UPDATE processes SET until = clock_timestamp() + interval '{TTL} seconds'
    WHERE until > clock_timestamp() + interval '{2 * TTL} seconds';
"""
# After a while away: alive again, and without what it has given up meanwhile.
_COME_BACK = (
    _TOGETHER
    + _APPEAR
    + "; UPDATE leases SET owner = NULL WHERE owner = {process} AND NOT office = ANY (ARRAY[{offices}]::text[])"
)
# The server does not know that who prepared a statement and says no more is gone, and keeps the rows it has locked.
_END_THE_DEAD = f"""
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND starts_with(application_name, '{_SIGNATURE}')
        AND substr(application_name, {len(_SIGNATURE) + 1})
            NOT IN (SELECT id FROM processes WHERE until > clock_timestamp())
"""
# What nobody alive holds stands in no row of the second.
_LIVING = "SELECT id, place, lacks FROM processes WHERE until > clock_timestamp()"
_EPOCH = "SELECT epoch FROM leases WHERE office = $1 AND owner = $2"
_HELD = """
    SELECT office, owner, epoch FROM leases WHERE owner IN (SELECT id FROM processes WHERE until > clock_timestamp())
"""
# A COMMIT that did not arrive may still be on its way: under the old epoch it can do nothing any more.
_ASK = """
    UPDATE leases SET epoch = epoch + CASE WHEN op = $3 THEN 0 ELSE 1 END
    WHERE office = $1 AND owner = $2 RETURNING epoch, op
"""


def signed(process: str) -> str:
    """What a transaction begins with, so that it can be ended when its process is no more."""
    return f"; SET LOCAL application_name = {literal(_SIGNATURE + process)}" if process else ""


def monotonic() -> float:
    """Seconds that also pass while the machine sleeps, where there are such."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(eq=False)
class Holding:
    """One office in the hands of this process (`Ownership` of storage/postgres.py)."""

    leases: "Leases"
    office: str
    epoch: int

    def is_held(self) -> bool:
        """Without asking anybody: nobody else can have taken it yet."""
        return not self.is_lost() and monotonic() < self.leases.deadline

    def is_lost(self) -> bool:
        """For good. Until that is known, the next renewal may show that nobody took it."""
        return self.leases.holdings.get(self.office) is not self

    async def has_arrived(self, connection: Connection, op: str) -> bool:
        row = await connection.fetchrow(_ASK, self.office, self.leases.process, op)
        if row is None:
            raise OwnershipLost(f"office {self.office} was taken over in the middle of a transaction")
        self.epoch = int(row["epoch"])
        return bool(row["op"] == op)

    async def release(self) -> None:
        await self.leases.release(self.office)


@dataclass(frozen=True)
class Survey:
    """Who lives, and who holds what, as the database sees it now. `lacks`: offices that other processes would take."""

    places: dict[str, str]
    owners: dict[str, str]
    lacks: int

    @property
    def living(self) -> int:
        return len(self.places)


class Leases:
    """The offices of this process. `lost(office)` is called when one is not its own any more."""

    def __init__(self, database: Database, lost: Callable[[str], None] = lambda office: None) -> None:
        self._database = database
        self._lost = lost
        self._place = f"{socket.gethostname()}:{os.getpid()}"
        self._beating: asyncio.Task[None] | None = None
        self.process = ""
        self.deadline = 0.0
        self.holdings: dict[str, Holding] = {}
        self._owed: dict[str, int] = {}  # office -> epoch: handed over, and nobody knows it yet

    async def start(self) -> None:
        """Appear among the living. Raises StorageUnavailable."""
        async with self._connection() as connection:
            await self._appear(connection)
        self._beating = asyncio.create_task(self._beat(), name="leases")

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        async with self._database.connection() as connection:
            try:
                yield connection
            except Exception as error:
                if is_sick(error):
                    raise StorageUnavailable(plain(error)) from error
                raise

    async def _appear(self, connection: Connection) -> None:
        began, process = monotonic(), secrets.token_hex(8)
        appear = _APPEAR.format(process=literal(process), place=literal(self._place))
        await connection.execute(_FORGET + _MORTAL + appear)
        self.process = self._database.process = process
        self.deadline = began + TTL - MARGIN
        self._owed.clear()  # whoever we were is dead, and holds nothing

    async def claim(self, office: str) -> Holding | None:
        """Take an office that nobody alive holds; None: somebody does. Raises StorageUnavailable."""
        if office in self.holdings:
            return self.holdings[office]
        process = self.process
        async with self._connection() as connection:
            taken = await connection.execute(_CLAIM.format(office=literal(office), process=literal(process)))
            epoch = await connection.fetchval(_EPOCH, office, process)
            if epoch != 1:
                await connection.execute(_END_THE_DEAD)
        if not taken.endswith(" 1") or epoch is None or process != self.process:
            return None
        holding = self.holdings[office] = Holding(self, office, int(epoch))
        log.info("an office was taken", extra={"action": "lease", "office": office, "epoch": holding.epoch})
        return holding

    async def claim_soon(self, office: str) -> Holding | None:
        """The same with patience: whoever was killed a moment ago holds it for a few seconds yet."""
        until = monotonic() + PATIENCE
        while True:
            holding = await self.claim(office)
            if holding is not None or monotonic() >= until:
                return holding
            await asyncio.sleep(BEAT / 2)

    async def survey(self, lacks: int) -> Survey:
        """Look around, and say how many offices this process would still take. Raises StorageUnavailable."""
        process, known = self.process, self._epochs()
        async with self._connection() as connection:
            await connection.execute(f"{_MORTAL} UPDATE processes SET lacks = {lacks:d} WHERE id = {literal(process)}")
            living = await connection.fetch(_LIVING)
            held = await connection.fetch(_HELD)
        if process == self.process and any(row["id"] == process for row in living):
            self._compare(known, {row["office"]: row["epoch"] for row in held if row["owner"] == process})
        return Survey(
            {row["id"]: row["place"] for row in living},
            {row["office"]: row["owner"] for row in held},
            sum(row["lacks"] for row in living if row["id"] != self.process),
        )

    def _epochs(self) -> dict[str, int]:
        return {office: holding.epoch for office, holding in self.holdings.items()}

    def _compare(self, known: dict[str, int], there: dict[str, int]) -> None:
        """What we hold by what we knew before we looked, and by what was there; office -> epoch.

        They part where the answer to a claim was lost, or the server went back in time with a failover.
        """
        self._lose([office for office in known if office in self.holdings and there.get(office, 0) < known[office]])
        for office in there.keys() - known.keys() - self.holdings.keys():
            self._owed[office] = there[office]

    async def release(self, office: str) -> None:
        """Hand the office over: whoever asks next has it. Nothing of it may be under way here any more."""
        holding = self.holdings.pop(office, None)
        if holding is None or monotonic() >= self.deadline:
            return
        self._owed[office] = holding.epoch
        with suppress(Exception):  # then with the next beat; and whoever cannot say so at all is taken for dead soon
            async with asyncio.timeout(TTL / 2), self._connection() as connection:
                await self._hand_over(connection)

    async def _hand_over(self, connection: Connection) -> None:
        while self._owed:
            office, epoch = self._owed.popitem()
            word = literal(f"lease {office}")
            try:
                await connection.execute(_RELEASE.format(office=literal(office), epoch=epoch, word=word))
            except BaseException:
                self._owed.setdefault(office, epoch)
                raise

    async def stop(self) -> None:
        """Hand everything over, and be gone."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        for office in list(self.holdings):
            await self.release(office)
        with suppress(Exception):
            async with asyncio.timeout(TTL / 2), self._connection() as connection:
                await connection.execute("DELETE FROM processes WHERE id = $1", self.process)

    async def _beat(self) -> None:
        """Renew the row each second, on a connection of its own: no crowd may keep us from it."""
        connection: Connection | None = None
        while True:
            try:
                if connection is None:
                    async with asyncio.timeout(TTL / 2):
                        connection = await self._database.apart()
                await self._renew(connection)
                async with asyncio.timeout(BEAT):  # one office whose row is locked must not cost us the others
                    await self._hand_over(connection)
            except Exception as error:
                if not is_sick(error) and not isinstance(error, StorageUnavailable):
                    log.exception("a lease could not be renewed", extra={"action": "lease"})
                log.warning("a lease was not renewed", extra={"action": "lease", "error": plain(error)})
                if connection is not None:
                    connection.terminate()
                connection = None
            except BaseException:
                if connection is not None:
                    connection.terminate()
                raise
            if monotonic() >= self.deadline + GIVE_UP:
                self._lose(list(self.holdings))
            await asyncio.sleep(BEAT)

    async def _renew(self, connection: Connection) -> None:
        began = monotonic()
        if began >= self.deadline + GIVE_UP:
            self._lose(list(self.holdings))
            async with asyncio.timeout(TTL / 2):
                await self._appear(connection)
            return
        held, known = None, self._epochs()
        async with asyncio.timeout(TTL / 2):
            if await connection.execute(_RENEW.format(process=literal(self.process))) != "UPDATE 1":
                held = await self._come_back(connection)
        if held is not None:
            self._lose(
                [office for office, it in self.holdings.items() if held.get(office, 0) < known.get(office, it.epoch)]
            )
        self.deadline = began + TTL - MARGIN

    async def _come_back(self, connection: Connection) -> dict[str, int]:
        """After a while away: what is ours still, because nobody took it; office -> epoch."""
        process, place = literal(self.process), literal(self._place)
        offices = ", ".join(map(literal, self.holdings))
        await connection.execute(_COME_BACK.format(process=process, place=place, offices=offices))
        rows = await connection.fetch("SELECT office, epoch FROM leases WHERE owner = $1", self.process)
        return {row["office"]: row["epoch"] for row in rows}

    def _lose(self, offices: list[str]) -> None:
        """Others may have taken these."""
        for office in offices:
            del self.holdings[office]
        for office in offices:
            log.error("an office was lost", extra={"action": "lease", "office": office})
            self._lost(office)
