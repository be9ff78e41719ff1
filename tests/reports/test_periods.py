"""Periods as admins type them, and the midnights at which they begin and end."""

from datetime import date

import pytest

from bot.reports.periods import BadPeriod, Period, month_of, parse
from tests.domain.cast import WIB, WIT, WITA, local, shown

TODAY = date(2026, 11, 23)
NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30), "November 2026")
OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 31), "Oktober 2026")
THIRD_QUARTER = Period(date(2026, 7, 1), date(2026, 9, 30), "Triwulan III 2026")
HALF_OCTOBER = Period(date(2026, 10, 1), date(2026, 10, 15))


@pytest.mark.parametrize(
    ("typed", "period"),
    [
        ("", NOVEMBER),
        ("  ", NOVEMBER),
        ("2026-10", OCTOBER),
        (" 2026-10 ", OCTOBER),
        ("oktober 2026", OCTOBER),
        ("Oktober  2026", OCTOBER),
        ("okt 2026", OCTOBER),
        ("October 2026", OCTOBER),
        ("OCT 2026", OCTOBER),
        ("mei 2026", Period(date(2026, 5, 1), date(2026, 5, 31), "Mei 2026")),
        ("may 2026", Period(date(2026, 5, 1), date(2026, 5, 31), "Mei 2026")),
        ("februari 2028", Period(date(2028, 2, 1), date(2028, 2, 29), "Februari 2028")),
        ("2026-12", Period(date(2026, 12, 1), date(2026, 12, 31), "Desember 2026")),
        ("2026-Q3", THIRD_QUARTER),
        ("2026-q3", THIRD_QUARTER),
        ("2026-TW3", THIRD_QUARTER),
        ("2026 tw3", THIRD_QUARTER),
        ("2026-Q4", Period(date(2026, 10, 1), date(2026, 12, 31), "Triwulan IV 2026")),
        ("2026-S1", Period(date(2026, 1, 1), date(2026, 6, 30), "Semester I 2026")),
        ("2026-s2", Period(date(2026, 7, 1), date(2026, 12, 31), "Semester II 2026")),
        ("2026", Period(date(2026, 1, 1), date(2026, 12, 31), "2026")),
        ("2026-10-01..2026-10-15", HALF_OCTOBER),
        ("2026-10-01 .. 2026-10-15", HALF_OCTOBER),
        ("2026-10-01 2026-10-15", HALF_OCTOBER),
        ("2026-10-01 sampai 2026-10-15", HALF_OCTOBER),
        ("2026-10-05", Period(date(2026, 10, 5), date(2026, 10, 5))),
    ],
)
def test_a_period_is_read(typed: str, period: Period) -> None:
    assert parse(typed, today=TODAY) == period


@pytest.mark.parametrize(
    "typed",
    [
        "kemarin",
        "2026-13",
        "2000-01-01 2099-12-31",
        "2026-00",
        "2026-Q5",
        "2026-Q0",
        "2026-S3",
        "oktober",
        "ok 2026",
        "oktoberfest 2026",
        "2026-02-30",
        "2026-10-15..2026-10-01",
        "2026-10-01..",
        "9999",
        "9999-12-31",
        "20261001",
        "2026-W40-1",
        "２０２６",
        "2026-10; DROP TABLE tickets",
    ],
)
def test_what_is_no_period_is_refused_with_what_was_typed(typed: str) -> None:
    with pytest.raises(BadPeriod) as error:
        parse(typed, today=TODAY)
    assert error.value.text == typed


def test_a_period_ends_at_the_midnight_of_the_offices_own_zone() -> None:
    for zone in (WIB, WITA, WIT):
        start, end = OCTOBER.bounds(zone)
        assert (shown(start, zone), shown(end, zone)) == ("Thu 2026-10-01 00:00", "Sun 2026-11-01 00:00")
    assert OCTOBER.bounds(WIB)[0] == local("2026-10-01 01:00", WITA) == local("2026-10-01 02:00", WIT)


def test_months_follow_each_other_without_a_gap() -> None:
    assert month_of(date(2026, 12, 31)).bounds(WIB)[1] == month_of(date(2027, 1, 1)).bounds(WIB)[0]


def test_both_ends_belong_to_a_period() -> None:
    assert date(2026, 10, 1) in OCTOBER
    assert date(2026, 10, 31) in OCTOBER
    assert date(2026, 11, 1) not in OCTOBER
