"""Processes that serve the offices of a crowd: what they use, how they start, and how they take over."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import asyncpg

from storage.database import Place
from tests.bench.crowd import Crowd
from tests.crash.launch import OPEN, Desk

TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
LOOK = 0.05
OPEN_SECONDS = 900.0
SPREAD_SECONDS = 3.0
_HELD = "SELECT count(*) FROM leases JOIN processes ON processes.id = owner WHERE place LIKE $1"


@dataclass(frozen=True)
class Use:
    """Seconds of CPU so far: of the desks, the database server, and the stand-ins with their people."""

    desks: float
    server: float
    stand_in: float

    def __sub__(self, other: "Use") -> "Use":
        return Use(self.desks - other.desks, self.server - other.server, self.stand_in - other.stand_in)


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; the first is the state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _cpu(pid: int, *, children: bool = False) -> float:
    """User and system time, with that of its children that have ended."""
    return sum(map(int, _stat(pid)[11 : 15 if children else 13])) / TICKS


def _family(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class City:
    """The processes on one directory. `server`: the database server's own number, where it runs here."""

    def __init__(self, crowd: Crowd, count: int, *, url: str = "", server: int = 0) -> None:
        self.crowd = crowd
        self.desks = [Desk(crowd.folder) for _ in range(count)]
        self._url, self._server = Place(url).url, server

    async def start(self) -> float:
        """Start all; the seconds until every office is open."""
        seen = [len(desk.lines) for desk in self.desks]
        began = monotonic()
        for desk in self.desks:
            await desk.begin()
        await _becomes(lambda: self._opened(seen) >= len(self.crowd.offices))
        return monotonic() - began

    def _opened(self, seen: list[int]) -> int:
        return sum(OPEN in line for desk, old in zip(self.desks, seen, strict=True) for line in desk.lines[old:])

    async def rest(self) -> None:
        """Return when the offices are handed out, and nothing is opened any more."""
        share, before = len(self.crowd.offices) // len(self.desks), -1
        if len(self.desks) > 1:  # one that starts takes some from those that have all
            async with asyncio.timeout(OPEN_SECONDS):
                while min([await self._held_by(desk) for desk in self.desks]) < share:  # noqa: ASYNC110
                    await asyncio.sleep(LOOK)
        while before != (before := sum(len(desk.lines) for desk in self.desks)):  # noqa: ASYNC110
            await asyncio.sleep(SPREAD_SECONDS)

    async def stop(self) -> float:
        """Stop all; the seconds that took."""
        began = monotonic()
        await asyncio.gather(*(desk.stop() for desk in self.desks))
        return monotonic() - began

    def use(self) -> Use:
        server = 0.0
        if self._server:
            server = _cpu(self._server, children=True) + sum(map(_cpu, _family(self._server)))
        return Use(sum(_cpu(desk.process.pid) for desk in self.desks), server, time.process_time())

    def memory_mb(self) -> float:
        """Resident, of all desks."""
        return sum(int(_stat(desk.process.pid)[21]) * PAGE / 1e6 for desk in self.desks)

    async def lose(self, *, kill: bool) -> tuple[int, float, float]:
        """The first process is killed, or stopped: its offices, and the seconds until the first and the last of them is
        open in the other. It is started again afterwards."""
        lost, other = self.desks
        offices = await self._held_by(lost)
        seen = len(other.lines)
        began = monotonic()
        ending = asyncio.create_task(lost.kill() if kill else lost.stop())
        await _becomes(lambda: any(OPEN in line for line in other.lines[seen:]))
        first = monotonic() - began
        await _becomes(lambda: sum(OPEN in line for line in other.lines[seen:]) >= offices)
        last = monotonic() - began
        await ending
        await lost.begin()
        await self.rest()
        return offices, first, last

    async def _held_by(self, desk: Desk) -> int:
        connection = await asyncpg.connect(self._url)
        try:
            return int(await connection.fetchval(_HELD, f"%:{desk.process.pid}"))
        finally:
            await connection.close()

    async def end(self) -> None:
        """Whatever still runs is killed."""
        for desk in self.desks:
            await desk.end()


async def _becomes(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(OPEN_SECONDS):
        while not is_so():  # noqa: ASYNC110 (other processes say it)
            await asyncio.sleep(LOOK)


@asynccontextmanager
async def city_of(crowd: Crowd, count: int, *, url: str = "", server: int = 0) -> AsyncIterator[City]:
    """So many processes, not started yet; none of them is left."""
    city = City(crowd, count, url=url, server=server)
    try:
        yield city
    finally:
        await city.end()
