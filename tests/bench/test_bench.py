"""The benchmark's small edition: what it measures is right before it is fast. No time is asserted here."""

from pathlib import Path

import pytest

from bot.playground.budgets import Limits
from tests.bench.backlog import drain
from tests.bench.bench import Bench
from tests.bench.book import answer, outcome, write
from tests.bench.contenders import Pace, running
from tests.bench.figures import busiest, median_ratio, percentile, shortest_time, steps_back
from tests.bench.ground import ground
from tests.bench.start import USERS

SMALL = Limits(per_group=10, group_seconds=1.0)


async def test_a_backlog_is_relayed_whole_and_in_order(tmp_path: Path) -> None:
    bench = Bench(tmp_path, quick=True)
    seen = await drain(bench, await bench.desk(USERS), 200)
    assert (seen.lost, seen.reordered) == (0, 0)


async def test_under_limits_nothing_is_lost_and_no_penalty_is_broken(tmp_path: Path) -> None:
    bench = Bench(tmp_path, quick=True)
    desk = await bench.desk(8, pace=Pace(group_messages=10, group_seconds=1.0, bot_per_second=30))
    async with ground(8, limits=SMALL) as here, running(desk, here, bench.fresh()):
        written = [await write(here, user, number) for number in range(4) for user in here.users]
        answers = [await answer(here, here.topic_of(user), 0) for user in here.users]
        to_group, to_people = await outcome(here, written, to_group=True), await outcome(here, answers, to_group=False)
    for seen in (to_group, to_people):
        assert (seen.lost, seen.doubled, seen.reordered) == (0, 0, 0)
    assert here.telegram.ledger.inside_penalty == 0


@pytest.mark.parametrize(("numbers", "back"), [([], 0), ([1, 2, 3], 0), ([2, 1, 3], 1), ([3, 1, 2, 4], 2), ([1, 1], 0)])
def test_steps_back_are_counted(numbers: list[int], back: int) -> None:
    assert steps_back(numbers) == back


def test_percentiles_are_values_that_occurred() -> None:
    assert [percentile(range(1, 101), share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]


def test_a_slow_moment_of_the_machine_does_not_change_the_ratio() -> None:
    assert median_ratio([100, 10, 100], [50, 5, 50]) == 2.0


def test_the_busiest_second_is_found() -> None:
    assert busiest([0.0, 0.5, 0.9, 1.0, 1.2], 1.0) == 4


@pytest.mark.parametrize(("count", "seconds"), [(20, 0.0), (21, 6.0), (60, 12.0), (61, 18.0)])
def test_the_shortest_time_under_a_limit(count: int, seconds: float) -> None:
    assert shortest_time(count, 20, 6.0) == seconds
