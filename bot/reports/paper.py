"""The report on paper: PDF by typst, from a template that an office may replace. User text goes in as data only."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any

from bot.reports import charts
from bot.reports.book import Book, Kind, Sheet, Table
from bot.reports.words import Words
from bot.texts import packaged

# What the paper leaves to the workbook: it may have thousands of rows.
NOT_ON_PAPER = ("tickets",)
HIDDEN_TABLES = ("types_by_month", "responses")
PICTURES: dict[str, tuple[tuple[str, int], ...]] = {
    "trend": (("requests", 92), ("share", 92)),
    "punctuality": (("response", 46),),
    "satisfaction": (("ratings", 46),),
}
TILES = ("requests", "share", "response_median", "stars", "ikm")
NUMBERS = {Kind.COUNT, Kind.SHARE, Kind.DAYS, Kind.HOURS, Kind.STARS, Kind.INDEX, Kind.MEASURE}
WIDE = {"indicator": 5, "feedback": 6, "verdict": 6, "element": 5, "reason": 5, "origin": 4, "use": 3, "channel": 3}


@dataclass(frozen=True)
class Letter:
    """What the paper says of the office: letterhead and who signs; an empty part leaves room to write by hand.

    `template` is an office's own typst file; `logo` an image.
    """

    office: str
    contact: list[str] = field(default_factory=list)
    decree: str = ""
    place: str = ""
    signer: str = ""
    signer_number: str = ""
    template: Path | None = None
    logo: Path | None = None


def write(book: Book, words: Words, letter: Letter, path: Path) -> None:
    """Write the PDF to `path`. Raises typst.TypstError for an office's template that does not compile."""
    import typst

    content = json.dumps(_content(book, words, letter), ensure_ascii=False)
    with TemporaryDirectory() as root:  # typst reads nothing outside of it
        template = Path(copyfile(letter.template or packaged() / "report" / "report.typ", Path(root) / "report.typ"))
        if letter.logo:
            copyfile(letter.logo, template.with_name(letter.logo.name))
        typst.compile(str(template), output=str(path), root=root, sys_inputs={"data": content})


def _content(book: Book, words: Words, letter: Letter) -> dict[str, Any]:
    return {
        "lang": words.language.code,
        "office": letter.office,
        "contact": letter.contact,
        "logo": letter.logo.name if letter.logo else "",
        "title": words.paper("title"),
        "period": words.period(book),
        "lines": _lines(book, words),
        "tiles": [tile for key in TILES if (tile := _tile(book, words, key))],
        "sections": [_section(sheet, book, words) for sheet in book.sheets if sheet.key not in NOT_ON_PAPER],
        "closing": _closing(book, words, letter),
        "sign": _sign(book, words, letter),
        "page": words.language.label("paper.page"),
        "empty": words.paper("empty"),
    }


def _lines(book: Book, words: Words) -> list[str]:
    made = f"{words.paper('made')} {words.language.moment(book.head['at'])}"
    if book.head["running"]:
        return [made, words.paper("running")]
    if book.version > 1:
        return [made, words.paper("corrected", version=book.version, reason=book.reason)]
    return [made, f"{words.paper('checksum')} {book.checksum[:12]}"] if book.checksum else [made]


def _tile(book: Book, words: Words, key: str) -> list[str] | None:
    table = book.table("summary")
    row = next(row for row in table.rows if row[0] == key)
    value = words.cell(table.columns[1], row[1])
    return [value, words.cell(table.columns[0], row[0])]


def _section(sheet: Sheet, book: Book, words: Words) -> dict[str, Any]:
    tables = [table for table in sheet.tables if table.key not in HIDDEN_TABLES]
    pictures = [
        {"svg": charts.svg(charts.spec(name, book, words), words), "width": width, "alt": words.sheet(sheet.key)}
        for name, width in PICTURES.get(sheet.key, ())
    ]
    return {
        "title": words.sheet(sheet.key),
        "charts": pictures,
        "tables": [_table(table, words, titled=len(tables) > 1) for table in tables],
    }


def _table(table: Table, words: Words, *, titled: bool) -> dict[str, Any]:
    return {
        "title": words.table(table.key) if titled else "",
        "headers": [words.column(column) for column in table.columns],
        "numeric": [column.kind in NUMBERS for column in table.columns],
        "widths": [WIDE.get(column.key, 2) for column in table.columns],
        "rows": [words.row(table, row) for row in table.rows],
        "notes": [words.note(note) for note in table.notes],
    }


def _closing(book: Book, words: Words, letter: Letter) -> list[str]:
    basis = [words.paper("basis", decree=letter.decree)] if letter.decree else []
    return [*basis, words.paper("free"), words.privacy(book)]


def _sign(book: Book, words: Words, letter: Letter) -> dict[str, str]:
    day = words.language.short_date(book.head["at"])
    return {
        "place": f"{letter.place}, {day}" if letter.place else day,
        "noted": words.paper("noted"),
        "head": words.paper("head", office=letter.office),
        "name": letter.signer or "." * 40,
        "number": f"{words.paper('nip')} {letter.signer_number or '.' * 32}",
    }
