"""Where reports are made, in a process of its own: the libraries that draw them are bigger than the desk."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.channels.base import Document
from bot.desk import adjustments, calendars
from bot.desk.facts import texts_of
from bot.reports import snapshots
from bot.reports.apart import apart
from bot.reports.book import Book
from bot.reports.periods import parse
from bot.reports.press import press_of
from bot.reports.snapshots import Asked
from bot.settings import Settings
from storage import audit, open_beside
from storage.base import Store, Tx

PICTURE = "png"


@dataclass(frozen=True)
class Wish:
    """What is wanted. `names`: why with personal data; `correction`: why a closed period is counted anew; `officers`:
    with the ratings of single officers; `actor`: who wants it."""

    period: str
    lang: str = "id"
    names: str = ""
    correction: str = ""
    officers: bool = False
    actor: str = "command"


async def book_of(store: Store, settings: Settings, now: datetime, wish: Wish) -> Book:
    """The book of the wish, frozen if its period is over. Raises BadPeriod."""
    asked = await _asked(store, settings, now, wish)
    async with store.reader() as reader:
        book, new = await snapshots.book_of(reader, asked)
    if new and not await store.run(snapshots.keep, new):  # somebody was quicker
        async with store.reader() as reader:
            book, _ = await snapshots.book_of(reader, replace(asked, correction=""))
    if wish.names:
        await store.run(_note_names, asked, wish.names)
        async with store.reader() as reader:
            book = await snapshots.with_names(reader, asked, book, wish.names)
    return book if wish.officers else snapshots.without_ratings_of_officers(book)


async def _asked(store: Store, settings: Settings, now: datetime, wish: Wish) -> Asked:
    office = settings.office.code
    async with store.reader() as reader:
        in_force = await adjustments.of_office(reader, settings)
        calendar = await calendars.overlaid(reader, office, calendars.configured(in_force.office, now))
    period = parse(wish.period, today=calendar.local_date(now))
    return Asked(office, period, calendar, now, actor=wish.actor, correction=wish.correction)


async def _note_names(tx: Tx, asked: Asked, reason: str) -> None:
    period = asked.period.name
    await audit.add(
        tx, asked.office, at=asked.now, actor=asked.actor, action="report_names", period=period, reason=reason
    )


def make(settings: Settings, now: datetime, wish: Wish, kinds: tuple[str, ...]) -> dict[str, Document]:
    """The files of these kinds, in memory. For a process of its own: it has no event loop yet."""
    book = asyncio.run(_read(settings, now, wish))
    press = press_of(settings, texts_of(settings), wish.lang)
    with TemporaryDirectory() as directory:
        paths = press.make(book, kinds, Path(directory), draw=apart)
        return {kind: _document(kind, path, press.words.caption(book)) for kind, path in zip(kinds, paths, strict=True)}


async def _read(settings: Settings, now: datetime, wish: Wish) -> Book:
    store = await open_beside(settings.storage.url, settings.office.code)
    try:
        return await book_of(store, settings, now, wish)
    finally:
        await store.close()


def _document(kind: str, path: Path, caption: str) -> Document:
    picture = kind == PICTURE
    return Document(path.name, path.read_bytes(), picture=picture, caption=caption if picture else "")
