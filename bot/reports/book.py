"""A report as plain data: sheets of tables of values, without words or looks, so that XLSX, PDF and CSV say the same.

A book is JSON-able and holds no language: what was frozen once can be drawn in both. Moments are UTC text, days are
ISO dates, shares run from 0 to 1, durations are seconds of working time.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any


class Kind(StrEnum):
    """What a column holds; for `CODE` its words are the labels below `Column.labels`."""

    TEXT = "text"
    CODE = "code"
    COUNT = "count"
    SHARE = "share"
    DAYS = "days"
    HOURS = "hours"
    STARS = "stars"
    INDEX = "index"
    DAY = "day"
    CLOCK = "clock"
    MONTH = "month"
    FLAG = "flag"
    MEASURE = "measure"  # each cell brings its own kind: [kind, value]


@dataclass(frozen=True)
class Column:
    """`free`: what people wrote; it is never frozen, but looked up when the book is drawn, so that it can be erased."""

    key: str
    kind: Kind
    labels: str = ""
    free: bool = False


Cell = Any  # None, str, int, float, bool, or [kind, value] in a MEASURE column
Row = list[Cell]


@dataclass(frozen=True)
class Table:
    """`notes` are the keys of the definitions to print beneath; `ids` name the cycle of each row ("12.1")."""

    key: str
    columns: tuple[Column, ...]
    rows: list[Row]
    notes: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def column(self, key: str) -> list[Cell]:
        """The cells of one column from top to bottom."""
        index = [column.key for column in self.columns].index(key)
        return [row[index] for row in self.rows]


@dataclass(frozen=True)
class Sheet:
    key: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Book:
    """`head`: office, first, last, label, at (the moment it tells of), running. `version` counts corrections from 1."""

    head: dict[str, Any]
    sheets: tuple[Sheet, ...]
    version: int = 1
    reason: str = ""
    checksum: str = field(default="", compare=False)

    def sheet(self, key: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.key == key)

    def table(self, key: str) -> Table:
        """The table of this key, on whichever sheet it stands."""
        return next(table for sheet in self.sheets for table in sheet.tables if table.key == key)

    def mapped(self, change: Callable[[Table], Table]) -> "Book":
        """The same book with every table changed."""
        sheets = tuple(Sheet(sheet.key, tuple(change(table) for table in sheet.tables)) for sheet in self.sheets)
        return Book(self.head, sheets, self.version, self.reason, self.checksum)


def as_text(book: Book) -> str:
    """What is kept of a book: canonical JSON without a word that people wrote."""
    bare = book.mapped(_without_words)
    content = {"head": bare.head, "sheets": [asdict(sheet) for sheet in bare.sheets]}
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def checksum_of(text: str) -> str:
    """SHA-256 of a frozen book, as it is printed on the paper."""
    return sha256(text.encode()).hexdigest()


def from_text(text: str, *, version: int = 1, reason: str = "") -> Book:
    """The book that `as_text` gave."""
    content = json.loads(text)
    sheets = tuple(Sheet(sheet["key"], tuple(map(_table, sheet["tables"]))) for sheet in content["sheets"])
    return Book(content["head"], sheets, version, reason, checksum_of(text))


def _table(content: dict[str, Any]) -> Table:
    columns = (Column(c["key"], Kind(c["kind"]), c["labels"], c["free"]) for c in content["columns"])
    return Table(content["key"], tuple(columns), content["rows"], tuple(content["notes"]), tuple(content["ids"]))


def _without_words(table: Table) -> Table:
    free = {index for index, column in enumerate(table.columns) if column.free}
    rows = (
        [[None if index in free else cell for index, cell in enumerate(row)] for row in table.rows]
        if free
        else table.rows
    )
    return Table(table.key, table.columns, rows, table.notes, table.ids)


def with_words(book: Book, words: dict[str, dict[str, str]]) -> Book:
    """The book with what people wrote: `words` maps the id of a row to its texts by column."""

    def fill(table: Table) -> Table:
        free = [(index, column.key) for index, column in enumerate(table.columns) if column.free]
        if not free:
            return table
        rows = [_filled(row, free, words.get(id, {})) for id, row in zip(table.ids, table.rows, strict=True)]
        return Table(table.key, table.columns, rows, table.notes, table.ids)

    return book.mapped(fill)


def _filled(row: Row, free: Iterable[tuple[int, str]], said: dict[str, str]) -> Row:
    filled = list(row)
    for index, key in free:
        filled[index] = said.get(key)
    return filled
