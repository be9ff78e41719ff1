"""A machine's clock that leaps: noticed by holding wall time against the event loop's own, which never leaps."""

import asyncio
from datetime import timedelta

from bot.clock import Clock

LEAP = timedelta(hours=1)
REST = timedelta(hours=1)


class Leaps:
    """After a leap of more than an hour, timed acts rest for an hour: somebody may look at the clock first (F17)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rest_until = float("-inf")
        self.forget()

    def forget(self) -> None:
        """What the clock shows now is right: it was moved on purpose."""
        self._wall, self._steady = self._clock.now(), asyncio.get_running_loop().time()

    def look(self) -> timedelta | None:
        """The leap since the last look, forwards or back; None without one."""
        wall, steady = self._wall, self._steady
        self.forget()
        leap = (self._wall - wall) - timedelta(seconds=self._steady - steady)
        if abs(leap) <= LEAP:
            return None
        self._rest_until = self._steady + REST.total_seconds()
        return leap

    @property
    def resting(self) -> bool:
        return asyncio.get_running_loop().time() < self._rest_until
