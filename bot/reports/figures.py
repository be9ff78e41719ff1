"""The figures of a period, from cycles as they stood at its end (DOMAIN.md §5; per cycle: its "Settled choices")."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from statistics import fmean, median
from typing import TypeVar

from bot.domain.calendar import WorkingCalendar
from bot.domain.lifecycle import Status
from bot.domain.rating import mean_stars
from bot.domain.sla import Verdict, answered_at, counts, judge
from bot.reports.cycles import TicketCycle
from bot.reports.periods import Period

WAITING_FOR_USER = (Status.WAITING_USER, Status.PAUSED)

# Classes of the first response: up to so many working hours, and the class's name.
RESPONSES = ((1, "to_1"), (4, "to_4"), (8, "to_8"), (16, "to_16"), (None, "over_16"))

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Spread:
    """Mean, median and 90th percentile of `n` measures; all None without any.

    The percentile is the nearest rank: nine of ten measures are not above it, and it is one that was measured.
    """

    n: int
    mean: float | None = None
    median: float | None = None
    p90: float | None = None


def spread(measures: Iterable[float]) -> Spread:
    values = sorted(measures)
    if not values:
        return Spread(0)
    return Spread(len(values), fmean(values), median(values), values[ceil(0.9 * len(values)) - 1])


def response_class(seconds: float) -> str:
    """The class of a first response that took so long."""
    return next(key for hours, key in RESPONSES if hours is None or seconds <= 3600 * hours)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Counts of cycles: a reopened ticket is one more request, of which `reopened` tells how many, `hasty` how many
    came within 24 h of the close (DOMAIN.md §6 rule 9).

    `opened`, `closed`, `by_type` (of the opened) and `by_reason` (of the closed, exclusions too) lie in the period;
    `waiting_officer` and `waiting_user` (paused ones too) are as at its end, or now while it runs.
    `on_time` of `judged`: consultations whose due day lies in the period; late ones that are still open count, open
    ones not yet due do not. `stars` counts 1 to 5 of the cycles closed in the period and asked for a rating, which are
    `closable`. `first_response` is seconds of working time from the opening, over consultations whose first human
    answer came in the period; `answer` is working days to the information, over those delivered in it.
    """

    opened: int
    reopened: int
    hasty: int
    closed: int
    waiting_officer: int
    waiting_user: int
    by_type: Mapping[str, int]
    by_reason: Mapping[str, int]
    on_time: int
    judged: int
    stars: Mapping[int, int]
    closable: int
    first_response: Spread
    answer: Spread

    @property
    def share(self) -> float | None:
        """The part that was on time, 0 to 1."""
        return self.on_time / self.judged if self.judged else None

    @property
    def rated(self) -> int:
        return sum(self.stars.values())

    @property
    def stars_mean(self) -> Decimal | None:
        return mean_stars([star for star, n in self.stars.items() for _ in range(n)])

    @property
    def first_response_median(self) -> timedelta | None:
        seconds = self.first_response.median
        return None if seconds is None else timedelta(seconds=seconds)


@dataclass(frozen=True, kw_only=True)
class Portion:
    """The cycles that have a part in a period's figures, each list for what happened in the period.

    `open` are those not closed at `at`, the end of the period or now; `judged` holds each cycle of the denominator with
    whether it was on time. A portion splits by any property of its cycles, and the parts add up.
    """

    period: Period
    calendar: WorkingCalendar
    at: datetime
    opened: Sequence[TicketCycle]
    closed: Sequence[TicketCycle]
    open: Sequence[TicketCycle]
    responded: Sequence[TicketCycle]
    answered: Sequence[TicketCycle]
    judged: Sequence[tuple[TicketCycle, bool]]

    def by(self, key: Callable[[TicketCycle], Key]) -> dict[Key, "Portion"]:
        """The parts by `key`, the one with most requests first, equals by name."""
        every = (*self.cycles, *(cycle for cycle, _ in self.judged))
        keys = {key(cycle) for cycle in every}
        parts = {value: self._where(key, value) for value in keys}
        return dict(sorted(parts.items(), key=lambda item: (-len(item[1].opened), str(item[0]))))

    def _where(self, key: Callable[[TicketCycle], Key], value: Key) -> "Portion":
        def mine(cycles: Sequence[TicketCycle]) -> list[TicketCycle]:
            return [cycle for cycle in cycles if key(cycle) == value]

        return Portion(
            period=self.period,
            calendar=self.calendar,
            at=self.at,
            opened=mine(self.opened),
            closed=mine(self.closed),
            open=mine(self.open),
            responded=mine(self.responded),
            answered=mine(self.answered),
            judged=[(cycle, timely) for cycle, timely in self.judged if key(cycle) == value],
        )

    @property
    def cycles(self) -> list[TicketCycle]:
        """Every cycle of the portion, once, in the order of opening."""
        lists = (
            self.opened,
            self.closed,
            self.open,
            self.responded,
            self.answered,
            [cycle for cycle, _ in self.judged],
        )
        every = {(cycle.ticket_id, cycle.number): cycle for cycles in lists for cycle in cycles}
        return sorted(every.values(), key=lambda cycle: (cycle.opened_at, cycle.ticket_id))

    @property
    def closable(self) -> list[TicketCycle]:
        """Closed in the period, with a reason after which a rating is asked."""
        return [cycle for cycle in self.closed if cycle.sla.reason and cycle.sla.reason.counts_in_rating]

    @property
    def response_seconds(self) -> list[float]:
        """The working time each consultation waited for its first answer."""
        return [
            self.calendar.working_time(cycle.opened_at, cycle.first_response_at).total_seconds()
            for cycle in self.responded
            if cycle.first_response_at
        ]

    @property
    def answer_days(self) -> list[int]:
        """The working days from receipt to the information; the day of receipt is day 0."""
        return [days for cycle in self.answered if (days := answer_days(cycle, self.calendar)) is not None]

    def figures(self) -> Figures:
        waiting = Counter(cycle.status for cycle in self.open)
        stars = Counter(cycle.stars for cycle in self.closable if cycle.stars is not None)
        return Figures(
            opened=len(self.opened),
            reopened=sum(cycle.reopened for cycle in self.opened),
            hasty=sum(cycle.hasty for cycle in self.opened),
            closed=len(self.closed),
            waiting_officer=waiting[Status.WAITING_OFFICER],
            waiting_user=sum(waiting[status] for status in WAITING_FOR_USER),
            by_type=_most_first(cycle.type for cycle in self.opened),
            by_reason=_most_first(cycle.sla.reason.key for cycle in self.closed if cycle.sla.reason),
            on_time=sum(timely for _, timely in self.judged),
            judged=len(self.judged),
            stars={star: stars[star] for star in range(1, 6)},
            closable=len(self.closable),
            first_response=spread(self.response_seconds),
            answer=spread(self.answer_days),
        )


def answer_days(cycle: TicketCycle, calendar: WorkingCalendar) -> int | None:
    """Working days from receipt (day 0) to the information; None while there is none."""
    answered = answered_at(cycle.sla)
    if answered is None:
        return None
    return max(0, calendar.working_days_between(calendar.local_date(cycle.opened_at), calendar.local_date(answered)))


def portion(cycles: Iterable[TicketCycle], period: Period, calendar: WorkingCalendar, now: datetime) -> Portion:
    """The part of `period` in the office's zone, from all cycles folded from what happened before its end.

    Cycles of other periods do no harm. A period that runs is taken as at `now`.
    """
    start, end = period.bounds(calendar.zone)
    at = min(now, end)

    def falls(moment: datetime | None) -> bool:
        return moment is not None and start <= moment < end

    every = list(cycles)
    consultations = [cycle for cycle in every if judge(cycle.sla, at) is not Verdict.EXCLUDED]
    due = [cycle for cycle in every if calendar.local_date(cycle.sla.due_at) in period]
    verdicts = ((cycle, counts(cycle.sla, at)) for cycle in due)
    return Portion(
        period=period,
        calendar=calendar,
        at=at,
        opened=[cycle for cycle in every if falls(cycle.opened_at)],
        closed=[cycle for cycle in every if falls(cycle.sla.closed_at)],
        open=[cycle for cycle in every if cycle.sla.closed_at is None],
        responded=[cycle for cycle in consultations if falls(cycle.first_response_at)],
        answered=[cycle for cycle in consultations if falls(answered_at(cycle.sla))],
        judged=[(cycle, verdict) for cycle, verdict in verdicts if verdict is not None],
    )


def figures(cycles: Sequence[TicketCycle], period: Period, calendar: WorkingCalendar, now: datetime) -> Figures:
    """The figures of `period`; see `portion`."""
    return portion(cycles, period, calendar, now).figures()


def _most_first(keys: Iterable[str]) -> dict[str, int]:
    """How often each occurs, the most frequent first, equals by name."""
    return dict(sorted(Counter(keys).items(), key=lambda item: (-item[1], item[0])))
