"""Keeps the desk's process alive, or rather: kills it again and again, and starts it."""

import asyncio
from random import Random

from tests.soak.ground import Ground, Life

# How long a process lives once it has opened, on average, and how often it does not even live to open.
LIFE_SECONDS = 0.5
STILLBORN = 0.15
STARTING = (0.05, 1.5)
# What the desk writes about itself when something of its own went wrong.
OUR_FAULTS = ("Traceback", "an update failed", "a row failed", "a lane failed", "a sweep failed", "a timed act failed")


def our_faults(lines: list[str]) -> list[str]:
    return [line for line in lines if any(word in line for word in OUR_FAULTS)]


class Keeper:
    """`kills` counts the SIGKILLs; after `wanted` of them the desk is left alone."""

    def __init__(self, ground: Ground, *, wanted: int, seed: int) -> None:
        self._ground = ground
        self._wanted = wanted
        self._random = Random(f"{seed} keeper")
        self.kills = 0
        self.errors: list[str] = []

    async def open(self) -> None:
        """The first process, which is left alone until `run`."""
        await self._start()

    async def run(self) -> None:
        """Returns when all kills are done and the desk is open for good."""
        while self.kills < self._wanted:
            await asyncio.sleep(self._random.uniform(0, 2 * LIFE_SECONDS))
            await self._kill()
            while self.kills < self._wanted and self._random.random() < STILLBORN:
                await self._begin()
                await asyncio.sleep(self._random.uniform(*STARTING))
                await self._kill()
            await self._start()

    async def _begin(self) -> None:
        self._ground.telegram.life = Life()
        await self._ground.desk.begin()

    async def _start(self) -> None:
        self._ground.telegram.life = Life()
        await self._ground.desk.start()

    async def _kill(self) -> None:
        """A process that ended before by itself is a fault of the desk."""
        desk, life = self._ground.desk, self._ground.telegram.life
        assert desk.process.returncode is None, desk.lines[-20:]
        life.ended = self._ground.clock.now()
        await desk.kill()
        assert desk.process.returncode == -9, desk.lines[-20:]
        self.errors += our_faults(desk.lines)
        desk.lines.clear()
        self.kills += 1
