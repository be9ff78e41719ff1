"""(d): under the limits of the group and of the bot: is the budget used, are penalties kept, do others wait?

The group's window is scaled down from a minute to six seconds, so that several of them fit into a run. That is harder
on the desk: what it loses at the edge of a window weighs ten times as much.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from bot.playground.budgets import Limits
from bot.playground.faults import Fault
from bot.playground.people import Person
from tests.bench.bench import Bench
from tests.bench.book import Offer, Outcome, answer, outcome, write
from tests.bench.contenders import Pace, running
from tests.bench.figures import Line, busiest, percentile, shortest_time
from tests.bench.ground import Ground, ground

MOST, WINDOW = 20, 6.0
BOT_SECOND = 30
USERS = 330
# Those whom the officer answers while the group is blocked wrote nothing themselves.
ANSWERED = range(300, 330)
ANSWER_EVERY = 0.4
PENALTY = 5
SCENARIO = f"(d) limits on: {MOST} in {WINDOW:.0f} s for the group, {BOT_SECOND} a second for the bot"


@asynccontextmanager
async def _limited(bench: Bench) -> AsyncIterator[Ground]:
    """The desk at work under the limits, and believing in them."""
    desk = await bench.desk(USERS, pace=Pace(group_messages=MOST, group_seconds=WINDOW, bot_per_second=BOT_SECOND))
    async with (
        ground(USERS, limits=Limits(per_group=MOST, group_seconds=WINDOW)) as here,
        running(desk, here, bench.fresh()) as process,
    ):
        await process.is_open(within=20)
        yield here


async def limited(bench: Bench) -> list[Line]:
    return [*await _group(bench), *await _penalty(bench), *await _bot(bench)]


async def _group(bench: Bench) -> list[Line]:
    """More single messages than the group takes: one post for each ticket, so that nothing can be merged."""
    count = bench.sized(6, 2) * MOST + 1
    async with _limited(bench) as here:
        seen, answers = await _written(here, here.users[:count])
    used = shortest_time(count, MOST, WINDOW) / _seconds(seen)
    slow = percentile(answers.delays_ms, 0.99)
    return [
        _line(f"budget of the group used ({count} posts)", f"{used:.1%}", ">= 95 %", used >= 0.95),
        _line(
            f"officer's answers to others, group full: p99 of {len(answers.offers)}, ms",
            f"{slow:.0f}",
            "<= 250",
            slow <= 250,
        ),
        _safe("the same run", here, seen, answers),
    ]


async def _penalty(bench: Bench) -> list[Line]:
    """In the middle of a run the platform forbids the group for five seconds."""
    count = bench.sized(2, 1) * MOST
    async with _limited(bench) as here:
        here.telegram.break_with(Fault("sendMessage", "flood", nth=MOST // 2, chat_id=here.group, retry_after=PENALTY))
        seen, answers = await _written(here, here.users[:count])
    slow = percentile(answers.delays_ms, 0.99)
    return [
        _line(
            f"officer's answers to others, group in a penalty: p99 of {len(answers.offers)}, ms",
            f"{slow:.0f}",
            "<= 250",
            slow <= 250,
        ),
        _safe("the same run", here, seen, answers),
    ]


async def _bot(bench: Bench) -> list[Line]:
    """An officer answers many people at once: each chat has room, the bot as a whole has not."""
    count = bench.sized(300, 90)
    async with _limited(bench) as here:
        offers = [await answer(here, here.topic_of(user), 0) for user in here.users[:count]]
        seen = await outcome(here, offers, to_group=False)
    used = shortest_time(count, BOT_SECOND, 1.0) / _seconds(seen)
    most = busiest((at.timestamp() for at in seen.arrived.values()), 1.0)
    return [
        _line(f"budget of the bot used ({count} answers)", f"{used:.1%}", ">= 95 %", used >= 0.95),
        _line("most messages within a second", f"{most}", f"<= {BOT_SECOND}", most <= BOT_SECOND),
        _safe("the same run", here, seen),
    ]


async def _written(here: Ground, people: Sequence[Person]) -> tuple[Outcome, Outcome]:
    """All these people write at once; meanwhile the officer answers others."""
    answers: list[Offer] = []
    officer = asyncio.create_task(_answer_others(here, answers))
    try:
        offers = [await write(here, person, 0) for person in people]
        seen = await outcome(here, offers, to_group=True)
    finally:
        officer.cancel()
        with suppress(asyncio.CancelledError):
            await officer
    return seen, await outcome(here, answers, to_group=False)


async def _answer_others(here: Ground, answers: list[Offer]) -> None:
    number = 0
    while True:
        await asyncio.sleep(ANSWER_EVERY)
        user = here.users[ANSWERED[number % len(ANSWERED)]]
        answers.append(await answer(here, here.topic_of(user), number))
        number += 1


def _seconds(seen: Outcome) -> float:
    return (seen.last - min(seen.arrived.values())).total_seconds()


def _line(what: str, ours: str, target: str, met: bool) -> Line:
    return Line(SCENARIO, what, ours, "", "", target, met)


def _safe(what: str, here: Ground, *batches: Outcome) -> Line:
    found = (
        here.telegram.ledger.inside_penalty,
        sum(batch.lost for batch in batches),
        sum(batch.doubled for batch in batches),
    )
    text = "{} / {} / {}".format(*found)
    return _line(f"{what}: inside a penalty / lost / doubled", text, "0 / 0 / 0", found == (0, 0, 0))
