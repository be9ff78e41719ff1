"""Stars (SK No. 107, procedure 5; DOMAIN.md §6 rule 8)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from bot.domain.lifecycle import CLOSE_REASONS
from bot.domain.rating import is_low, may_rate, mean_stars, parse_stars, rate_until, reminder_at
from bot.domain.silence import QuietHours
from tests.domain.cast import WIB, local, shown

CLOSED_AT = local("2026-11-23 21:00")


@pytest.mark.parametrize(("text", "stars"), [("1", 1), ("5", 5), ("0", None), ("6", None), ("", None), ("٣", None)])
def test_stars_are_one_to_five(text: str, stars: int | None) -> None:
    assert parse_stars(text) == stars


def test_rule_08_a_rating_can_be_given_and_changed_for_fourteen_days() -> None:
    last = local("2026-12-07 21:00")
    assert rate_until(CLOSED_AT) == last
    assert may_rate(CLOSED_AT, CLOSE_REASONS["silent"], last)
    assert not may_rate(CLOSED_AT, CLOSE_REASONS["silent"], last + timedelta(seconds=1))


def test_rule_08_cancelled_and_non_service_tickets_are_not_rated() -> None:
    refused = [key for key, reason in CLOSE_REASONS.items() if not may_rate(CLOSED_AT, reason, CLOSED_AT)]
    assert refused == ["cancelled", "withdrawn", "not_service", "duplicate", "spam", "test"]


def test_rule_08_the_one_reminder_comes_by_day() -> None:
    night = QuietHours.parse("20:00-08:00")
    assert shown(reminder_at(CLOSED_AT, zone=WIB, quiet=night)) == "Fri 2026-11-27 08:00"
    assert shown(reminder_at(CLOSED_AT, zone=WIB, quiet=None)) == "Thu 2026-11-26 21:00"


def test_one_and_two_stars_are_low() -> None:
    assert [is_low(stars) for stars in (1, 2, 3, 4, 5)] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("ratings", "mean"),
    [([], None), ([5], "5.0"), ([5, 4], "4.5"), ([5, 5, 4], "4.7"), ([4, 4, 4, 5], "4.3"), ([1] * 20 + [2], "1.0")],
)
def test_the_mean_is_rounded_half_up_to_one_decimal(ratings: list[int], mean: str | None) -> None:
    assert mean_stars(ratings) == (None if mean is None else Decimal(mean))
