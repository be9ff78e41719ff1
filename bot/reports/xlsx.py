"""The report as a workbook: real tables with filters, typed cells, native charts. No cell is ever a formula (T15)."""

from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from bot.reports.book import Book, Column, Kind, Sheet, Table
from bot.reports.words import HOUR, Words

FORMATS: dict[Kind, str] = {
    Kind.COUNT: "#,##0",
    Kind.SHARE: "0.0%",
    Kind.DAYS: "0.0",
    Kind.HOURS: "0.0",
    Kind.STARS: "0.0",
    Kind.INDEX: "0.00",
    Kind.DAY: "dd/mm/yyyy",
    Kind.CLOCK: "hh:mm",
    Kind.MONTH: "mmm yyyy",
}
WIDTHS: dict[Kind, int] = {Kind.TEXT: 18, Kind.CODE: 26, Kind.MEASURE: 18, Kind.DAY: 13, Kind.MONTH: 14}
WIDE = {"indicator": 46, "feedback": 60, "summary": 44, "element": 44, "verdict": 52, "reason": 44}
PLAIN = 14
STYLE = "Table Style Light 9"
# Options without which a cell that begins with "=" or looks like an address would become one.
TYPED = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}


def write(book: Book, words: Words, path: Path) -> None:
    """Write the workbook to `path`."""
    workbook = xlsxwriter.Workbook(str(path), TYPED)
    try:
        formats = _Formats(workbook)
        for sheet in book.sheets:
            _Page(workbook, sheet, words, formats).write(book)
    finally:
        workbook.close()


class _Formats:
    """The formats of one workbook."""

    def __init__(self, workbook: Workbook) -> None:
        self.title = workbook.add_format({"bold": True, "font_size": 14})
        self.caption = workbook.add_format({"bold": True, "font_size": 11})
        self.note = workbook.add_format({"italic": True, "font_color": "#595959"})
        self.text = workbook.add_format({"text_wrap": True, "valign": "top"})
        self._by_kind = {
            kind: workbook.add_format({"num_format": pattern, "valign": "top"}) for kind, pattern in FORMATS.items()
        }

    def of(self, kind: Kind) -> Format:
        return self._by_kind.get(kind, self.text)


class _Page:
    """One sheet of the workbook, written from top to bottom."""

    def __init__(self, workbook: Workbook, sheet: Sheet, words: Words, formats: _Formats) -> None:
        self._workbook = workbook
        self._sheet = sheet
        self._words = words
        self._formats = formats
        self._page: Worksheet = workbook.add_worksheet(words.sheet(sheet.key))
        self._row = 0

    def write(self, book: Book) -> None:
        page, words = self._page, self._words
        page.write_string(0, 0, words.sheet(self._sheet.key), self._formats.title)
        about = " · ".join((words.paper("title"), words.period(book), words.privacy(book)))
        page.write_string(1, 0, about, self._formats.note)
        self._row = 3
        for table in self._sheet.tables:
            self._table(table)
        if len(self._sheet.tables) == 1:
            page.freeze_panes(4, 1 if len(self._sheet.tables[0].columns) > 3 else 0)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)

    def _table(self, table: Table) -> None:
        if len(self._sheet.tables) > 1:
            self._page.write_string(self._row, 0, self._words.table(table.key), self._formats.caption)
            self._row += 1
        first = self._row
        self._widths(table)
        last = first + max(1, len(table.rows))
        self._page.add_table(
            first,
            0,
            last,
            len(table.columns) - 1,
            {
                "name": f"T_{table.key}",
                "style": STYLE,
                "columns": [{"header": header} for header in self._headers(table)],
            },
        )
        for index, row in enumerate(table.rows):
            for place, (column, value) in enumerate(zip(table.columns, row, strict=True)):
                self._cell(first + 1 + index, place, column, value)
        self._row = last + 2
        self._chart(table, first, last)
        for note in table.notes:
            self._page.write_string(self._row, 0, self._words.note(note), self._formats.note)
            self._row += 1
        self._row += 1

    def _headers(self, table: Table) -> list[str]:
        """Excel wants every header of a table to be another one."""
        headers: list[str] = []
        for column in table.columns:
            header = self._words.column(column)
            headers.append(header if header not in headers else f"{header} ({column.key})")
        return headers

    def _widths(self, table: Table) -> None:
        for place, column in enumerate(table.columns):
            width = WIDE.get(column.key, WIDTHS.get(column.kind, PLAIN))
            if self._row <= 4 or place == 0:
                self._page.set_column(place, place, width)

    def _cell(self, row: int, place: int, column: Column, value: Any) -> None:
        if column.kind is Kind.MEASURE and value is not None:
            column, value = Column(column.key, Kind(value[0])), value[1]
        if value is None:
            self._page.write_blank(row, place, None, self._formats.of(column.kind))
            return
        style = self._formats.of(column.kind)
        match column.kind:
            case Kind.DAY | Kind.CLOCK:
                self._page.write_datetime(row, place, self._words.local(value).replace(tzinfo=None), style)
            case Kind.HOURS:
                self._page.write_number(row, place, value / HOUR, style)
            case Kind.TEXT | Kind.CODE | Kind.FLAG | Kind.MONTH:
                self._page.write_string(row, place, self._words.cell(column, value), self._formats.text)
            case _:
                self._page.write_number(row, place, value, style)

    def _chart(self, table: Table, first: int, last: int) -> None:
        """A native chart beside the table, where one helps."""
        asked = CHARTS.get(table.key)
        if asked is None or not table.rows:
            return
        kind, value_key = asked
        value = [column.key for column in table.columns].index(value_key)
        page = self._words.sheet(self._sheet.key)
        chart = self._workbook.add_chart({"type": kind})
        chart.add_series(
            {
                "name": self._words.column(table.columns[value]),
                "categories": [page, first + 1, 0, last, 0],
                "values": [page, first + 1, value, last, value],
                "fill": {"color": "#0B5CAD"},
                "gap": 60,
            }
        )
        chart.set_title({"name": self._words.table(table.key), "name_font": {"size": 11}})
        chart.set_legend({"none": True})
        chart.set_size({"width": 520, "height": 260})
        self._page.insert_chart(first, len(table.columns) + 1, chart)


CHARTS: dict[str, tuple[str, str]] = {
    "trend": ("column", "requests"),
    "by_type": ("bar", "requests"),
    "by_origin": ("bar", "requests"),
    "verdicts": ("bar", "count"),
    "stars": ("column", "count"),
}
