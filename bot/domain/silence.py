"""The user's silence: warned on day 5 and 6, closed after 7 x 24 h, never at night, never early.

SK No. 107, procedure 4: the conversation is closed when the user "tidak merespon kembali selama 7 (tujuh) hari":
calendar days, counted from the officer's last delivered message (DOMAIN.md §0.2, §6 rules 3 to 7).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from bot.domain.calendar import BadHours

SILENCE_DAYS = 7
WARN_AFTER_DAYS = (5, 6)
LONG_OUTAGE = timedelta(hours=24)
# Half of what Telegram keeps (QUALITY.md F25).
ALARMING_OUTAGE = timedelta(hours=12)
# A platform that calls us comes again with what we missed after a pause of its own, longer the longer we were away: so
# long after an outage of more than these minutes a reply may still be on its way.
SHORT_OUTAGE = timedelta(minutes=5)
GRACE = timedelta(hours=1)


@dataclass(frozen=True)
class QuietHours:
    """No notices from `start` (included) to `end` (excluded), local time, usually over midnight (rule 7)."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "20:00-08:00". Raises BadHours."""
        try:
            start, end = (time.fromisoformat(part.strip()) for part in text.replace(".", ":").split("-"))
        except ValueError as error:
            raise BadHours(text) from error
        return cls(start, end)

    def __contains__(self, at: time) -> bool:
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first moment from `moment` on, UTC, that is not quiet in `zone`: later or the same, never earlier."""
        local = moment.astimezone(zone)
        if local.time() not in self:
            return moment.astimezone(UTC)
        end = datetime.combine(local.date(), self.end, zone)
        if end <= local:
            end = datetime.combine(local.date() + timedelta(days=1), self.end, zone)
        return end.astimezone(UTC)


@dataclass(frozen=True)
class SilencePlan:
    """When to warn and when to close, UTC, in order. The exact moments plus quiet hours; late is fine, early never."""

    warn_at: tuple[datetime, ...]
    close_at: datetime


def plan(
    last_delivered_at: datetime,
    *,
    zone: ZoneInfo,
    quiet: QuietHours | None,
    silence_days: int = SILENCE_DAYS,
    warn_after_days: Sequence[int] = WARN_AFTER_DAYS,
    shift: timedelta = timedelta(0),
) -> SilencePlan:
    """The plan after an officer's message delivered at `last_delivered_at`; `shift` is the time lost in long outages.

    Days are 24 h each, so an officer's last word on Monday 14:00 closes not before the next Monday 14:00.
    """

    def after(days: int) -> datetime:
        exact = last_delivered_at + timedelta(days=days) + shift
        return quiet.after(exact, zone) if quiet else exact.astimezone(UTC)

    return SilencePlan(tuple(after(days) for days in sorted(warn_after_days)), after(silence_days))


@dataclass(frozen=True)
class Outage:
    """The desk was not reading what users wrote from `start` to `end`."""

    start: datetime
    end: datetime


def outage_shift(outages: Iterable[Outage], since: datetime) -> timedelta:
    """How long outages of more than 24 h stopped the silence clock since `since` (rule 5, Settled choices).

    Telegram drops what waits longer than 24 h, so a reply may have been lost in a long outage, in a short one not.
    Outages must not overlap.
    """
    long = (outage for outage in outages if outage.end - outage.start > LONG_OUTAGE)
    return sum((max(outage.end - max(outage.start, since), timedelta(0)) for outage in long), timedelta(0))


def is_in_time(sent_at: datetime, close_at: datetime) -> bool:
    """Whether a user's message came before the close, by the platform's own time, not ours (rule 5)."""
    return sent_at <= close_at


class Step(StrEnum):
    """What the silence asks for. HOLD: time to close, but no warning arrived; tell the officers (rule 6)."""

    WAIT = "wait"
    WARN = "warn"
    CLOSE = "close"
    HOLD = "hold"


def next_step(plan: SilencePlan, now: datetime, *, warnings: int, arrived: bool) -> Step:
    """What to do at `now`, having sent `warnings` so far, of which one `arrived` (or its e-mail went out).

    Warnings missed in a downtime are not made up for one by one: the last due one speaks for all, so after sending
    record `warnings_due(plan, now)`.
    """
    if now >= plan.close_at and arrived:
        return Step.CLOSE
    if warnings < warnings_due(plan, now):
        return Step.WARN
    return Step.HOLD if now >= plan.close_at else Step.WAIT


def warnings_due(plan: SilencePlan, now: datetime) -> int:
    """How many of the plan's warnings have come due."""
    return sum(now >= moment for moment in plan.warn_at)
