"""The figures of a period, from cycles as they stood at its end (DOMAIN.md §5; per cycle: its "Settled choices")."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from bot.domain.calendar import WorkingCalendar
from bot.domain.lifecycle import Status
from bot.domain.rating import mean_stars
from bot.domain.sla import Verdict, counts, judge
from bot.reports.cycles import TicketCycle
from bot.reports.periods import Period

WAITING_FOR_USER = (Status.WAITING_USER, Status.PAUSED)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Counts of cycles: a reopened ticket is one more request, of which `reopened` tells how many, `hasty` how many
    came within 24 h of the close (DOMAIN.md §6 rule 9).

    `opened`, `closed`, `by_type` (of the opened) and `by_reason` (of the closed, exclusions too) lie in the period;
    `waiting_officer` and `waiting_user` (paused ones too) are as at its end, or now while it runs.
    `on_time` of `judged`: consultations whose due day lies in the period; late ones that are still open count, open
    ones not yet due do not. `stars_mean` of `rated` cycles, out of `closable`: closed in the period and asked for a
    rating. `first_response_median` is working time from the opening, over consultations whose first human answer came
    in the period. None: no data.
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
    stars_mean: Decimal | None
    rated: int
    closable: int
    first_response_median: timedelta | None

    @property
    def share(self) -> float | None:
        """The part that was on time, 0 to 1."""
        return self.on_time / self.judged if self.judged else None


def figures(cycles: Sequence[TicketCycle], period: Period, calendar: WorkingCalendar, now: datetime) -> Figures:
    """The figures of `period` in the office's zone, from all cycles folded from what happened before its end.

    Cycles of other periods do no harm. A period that runs is taken as at `now`.
    """
    start, end = period.bounds(calendar.zone)
    at = min(now, end)
    opened = [cycle for cycle in cycles if start <= cycle.opened_at < end]
    closed = [cycle for cycle in cycles if cycle.sla.closed_at and start <= cycle.sla.closed_at < end]
    closable = [cycle for cycle in closed if cycle.sla.reason and cycle.sla.reason.counts_in_rating]
    answered = [cycle for cycle in cycles if cycle.first_response_at and start <= cycle.first_response_at < end]
    judged = _judged(cycles, period, calendar, at)
    stars = [cycle.stars for cycle in closable if cycle.stars is not None]
    waiting = Counter(cycle.status for cycle in cycles)
    return Figures(
        opened=len(opened),
        reopened=sum(cycle.reopened for cycle in opened),
        hasty=sum(cycle.hasty for cycle in opened),
        closed=len(closed),
        waiting_officer=waiting[Status.WAITING_OFFICER],
        waiting_user=sum(waiting[status] for status in WAITING_FOR_USER),
        by_type=_most_first(cycle.type for cycle in opened),
        by_reason=_most_first(cycle.sla.reason.key for cycle in closed if cycle.sla.reason),
        on_time=sum(judged),
        judged=len(judged),
        stars_mean=mean_stars(stars),
        rated=len(stars),
        closable=len(closable),
        first_response_median=_median(_response_times(answered, calendar, at)),
    )


def _judged(cycles: Iterable[TicketCycle], period: Period, calendar: WorkingCalendar, at: datetime) -> list[bool]:
    """On time or late, for each cycle of the denominator."""
    due = (cycle for cycle in cycles if calendar.local_date(cycle.sla.due_at) in period)
    verdicts = (counts(cycle.sla, at) for cycle in due)
    return [verdict for verdict in verdicts if verdict is not None]


def _response_times(answered: Iterable[TicketCycle], calendar: WorkingCalendar, at: datetime) -> list[timedelta]:
    """The working time each consultation waited for its first answer."""
    return [
        calendar.working_time(cycle.opened_at, cycle.first_response_at)
        for cycle in answered
        if cycle.first_response_at and judge(cycle.sla, at) is not Verdict.EXCLUDED
    ]


def _median(durations: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(duration.total_seconds() for duration in durations)) if durations else None


def _most_first(keys: Iterable[str]) -> dict[str, int]:
    """How often each occurs, the most frequent first, equals by name."""
    return dict(sorted(Counter(keys).items(), key=lambda item: (-item[1], item[0])))
