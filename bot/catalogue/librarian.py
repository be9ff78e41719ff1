"""Keeps the catalogue as the office's files say it: read at the start, and again when one of them has changed."""

import asyncio
import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.catalogue.files import Reading, read
from bot.clock import Clock
from bot.desk import words
from bot.desk.catalogue import office_values
from bot.settings import Settings
from bot.texts import languages, packaged
from storage import catalogue
from storage.base import StorageUnavailable, Store, Tx
from storage.catalogue import Entry, Source

log = logging.getLogger(__name__)

STARTER, FILE = "starter", "file"
AT_A_TIME = 100  # entries in one transaction: it holds the only writer
FAULTS_LOGGED = 20

State = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True)
class Shelf:
    """A source of entries: its name in the catalogue, and its files with the language of entries that name none."""

    source: str
    files: tuple[tuple[Path, str], ...]

    def state(self) -> State:
        """Time and size of each file, None for one that is not there: the same again means nothing has changed."""
        return tuple(_state(path) for path, _ in self.files)

    def contents(self) -> list[bytes]:
        """Raises OSError."""
        return [path.read_bytes() for path, _ in self.files]


def shelves(settings: Settings) -> Iterator[Shelf]:
    """What is configured: the questions that come with the program, and the office's own files."""
    if settings.catalogue.starter:
        yield Shelf(STARTER, tuple((packaged() / lang / "faq.toml", lang) for lang in sorted(languages())))
    for name in settings.catalogue.file:
        yield Shelf(f"{FILE}:{name}", ((Path(name), "id"),))


def read_shelf(shelf: Shelf, settings: Settings) -> Reading:
    """Everything in its files, and what is wrong in them. Raises OSError."""
    return _read(shelf, shelf.contents(), settings)


class Librarian:
    """`look` brings the catalogue up to date. It raises neither for what is in a file nor for a sick database."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._office = settings.office.code
        self._store = store
        self._clock = clock
        self._states: dict[str, State] = {}
        self._is_tidy = False

    async def look(self) -> None:
        """Read what has changed since the last look."""
        try:
            if not self._is_tidy:
                await self._tidy()
            for shelf in shelves(self._settings):
                state = shelf.state()
                if self._states.get(shelf.source) != state:
                    await self._take_in(shelf)
                    self._states[shelf.source] = state
        except StorageUnavailable:
            log.warning("the database is not available", extra={"action": "catalogue"})

    async def _tidy(self) -> None:
        """What is not configured any more goes."""
        wanted = {shelf.source for shelf in shelves(self._settings)}
        for source in await self._store.run(catalogue.sources, self._office):
            if source.partition(":")[0] in (STARTER, FILE) and source not in wanted:
                await self._store.run(catalogue.drop_source, self._office, source)
        self._is_tidy = True

    async def _take_in(self, shelf: Shelf) -> None:
        """Read and store, unless the catalogue holds just this already. A file that is gone takes no entry with it."""
        try:
            contents = shelf.contents()
        except OSError as error:
            log.warning(
                "a catalogue file cannot be read",
                extra={"action": "catalogue", "source": shelf.source, "error": type(error).__name__},
            )
            return
        fingerprint = _fingerprint(contents, self._settings)
        known = (await self._store.run(catalogue.sources, self._office)).get(shelf.source)
        if known is not None and known.fingerprint == fingerprint:
            return
        # The starter is small; an office's file may not be, and the desk must not wait for it.
        reading = (
            _read(shelf, contents, self._settings)
            if shelf.source == STARTER
            else await asyncio.to_thread(_read, shelf, contents, self._settings)
        )
        await self._store_all(shelf.source, reading.entries, fingerprint)
        _tell(shelf.source, reading)

    async def _store_all(self, source: str, entries: list[Entry], fingerprint: str) -> None:
        """A few at a time. What the files do not hold any more goes with the last ones."""
        run = fingerprint
        for start in range(0, len(entries), AT_A_TIME):
            await self._store.run(catalogue.put, self._office, source, entries[start : start + AT_A_TIME], run)

        async def finish(tx: Tx) -> None:
            await catalogue.drop_unseen(tx, self._office, source, run)
            await catalogue.pack(tx)
            await catalogue.note(tx, self._office, Source(source, fingerprint, run, 0, self._clock.now()))

        await self._store.run(finish)


def _state(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _fingerprint(contents: list[bytes], settings: Settings) -> str:
    """Of everything that decides what is stored: the files, the office's facts, the lists of words."""
    hashed = hashlib.sha256(words.fingerprint().encode())
    for lang in sorted(languages()):
        hashed.update(repr(office_values(settings, lang)).encode())
    for content in contents:
        hashed.update(hashlib.sha256(content).digest())
    return hashed.hexdigest()


def _read(shelf: Shelf, contents: list[bytes], settings: Settings) -> Reading:
    whole = Reading()
    for (path, lang), content in zip(shelf.files, contents, strict=True):
        part = read(content, path.name, lambda lang: office_values(settings, lang), lang=lang)
        whole.entries += part.entries
        whole.faults += part.faults
    return whole


def _tell(source: str, reading: Reading) -> None:
    """How much was taken in, and each row that was not, with its line."""
    said = {"action": "catalogue", "source": source}
    log.info("catalogue read", extra={**said, "entries": len(reading.entries), "faults": len(reading.faults)})
    for fault in reading.faults[:FAULTS_LOGGED]:
        log.warning("a catalogue row is left out", extra={**said, "line": fault.line, "problem": fault.problem})
