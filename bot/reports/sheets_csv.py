"""The list of tickets as CSV, as Excel opens it: with a byte order mark, and semicolons where commas are decimal."""

import csv
from pathlib import Path

from bot.reports.book import Table
from bot.reports.words import Words

# A cell that begins with one of these, also after a space or on a later line, would be run as a formula (T15).
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def write(table: Table, words: Words, path: Path, *, separator: str = ";") -> None:
    """Write the table to `path`, every cell quoted."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL)
        writer.writerow([harmless(words.column(column)) for column in table.columns])
        for row in table.rows:
            cells = (
                words.cell(column, value) if value is not None else ""
                for column, value in zip(table.columns, row, strict=True)
            )
            writer.writerow([harmless(cell) for cell in cells])


def harmless(text: str) -> str:
    """The text with a quote before each line that a spreadsheet would take for a formula."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        f"'{line}" if line.lstrip(" \u00a0\u2007\u202f\u200b\ufeff").startswith(DANGEROUS) else line for line in lines
    )
