"""`meja report` and `meja export`: files of a period, made in a process of their own so that no desk waits for one."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bot.desk.facts import texts_of
from bot.findings import bad
from bot.offices.folder import load
from bot.reports.apart import apart
from bot.reports.book import Book
from bot.reports.periods import BadPeriod
from bot.reports.press import FILES, press_of
from bot.reports.workshop import Wish, book_of
from bot.settings import ConfigError, Settings, pick_clock
from storage import open_beside
from storage.base import Store

# What is typed into Silastik again for each ticket, in this order.
SILASTIK = (
    "number", "asked_day", "asked_clock", "name", "email", "type", "origin", "use", "summary", "officer", "answered",
    "stars", "silastik",
)  # fmt: skip


async def report(config: Path, wish: Wish, kinds: Sequence[str], out: Path) -> None:
    """Write the files of these kinds to `out`, and say where they are. Raises ConfigError for a wrong wish."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    settings = load(config)
    if unknown := sorted(set(kinds) - FILES.keys()):
        raise ConfigError(bad("command", "kinds", unknown=", ".join(unknown), known=", ".join(FILES)))
    columns = SpinnerColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("counting", total=len(kinds) + 1)
        async with _beside(settings) as (store, now):
            book = await _book(store, settings, now, wish)
        press = press_of(settings, texts_of(settings), wish.lang)
        paths = press.make(book, kinds, out, lambda kind: progress.update(task, advance=1, description=kind), apart)
    for path in paths:
        print(path, file=sys.stdout)


async def export(config: Path, wish: Wish, out: Path) -> None:
    """Write the rows that are typed into Silastik again: one for each ticket that came in the period."""
    from bot.reports import sheets_csv

    settings = load(config)
    async with _beside(settings) as (store, now):
        book = await _book(store, settings, now, wish)
    table = book.table("tickets")
    places = [index for key in SILASTIK for index, column in enumerate(table.columns) if column.key == key]
    chosen = replace(
        table,
        columns=tuple(table.columns[place] for place in places),
        rows=[[row[place] for place in places] for row in table.rows],
    )
    press = press_of(settings, texts_of(settings), wish.lang)
    out.parent.mkdir(parents=True, exist_ok=True)
    sheets_csv.write(chosen, press.words, out, separator=press.separator)
    print(out, file=sys.stdout)


@asynccontextmanager
async def _beside(settings: Settings) -> AsyncIterator[tuple[Store, datetime]]:
    store = await open_beside(settings.storage.url, settings.office.code)
    try:
        yield store, pick_clock(settings).now()
    finally:
        await store.close()


async def _book(store: Store, settings: Settings, now: datetime, wish: Wish) -> Book:
    try:
        return await book_of(store, settings, now, wish)
    except BadPeriod as error:
        raise ConfigError(bad("command", "period", text=error.text)) from None
