"""Due moments and pauses against a brute-force oracle that walks minute by minute, over 10,000 random histories.

MEJA_ORACLE_EXAMPLES changes their number; a history that fails is named by its seed.
"""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bot.domain.calendar import HoursRange, WorkingCalendar
from bot.domain.silence import QuietHours, plan
from bot.domain.sla import Pause, due_with_pauses
from tests.domain.cast import WIB, WIT, WITA, week

HISTORIES = int(os.environ.get("MEJA_ORACLE_EXAMPLES", "10000"))
SOME = HISTORIES // 10
MINUTE = timedelta(minutes=1)
DAY = 24 * 60
OFFSETS = {WIB: 7, WITA: 8, WIT: 9}
FIRST_DAY, DAYS = date(2027, 3, 1), 21
WALKED = 90  # days: no history is due later
BEGINNING = datetime.combine(FIRST_DAY, time.min, UTC)
WEEKS = (
    week(),
    week("08:00-12:00, 13:00-15:30", "08:00-11:30, 13:00-16:00"),
    week("09:00-09:01", "07:30-16:00", "10:00-11:00"),
    ((), *week("08:00-15:00")[1:]),
)


@dataclass(frozen=True)
class History:
    calendar: WorkingCalendar
    received: datetime
    pauses: list[Pause]
    days: int
    cutoff: bool


def some_days(random: Random, most: int) -> list[date]:
    return [FIRST_DAY + timedelta(days=random.randint(0, DAYS)) for _ in range(random.randint(0, most))]


def some_calendar(random: Random) -> WorkingCalendar:
    first = FIRST_DAY + timedelta(days=random.randint(0, DAYS))
    return WorkingCalendar(
        zone=random.choice(list(OFFSETS)),
        week=random.choice(WEEKS),
        closures=dict.fromkeys(some_days(random, 8), "libur"),
        extra_days=frozenset(some_days(random, 2)),
        ranges=random.choice([(), (HoursRange(first, first + timedelta(days=5), week("10:00-12:00", "")),)]),
    )


def some_history(random: Random) -> History:
    received = BEGINNING + MINUTE * random.randint(0, 10 * DAY)
    at, pauses = received, []
    for _ in range(random.randint(0, 3)):
        begun = at + MINUTE * random.randint(1, 3 * DAY)
        at = begun + MINUTE * random.randint(0, 2 * DAY)
        pauses.append(Pause(begun, at))
    return History(some_calendar(random), received, pauses, random.randint(1, 4), random.random() < 0.5)


def minutes_of(office: WorkingCalendar, day: date) -> bytearray:
    """A flag for each minute of a local day, 1 in service, worked out apart from the code under test."""
    served = bytearray(DAY)
    if day not in office.extra_days and (day in office.closures or not office.week[day.weekday()]):
        return served
    weekday = day.weekday() if office.week[day.weekday()] else min(n for n in range(7) if office.week[n])
    periods = office.week[weekday]
    for hours in office.ranges:
        if hours.first <= day <= hours.last and hours.week[weekday]:
            periods = hours.week[weekday]
    for period in periods:
        start, end = (at.hour * 60 + at.minute for at in (period.start, period.end))
        served[start:end] = b"\1" * (end - start)
    return served


def wall_minute(moment: datetime, zone: ZoneInfo) -> int:
    """Minutes on the office's wall clock since the midnight that began its first day."""
    return (moment - BEGINNING) // MINUTE + OFFSETS[zone] * 60


def walked(office: WorkingCalendar) -> bytearray:
    """The service minutes of the whole walk, a flag for each."""
    return bytearray().join(minutes_of(office, FIRST_DAY + timedelta(days=n)) for n in range(WALKED))


def promised_minutes(history: History, served: bytearray) -> int:
    """The service minutes from receipt to the end of the last promised day."""
    minute = wall_minute(history.received, history.calendar.zone)
    day, left = minute // DAY, history.days
    today = served[day * DAY : (day + 1) * DAY]
    if history.cutoff and (not any(today) or minute % DAY > today.rfind(1) + 1):
        left += 1
    while left:
        day += 1
        left -= any(served[day * DAY : (day + 1) * DAY])
    return sum(served[minute : (day + 1) * DAY])


def oracle(history: History) -> datetime:
    """Let the promised minutes run out one by one, resting while paused; due is the end of the last service minute."""
    zone, served = history.calendar.zone, walked(history.calendar)
    paused = bytearray(len(served))
    for pause in history.pauses:
        start, end = wall_minute(pause.start, zone), wall_minute(pause.end or pause.start, zone)
        paused[start:end] = b"\1" * (end - start)
    left, begin = promised_minutes(history, served), wall_minute(history.received, zone)
    due = begin
    for minute, (serves, rests) in enumerate(zip(served[begin:], paused[begin:], strict=True), start=begin):
        if left == 0 and not rests:
            break
        if serves:
            due = minute + 1
            left -= not rests
    return BEGINNING + MINUTE * (due - OFFSETS[zone] * 60)


def test_due_and_pauses_agree_with_the_minute_by_minute_walk() -> None:
    for seed in range(HISTORIES):
        history = some_history(Random(seed))
        due = due_with_pauses(
            history.received,
            history.calendar,
            history.pauses,
            now=history.received,
            days=history.days,
            cutoff=history.cutoff,
        )
        assert due == oracle(history), seed


def test_working_time_is_the_number_of_service_minutes_walked() -> None:
    for seed in range(SOME):
        random = Random(seed)
        office, length = some_calendar(random), random.randint(0, 4 * DAY)
        begun = BEGINNING + MINUTE * random.randint(0, 9 * DAY)
        first = wall_minute(begun, office.zone)
        served = sum(walked(office)[first : first + length]) * MINUTE
        assert office.working_time(begun, begun + MINUTE * length) == served, seed
        assert office.working_time(begun, office.add_working_time(begun, served)) == served, seed
        assert office.add_working_time(begun, served) <= begun + MINUTE * length, seed
        ended = begun + MINUTE * length
        assert office.working_time(office.subtract_working_time(ended, served), ended) == served, seed
        assert office.subtract_working_time(ended, served) >= begun, seed


def test_quiet_hours_only_ever_delay_to_the_first_loud_minute() -> None:
    for seed in range(SOME):
        random = Random(seed)
        zone = random.choice(list(OFFSETS))
        quiet = QuietHours(*(time(random.randrange(24), random.randrange(60)) for _ in range(2)))
        begun = BEGINNING + MINUTE * random.randint(0, 7 * DAY)
        loud = begun + timedelta(days=7)
        while loud.astimezone(zone).time() in quiet:
            loud += MINUTE
        assert plan(begun, zone=zone, quiet=quiet).close_at == loud, seed
