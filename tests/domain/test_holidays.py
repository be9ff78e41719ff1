"""The holiday tables of DOMAIN.md §3 against the package."""

from datetime import date, timedelta

import pytest

from bot.desk.holidays import closures, known_years
from tests.domain.cast import calendar

TABLE_2026 = {
    1: (1, 16),
    2: (16, 17),
    3: (18, 19, 20, 23, 24),
    4: (3,),
    5: (1, 14, 15, 27, 28),
    6: (1, 16),
    8: (17, 25),
    12: (24, 25),
}
TABLE_2027 = {
    1: (1, 5),
    2: (5,),
    3: (8, 9, 10, 11, 12, 15, 25, 26),
    5: (6, 17, 18, 19, 20),
    6: (1,),
    8: (17,),
    12: (24,),
}


def weekdays_off(year: int) -> list[date]:
    return [day for day in closures([year]) if day.weekday() < 5]


def working_days(year: int) -> int:
    return calendar(closures=closures([year])).working_days_between(date(year - 1, 12, 31), date(year, 12, 31))


@pytest.mark.parametrize(("year", "table"), [(2026, TABLE_2026), (2027, TABLE_2027)])
def test_the_non_working_weekdays_are_those_of_the_joint_decree(year: int, table: dict[int, tuple[int, ...]]) -> None:
    assert weekdays_off(year) == [date(year, month, day) for month, days in table.items() for day in days]


@pytest.mark.parametrize(("year", "days"), [(2024, 238), (2025, 237), (2026, 240), (2027, 242)])
def test_each_year_has_its_number_of_working_days(year: int, days: int) -> None:
    assert working_days(year) == days


def test_the_late_cuti_bersama_of_august_2025_is_known() -> None:
    assert "Cuti Bersama" in closures([2025])[date(2025, 8, 18)]


def test_names_are_indonesian_and_say_what_is_cuti_bersama() -> None:
    names = closures([2026])
    assert names[date(2026, 12, 25)] == "Hari Raya Natal"
    assert names[date(2026, 12, 24)] == "Cuti Bersama Hari Raya Natal"


def test_eid_dates_that_may_still_move_are_labelled_as_estimates() -> None:
    assert closures([2027])[date(2027, 3, 10)].endswith("(perkiraan)")


def test_a_year_without_a_decree_is_unknown_and_counts_weekends_only() -> None:
    assert known_years(range(2024, 2030)) == {2024, 2025, 2026, 2027}
    assert closures([2028]) == {}
    assert calendar(closures=closures([2028])).is_working_day(date(2028, 8, 17))


def test_several_years_come_in_one_table_in_order() -> None:
    days = list(closures([2027, 2026]))
    assert days == sorted(days)
    assert days[-1] - days[0] > timedelta(days=365)
