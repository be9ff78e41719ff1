"""Telegram's limits are per chat: one budget for each, and a place in the line for whoever waits for it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count

from bot.delivery.waiting import Waiting
from bot.settings import Pace


@dataclass(frozen=True)
class Rate:
    """At most `most` messages in any `window`, and at most `at_once` requests under way."""

    most: int
    window: timedelta
    at_once: int = 1


# Private chats take "about 1 a second", with bursts whose length Telegram does not say (TELEGRAM.md §1): a talk may be
# quick until it objects, and is slow for a while then.
PRIVATE = Rate(30, timedelta(seconds=30))
# One request at a time: none can run into a penalty that began while it was on its way. Only a budget far beyond
# Telegram's own is used side by side.
SIDE_BY_SIDE = 20
# After a refusal messages go one by one, a quarter slower for each refusal; one is forgotten after each calm minute.
SLOWER = 1.25
MOST_CAUTION = 6
CALM = timedelta(minutes=1)
# So many chats refused in a row, with nothing taken in between: it is the bot that is meant, not the chats.
WHOLE_BOT = 3
# Kinds of rows that count against no limit.
FREE = ("toast", "react", "delete")
# A class lets so many later requests of the class above pass, and no more: nothing waits for ever.
PATIENCE = 10
# With more budgets than this in memory, those that are whole are forgotten.
MANY = 1_000


def group_rate(pace: Pace) -> Rate:
    """Groups: 20 a minute, shared by all topics, edits and topic actions."""
    most = pace.group_messages
    return Rate(most, timedelta(seconds=pace.group_seconds), at_once=max(1, most // SIDE_BY_SIDE))


def bot_rate(pace: Pace) -> Rate:
    return Rate(pace.bot_per_second, timedelta(seconds=1), at_once=pace.bot_per_second)


class Budget:
    """What one chat may still be sent. Moments are the desk's clock.

    A message counts from its answer on: only then it surely has reached the platform, whose window may begin later
    than our request.
    """

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.parked_until: datetime | None = None
        self.answered = asyncio.Event()
        self._spent: deque[datetime] = deque()
        self._requests = 0
        self._messages = 0
        self._caution = 0

    def free_at(self, now: datetime, cost: int) -> datetime | None:
        """The first moment, `now` at the earliest, at which `cost` more messages fit; None: not before an answer."""
        if self._requests >= self.rate.at_once:
            return None
        self._forget(now)
        over = len(self._spent) + self._messages + min(cost, self.rate.most) - self.rate.most
        if over > len(self._spent):
            return None
        fits = self._spent[over - 1] + self.rate.window if over > 0 else now
        return max(now, fits, self.parked_until or now, self._paced(now))

    def _paced(self, now: datetime) -> datetime:
        caution = self.caution(now)
        if not caution or not self._spent:
            return now
        return self._spent[-1] + self.rate.window / self.rate.most * SLOWER ** (caution - 1)

    def caution(self, now: datetime) -> int:
        """How many refusals are not forgotten yet."""
        if self.parked_until is None:
            return 0
        return max(0, self._caution - max(0, (now - self.parked_until) // CALM))

    def left(self, now: datetime) -> int:
        """How many messages fit now."""
        self._forget(now)
        return self.rate.most - len(self._spent) - self._messages

    def is_whole(self, now: datetime) -> bool:
        """Whether it is as good as new."""
        parked = self.parked_until is not None and self.parked_until > now
        return not (parked or self._requests or self.caution(now)) and self.left(now) == self.rate.most

    def take(self, cost: int) -> None:
        """A request of `cost` messages goes out."""
        self._requests += 1
        self._messages += cost

    def give_back(self, cost: int) -> None:
        """The request is answered, or did not go out."""
        self._requests -= 1
        self._messages -= cost
        self.answered.set()

    def spend(self, at: datetime, cost: int) -> None:
        self._spent.extend([at] * cost)

    def park(self, now: datetime, until: datetime) -> None:
        """Nothing before `until`, and with more caution after."""
        self._caution = min(self.caution(now) + 1, MOST_CAUTION)
        self.parked_until = max(until, self.parked_until or until)

    def bring_forward(self, by: timedelta) -> None:
        """The clock was set back: every moment known is so much earlier."""
        self._spent = deque(moment - by for moment in self._spent)
        if self.parked_until is not None:
            self.parked_until -= by

    def _forget(self, now: datetime) -> None:
        while self._spent and self._spent[0] <= now - self.rate.window:
            self._spent.popleft()


@dataclass(order=True)
class _Waiter:
    place: int
    cost: int = field(compare=False)
    granted: asyncio.Future[None] = field(compare=False)


@dataclass
class Turn:
    """A request that may go out; `used` when it did, `count` if it became more messages than was thought."""

    chat: str
    cost: int
    give_back: Callable[["Turn"], None]
    used: bool = False
    count: int = 0
    is_over: bool = False

    def end(self) -> None:
        """The request is answered, or did not go out."""
        if not self.is_over:
            self.is_over = True
            self.give_back(self)


class Pacer:
    """Grants requests to chats. Relays go before prompts, notices and cosmetics, and nothing waits for ever."""

    def __init__(self, waiting: Waiting, pace: Pace) -> None:
        self._waiting = waiting
        self._group = group_rate(pace)
        self._bot = Budget(bot_rate(pace))
        self._budgets: dict[str, Budget] = {}
        self._lines: dict[str, list[_Waiter]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._refused: dict[str, datetime] = {}
        self._many = MANY
        self._count = count()

    @asynccontextmanager
    async def turn(self, chat: str, *, rank: int, cost: int = 1) -> AsyncIterator[Turn]:
        """The right to send one request of `cost` messages to this chat; it counts if it was `used`."""
        await self._granted(chat, rank, cost)
        turn = Turn(chat, cost, self._end)
        try:
            yield turn
        finally:
            turn.end()

    def at_once(self, chat: str) -> Turn | None:
        """The same for one message, if nothing stands against it now and nobody waits. Whoever has it ends it."""
        budget = self.budget(chat)
        if self._lines or not self._has_room(budget, 1) or self.is_short(chat):
            return None
        self._take(budget, 1)
        return Turn(chat, 1, self._end)

    def _end(self, turn: Turn) -> None:
        now, spent = self._waiting.clock.now(), max(turn.cost, turn.count) if turn.used else 0
        for budget in (self.budget(turn.chat), self._bot):
            budget.give_back(turn.cost)
            budget.spend(now, spent)

    async def unparked(self, chat: str) -> None:
        """Return when requests that cost nothing may go to this chat: none do while it is parked."""
        while (until := self._parked_until(chat)) > self._waiting.clock.now():
            await self._waiting.until(until)

    def _parked_until(self, chat: str) -> datetime:
        now = self._waiting.clock.now()
        return max(self.budget(chat).parked_until or now, self._bot.parked_until or now)

    def budget(self, chat: str) -> Budget:
        """The chat's budget; groups have negative ids."""
        if chat not in self._budgets:
            if len(self._budgets) >= self._many:
                self._forget_idle()
            self._budgets[chat] = self._new(chat)
        return self._budgets[chat]

    def _new(self, chat: str) -> Budget:
        return Budget(self._group if chat.startswith("-") else PRIVATE)

    def _forget_idle(self) -> None:
        """A budget that is whole again need not be kept: most people write once in a while."""
        now = self._waiting.clock.now()
        self._budgets = {
            chat: budget for chat, budget in self._budgets.items() if chat in self._lines or not budget.is_whole(now)
        }
        self._many = max(MANY, 2 * len(self._budgets))

    def park(self, chat: str, until: datetime) -> None:
        """No request to this chat before `until`: the platform said so. Several in a row: none to anybody."""
        now = self._waiting.clock.now()
        self.budget(chat).park(now, until)
        self._refused[chat] = until
        if len(self._refused) >= WHOLE_BOT:
            # The earliest of them: one of the chats may be in a trouble of its own, and for long.
            self._bot.park(now, min(self._refused.values()))

    def park_all(self, until: datetime) -> None:
        """No request to anybody before `until`."""
        self._bot.park(self._waiting.clock.now(), until)

    def bring_forward(self, by: timedelta) -> None:
        """The clock was set back."""
        for budget in (*self._budgets.values(), self._bot):
            budget.bring_forward(by)
        self._refused = {chat: until - by for chat, until in self._refused.items()}

    def passed(self) -> None:
        """The platform took something: whatever was refused is the matter of single chats."""
        self._refused.clear()

    def is_short(self, chat: str) -> bool:
        """Whether more waits for this chat than its budget lets through soon."""
        now, budget = self._waiting.clock.now(), self.budget(chat)
        line = len(self._lines.get(chat, ()))
        return budget.caution(now) > 0 or budget.left(now) < max(line, budget.rate.most // 2)

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _granted(self, chat: str, rank: int, cost: int) -> None:
        if chat not in self._lines and self._has_room(self.budget(chat), cost):
            self._take(self.budget(chat), cost)
            return
        waiter = _Waiter(next(self._count) + rank * PATIENCE, cost, asyncio.get_running_loop().create_future())
        heappush(self._lines.setdefault(chat, []), waiter)
        if chat not in self._tasks:
            self._tasks[chat] = asyncio.create_task(self._serve(chat), name=f"pacer {chat}")
        await waiter.granted

    async def _serve(self, chat: str) -> None:
        """Let one after the other through, as the budgets of the chat and of the bot allow."""
        try:
            line, budget = self._lines[chat], self.budget(chat)
            while line:
                await self._room(budget, line[0].cost)
                waiter = heappop(line)
                if not waiter.granted.cancelled():
                    self._take(budget, waiter.cost)
                    waiter.granted.set_result(None)
        finally:
            del self._tasks[chat], self._lines[chat]

    def _take(self, chat: Budget, cost: int) -> None:
        chat.take(cost)
        self._bot.take(cost)

    def _has_room(self, chat: Budget, cost: int) -> bool:
        """Whether the request may go out at once."""
        now = self._waiting.clock.now()
        return all(budget.free_at(now, cost) == now for budget in (chat, self._bot))

    async def _room(self, chat: Budget, cost: int) -> None:
        """Return when both budgets have room for the request."""
        while True:
            now = self._waiting.clock.now()
            frees = {budget: budget.free_at(now, cost) for budget in (chat, self._bot)}
            full = next((budget for budget, free in frees.items() if free is None), None)
            if full is not None:
                full.answered.clear()
                await full.answered.wait()
            elif (free := max(moment for moment in frees.values() if moment is not None)) > now:
                await self._waiting.until(free)
            else:
                return
