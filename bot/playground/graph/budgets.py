"""The Cloud API's limits: the pair of number and person, the number's throughput, and whom templates may begin with."""

from collections import deque
from dataclasses import dataclass

from bot.playground.graph.refusals import GraphRefused

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class GraphLimits:
    """The figures of WHATSAPP.md §2.4; what lies within a burst is borrowed from the time after it."""

    pair_seconds: float = 6.0
    pair_burst: int = 45
    per_second: int = 80
    template_people: int = 250
    on: bool = True


OFF = GraphLimits(on=False)


class _Burst:
    """Messages since `start`; the next may come within the same six seconds, or when all are paid for."""

    __slots__ = ("count", "start")

    def __init__(self, start: float) -> None:
        self.start, self.count = start, 0


class GraphBudgets:
    """Times are POSIX seconds; `people` are phone numbers."""

    def __init__(self, limits: GraphLimits) -> None:
        self.limits = limits
        self._pairs: dict[int, _Burst] = {}
        self._sent: deque[float] = deque()
        self._begun: dict[int, float] = {}

    def spend(self, person: int, now: float, *, begins: bool) -> None:
        """Counts one message; raises 130429, 131056 or 131064 where it does not fit. `begins`: outside the window."""
        if not self.limits.on:
            return
        self._check_number(now)
        burst = self._burst(person, now)
        if begins:
            self._check_begun(person, now)
        burst.count += 1
        self._sent.append(now)

    def _check_number(self, now: float) -> None:
        while self._sent and self._sent[0] <= now - 1.0:
            self._sent.popleft()
        if len(self._sent) >= self.limits.per_second:
            raise GraphRefused(130429, "Message failed to send because there were too many messages sent")

    def _burst(self, person: int, now: float) -> _Burst:
        burst = self._pairs.get(person)
        if burst is None or now >= burst.start + self.limits.pair_seconds * burst.count:
            burst = self._pairs[person] = _Burst(now)
        borrowed = now < burst.start + self.limits.pair_seconds and burst.count < self.limits.pair_burst
        if burst.count and not borrowed:
            raise GraphRefused(131056, "Too many messages sent to this phone number in a short time")
        return burst

    def _check_begun(self, person: int, now: float) -> None:
        self._begun = {who: at for who, at in self._begun.items() if at > now - _DAY}
        if person not in self._begun and len(self._begun) >= self.limits.template_people:
            raise GraphRefused(131064, "Messaging limit reached")
        self._begun[person] = now
