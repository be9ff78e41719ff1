"""Closed periods are told once: the first report of one is frozen, and a later correction is a new, marked version."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.calendar import WorkingCalendar
from bot.domain.ids import TicketId
from bot.reports import months
from bot.reports.book import Book, Column, Kind, Table, as_text, checksum_of, from_text, with_words
from bot.reports.figures import Figures
from bot.reports.material import Material, gather, trend_of
from bot.reports.months import Months
from bot.reports.periods import Period
from bot.reports.sheets import SHEETS
from bot.reports.words import masked
from storage import figures as rows
from storage import ratings, report_snapshots
from storage.base import Reader, Tx
from storage.report_snapshots import Snapshot

# What was written before the end of a period may come in a little later: until then its figures are not frozen.
SETTLED_AFTER = timedelta(hours=1)

NAMES = (Column("name", Kind.TEXT, free=True), Column("email", Kind.TEXT, free=True))


@dataclass(frozen=True)
class Asked:
    """Who wants which report of which office when. `correction`: why a frozen one should be counted anew."""

    office: str
    period: Period
    calendar: WorkingCalendar
    now: datetime
    actor: str
    correction: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing more can happen in the period."""
        return self.is_settled(self.period)

    def is_settled(self, period: Period) -> bool:
        return self.now >= period.bounds(self.calendar.zone)[1] + SETTLED_AFTER


@dataclass(frozen=True)
class Kept:
    """What is frozen with a report that is told for the first time so: the book, and the months of its trend."""

    book: Snapshot
    months: Mapping[Period, Figures]


async def book_of(reader: Reader, asked: Asked) -> tuple[Book, Kept | None]:
    """The report, with what people wrote; and what to keep of it, when it is told for the first time so."""
    frozen = await _frozen(reader, asked)
    if frozen and not asked.correction:
        return await _worded(reader, asked, _thawed(frozen)), None
    material = await _material(reader, asked)
    book = Book(_head(asked, material), tuple(sheet(material) for sheet in SHEETS))
    if not asked.settled:
        return await _worded(reader, asked, book), None
    text = as_text(book)
    if frozen and frozen.checksum == checksum_of(text):
        return await _worded(reader, asked, _thawed(frozen)), None
    snapshot = _snapshot(asked, text, version=frozen.version + 1 if frozen else 1)
    settled = {month: figures for month, figures in material.months.items() if asked.is_settled(month)}
    return await _worded(reader, asked, _thawed(snapshot)), Kept(snapshot, settled)


async def keep(tx: Tx, kept: Kept) -> bool:
    """Freeze it; False when another one was quicker, and the report must be told from that."""
    if not await report_snapshots.add(tx, kept.book):
        return False
    for month, figures in kept.months.items():
        await months.keep(tx, kept.book.office, month, figures, at=kept.book.at, actor=kept.book.actor)
    return True


async def _material(reader: Reader, asked: Asked) -> Material:
    """A correction counts everything anew; otherwise months that were counted before are taken as they are."""
    trend = trend_of(asked.period)
    span = Period(min(trend[0].first, asked.period.before.first), trend[-1].last)
    known = Months({}) if asked.correction else await months.kept(reader, asked.office, span)
    return await gather(reader, asked.period, office=asked.office, calendar=asked.calendar, now=asked.now, known=known)


def _head(asked: Asked, material: Material) -> dict[str, Any]:
    period = asked.period
    return {
        "office": asked.office,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "name": period.name,
        "at": material.portion.at.isoformat(),
        "running": not asked.settled,
    }


async def _frozen(reader: Reader, asked: Asked) -> Snapshot | None:
    if not asked.settled:
        return None
    period = asked.period
    return await report_snapshots.newest(reader, asked.office, kind="book", first=period.first, last=period.last)


def _thawed(snapshot: Snapshot) -> Book:
    return replace(
        from_text(snapshot.content, version=snapshot.version, reason=snapshot.reason), checksum=snapshot.checksum
    )


def _snapshot(asked: Asked, text: str, *, version: int) -> Snapshot:
    return Snapshot(
        office=asked.office,
        kind="book",
        first=asked.period.first,
        last=asked.period.last,
        version=version,
        at=asked.now,
        actor=asked.actor,
        reason=asked.correction if version > 1 else "",
        checksum=checksum_of(text),
        content=text,
    )


async def _worded(reader: Reader, asked: Asked, book: Book) -> Book:
    """The book with feedback and officers' notes as they stand now: what was erased since is gone."""
    start, end = asked.period.bounds(asked.calendar.zone)
    words: dict[str, dict[str, str]] = {}
    notes = {note.ticket_id: note for note in await rows.office_words(reader, asked.office, start=start, end=end)}
    for id in {id for sheet in book.sheets for table in sheet.tables for id in table.ids}:
        note = notes.get(TicketId(int(id.partition(".")[0])))
        if note:
            words[id] = {key: value for key, value in (("summary", note.summary), ("silastik", note.silastik)) if value}
    for rating in await ratings.of_office(reader, asked.office, start, end):
        if rating.feedback:
            words.setdefault(f"{rating.ticket_id}.{rating.cycle}", {})["feedback"] = masked(rating.feedback)
    return with_words(book, words)


def without_ratings_of_officers(book: Book) -> Book:
    """The book for readers other than the supervisor."""

    def hide(table: Table) -> Table:
        if table.key != "by_officer":
            return table
        hidden = {index for index, column in enumerate(table.columns) if column.key in ("rated", "stars")}
        rows = [[None if index in hidden else cell for index, cell in enumerate(row)] for row in table.rows]
        return replace(table, rows=rows)

    return book.mapped(hide)


async def with_names(reader: Reader, asked: Asked, book: Book, reason: str) -> Book:
    """The list of tickets with who asked them. The caller writes the `reason` into the audit."""
    start, end = asked.period.bounds(asked.calendar.zone)
    askers = {row.ticket_id: row for row in await rows.askers(reader, asked.office, start=start, end=end)}

    def name(table: Table) -> Table:
        if table.key != "tickets":
            return table
        people = [askers[TicketId(int(id.partition(".")[0]))] for id in table.ids]
        named = [[*row, person.name, person.email] for row, person in zip(table.rows, people, strict=True)]
        return replace(table, columns=(*table.columns, *NAMES), rows=named)

    return replace(book.mapped(name), head=book.head | {"names": reason})
