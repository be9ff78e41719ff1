"""The office of the tests: default hours and the joint decrees' holidays, in any of the three zones."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from bot.desk.holidays import closures as national
from bot.domain.calendar import HoursRange, Week, WorkingCalendar, parse_periods

WIB = ZoneInfo("Asia/Jakarta")
WITA = ZoneInfo("Asia/Makassar")
WIT = ZoneInfo("Asia/Jayapura")
ZONES = (WIB, WITA, WIT)
YEARS = frozenset(range(2024, 2028))
HOLIDAYS = national(YEARS)


def week(ordinary: str = "08:00-15:30", friday: str = "08:00-16:00", weekend: str = "") -> Week:
    mon, fri, sat = parse_periods(ordinary), parse_periods(friday), parse_periods(weekend)
    return mon, mon, mon, mon, fri, sat, sat


RAMADAN_2027 = HoursRange(date(2027, 2, 8), date(2027, 3, 9), week("08:00-15:00", "08:00-15:30"))


def calendar(
    zone: ZoneInfo = WIB,
    *,
    hours: Week | None = None,
    closures: Mapping[date, str] = HOLIDAYS,
    extra_days: frozenset[date] = frozenset(),
    ranges: tuple[HoursRange, ...] = (),
) -> WorkingCalendar:
    return WorkingCalendar(
        zone=zone,
        week=hours or week(),
        closures=closures,
        extra_days=extra_days,
        ranges=ranges,
        known_years=YEARS,
    )


def local(text: str, zone: ZoneInfo = WIB) -> datetime:
    """A local "2026-11-23 10:00" as a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def shown(moment: datetime, zone: ZoneInfo = WIB) -> str:
    """A moment as the office's wall clock shows it."""
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}"
