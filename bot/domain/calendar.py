"""The office's working calendar: service hours, holidays and cuti bersama, counted in the office's own time zone."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

PERIOD = re.compile(r"(\d{1,2})[:.](\d{2})\s*[-–]\s*(\d{1,2})[:.](\d{2})")
WARN_FROM_MONTH = 10
ONE_DAY = timedelta(days=1)
MOST_KNOWN = 4_000  # days whose service is remembered: ten years, more than any report looks at

Spans = tuple[tuple[datetime, datetime], ...]
"""Stretches of service in order, each from its start (included) to its end (excluded), UTC."""


class BadHours(ValueError):
    """Hours that cannot be read or make no sense; `text` is what was given."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class NotWorkingDay(ValueError):
    """Opening or closing was asked of a day without service; `day` is that local date."""

    def __init__(self, day: date) -> None:
        super().__init__(day.isoformat())
        self.day = day


@dataclass(frozen=True)
class Period:
    """Service from `start` (included) to `end` (excluded), local time, within one day. Raises BadHours."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start >= self.end:
            raise BadHours(f"{self.start:%H:%M}-{self.end:%H:%M}")


Periods = tuple[Period, ...]
Week = tuple[Periods, Periods, Periods, Periods, Periods, Periods, Periods]
"""The periods of Monday to Sunday; an empty tuple is a day without service."""


def parse_periods(text: str) -> Periods:
    """Read "08:00-12:00, 13:00-15:30" (dots do as well); empty text is a closed day.

    The periods must stand in order and not overlap. Raises BadHours.
    """
    if not text.strip():
        return ()
    try:
        periods = tuple(_parse_period(part) for part in text.split(","))
    except ValueError as error:
        raise BadHours(text) from error
    if any(left.end > right.start for left, right in pairwise(periods)):
        raise BadHours(text)
    return periods


def _parse_period(text: str) -> Period:
    match = PERIOD.fullmatch(text.strip())
    if not match:
        raise BadHours(text)
    hour, minute, end_hour, end_minute = (int(group) for group in match.groups())
    return Period(time(hour, minute), time(end_hour, end_minute))


@dataclass(frozen=True)
class HoursRange:
    """Other hours from `first` to `last` (local dates, both included), for instance in Ramadan.

    A weekday left empty keeps its ordinary hours: a range changes the time of day, never the count of working days
    (DOMAIN.md §6 rule 24). Days without any service are closures.
    """

    first: date
    last: date
    week: Week


@dataclass(frozen=True)
class WorkingCalendar:
    """When the office serves (DOMAIN.md §3). A value: a changed calendar is a new one.

    `week` holds the ordinary hours; `closures` names the days without service (national holidays, cuti bersama, the
    office's own); `extra_days` are worked although closed or at the weekend; of `ranges` the last one that covers a day
    wins; `known_years` are the years whose holiday table is known, all others count weekends only.
    Dates are local to `zone`, moments are aware and come back in UTC. Raises BadHours for a week without any service.
    """

    zone: ZoneInfo
    week: Week
    closures: Mapping[date, str] = field(default_factory=dict)
    extra_days: frozenset[date] = frozenset()
    ranges: tuple[HoursRange, ...] = ()
    known_years: frozenset[int] = frozenset()
    _known_spans: dict[date, Spans] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.week) != 7 or not any(self.week):
            raise BadHours(str(self.week))

    def local_date(self, moment: datetime) -> date:
        """The office's date at `moment`. Raises ValueError for a moment without a time zone."""
        if moment.tzinfo is None:
            raise ValueError(f"a moment needs a time zone: {moment}")
        return moment.astimezone(self.zone).date()

    def is_working_day(self, day: date) -> bool:
        """Whether `day` counts as hari kerja; cuti bersama does not (DOMAIN.md §0.5)."""
        return day in self.extra_days or (day not in self.closures and bool(self.week[day.weekday()]))

    def periods(self, day: date) -> Periods:
        """The local service hours of `day`, empty when it is no working day.

        An extra day has the hours of its weekday, or Monday's (the first served day's) when that weekday has none.
        """
        if not self.is_working_day(day):
            return ()
        weekday = day.weekday() if self.week[day.weekday()] else self._first_weekday()
        return self._week_of(day)[weekday] or self.week[weekday]

    def opening(self, day: date) -> datetime:
        """The start of service on `day`, UTC. Raises NotWorkingDay."""
        return self._spans(day)[0][0]

    def closing(self, day: date) -> datetime:
        """The end of service hours on `day`, UTC. Raises NotWorkingDay."""
        return self._spans(day)[-1][1]

    def closure_name(self, day: date) -> str | None:
        """Why the office is closed on `day`; None on a working day and on a plain weekend."""
        return None if day in self.extra_days else self.closures.get(day)

    def working_day_after(self, day: date, n: int = 1) -> date:
        """The n-th working day after `day`, which itself is day 0 (DOMAIN.md §0.4). Raises ValueError for n < 1."""
        if n < 1:
            raise ValueError(f"n must be at least 1: {n}")
        for _ in range(n):
            day += ONE_DAY
            while not self.is_working_day(day):
                day += ONE_DAY
        return day

    def working_days_between(self, start: date, end: date) -> int:
        """The working days after `start` up to and including `end`; negative when `end` lies before `start`."""
        if end < start:
            return -self.working_days_between(end, start)
        days = (start + ONE_DAY * n for n in range(1, (end - start).days + 1))
        return sum(self.is_working_day(day) for day in days)

    def is_open(self, moment: datetime) -> bool:
        """Whether `moment` lies in service hours."""
        return any(start <= moment < end for start, end in self._day_spans(self.local_date(moment)))

    def next_opening(self, moment: datetime) -> datetime:
        """The first moment of service from `moment` on, UTC: `moment` itself when the office is open."""
        start, _ = next(self._spans_from(moment))
        return max(start, moment.astimezone(UTC))

    def working_time(self, start: datetime, end: datetime) -> timedelta:
        """The service time between two moments; zero when `end` is not after `start`."""
        total, day, last = timedelta(0), self.local_date(start), self.local_date(end)
        while day <= last:
            total += sum((_overlap(span, (start, end)) for span in self._day_spans(day)), timedelta(0))
            day += ONE_DAY
        return total

    def add_working_time(self, moment: datetime, delta: timedelta) -> datetime:
        """The earliest moment, UTC, by which `delta` of service time has passed since `moment`.

        15:30 at closing plus 4 h is 12:00 of the next working day (DOMAIN.md §0.1); plus nothing it stays where it is.
        Raises ValueError for a negative `delta`.
        """
        if delta < timedelta(0):
            raise ValueError(f"negative working time: {delta}")
        left, moment = delta, moment.astimezone(UTC)
        spans = self._spans_from(moment)
        while left:
            start, end = next(spans)
            moment = max(start, moment)
            step = min(left, end - moment)
            moment, left = moment + step, left - step
        return moment

    def subtract_working_time(self, moment: datetime, delta: timedelta) -> datetime:
        """The latest moment, UTC, from which `delta` of service time is left until `moment`.

        12:00 less 4 h is the 15:30 before when service begins at 8:00; less nothing it stays where it is.
        Raises ValueError for a negative `delta`.
        """
        if delta < timedelta(0):
            raise ValueError(f"negative working time: {delta}")
        left, moment = delta, moment.astimezone(UTC)
        spans = self._spans_back(moment)
        while left:
            start, end = next(spans)
            moment = min(end, moment)
            step = min(left, moment - start)
            moment, left = moment - step, left - step
        return moment

    def missing_year(self, today: date) -> int | None:
        """The year whose holiday table is missing and should be asked for: this one, or from October on the next."""
        years = [today.year, today.year + 1] if today.month >= WARN_FROM_MONTH else [today.year]
        return next((year for year in years if year not in self.known_years), None)

    def _first_weekday(self) -> int:
        return next(weekday for weekday, periods in enumerate(self.week) if periods)

    def _week_of(self, day: date) -> Week:
        covering = (hours.week for hours in reversed(self.ranges) if hours.first <= day <= hours.last)
        return next(covering, self.week)

    def _spans(self, day: date) -> Spans:
        spans = self._day_spans(day)
        if not spans:
            raise NotWorkingDay(day)
        return spans

    def _day_spans(self, day: date) -> Spans:
        """The service of `day`, UTC. The same days are asked for again and again: all around today."""
        spans = self._known_spans.get(day)
        if spans is None:
            if len(self._known_spans) >= MOST_KNOWN:
                self._known_spans.clear()
            spans = tuple((self._utc(day, period.start), self._utc(day, period.end)) for period in self.periods(day))
            self._known_spans[day] = spans
        return spans

    def _spans_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The service spans that end after `moment`, without end."""
        day = self.local_date(moment)
        while True:
            yield from (span for span in self._day_spans(day) if span[1] > moment)
            day += ONE_DAY

    def _spans_back(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The service spans that begin before `moment`, the latest first, without end."""
        day = self.local_date(moment)
        while True:
            yield from (span for span in reversed(self._day_spans(day)) if span[0] < moment)
            day -= ONE_DAY

    def _utc(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)


def _overlap(a: tuple[datetime, datetime], b: tuple[datetime, datetime]) -> timedelta:
    return max(min(a[1], b[1]) - max(a[0], b[0]), timedelta(0))
