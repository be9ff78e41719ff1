"""The running month's figures for the board. Where they are many, they are counted anew every few minutes only."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.reports.figures import Figures
from bot.reports.periods import Period

MANY = 1_000
KEPT = timedelta(minutes=5)


class MonthShares:
    """Remembers the figures of the running month for each office that had more than `MANY` tickets due in it."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Period, datetime, Figures]] = {}

    async def of(self, office: str, month: Period, now: datetime, count: Callable[[], Awaitable[Figures]]) -> Figures:
        """The figures of the office's month at `now`: those kept for a few minutes, or what `count` gives."""
        kept = self._kept.get(office)
        if kept and kept[0] == month and kept[1] <= now < kept[1] + KEPT:
            return kept[2]
        found = await count()
        if found.judged > MANY:
            self._kept[office] = month, now, found
        return found
