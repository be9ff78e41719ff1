"""A book in a language: the words of its codes, and every cell as people write it."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.reports.book import Book, Cell, Column, Kind, Table
from bot.reports.periods import ROMAN
from bot.texts import Language

MISSING = "–"
CAPTION = "report_caption"
HOUR = 3600
_NAME = re.compile(r"(\d{4})(?:-(\d\d)|-([QS])(\d))?")
_PARTS = {"Q": "quarter", "S": "semester"}
# What people write about themselves in feedback although nobody asked for it.
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[a-z]{2,}", re.IGNORECASE)
_PHONE = re.compile(r"(?<!\w)\+?\d[\d \-().]{7,}\d(?!\w)")


class Words:
    """Words and figures of one language, for one office."""

    def __init__(self, language: Language, zone: ZoneInfo, *, answer_days: int) -> None:
        self.language = language
        self.zone = zone
        self._answer_days = answer_days

    def paper(self, key: str, **values: object) -> str:
        """A phrase of the paper itself."""
        return self.language.label(f"paper.{key}").format(**values)

    def sheet(self, key: str) -> str:
        return self.language.label(f"sheet.{key}")

    def table(self, key: str) -> str:
        return self.language.label(f"table.{key}")

    def column(self, column: Column) -> str:
        return self.language.label(f"column.{column.key}")

    def note(self, key: str) -> str:
        """A definition as it stands beneath a table."""
        return self.language.label(f"note.{key}").replace("{days}", str(self._answer_days))

    def period(self, book: Book) -> str:
        """Such as "Oktober 2026", "Triwulan III 2026", or the two days."""
        match = _NAME.fullmatch(book.head["name"])
        if not match:
            return f"{self.language.short_date(book.head['first'])} – {self.language.short_date(book.head['last'])}"
        year, month, part, number = match.groups()
        if month:
            return self.month(f"{year}-{month}")
        return self.paper(_PARTS[part], roman=ROMAN[int(number) - 1], n=number, year=year) if part else str(year)

    def caption(self, book: Book) -> str:
        """The three lines beneath the picture, as Telegram's HTML."""
        found = {key: value[1] for key, value, _ in book.table("summary").rows if value}
        return self.language.draw(f"messages/{CAPTION}.html", {"period": self.period(book), **found})

    def privacy(self, book: Book) -> str:
        """Whether the report holds personal data, and why."""
        reason = book.head.get("names")
        return self.paper("unmasked", reason=reason) if reason else self.paper("masked")

    def month(self, value: str) -> str:
        """Such as "Oktober 2026" for "2026-10"."""
        from babel.dates import format_date

        return str(format_date(date.fromisoformat(f"{value}-01"), "MMMM y", locale=self.language.code))

    def short_month(self, value: str) -> str:
        """Such as "Okt 26" for "2026-10"."""
        from babel.dates import format_date

        return str(format_date(date.fromisoformat(f"{value}-01"), "MMM yy", locale=self.language.code))

    def code(self, value: str, labels: str) -> str:
        """The word of a code; one that nobody gave has a word of its own."""
        return self.language.label("unknown.unknown" if value == "unknown" else f"{labels}.{value}")

    def flag(self, value: bool) -> str:
        return self.language.label("yes_no.yes" if value else "yes_no.no")

    def local(self, value: str) -> datetime:
        """A moment of a cell, in the office's zone."""
        return datetime.fromisoformat(value).astimezone(self.zone)

    def cell(self, column: Column, value: Cell) -> str:
        """The cell as it is read on paper."""
        if column.kind is Kind.MEASURE and value is not None:
            return self.cell(Column(column.key, Kind(value[0])), value[1])
        if value is None:
            return MISSING
        return _DRAW[column.kind](self, column, value)

    def row(self, table: Table, row: list[Cell]) -> list[str]:
        return [self.cell(column, value) for column, value in zip(table.columns, row, strict=True)]


_DRAW: dict[Kind, Callable[[Words, Column, Any], str]] = {
    Kind.TEXT: lambda words, column, value: str(value),
    Kind.CODE: lambda words, column, value: words.code(value, column.labels),
    Kind.COUNT: lambda words, column, value: words.language.decimal(value, 0),
    Kind.SHARE: lambda words, column, value: f"{words.language.decimal(100 * value)} %",
    Kind.DAYS: lambda words, column, value: words.language.decimal(value),
    Kind.HOURS: lambda words, column, value: words.language.decimal(value / HOUR),
    Kind.STARS: lambda words, column, value: words.language.decimal(value),
    Kind.INDEX: lambda words, column, value: words.language.decimal(value, 2),
    Kind.DAY: lambda words, column, value: words.language.short_date(value),
    Kind.CLOCK: lambda words, column, value: words.local(value).strftime("%H.%M"),
    Kind.MONTH: lambda words, column, value: words.month(value),
    Kind.FLAG: lambda words, column, value: words.flag(value),
}


def masked(text: str) -> str:
    """The text without e-mail addresses and telephone numbers."""
    return _PHONE.sub("•••", _ADDRESS.sub("•••@•••", text))
