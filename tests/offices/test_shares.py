"""Who takes which office: fairly, at once where there is room, and nobody's office for long."""

from random import Random

import pytest

from bot.offices.shares import ABANDONED_SECONDS, Shares, share

CODES = [f"12{number:02}" for number in range(10)]


@pytest.mark.parametrize(("offices", "processes", "most"), [(10, 1, 10), (10, 2, 5), (10, 3, 4), (0, 2, 0), (5, 0, 5)])
def test_a_share(offices: int, processes: int, most: int) -> None:
    assert share(offices, processes) == most


def test_the_first_takes_all_and_gives_what_another_one_lacks() -> None:
    shares = Shares(Random(1))
    assert sorted(shares.plan(CODES, [], {}, living=1, lacks=0, now=0).take) == CODES
    owners = dict.fromkeys(CODES, "first")
    newcomer = Shares(Random(2)).plan(CODES, [], owners, living=2, lacks=0, now=0)
    assert (newcomer.take, newcomer.lacks) == ([], 5)
    plan = shares.plan(CODES, CODES, owners, living=2, lacks=5, now=1)
    assert (len(plan.give), plan.lacks) == (5, 0)


def test_nothing_is_given_that_nobody_lacks() -> None:
    plan = Shares().plan(CODES, CODES, dict.fromkeys(CODES, "first"), living=2, lacks=0, now=0)
    assert plan.give == []


def test_what_is_beyond_our_share_is_left_to_others_for_a_moment_only() -> None:
    shares, mine = Shares(Random(3)), CODES[:5]
    owners = dict.fromkeys(mine, "first")
    assert shares.plan(CODES, mine, owners, living=2, lacks=0, now=10).take == []
    taken = shares.plan(CODES, mine, owners, living=2, lacks=0, now=10 + ABANDONED_SECONDS).take
    assert sorted(taken) == CODES[5:]
