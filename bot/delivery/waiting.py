"""Waiting for a moment of the desk's clock, which tests and the demo may move."""

import asyncio
from datetime import datetime

from bot.clock import Clock


class Waiting:
    """Sleeps that end at a moment, or when there is a reason to look again."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._sleepers: dict[asyncio.Event, None] = {}

    async def until(self, moment: datetime, called: asyncio.Event | None = None) -> None:
        """Return when the clock shows `moment`, when the clock was moved, or when `called` is set: then look again."""
        left = (moment - self.clock.now()).total_seconds()
        if left <= 0:
            return
        called = called or asyncio.Event()
        self._sleepers[called] = None
        try:
            async with asyncio.timeout(left):
                await called.wait()
        except TimeoutError:
            return
        finally:
            del self._sleepers[called]

    def clock_moved(self) -> None:
        """Every sleeper looks at the clock again."""
        for called in list(self._sleepers):
            called.set()
