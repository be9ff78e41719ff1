"""WhatsApp's limits are per pair of number and person, and for the number as a whole (WHATSAPP.md §2.4)."""

from datetime import datetime, timedelta

from bot.delivery.pacing import Budget, Pacer, Rate
from bot.delivery.waiting import Waiting
from bot.settings import Pace, PairPace

# Meta counts from a request's arrival and we from its answer: the end of a burst is left alone.
SURE = 0.8


class PairBudget(Budget):
    """A message every few seconds. A burst may be quicker: its messages are borrowed from the time after it."""

    def __init__(self, pace: PairPace) -> None:
        self._gap = timedelta(seconds=pace.seconds)
        self._burst = pace.burst
        self._start: datetime | None = None
        self._count = 0
        super().__init__(Rate(pace.burst, self._gap * pace.burst))

    def free_at(self, now: datetime, cost: int) -> datetime | None:
        free = super().free_at(now, cost)
        if free is None or self._start is None:
            return free
        borrowed = free < self._start + self._gap * SURE and self._count + cost <= self._burst
        return free if borrowed else max(free, self._start + self._gap * self._count)

    def spend(self, at: datetime, cost: int) -> None:
        super().spend(at, cost)
        if not cost:
            return
        if self._start is None or at >= self._start + self._gap * self._count:
            self._start, self._count = at, 0
        self._count += cost

    def bring_forward(self, by: timedelta) -> None:
        super().bring_forward(by)
        if self._start is not None:
            self._start -= by


class PairPacer(Pacer):
    """Grants requests to persons, and to all of them together."""

    def __init__(self, waiting: Waiting, pace: PairPace) -> None:
        super().__init__(waiting, Pace(bot_per_second=pace.number_per_second))
        self._pair = pace

    def _new(self, chat: str) -> Budget:
        return PairBudget(self._pair)
