"""The rating in stars, one for each closing cycle (SK No. 107, procedure 5; DOMAIN.md §2, §6 rule 8).

A star rating is not an IKM: see skm.py. The two are never averaged together.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from bot.domain.lifecycle import CloseReason
from bot.domain.silence import QuietHours

STARS = (1, 2, 3, 4, 5)
LOW_STARS = 2
RATE_DAYS = 14
REMIND_DAYS = 3


def parse_stars(text: str) -> int | None:
    """The stars of a typed "1" to "5"; None for anything else."""
    return int(text) if text in {f"{stars}" for stars in STARS} else None


def rate_until(closed_at: datetime, *, days: int = RATE_DAYS) -> datetime:
    """The last moment at which a cycle closed at `closed_at` can be rated, or its rating changed."""
    return closed_at + timedelta(days=days)


def may_rate(closed_at: datetime, reason: CloseReason, now: datetime, *, days: int = RATE_DAYS) -> bool:
    """Whether the cycle is asked for, and takes, a rating: not when cancelled or no consultation (rules 8 and 27)."""
    return reason.counts_in_rating and now <= rate_until(closed_at, days=days)


def reminder_at(
    closed_at: datetime, *, zone: ZoneInfo, quiet: QuietHours | None, after_days: int = REMIND_DAYS
) -> datetime:
    """When the only reminder goes out, UTC, never in quiet hours; safe to ignore."""
    exact = closed_at + timedelta(days=after_days)
    return quiet.after(exact, zone) if quiet else exact


def is_low(stars: int) -> bool:
    """Whether the user is offered the complaint way and the supervisor is told."""
    return stars <= LOW_STARS


def mean_stars(ratings: Sequence[int]) -> Decimal | None:
    """The mean to one decimal, half up, for "4,6/5 (bukan IKM)"; None without ratings, never 0."""
    if not ratings:
        return None
    tenths = Fraction(sum(ratings) * 10, len(ratings))
    return (Decimal(tenths.numerator) / tenths.denominator).quantize(Decimal(1), ROUND_HALF_UP) / 10
