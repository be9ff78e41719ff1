"""One budget for each chat, used to the full and never beyond; who waits is let through in a fair order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.delivery.pacing import Pacer
from bot.delivery.waiting import Waiting
from bot.settings import Pace

GROUP, USER = "-100", "5"
RELAY, PROMPT, NOTICE, COSMETIC = range(4)


class Stopped:
    """A clock that goes only when it is told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


class Traffic:
    """Requests to chats, each answered at once; `sent` is (second, what) in the order they went out."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.clock = Stopped()
        self.waiting = Waiting(self.clock)
        self.pacer = Pacer(self.waiting, pace or Pace())
        self.start = self.clock.now()
        self.sent: list[tuple[float, str]] = []
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def seconds(self) -> float:
        return (self.clock.now() - self.start).total_seconds()

    async def ask(
        self, chat: str, name: str, *, rank: int = RELAY, cost: int = 1, then: Callable[[], None] = lambda: None
    ) -> None:
        """Wait in line; `then` happens while the request is under way."""
        self._tasks.append(asyncio.create_task(self._one(chat, name, rank, cost, then)))
        await self.rest()

    async def _one(self, chat: str, name: str, rank: int, cost: int, then: Callable[[], None]) -> None:
        async with self.pacer.turn(chat, rank=rank, cost=cost) as turn:
            turn.used = True
            self.sent.append((self.seconds, name))
            then()

    async def rest(self) -> None:
        """Until nothing moves any more at this moment."""
        for _ in range(20):
            await asyncio.sleep(0)

    async def advance(self, seconds: float, *, step: float = 0.25) -> None:
        for _ in range(round(seconds / step)):
            self.clock.moment += timedelta(seconds=step)
            self.waiting.clock_moved()
            await self.rest()

    def park(self, chat: str, seconds: float) -> None:
        self.pacer.park(chat, self.clock.now() + timedelta(seconds=seconds))

    def count(self, first: float, last: float) -> int:
        return sum(first <= second < last for second, _ in self.sent)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.pacer.stop()


@pytest.fixture
async def traffic() -> AsyncIterator[Traffic]:
    traffic = Traffic()
    yield traffic
    await traffic.stop()


async def test_a_groups_minute_is_used_to_the_full_and_not_beyond(traffic: Traffic) -> None:
    for number in range(70):
        await traffic.ask(GROUP, str(number))
    await traffic.advance(180)
    assert traffic.count(0, 60) == traffic.count(60, 120) == traffic.count(120, 180) == 20


async def test_a_private_chat_is_quick_while_the_group_waits(traffic: Traffic) -> None:
    for number in range(25):
        await traffic.ask(GROUP, str(number))
    await traffic.ask(USER, "answer")
    assert traffic.sent[-1] == (0.0, "answer")
    traffic.park(GROUP, 3_600)
    await traffic.ask(USER, "another")
    assert traffic.sent[-1] == (0.0, "another")


async def test_nothing_goes_out_before_the_end_of_a_park_and_slowly_after(traffic: Traffic) -> None:
    traffic.park(USER, 10)
    for number in range(4):
        await traffic.ask(USER, str(number))
    await traffic.advance(20)
    assert [second for second, _ in traffic.sent] == [10, 11, 12, 13]


async def test_each_refusal_makes_slower_and_calm_makes_quick_again(traffic: Traffic) -> None:
    for _ in range(4):
        traffic.park(USER, 1)
        await traffic.advance(1)
    for number in range(4):
        await traffic.ask(USER, str(number))
    await traffic.advance(10, step=0.05)
    gaps = [round(b[0] - a[0], 2) for a, b in zip(traffic.sent, traffic.sent[1:], strict=False)]
    assert gaps == [pytest.approx(1.25**3, abs=0.1)] * 3
    await traffic.advance(4 * 60)
    await traffic.ask(USER, "a")
    await traffic.ask(USER, "b")
    assert [second for second, name in traffic.sent if name in "ab"] == [traffic.seconds] * 2


async def test_a_request_waits_for_the_answer_to_the_one_before(traffic: Traffic) -> None:
    """A refusal that is on its way is heard before the next request goes out."""
    await traffic.ask(GROUP, "refused", then=lambda: traffic.park(GROUP, 30))
    await traffic.ask(GROUP, "next")
    await traffic.advance(40)
    assert traffic.sent == [(0.0, "refused"), (30.0, "next")]


async def test_relays_go_first_but_nothing_waits_for_ever(traffic: Traffic) -> None:
    for number in range(20):
        await traffic.ask(GROUP, f"full {number}")
    await traffic.ask(GROUP, "cosmetic", rank=COSMETIC)
    await traffic.ask(GROUP, "notice", rank=NOTICE)
    for number in range(60):
        await traffic.ask(GROUP, f"relay {number}")
    await traffic.advance(300)
    order = [name for _, name in traffic.sent[20:]]
    assert order.index("notice") == 19
    assert order.index("cosmetic") == 30


async def test_an_album_counts_as_its_parts(traffic: Traffic) -> None:
    for number in range(15):
        await traffic.ask(GROUP, str(number))
    await traffic.ask(GROUP, "album", cost=10)
    await traffic.ask(GROUP, "after")
    assert traffic.sent[-1] == (0.0, "14")
    await traffic.advance(61)
    assert [name for _, name in traffic.sent[-2:]] == ["album", "after"]


async def test_an_album_larger_than_the_budget_goes_alone() -> None:
    traffic = Traffic(Pace(group_messages=5))
    await traffic.ask(GROUP, "one")
    await traffic.ask(GROUP, "album", cost=10)
    await traffic.advance(61)
    assert traffic.sent[-1][1] == "album"
    await traffic.stop()


async def test_what_did_not_go_out_costs_nothing(traffic: Traffic) -> None:
    for _ in range(50):
        async with traffic.pacer.turn(GROUP, rank=RELAY):
            pass
    for number in range(20):
        await traffic.ask(GROUP, str(number))
    assert traffic.count(0, 1) == 20


async def test_three_chats_refused_in_a_row_mean_the_whole_bot(traffic: Traffic) -> None:
    for chat, seconds in (("1", 30), ("2", 31), ("3", 32)):
        traffic.park(chat, seconds)
    await traffic.ask("4", "somebody else")
    await traffic.advance(29)
    assert traffic.sent == []
    await traffic.advance(2)
    assert traffic.sent[0][1] == "somebody else"


async def test_chats_refused_while_others_pass_are_a_matter_of_their_own(traffic: Traffic) -> None:
    for chat in ("1", "2", "3", "4"):
        traffic.park(chat, 3_600)
        traffic.pacer.passed()
    await traffic.ask("5", "somebody else")
    assert traffic.sent == [(0.0, "somebody else")]


async def test_what_costs_nothing_waits_for_a_park_only(traffic: Traffic) -> None:
    for number in range(20):
        await traffic.ask(GROUP, str(number))
    await traffic.pacer.unparked(GROUP)
    traffic.park(GROUP, 5)
    waits = asyncio.create_task(traffic.pacer.unparked(GROUP))
    await traffic.advance(4)
    assert not waits.done()
    await traffic.advance(2)
    assert waits.done()


async def test_the_bot_sends_no_more_than_its_own_rate_over_all_chats(traffic: Traffic) -> None:
    for number in range(100):
        await traffic.ask(str(number), str(number))
    await traffic.advance(4)
    assert [traffic.count(second, second + 1) for second in range(4)] == [30, 30, 30, 10]


async def test_a_budget_beyond_telegrams_is_used_side_by_side() -> None:
    traffic = Traffic(Pace(group_messages=100, bot_per_second=100))
    turns = [traffic.pacer.turn(GROUP, rank=RELAY) for _ in range(6)]
    entered = [asyncio.create_task(turn.__aenter__()) for turn in turns]
    await traffic.rest()
    assert [task.done() for task in entered] == [True] * 5 + [False]
    await turns[0].__aexit__(None, None, None)
    await traffic.rest()
    assert entered[5].done()
    await traffic.stop()


async def test_budgets_that_are_whole_again_are_forgotten(traffic: Traffic) -> None:
    traffic.park("parked", 36_000)
    for number in range(5_000):
        traffic.pacer.budget(str(number)).spend(traffic.clock.now(), 1)
        await traffic.advance(0.25) if number % 25 == 0 else None
    assert len(traffic.pacer._budgets) <= 4_000
    await traffic.advance(60)
    for number in range(5_000, 10_000):
        traffic.pacer.budget(str(number))
    assert len(traffic.pacer._budgets) <= 4_000
    assert traffic.pacer.budget("parked").parked_until is not None


async def test_at_once_goes_only_what_nothing_stands_against(traffic: Traffic) -> None:
    turn = traffic.pacer.at_once(USER)
    assert turn is not None
    assert traffic.pacer.at_once(USER) is None  # one request after the other
    turn.used = True
    turn.end()
    turn.end()  # and counts once
    assert traffic.pacer.budget(USER).left(traffic.clock.now()) == traffic.pacer.budget(USER).rate.most - 1
    again = traffic.pacer.at_once(USER)
    assert again is not None
    again.end()  # unused: it does not count
    traffic.park(USER, 5)
    assert traffic.pacer.at_once(USER) is None


async def test_at_once_overtakes_nobody_who_waits(traffic: Traffic) -> None:
    for number in range(30):
        await traffic.ask(GROUP, f"{number}")
    assert traffic.pacer.at_once(GROUP) is None
    await traffic.advance(61)
    assert traffic.count(0, 62) == 30
