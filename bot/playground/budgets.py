"""Telegram's flood limits as far as they are known (per group and per private chat), and the penalties they lead to."""

import math
from collections import deque
from dataclasses import dataclass

from bot.playground.replies import flood

_MESSAGES = ("send", "copy", "forward", "edit", "pin", "unpin")
_TOPICS = ("createForumTopic", "closeForumTopic", "reopenForumTopic", "deleteForumTopic")
_FREE_SENDS = ("sendChatAction", "sendMessageDraft")


def costs_a_message(method: str) -> bool:
    """Sends, copies, edits, pins and topic actions share one budget; reading, reactions, deletions are free."""
    return (method.startswith(_MESSAGES) or method in _TOPICS) and method not in _FREE_SENDS


@dataclass(frozen=True, slots=True)
class Limits:
    """The budgets. Telegram publishes no exact figures: these are the ones its FAQ names (TELEGRAM.md §1)."""

    per_group: int = 20
    group_seconds: float = 60.0
    private_per_second: float = 1.0
    private_burst: int = 5
    on: bool = True


OFF = Limits(on=False)


class _Window:
    """At most `size` messages in any `seconds`."""

    __slots__ = ("_seconds", "_size", "_spent")

    def __init__(self, size: int, seconds: float) -> None:
        self._size, self._seconds = size, seconds
        self._spent: deque[float] = deque()

    def wait(self, now: float, cost: int) -> float:
        """Seconds until `cost` messages fit; 0 when they do. An empty window takes any album."""
        while self._spent and self._spent[0] <= now - self._seconds:
            self._spent.popleft()
        excess = len(self._spent) + cost - self._size
        if excess <= 0 or not self._spent:
            return 0.0
        return self._spent[min(excess, len(self._spent)) - 1] + self._seconds - now

    def spend(self, now: float, cost: int) -> None:
        self._spent.extend([now] * cost)


class _Bucket:
    """A steady rate with a burst."""

    __slots__ = ("_at", "_burst", "_level", "_rate")

    def __init__(self, rate: float, burst: int) -> None:
        self._rate, self._burst = rate, burst
        self._level, self._at = float(burst), 0.0

    def wait(self, now: float, cost: int) -> float:
        self._level = min(self._burst, self._level + max(0.0, now - self._at) * self._rate)
        self._at = now
        # The tolerance keeps 0.1 + 0.2 from costing a second.
        missing = min(cost, self._burst) - self._level - 1e-9
        return max(0.0, missing / self._rate)

    def spend(self, now: float, cost: int) -> None:
        self._level -= cost


class Budgets:
    """One budget and at most one penalty per chat, plus a penalty over the whole bot. Times are POSIX seconds."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._budgets: dict[int, _Window | _Bucket] = {}
        self._parked: dict[int | None, float] = {}

    def penalty(self, chat_id: int | None, now: float) -> float:
        """Seconds left of the penalty over this chat or the whole bot; 0 when there is none."""
        if not self._parked:
            return 0.0
        return max(0.0, self._parked.get(chat_id, 0.0) - now, self._parked.get(None, 0.0) - now)

    def park(self, chat_id: int | None, seconds: float, now: float) -> None:
        """Refuse everything for this chat (None: for the whole bot) for some seconds."""
        self._parked[chat_id] = now + seconds

    def check(self, chat_id: int, now: float, cost: int = 1) -> None:
        """Raises the 429 while a penalty runs, and when `cost` more messages do not fit, which starts one."""
        penalty = self.penalty(chat_id, now)
        if penalty > 0:
            raise flood(math.ceil(penalty))
        wait = self._budget(chat_id).wait(now, cost) if self.limits.on else 0.0
        if wait > 0:
            self.park(chat_id, math.ceil(wait), now)
            raise flood(math.ceil(wait))

    def spend(self, chat_id: int, now: float, cost: int = 1) -> None:
        if self.limits.on:
            self._budget(chat_id).spend(now, cost)

    def _budget(self, chat_id: int) -> _Window | _Bucket:
        budget = self._budgets.get(chat_id)
        if budget is None:
            limits = self.limits
            budget = (
                _Window(limits.per_group, limits.group_seconds)
                if chat_id < 0
                else _Bucket(limits.private_per_second, limits.private_burst)
            )
            self._budgets[chat_id] = budget
        return budget
