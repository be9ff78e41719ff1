"""The pace of WhatsApp: one person every six seconds, with bursts borrowed from the time after them."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.delivery.pairs import PairBudget, PairPacer
from bot.delivery.waiting import Waiting
from bot.playground.graph.budgets import GraphBudgets, GraphLimits
from bot.settings import PairPace

START = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


class HandClock:
    def __init__(self) -> None:
        self.moment = START

    def now(self) -> datetime:
        return self.moment


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def _budget(*spent: float, **pace: int) -> PairBudget:
    budget = PairBudget(PairPace(**pace))
    for seconds in spent:
        budget.spend(_at(seconds), 1)
    return budget


def test_a_talk_may_be_quick_at_first() -> None:
    assert _budget(0, 1, 2).free_at(_at(3), 1) == _at(3)


def test_what_was_quick_is_paid_for_afterwards() -> None:
    """Twenty at once, and the next in two minutes (WHATSAPP.md §2.4)."""
    assert _budget(*[0.0] * 20).free_at(_at(10), 1) == _at(120)


def test_a_burst_has_an_end() -> None:
    assert _budget(*[0.0] * 45).free_at(_at(1), 1) == _at(270)


def test_who_waited_long_enough_begins_anew() -> None:
    budget = _budget(0, 0, 0)
    assert budget.free_at(_at(18), 1) == _at(18)
    budget.spend(_at(18), 1)
    assert budget.free_at(_at(20), 1) == _at(20)


def test_nothing_goes_side_by_side_to_one_person() -> None:
    budget = _budget()
    budget.take(1)
    assert budget.free_at(_at(0), 1) is None


def test_meta_never_refuses_what_the_pacer_lets_through() -> None:
    """Talks of all kinds against the stand-in's own bucket, whose clock is a little ahead of our answers."""
    for gap in (0.3, 1.0, 4.0, 5.9, 7.0):
        budget, platform, now = _budget(), GraphBudgets(GraphLimits()), START
        for _ in range(200):
            free = budget.free_at(now, 1)
            assert free is not None
            now = max(now, free)
            platform.spend(1, now.timestamp(), begins=False)
            now += timedelta(seconds=0.2)  # until the answer
            budget.spend(now, 1)
            now += timedelta(seconds=gap)


async def test_the_whole_number_waits_when_that_is_what_was_refused() -> None:
    clock = HandClock()
    waiting = Waiting(clock)
    pacer = PairPacer(waiting, PairPace())
    pacer.park_all(_at(5))
    turn = pacer.turn("ID.1", rank=0)
    entered = asyncio.create_task(turn.__aenter__())
    await asyncio.sleep(0)
    assert not entered.done()
    clock.moment = _at(5)
    waiting.clock_moved()
    (await entered).used = True
    await turn.__aexit__(None, None, None)
    await pacer.stop()


async def test_a_row_of_two_messages_counts_twice() -> None:
    clock = HandClock()
    pacer = PairPacer(Waiting(clock), PairPace())
    async with pacer.turn("ID.1", rank=0) as turn:
        turn.used, turn.count = True, 2
    assert pacer.budget("ID.1").free_at(_at(6), 1) == _at(12)
    await pacer.stop()
