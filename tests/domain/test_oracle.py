"""Due moments and pauses against a brute-force oracle that walks minute by minute.

MEJA_ORACLE_EXAMPLES raises the number of random histories (300 in the normal run).
"""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calendar import HoursRange, Week, WorkingCalendar
from bot.domain.silence import QuietHours, plan
from bot.domain.sla import Pause, due_with_pauses
from tests.domain.cast import WIB, WIT, WITA, week

EXAMPLES = int(os.environ.get("MEJA_ORACLE_EXAMPLES", "300"))
MINUTE = timedelta(minutes=1)
OFFSETS = {WIB: 7, WITA: 8, WIT: 9}
FIRST_DAY, DAYS = date(2027, 3, 1), 21
WEEKS = (
    week(),
    week("08:00-12:00, 13:00-15:30", "08:00-11:30, 13:00-16:00"),
    week("09:00-09:01", "07:30-16:00", "10:00-11:00"),
    ((), *week("08:00-15:00")[1:]),
)
oracle_run = settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
some_days = st.integers(0, DAYS).map(lambda n: FIRST_DAY + timedelta(days=n))


@dataclass(frozen=True)
class History:
    calendar: WorkingCalendar
    received: datetime
    pauses: list[Pause]
    days: int
    cutoff: bool


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    first = draw(some_days)
    return WorkingCalendar(
        zone=draw(st.sampled_from(list(OFFSETS))),
        week=draw(st.sampled_from(WEEKS)),
        closures=dict.fromkeys(draw(st.sets(some_days, max_size=8)), "libur"),
        extra_days=frozenset(draw(st.sets(some_days, max_size=2))),
        ranges=draw(st.sampled_from([(), (HoursRange(first, first + timedelta(days=5), week("10:00-12:00", "")),)])),
    )


@st.composite
def histories(draw: st.DrawFn) -> History:
    start = datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    received = start + MINUTE * draw(st.integers(0, 10 * 24 * 60))
    at, pauses = received, []
    for _ in range(draw(st.integers(0, 3))):
        begun = at + MINUTE * draw(st.integers(1, 3 * 24 * 60))
        at = begun + MINUTE * draw(st.integers(0, 2 * 24 * 60))
        pauses.append(Pause(begun, at))
    return History(draw(calendars()), received, pauses, draw(st.integers(1, 4)), draw(st.booleans()))


def minutes_of(office: WorkingCalendar, day: date) -> set[int]:
    """The service minutes of a local day, worked out apart from the code under test."""
    if day not in office.extra_days and (day in office.closures or not office.week[day.weekday()]):
        return set()
    table: Week = office.week
    weekday = day.weekday() if table[day.weekday()] else min(n for n in range(7) if table[n])
    periods = table[weekday]
    for hours in office.ranges:
        if hours.first <= day <= hours.last and hours.week[weekday]:
            periods = hours.week[weekday]
    return {
        minute
        for period in periods
        for minute in range(period.start.hour * 60 + period.start.minute, period.end.hour * 60 + period.end.minute)
    }


class Walk:
    """The office's wall clock, stepped minute by minute from a moment on."""

    def __init__(self, history: History) -> None:
        self.office = history.calendar
        self.at = history.received + timedelta(hours=OFFSETS[history.calendar.zone])
        self._served: dict[date, set[int]] = {}

    def serves(self, day: date) -> set[int]:
        if day not in self._served:
            self._served[day] = minutes_of(self.office, day)
        return self._served[day]

    def step(self) -> bool:
        """Whether the minute just walked was one of service."""
        served = self.at.hour * 60 + self.at.minute in self.serves(self.at.date())
        self.at += MINUTE
        return served

    @property
    def moment(self) -> datetime:
        return self.at - timedelta(hours=OFFSETS[self.office.zone])


def promised_minutes(history: History) -> int:
    """The service minutes from receipt to the end of the last promised day."""
    walk = Walk(history)
    day, left = walk.at.date(), history.days
    served = walk.serves(day)
    if history.cutoff and (not served or walk.at.hour * 60 + walk.at.minute > max(served) + 1):
        left += 1
    while left:
        day += timedelta(days=1)
        left -= bool(walk.serves(day))
    count = 0
    while walk.at.date() <= day:
        count += walk.step()
    return count


def oracle(history: History) -> datetime:
    """Let the promised minutes run out one by one, resting while paused; due is the end of the last service minute."""
    walk, left, due = Walk(history), promised_minutes(history), history.received
    while True:
        paused = any(pause.start <= walk.moment < (pause.end or pause.start) for pause in history.pauses)
        if left == 0 and not paused:
            return due
        if walk.step():
            due = walk.moment
            left -= not paused


@oracle_run
@given(histories())
def test_due_and_pauses_agree_with_the_minute_by_minute_walk(history: History) -> None:
    due = due_with_pauses(
        history.received,
        history.calendar,
        history.pauses,
        now=history.received,
        days=history.days,
        cutoff=history.cutoff,
    )
    assert due == oracle(history)


@oracle_run
@given(calendars(), st.integers(0, 9 * 24 * 60), st.integers(0, 4 * 24 * 60))
def test_working_time_is_the_number_of_service_minutes_walked(office: WorkingCalendar, start: int, length: int) -> None:
    begun = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + MINUTE * start
    walk = Walk(History(office, begun, [], 1, False))
    walked = sum(walk.step() for _ in range(length)) * MINUTE
    assert office.working_time(begun, begun + MINUTE * length) == walked
    assert office.working_time(begun, office.add_working_time(begun, walked)) == walked
    assert office.add_working_time(begun, walked) <= begun + MINUTE * length
    ended = begun + MINUTE * length
    assert office.working_time(office.subtract_working_time(ended, walked), ended) == walked
    assert office.subtract_working_time(ended, walked) >= begun


@oracle_run
@given(
    st.sampled_from(list(OFFSETS)),
    st.integers(0, 7 * 24 * 60),
    st.tuples(st.times(), st.times()).map(lambda pair: QuietHours(*(t.replace(second=0, microsecond=0) for t in pair))),
)
def test_quiet_hours_only_ever_delay_to_the_first_loud_minute(zone: object, start: int, quiet: QuietHours) -> None:
    assert zone in (WIB, WITA, WIT)
    begun = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) + MINUTE * start
    exact = begun + timedelta(days=7)
    walked = exact
    while walked.astimezone(zone).time() in quiet:
        walked += MINUTE
    assert plan(begun, zone=zone, quiet=quiet).close_at == walked
