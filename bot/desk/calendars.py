"""The office's working calendar: configuration and national holidays, with /libur and /masuk laid over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.desk.context import Context
from bot.desk.holidays import closures, known_years
from bot.domain.calendar import HoursRange, Week, WorkingCalendar, parse_periods
from bot.settings import Hours, Office
from storage import calendar_overrides
from storage.base import Reader

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def configured(office: Office, now: datetime) -> WorkingCalendar:
    """The calendar of the configuration and the holiday tables, from two years back to two years on."""
    years = range(now.year - 2, now.year + 3)
    own = {day: note for key, note in office.closures.items() for day in _days(key)}
    return WorkingCalendar(
        zone=office.zone,
        week=_week(office.hours),
        closures={**closures(years), **own},
        extra_days=frozenset(day for key in office.working_days for day in _days(key)),
        ranges=tuple(
            HoursRange(date.fromisoformat(hours.first), date.fromisoformat(hours.last), _week(hours))
            for hours in office.dated_hours
        ),
        known_years=frozenset(known_years(years)),
    )


async def of_office(tx: Reader, ctx: Context) -> WorkingCalendar:
    """The calendar in force now."""
    return await overlaid(tx, ctx.office, ctx.calendar)


async def overlaid(tx: Reader, office: str, configured: WorkingCalendar) -> WorkingCalendar:
    """The configured calendar with /libur and /masuk laid over."""
    overrides = await calendar_overrides.all_of(tx, office)
    if not overrides:
        return configured
    closed = {override.day: override.note for override in overrides if override.kind == "closed"}
    working = {override.day for override in overrides if override.kind == "working"}
    return replace(
        configured,
        closures={**configured.closures, **closed},
        extra_days=(configured.extra_days | working) - closed.keys(),
    )


def _week(hours: Hours) -> Week:
    mon, tue, wed, thu, fri, sat, sun = (parse_periods(_text(getattr(hours, day))) for day in WEEKDAYS)
    return mon, tue, wed, thu, fri, sat, sun


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _days(key: str) -> Iterator[date]:
    """Read "2026-12-28" or "2026-12-28..2026-12-31"."""
    first, _, last = key.partition("..")
    day, end = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    while day <= end:
        yield day
        day += timedelta(days=1)
