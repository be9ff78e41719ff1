"""Service hours, closures and working time (DOMAIN.md §3)."""

from datetime import date, datetime, time, timedelta

import pytest

from bot.domain.calendar import BadHours, HoursRange, NotWorkingDay, Period, WorkingCalendar, parse_periods
from tests.domain.cast import RAMADAN_2027, WIB, WIT, WITA, calendar, local, shown, week

MONDAY, FRIDAY, SATURDAY = date(2026, 11, 23), date(2026, 11, 27), date(2026, 11, 28)
SPLIT_DAY = week("08:00-12:00, 13:00-15:30", "08:00-11:30, 13:00-16:00")
NO_HOURS = week("", "", "")


def hours(minutes: float) -> timedelta:
    return timedelta(hours=minutes)


# --- reading hours


@pytest.mark.parametrize(
    ("text", "periods"),
    [
        ("08:00-15:30", [("08:00", "15:30")]),
        ("08:00-12:00, 13:00-15:30", [("08:00", "12:00"), ("13:00", "15:30")]),
        ("8.00 - 15.30", [("08:00", "15:30")]),
        ("08:00–12:00,12:00–13:00", [("08:00", "12:00"), ("12:00", "13:00")]),
        ("", []),
        ("  ", []),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, periods: list[tuple[str, str]]) -> None:
    expected = tuple(Period(time.fromisoformat(start), time.fromisoformat(end)) for start, end in periods)
    assert parse_periods(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "8-15",
        "15:30-08:00",
        "08:00-08:00",
        "25:00-26:00",
        "08:60-09:00",
        "pagi",
        "08:00-12:00,11:00-15:00",
        "08:00-12:00,",
    ],
)
def test_hours_that_make_no_sense_are_refused_with_what_was_given(text: str) -> None:
    with pytest.raises(BadHours) as caught:
        parse_periods(text)
    assert caught.value.text == text


def test_an_office_that_never_serves_is_refused() -> None:
    with pytest.raises(BadHours):
        WorkingCalendar(zone=WIB, week=NO_HOURS)


# --- days


def test_weekends_holidays_and_cuti_bersama_are_no_working_days() -> None:
    days = [MONDAY, SATURDAY, date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 28)]
    assert [calendar().is_working_day(day) for day in days] == [True, False, False, False, True]


def test_a_closure_has_a_name_and_a_plain_weekend_none() -> None:
    assert calendar().closure_name(date(2026, 12, 25)) == "Hari Raya Natal"
    assert calendar().closure_name(SATURDAY) is None
    assert calendar().closure_name(MONDAY) is None


def test_an_extra_day_is_worked_although_a_holiday_with_the_hours_of_its_weekday() -> None:
    christmas_eve = date(2026, 12, 24)
    office = calendar(extra_days=frozenset({christmas_eve}))
    assert office.is_working_day(christmas_eve)
    assert office.closure_name(christmas_eve) is None
    assert shown(office.closing(christmas_eve)) == "Thu 2026-12-24 15:30"


def test_an_extra_saturday_has_the_hours_of_monday() -> None:
    office = calendar(extra_days=frozenset({SATURDAY}))
    assert shown(office.opening(SATURDAY)) == "Sat 2026-11-28 08:00"
    assert shown(office.closing(SATURDAY)) == "Sat 2026-11-28 15:30"


def test_an_extra_saturday_in_ramadan_has_the_hours_of_a_monday_in_ramadan() -> None:
    saturday = date(2027, 2, 20)
    office = calendar(extra_days=frozenset({saturday}), ranges=(RAMADAN_2027,))
    assert shown(office.closing(saturday)) == "Sat 2027-02-20 15:00"


def test_an_extra_sunday_of_an_office_closed_on_mondays_has_the_hours_of_the_first_served_day() -> None:
    closed_monday = ((), *week()[1:])
    sunday = date(2026, 11, 29)
    office = WorkingCalendar(zone=WIB, week=closed_monday, extra_days=frozenset({sunday}))
    assert shown(office.closing(sunday)) == "Sun 2026-11-29 15:30"


def test_friday_has_its_own_hours() -> None:
    assert shown(calendar().closing(FRIDAY)) == "Fri 2026-11-27 16:00"


def test_opening_and_closing_of_a_closed_day_are_refused_with_the_day() -> None:
    for ask in (calendar().opening, calendar().closing):
        with pytest.raises(NotWorkingDay) as caught:
            ask(SATURDAY)
        assert caught.value.day == SATURDAY


def test_rule_24_ramadan_changes_the_time_of_day_but_not_the_count_of_working_days() -> None:
    plain, ramadan = calendar(), calendar(ranges=(RAMADAN_2027,))
    start, end = date(2027, 1, 31), date(2027, 3, 31)
    assert ramadan.working_days_between(start, end) == plain.working_days_between(start, end)
    assert shown(ramadan.closing(date(2027, 3, 4))) == "Thu 2027-03-04 15:00"
    assert shown(ramadan.closing(date(2027, 3, 16))) == "Tue 2027-03-16 15:30"


def test_a_range_leaves_the_days_it_does_not_name_as_they_are() -> None:
    fridays_only = HoursRange(MONDAY, FRIDAY, week("", "08:00-11:00", "08:00-10:00"))
    office = calendar(ranges=(fridays_only,))
    assert shown(office.closing(MONDAY)) == "Mon 2026-11-23 15:30"
    assert shown(office.closing(FRIDAY)) == "Fri 2026-11-27 11:00"
    assert not office.is_working_day(SATURDAY)


def test_of_overlapping_ranges_the_last_one_wins() -> None:
    short = HoursRange(date(2027, 3, 1), date(2027, 3, 5), week("09:00-12:00", "09:00-11:00"))
    office = calendar(ranges=(RAMADAN_2027, short))
    assert shown(office.closing(date(2027, 3, 1))) == "Mon 2027-03-01 12:00"
    assert shown(office.closing(date(2027, 2, 26))) == "Fri 2027-02-26 15:30"


# --- counting days


@pytest.mark.parametrize(
    ("start", "n", "day"),
    [
        (MONDAY, 1, date(2026, 11, 24)),
        (FRIDAY, 1, date(2026, 11, 30)),
        (SATURDAY, 1, date(2026, 11, 30)),
        (date(2026, 12, 22), 3, date(2026, 12, 29)),
        (date(2027, 3, 5), 3, date(2027, 3, 18)),
        (date(2026, 12, 30), 3, date(2027, 1, 6)),
    ],
)
def test_working_days_are_counted_from_the_day_after(start: date, n: int, day: date) -> None:
    assert calendar().working_day_after(start, n) == day


def test_the_zeroth_working_day_after_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="0"):
        calendar().working_day_after(MONDAY, 0)


def test_working_days_between_count_the_last_day_and_not_the_first() -> None:
    office = calendar()
    assert office.working_days_between(MONDAY, MONDAY) == 0
    assert office.working_days_between(MONDAY, FRIDAY) == 4
    assert office.working_days_between(FRIDAY, date(2026, 11, 29)) == 0
    assert office.working_days_between(FRIDAY, MONDAY) == -4


# --- moments


def test_the_office_has_its_own_date_in_each_zone() -> None:
    moment = datetime.fromisoformat("2026-11-23T16:30+00:00")
    assert [calendar(zone).local_date(moment).day for zone in (WIB, WITA, WIT)] == [23, 24, 24]


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        calendar().local_date(datetime(2026, 11, 23))


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2026-11-23 07:59", False, "Mon 2026-11-23 08:00"),
        ("2026-11-23 08:00", True, "Mon 2026-11-23 08:00"),
        ("2026-11-23 11:59", True, "Mon 2026-11-23 11:59"),
        ("2026-11-23 12:00", False, "Mon 2026-11-23 13:00"),
        ("2026-11-23 15:30", False, "Tue 2026-11-24 08:00"),
        ("2026-11-28 10:00", False, "Mon 2026-11-30 08:00"),
        ("2026-12-23 20:00", False, "Mon 2026-12-28 08:00"),
    ],
)
def test_the_next_opening_is_named_out_of_hours(moment: str, is_open: bool, opens: str) -> None:
    office = calendar(hours=SPLIT_DAY)
    assert office.is_open(local(moment)) is is_open
    assert shown(office.next_opening(local(moment))) == opens


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-23 10:00", "2026-11-23 11:30", hours(1.5)),
        ("2026-11-23 11:30", "2026-11-23 13:30", hours(1)),
        ("2026-11-23 06:00", "2026-11-23 20:00", hours(6.5)),
        ("2026-11-27 15:00", "2026-11-30 08:30", hours(1.5)),
        ("2026-11-28 08:00", "2026-11-29 20:00", hours(0)),
        ("2026-11-23 11:00", "2026-11-23 10:00", hours(0)),
        ("2026-12-23 15:00", "2026-12-28 08:20", timedelta(minutes=50)),
    ],
)
def test_working_time_counts_service_hours_only(start: str, end: str, expected: timedelta) -> None:
    assert calendar(hours=SPLIT_DAY).working_time(local(start), local(end)) == expected


@pytest.mark.parametrize(
    ("moment", "delta", "expected"),
    [
        ("2026-11-26 15:30", hours(4), "Fri 2026-11-27 12:00"),
        ("2026-11-26 15:30", hours(0), "Thu 2026-11-26 15:30"),
        ("2026-11-26 15:00", hours(0.5), "Thu 2026-11-26 15:30"),
        ("2026-11-26 15:00", hours(0.6), "Fri 2026-11-27 08:06"),
        ("2026-11-27 16:00", hours(1), "Mon 2026-11-30 09:00"),
        ("2026-11-28 03:00", hours(7.5), "Mon 2026-11-30 15:30"),
        ("2026-11-23 08:00", hours(23), "Thu 2026-11-26 08:30"),
    ],
)
def test_working_time_is_added_within_service_hours(moment: str, delta: timedelta, expected: str) -> None:
    assert shown(calendar().add_working_time(local(moment), delta)) == expected


def test_added_working_time_skips_the_lunch_break() -> None:
    office = calendar(hours=SPLIT_DAY)
    assert shown(office.add_working_time(local("2026-11-23 11:00"), hours(1))) == "Mon 2026-11-23 12:00"
    assert shown(office.add_working_time(local("2026-11-23 11:00"), hours(1.5))) == "Mon 2026-11-23 13:30"


def test_negative_working_time_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        calendar().add_working_time(local("2026-11-23 11:00"), -hours(1))


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2026, 11, 22), None),
        (date(2027, 9, 30), None),
        (date(2027, 10, 1), 2028),
        (date(2028, 1, 1), 2028),
    ],
)
def test_a_missing_holiday_table_is_asked_for_from_october_on(today: date, year: int | None) -> None:
    assert calendar().missing_year(today) == year


# --- working time back


@pytest.mark.parametrize(
    ("moment", "delta", "expected"),
    [
        ("2026-11-26 15:30", hours(4), "Thu 2026-11-26 11:30"),
        ("2026-11-26 12:00", hours(4), "Thu 2026-11-26 08:00"),
        ("2026-11-27 10:00", hours(4), "Thu 2026-11-26 13:30"),
        ("2026-11-26 20:00", hours(1), "Thu 2026-11-26 14:30"),
        ("2026-11-30 08:30", hours(1), "Fri 2026-11-27 15:30"),
        ("2026-12-28 09:00", hours(2), "Wed 2026-12-23 14:30"),
        ("2026-11-29 10:00", hours(0), "Sun 2026-11-29 10:00"),
    ],
)
def test_working_time_is_counted_back_over_nights_weekends_and_holidays(
    moment: str, delta: timedelta, expected: str
) -> None:
    assert shown(calendar().subtract_working_time(local(moment), delta)) == expected


def test_a_break_at_noon_does_not_count_back_either() -> None:
    office = calendar(hours=SPLIT_DAY)
    assert shown(office.subtract_working_time(local("2026-11-23 13:30"), hours(1))) == "Mon 2026-11-23 11:30"


def test_negative_working_time_is_refused_backwards_too() -> None:
    with pytest.raises(ValueError):
        calendar().subtract_working_time(local("2026-11-23 11:00"), -hours(1))
