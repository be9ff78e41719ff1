"""What goes wrong around the desk: faults of Telegram, of the network and of the mail server, all from one seed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from bot.playground.faults import Fault, Phase, What
from bot.playground.replies import Json
from bot.playground.telegram import Telegram

# Seconds one way: usually quick, now and then slow.
WHEN: tuple[Phase, ...] = ("before", "after")
BROKEN: tuple[What, ...] = ("cut", "bad gateway", "truncated", "error")
QUICK = (0.002, 0.08)
SLOW = (0.2, 3.0)
SLOW_CHANCE = 0.03
MAIL_FAULTS = ("421", "450", "550", "down", "cut")
SENDS = (
    "sendMessage",
    "sendMessage",
    "sendMediaGroup",
    "editMessageText",
    "createForumTopic",
    "setMessageReaction",
    "*",
)
REMEMBERED = 40
KEPT = timedelta(hours=24)  # so long Telegram keeps an update

MakeFault = Callable[[Random, int], Fault]


def _times(random: Random) -> int:
    return random.choice((1, 1, 2, 4))


def _after_effect(random: Random, group: int) -> Fault:
    what = random.choice(BROKEN)
    return Fault(random.choice(SENDS), what, "after", nth=random.randint(1, 6), times=_times(random))


def _before_effect(random: Random, group: int) -> Fault:
    what = random.choice(BROKEN)
    return Fault(random.choice(SENDS), what, "before", nth=random.randint(1, 6), times=_times(random))


def _flood(random: Random, group: int) -> Fault:
    wait = random.choice((1, 3, 3, 10, 40, 300))
    chat = random.choice((group, group, None))
    return Fault("sendMessage", "flood", retry_after=wait, chat_id=chat, whole_bot=random.random() < 0.2)


def _silent_flood(random: Random, group: int) -> Fault:
    text = "Too Many Requests"
    return Fault(random.choice(SENDS), "error", status=429, description=text, times=_times(random))


def _delay(random: Random, group: int) -> Fault:
    return Fault(
        random.choice(SENDS),
        "delay",
        random.choice(WHEN),
        nth=random.randint(1, 4),
        delay=random.choice((2, 20, 50, 150)),
    )


def _bad_polls(random: Random, group: int) -> Fault:
    return Fault("getUpdates", random.choice(BROKEN), random.choice(WHEN), times=_times(random))


def _other_poller(random: Random, group: int) -> Fault:
    return Fault("getUpdates", "error", status=409, description="Conflict: terminated by other getUpdates request")


FAULTS: tuple[tuple[int, MakeFault], ...] = (
    (6, _after_effect),
    (4, _before_effect),
    (5, _flood),
    (2, _silent_flood),
    (3, _delay),
    (2, _bad_polls),
    (1, _other_poller),
)


@dataclass(frozen=True)
class Climate:
    """How rough a world is. `every`: seconds between faults of Telegram (None: none); chances are per event."""

    every: float | None = None
    refusing: float = 0.0  # seconds for which connections are refused each time
    muddling: float = 0.0
    mail: float = 0.0

    @classmethod
    def drawn(cls, random: Random) -> "Climate":
        return cls(
            every=random.choice((None, 120.0, 60.0, 30.0)),
            refusing=random.choice((0.0, 0.0, 5.0, 60.0)),
            muddling=random.choice((0.0, 0.0, 0.1, 0.5)),
            mail=random.choice((0.0, 0.0, 0.2, 0.6)),
        )


class Weather:
    """The faults in force; `calm` ends them all."""

    def __init__(self, telegram: Telegram, climate: Climate, random: Random) -> None:
        self._telegram = telegram
        self._climate = climate
        self._random = random
        self._served: list[tuple[datetime, Json]] = []
        self.refuses_connections = False

    async def blow(self) -> None:
        """Bring up one fault after the other, until cancelled."""
        if self._climate.every is None:
            return
        while True:
            await asyncio.sleep(self._random.expovariate(1 / self._climate.every))
            if self._climate.refusing and self._random.random() < 0.1:
                await self._break_line()
            else:
                self._telegram.break_with(self._draw())

    async def _break_line(self) -> None:
        self.refuses_connections = True
        try:
            await asyncio.sleep(self._random.expovariate(1 / self._climate.refusing))
        finally:
            self.refuses_connections = False

    def _draw(self) -> Fault:
        weights, makers = zip(*FAULTS, strict=True)
        make: MakeFault = self._random.choices(makers, weights)[0]
        return make(self._random, self._telegram.staff.id)

    def calm(self) -> None:
        self._climate = Climate()
        self._telegram.faults.clear()

    def latency(self) -> float:
        """Seconds on the way, one way."""
        return self._random.uniform(*(SLOW if self._random.random() < SLOW_CHANCE else QUICK))

    def mail_fault(self) -> str | None:
        return self._random.choice(MAIL_FAULTS) if self._random.random() < self._climate.mail else None

    def muddled(self, updates: list[Json]) -> list[Json]:
        """Updates as they may arrive: now and then some twice, some again that came long ago, and out of order.

        None comes again whose answer was lost and whose time was over then: nobody ever has that one.
        """
        now = self._telegram.clock.now()
        recent = [served for served in self._served if now - served[0] < KEPT][-REMEMBERED:]
        self._served = [*recent, *((now, update) for update in updates)]
        if not updates or self._random.random() >= self._climate.muddling:
            return updates
        newest = max(update["update_id"] for update in updates)
        known = [update for _, update in self._served if update["update_id"] <= newest and not self._is_gone(update)]
        again = self._random.choices(known, k=self._random.randint(0, 4))
        muddle = [*updates, *again]
        self._random.shuffle(muddle)
        return muddle

    def _is_gone(self, update: Json) -> bool:
        return self._telegram.ledger.updates[update["update_id"]].fate == "expired"
