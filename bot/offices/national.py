"""Over all offices of a directory: how each stands now, and what it did in a period.

Whoever has the directory may read across offices; no command in a chat does.
"""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.desk.facts import texts_of
from bot.findings import bad
from bot.offices.folder import load, load_folder
from bot.reports.book import Kind
from bot.reports.press import press_of
from bot.reports.sheets_csv import harmless
from bot.reports.workshop import Wish, book_of
from bot.settings import ConfigError, Settings, is_folder, pick_clock
from storage import file_of, gauges, is_file, offices, open_beside, owners
from storage.base import Reader, SchemaTooNew, StorageUnavailable, Store
from storage.health import is_held

UNREADABLE = (StorageUnavailable, SchemaTooNew, LookupError)


@dataclass(frozen=True)
class State:
    """One office now. Ages in seconds, None where there is nothing; `owner` is machine and process, or "this machine".

    `problem`: why nothing else is known.
    """

    office: str
    name: str
    owner: str = ""
    last_poll: float | None = None
    inbox: int = 0
    inbox_age: float | None = None
    outbox: int = 0
    outbox_age: float | None = None
    stuck: int = 0
    open: int = 0
    late: int = 0
    troubles: tuple[str, ...] = ()
    problem: str = ""


def _offices(path: Path) -> tuple[list[Settings], dict[str, ConfigError]]:
    """Those of a directory, or the one of a file; and which files are broken. Raises ConfigError."""
    if not is_folder(path):
        return [load(path, without_group=True)], {}
    folder = load_folder(path)
    return list(folder.offices.values()), folder.broken


class _Stores:
    """One connection to each PostgreSQL for all its offices."""

    def __init__(self) -> None:
        self._databases: dict[str, Any] = {}

    @asynccontextmanager
    async def beside(self, settings: Settings) -> AsyncIterator[Store]:
        """Raises StorageUnavailable, SchemaTooNew."""
        url, code = settings.storage.url, settings.office.code
        if is_file(url):
            store = await open_beside(url, code)
            try:
                yield store
            finally:
                await store.close()
            return
        from storage.database import Database
        from storage.postgres import PostgresStore

        if url not in self._databases:
            database = Database(url)
            await database.open(beside=True)
            self._databases[url] = database
        yield PostgresStore(self._databases[url], code, None)

    async def close(self) -> None:
        for database in self._databases.values():
            await database.close()


async def status(path: Path) -> list[State]:
    """How every office stands. Raises ConfigError."""
    chosen, broken = _offices(path)
    stores = _Stores()
    try:
        states = [await _state(stores, settings) for settings in chosen]
    finally:
        await stores.close()
    return states + [State("", name, problem=str(error)) for name, error in broken.items()]


async def _state(stores: _Stores, settings: Settings) -> State:
    code, name, url = settings.office.code, settings.office.name, settings.storage.url
    try:
        async with stores.beside(settings) as store, store.reader() as reader:
            if is_file(url):
                owner = "this machine" if is_held(file_of(url)) else ""
            else:
                owner = await owners.of_office(reader, code)
            return await _read(reader, code, name, owner, pick_clock(settings).now())
    except UNREADABLE as error:
        return State(code, name, problem="no desk has run yet" if isinstance(error, LookupError) else str(error))


async def _read(reader: Reader, code: str, name: str, owner: str, now: datetime) -> State:
    office = await offices.get(reader, code)
    inbox, outbox = await gauges.inbox(reader, code), await gauges.outbox(reader, code)
    return State(
        code,
        name,
        owner=owner,
        last_poll=_age(office.polled_at, now),
        inbox=sum(row.count for row in inbox),
        inbox_age=_age(min((row.since for row in inbox), default=None), now),
        outbox=sum(row.count for row in outbox),
        outbox_age=_age(min((row.since for row in outbox), default=None), now),
        stuck=sum(row.count for row in await gauges.stuck(reader, code)),
        open=sum(row.count for row in await gauges.tickets(reader, code)),
        late=await gauges.overdue(reader, code, now),
        troubles=tuple(sorted(office.trouble)),
    )


def _age(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else round((now - moment).total_seconds(), 1)


def as_json(states: list[State]) -> str:
    return json.dumps([asdict(state) for state in states], ensure_ascii=False, indent=2)


def as_lines(states: list[State]) -> Iterator[str]:
    """A line for each office, under a head."""
    queues = f"{'poll':>7} {'inbox':>12} {'outbox':>12}"
    yield f"{'office':6} {'owner':24} {queues} {'stuck':>5} {'open':>5} {'late':>5}  name"
    for state in states:
        if state.problem:
            yield f"{state.office:6} {state.name}: {state.problem}"
            continue
        poll, inbox = _short(state.last_poll), _queue(state.inbox, state.inbox_age)
        outbox = _queue(state.outbox, state.outbox_age)
        troubles = f"  ! {', '.join(state.troubles)}" if state.troubles else ""
        yield (
            f"{state.office:6} {state.owner or 'nobody':24} {poll:>7} {inbox:>12} {outbox:>12}"
            f" {state.stuck:5} {state.open:5} {state.late:5}  {state.name}{troubles}"
        )


def _queue(count: int, age: float | None) -> str:
    return f"{count} ({_short(age)})" if count else "0"


def _short(seconds: float | None) -> str:
    """Such as 12 s, 5 min, 3 h or 2 d."""
    if seconds is None:
        return "-"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


async def report(path: Path, wish: Wish, out: Path) -> Path:
    """A CSV with a row for each office: the indicators of its report of the period. Raises ConfigError."""
    chosen, _ = _offices(path)
    stores, rows = _Stores(), []
    try:
        for settings in chosen:
            rows.append(await _indicators(stores, settings, wish))
    finally:
        await stores.close()
    named = next((row for row in rows if row.values), None)
    if named is None:
        raise ConfigError(bad("command", "nothing_to_report"))
    file = out / f"laporan-nasional-{named.period.replace('..', '_')}.csv"
    await asyncio.to_thread(_write, file, rows, list(named.values), chosen[0], wish.lang)
    return file


@dataclass(frozen=True)
class _Row:
    """What an office did, by indicator; nothing where it could not be read."""

    office: str
    name: str
    period: str
    values: dict[str, tuple[Kind, Any]]
    problem: str = ""


async def _indicators(stores: _Stores, settings: Settings, wish: Wish) -> _Row:
    code, name = settings.office.code, settings.office.name
    try:
        async with stores.beside(settings) as store:
            book = await book_of(store, settings, pick_clock(settings).now(), wish)
    except UNREADABLE as error:
        return _Row(code, name, "", {}, str(error))
    found = {key: (Kind(value[0]), value[1]) for key, value, _ in book.table("summary").rows if value}
    return _Row(code, name, str(book.head["name"]), found)


def _write(file: Path, rows: list[_Row], keys: list[str], settings: Settings, lang: str) -> None:
    press = press_of(settings, texts_of(settings), lang)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=press.separator, quoting=csv.QUOTE_ALL)
        writer.writerow(["kode", "kantor", *(press.words.code(key, "indicator") for key in keys), "catatan"])
        for row in rows:
            writer.writerow(
                [row.office, harmless(row.name), *(_plain(row, key) for key in keys), harmless(row.problem)]
            )
        writer.writerow(["", "SEMUA", *(_total(rows, key) for key in keys), ""])


def _plain(row: _Row, key: str) -> str:
    """A bare number with a point, so that any program can go on with it."""
    _, value = row.values.get(key, (Kind.COUNT, None))
    return "" if value is None else str(value)


def _total(rows: list[_Row], key: str) -> str:
    """Counts add up, and the share on time follows from them; means of offices are no mean."""
    if key == "share":
        judged, on_time = (_sum(rows, name) for name in ("judged", "on_time"))
        return str(on_time / judged) if judged else ""
    kinds = {row.values[key][0] for row in rows if key in row.values}
    return str(_sum(rows, key)) if kinds == {Kind.COUNT} else ""


def _sum(rows: list[_Row], key: str) -> int:
    return sum(row.values[key][1] or 0 for row in rows if key in row.values)
