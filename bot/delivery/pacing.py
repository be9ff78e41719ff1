"""Telegram's limits are per chat: one budget for each, and a place in the queue for whoever waits for it."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from bot.delivery.waiting import Waiting


@dataclass(frozen=True)
class Rate:
    """At most `most` messages in any `window`."""

    most: int
    window: timedelta


# What Telegram says (TELEGRAM.md §1): groups "max 20 a minute"; private chats "about 1 a second", with bursts whose
# length it does not say: a talk may be quick until the platform objects, then it is slow for a while.
GROUP = Rate(20, timedelta(seconds=60))
PRIVATE = Rate(30, timedelta(seconds=30))
SLOW_PRIVATE = Rate(1, timedelta(seconds=1))
BOT = Rate(30, timedelta(seconds=1))
SLOW_FOR = timedelta(minutes=1)


@dataclass
class Budget:
    """What one chat may still be sent. Moments are the desk's clock."""

    rate: Rate
    slow: Rate
    spent: deque[datetime] = field(default_factory=deque)
    parked_until: datetime | None = None
    slow_until: datetime | None = None

    def free_at(self, now: datetime, cost: int) -> datetime:
        """The first moment, `now` at the earliest, at which `cost` more messages fit."""
        rate = self.slow if self.slow_until is not None and now < self.slow_until else self.rate
        self._forget(now)
        return max(now, self.parked_until or now, self._fits_at(rate, cost) or now)

    def _fits_at(self, rate: Rate, cost: int) -> datetime | None:
        """When enough of the last messages have left the window; an album larger than it fits an empty one."""
        over = len(self.spent) + min(cost, rate.most) - rate.most
        return self.spent[over - 1] + rate.window if over > 0 else None

    def _forget(self, now: datetime) -> None:
        longest = max(self.rate.window, self.slow.window)
        while self.spent and self.spent[0] <= now - longest:
            self.spent.popleft()

    def spend(self, now: datetime, cost: int) -> None:
        self.spent.extend([now] * cost)

    def park(self, until: datetime) -> None:
        """Nothing before `until`, and slowly for a while after."""
        self.parked_until = max(until, self.parked_until or until)
        self.slow_until = self.parked_until + SLOW_FOR


@dataclass(order=True)
class _Waiter:
    rank: int
    turn: int
    cost: int = field(compare=False)
    granted: asyncio.Future[None] = field(compare=False)


class Pacer:
    """Grants requests to chats. Relays go before prompts, notices and cosmetics; within a class, in turn."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._budgets: dict[str, Budget] = {}
        self._bot = Budget(BOT, BOT)
        self._queues: dict[str, list[_Waiter]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turns = count()

    async def acquire(self, chat: str, *, rank: int, cost: int = 1) -> None:
        """Return when a request of `cost` messages to this chat may go out."""
        waiter = _Waiter(rank, next(self._turns), cost, asyncio.get_running_loop().create_future())
        heappush(self._queues.setdefault(chat, []), waiter)
        if chat not in self._tasks:
            self._tasks[chat] = asyncio.create_task(self._grant(chat), name=f"pacer {chat}")
        await waiter.granted

    async def _grant(self, chat: str) -> None:
        try:
            queue, budget = self._queues[chat], self.budget(chat)
            while queue:
                now = self._waiting.clock.now()
                free = max(budget.free_at(now, queue[0].cost), self._bot.free_at(now, 1))
                if free > now:
                    await self._waiting.until(free)
                    continue
                waiter = heappop(queue)
                if waiter.granted.cancelled():
                    continue
                budget.spend(now, waiter.cost)
                self._bot.spend(now, 1)
                waiter.granted.set_result(None)
        finally:
            del self._tasks[chat]
            self._queues.pop(chat, None)

    def budget(self, chat: str) -> Budget:
        """The chat's budget; groups have negative ids."""
        if chat not in self._budgets:
            group = chat.startswith("-")
            self._budgets[chat] = Budget(GROUP, GROUP) if group else Budget(PRIVATE, SLOW_PRIVATE)
        return self._budgets[chat]

    def park(self, chat: str, until: datetime) -> None:
        """No request to this chat before `until`: the platform said so."""
        self.budget(chat).park(until)

    def queued(self, chat: str) -> int:
        return len(self._queues.get(chat, ()))

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
