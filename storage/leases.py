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
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from storage.base import StorageUnavailable
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
_HELD = "SELECT office, owner FROM leases WHERE owner IN (SELECT id FROM processes WHERE until > clock_timestamp())"


def signed(process: str) -> str:
    """What a transaction begins with, so that it can be ended when its process is no more."""
    return f"; SET LOCAL application_name = {literal(_SIGNATURE + process)}" if process else ""


def monotonic() -> float:
    """Seconds that also pass while the machine sleeps, where there are such."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True)
class Holding:
    """One office in the hands of this process (`Ownership` of storage/postgres.py)."""

    leases: "Leases"
    office: str
    epoch: int

    def is_held(self) -> bool:
        """Without asking anybody: nobody else can have taken it yet."""
        return self.leases.holdings.get(self.office) is self and monotonic() < self.leases.deadline

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
        await self._appear()
        self._beating = asyncio.create_task(self._beat(), name="leases")

    async def _appear(self) -> None:
        began, process = monotonic(), secrets.token_hex(8)
        async with self._database.connection() as connection:
            await connection.execute(_FORGET + _APPEAR.format(process=literal(process), place=literal(self._place)))
        self.process = self._database.process = process
        self.deadline = began + TTL - MARGIN
        self._owed.clear()  # whoever we were is dead, and holds nothing

    async def claim(self, office: str) -> Holding | None:
        """Take an office that nobody alive holds; None: somebody does. Raises StorageUnavailable."""
        if office in self.holdings:
            return self.holdings[office]
        process = self.process
        async with self._database.connection() as connection:
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
        async with self._database.connection() as connection:
            await connection.execute("UPDATE processes SET lacks = $2 WHERE id = $1", self.process, lacks)
            living = await connection.fetch(_LIVING)
            held = await connection.fetch(_HELD)
        return Survey(
            {row["id"]: row["place"] for row in living},
            {row["office"]: row["owner"] for row in held},
            sum(row["lacks"] for row in living if row["id"] != self.process),
        )

    async def release(self, office: str) -> None:
        """Hand the office over: whoever asks next has it. Nothing of it may be under way here any more."""
        holding = self.holdings.pop(office, None)
        if holding is None or monotonic() >= self.deadline:
            return
        self._owed[office] = holding.epoch
        with suppress(Exception):  # then with the next beat; and whoever cannot say so at all is taken for dead soon
            async with self._database.connection() as connection:
                await self._hand_over(connection)

    async def _hand_over(self, connection: Connection) -> None:
        for office, epoch in list(self._owed.items()):
            await connection.execute(
                _RELEASE.format(office=literal(office), epoch=epoch, word=literal(f"lease {office}"))
            )
            self._owed.pop(office, None)

    async def stop(self) -> None:
        """Hand everything over, and be gone."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        for office in list(self.holdings):
            await self.release(office)
        with suppress(Exception):
            async with self._database.connection() as connection:
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
            await self._appear()
            return
        held = None
        async with asyncio.timeout(TTL / 2):
            if await connection.execute(_RENEW.format(process=literal(self.process))) != "UPDATE 1":
                held = await self._come_back(connection)
        if held is not None:
            self._lose([office for office, it in self.holdings.items() if held.get(office) != it.epoch])
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
