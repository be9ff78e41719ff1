"""A machine's clock that leaps: noticed by holding wall time against the event loop's own, which never leaps."""

import asyncio
from datetime import timedelta

from bot.clock import Clock

# Less than this is the clock being corrected.
STEP = timedelta(seconds=1)
LEAP = timedelta(hours=1)
REST = timedelta(hours=1)


class Leaps:
    """After a leap of more than an hour, timed acts rest for an hour: somebody may look at the clock first (F17)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rest_until = float("-inf")
        self._note()

    def _note(self) -> None:
        self._wall, self._steady = self._clock.now(), asyncio.get_running_loop().time()

    def look(self) -> timedelta:
        """How far the clock has leapt since the last look: forwards, or (negative) back."""
        wall, steady = self._wall, self._steady
        self._note()
        return (self._wall - wall) - timedelta(seconds=self._steady - steady)

    def rest(self) -> None:
        self._rest_until = self._steady + REST.total_seconds()

    @property
    def resting(self) -> bool:
        return asyncio.get_running_loop().time() < self._rest_until
