"""A bell that wakes everyone who waits for something to change; ringing needs no lock and costs nothing unheard."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Seconds. Only who waits in vain waits so long: a busy machine is no fault of the desk.
PATIENCE = 60.0


class Bell:
    """`version` counts the rings; waiting is by asyncio futures only, so a loop with virtual time can drive it."""

    def __init__(self) -> None:
        self.version = 0
        self._waiting: list[asyncio.Future[None]] = []

    def ring(self) -> None:
        self.version += 1
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def heard(self) -> None:
        """Returns after the next ring."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await future
        finally:
            if not future.done() or future.cancelled():
                self._waiting = [other for other in self._waiting if other is not future]

    async def until(self, predicate: Callable[[], T | None], *, within: float) -> T | None:
        """The predicate's first true value, or None when `within` seconds passed without one."""
        try:
            async with asyncio.timeout(within):
                while not (found := predicate()):
                    await self.heard()
        except TimeoutError:
            return None
        return found
