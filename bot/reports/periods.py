"""Periods of reports as admins type them: month, quarter, semester, year, or from day to day (DOMAIN.md §5)."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTHS = (
    ("januari", "january"),
    ("februari", "february"),
    ("maret", "march"),
    ("april", "april"),
    ("mei", "may"),
    ("juni", "june"),
    ("juli", "july"),
    ("agustus", "august"),
    ("september", "september"),
    ("oktober", "october"),
    ("november", "november"),
    ("desember", "december"),
)
"""The names of the months, January first, in Indonesian and English; their first three letters do as well."""

NAMES = {3: "-Q{n}", 6: "-S{n}", 12: ""}
"""How a stretch of so many months is called, if it begins where such a stretch begins."""

ROMAN = ("I", "II", "III", "IV")
SHORTEST_NAME = 3
# Nobody files a report of more than some years, and each month of its trend has to be counted.
MOST_MONTHS = 60


class BadPeriod(ValueError):
    """A period that cannot be read or ends before it begins; `text` is what was typed."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, local dates of the office, both included.

    `label` is its Indonesian name ("Oktober 2026"), as reports are written; None when the dates say it themselves.
    """

    first: date
    last: date
    label: str | None = None

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def name(self) -> str:
        """As one would type it: "2026-10", "2026-Q3", "2026-S1", "2026", or the two days."""
        whole, year, month = self._whole_months(), self.first.year, self.first.month
        if whole == 1:
            return f"{year}-{month:02d}"
        part = NAMES.get(whole)
        if part is not None and (month - 1) % whole == 0:
            return f"{year}{part.format(n=(month - 1) // whole + 1)}"
        return f"{self.first}..{self.last}"

    @property
    def before(self) -> "Period":
        """The one of the same length that ends where this begins: whole months before whole months."""
        count = self._whole_months()
        if not count:
            length = self.last - self.first + timedelta(days=1)
            return Period(self.first - length, self.last - length)
        first = month_back(self.first, count)
        return _months(first.year, first.month, count, None) if count > 1 else month_of(first)

    @property
    def months(self) -> list["Period"]:
        """Every month it touches, whole."""
        day, found = self.first.replace(day=1), []
        while day <= self.last:
            found.append(month_of(day))
            day = found[-1].last + timedelta(days=1)
        return found

    def _whole_months(self) -> int:
        """How many months it is made of; 0 when it begins or ends within one."""
        if self.first.day != 1 or (self.last + timedelta(days=1)).day != 1:
            return 0
        return 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Its first moment (included) and its end (excluded), UTC: the midnights of `zone`."""
        return _midnight(self.first, zone), _midnight(self.last + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


def month_back(first: date, count: int) -> date:
    """The first of the month `count` months before that of `first`."""
    year, month = divmod(12 * first.year + first.month - 1 - count, 12)
    return date(year, month + 1, 1)


def month_of(day: date) -> Period:
    """The month in which `day` lies."""
    return _months(day.year, day.month, 1, f"{MONTHS[day.month - 1][0].capitalize()} {day.year}")


def parse(text: str, *, today: date) -> Period:
    """Read "2026-10", "oktober 2026", "2026-Q3" or "2026-TW3", "2026-S1", "2026", "2026-10-01..2026-10-15".

    Two dates may also stand side by side, one date is a day, nothing at all is the month of `today`. Raises BadPeriod.
    """
    typed = " ".join(text.casefold().split())
    if not typed:
        return month_of(today)
    for form, read in _FORMS:
        match = form.fullmatch(typed)
        if match:
            return _checked(text, read, match)
    raise BadPeriod(text)


def _checked(text: str, read: Callable[..., Period], match: re.Match[str]) -> Period:
    try:
        period = read(*match.groups())
    except ValueError as error:
        raise BadPeriod(text) from error
    if period.last < period.first or len(period.months) > MOST_MONTHS:
        raise BadPeriod(text)
    return period


def _months(year: int, month: int, count: int, label: str | None) -> Period:
    first = date(year, month, 1)
    return Period(first, month_back(first, -count) - timedelta(days=1), label)


def _month(year: str, month: str) -> Period:
    return month_of(date(int(year), int(month), 1))


def _named_month(name: str, year: str) -> Period:
    """Raises ValueError for no month's name."""
    starts = [any(full.startswith(name) for full in names) for names in MONTHS]
    return month_of(date(int(year), starts.index(True) + 1, 1))


def _quarter(year: str, quarter: str) -> Period:
    n = int(quarter)
    return _months(int(year), 3 * n - 2, 3, f"Triwulan {ROMAN[n - 1]} {year}")


def _semester(year: str, semester: str) -> Period:
    n = int(semester)
    return _months(int(year), 6 * n - 5, 6, f"Semester {ROMAN[n - 1]} {year}")


def _year(year: str) -> Period:
    return _months(int(year), 1, 12, year)


def _days(first: str, last: str | None) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last or first))


_YEAR, _DAY = "(20[0-9]{2})", "(20[0-9]{2}-[0-9]{2}-[0-9]{2})"
_FORMS: tuple[tuple[re.Pattern[str], Callable[..., Period]], ...] = (
    (re.compile(f"{_YEAR}[- ](0?[1-9]|1[0-2])"), _month),
    (re.compile(f"([a-z]{{{SHORTEST_NAME},}}) {_YEAR}"), _named_month),
    (re.compile(f"{_YEAR}[- ]?(?:q|tw)([1-4])"), _quarter),
    (re.compile(f"{_YEAR}[- ]?s([12])"), _semester),
    (re.compile(_YEAR), _year),
    (re.compile(f"{_DAY}(?:(?: ?\\.\\. ?| )(?:sampai )?{_DAY})?"), _days),
)
