"""Waiting for a moment of the desk's clock, which tests and the demo may move."""

import asyncio
from datetime import datetime

from bot.clock import Clock


class Waiting:
    """Sleeps that end at a moment; `clock_moved` makes every sleeper look at the clock again."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._moved = asyncio.Event()

    async def until(self, moment: datetime) -> None:
        """Return when the clock shows `moment`."""
        while (left := (moment - self.clock.now()).total_seconds()) > 0:
            moved = self._moved
            try:
                async with asyncio.timeout(left):
                    await moved.wait()
            except TimeoutError:
                continue

    def clock_moved(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
