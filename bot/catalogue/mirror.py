"""The nightly mirror of the office's publications, tables and press releases. Answers never wait for it.

Each page is stored as it comes; what a complete reading did not come upon is gone at BPS and goes here too. A night
that fails keeps what was there, and is taken up where it stopped.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, time, timedelta

import aiohttp

from bot.catalogue.webapi import MODELS, Page, Webapi, WebapiTrouble
from bot.clock import Clock
from bot.settings import Settings
from storage import catalogue
from storage.base import StorageUnavailable, Store, Tx
from storage.catalogue import Source
from storage.rows import stamp

log = logging.getLogger(__name__)

PREFIX = "webapi"
NIGHT = time(2, 30)  # local
PACE_SECONDS = 0.5  # two requests a second are known to be welcome
AGAIN_AFTER = timedelta(minutes=15)
RESUME_WITHIN = timedelta(hours=6)
# Lists move while they are read, but not by this much: with fewer entries than announced, nothing is taken for gone.
LEAST_SHARE = 0.9
NOTHING = "nothing"  # the fingerprint of a reading that found an empty list

Sleep = Callable[[float], Awaitable[None]]


class Mirror:
    """`look` reads what is due. It raises neither for what BPS does nor for a sick database."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, *, sleep: Sleep = asyncio.sleep) -> None:
        self._settings = settings.catalogue.webapi
        self._zone = settings.office.zone
        self._office = settings.office.code
        self._domain = settings.catalogue.webapi.domain or settings.office.code
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._failed_at: datetime | None = None
        self._is_tidy = False

    async def look(self) -> None:
        """Read every list that was not read since last night. After a failure it rests a while."""
        if self._rests():
            return
        try:
            await self._read_due()
        except StorageUnavailable:
            log.warning("the database is not available", extra={"action": "mirror"})

    def _rests(self) -> bool:
        return self._failed_at is not None and abs(self._clock.now() - self._failed_at) < AGAIN_AFTER

    async def _read_due(self) -> None:
        if not self._is_tidy:
            await self._tidy()
        known = await self._store.run(catalogue.sources, self._office)
        due = [name for name in self._lists() if self._is_due(known.get(name))]
        if not due:
            return
        async with aiohttp.ClientSession() as session:
            key = self._settings.key.get_secret_value()
            webapi = Webapi(session, url=self._settings.url, key=key, domain=self._domain)
            for name in due:
                await self._try(webapi, known.get(name) or Source(name, "", "", 0, None))

    async def _try(self, webapi: Webapi, source: Source) -> None:
        """One list; trouble with it takes no other with it."""
        try:
            await self._read(webapi, source)
        except WebapiTrouble as trouble:
            self._failed_at = self._clock.now()
            said = {"action": "mirror", "source": source.source, "cause": trouble.cause}
            log.warning("BPS's WebAPI gave no page", extra=said)

    def _lists(self) -> list[str]:
        if not self._settings.key.get_secret_value():
            return []
        return [f"{PREFIX}:{self._domain}:{model}:{lang}" for model in MODELS for lang in self._settings.languages]

    async def _tidy(self) -> None:
        """Lists that are not configured any more go."""
        for name in await self._store.run(catalogue.sources, self._office):
            if name.partition(":")[0] == PREFIX and name not in self._lists():
                await self._store.run(catalogue.drop_source, self._office, name)
        self._is_tidy = True

    def _is_due(self, source: Source | None) -> bool:
        return source is None or source.done_at is None or source.done_at < self._last_night()

    def _last_night(self) -> datetime:
        local = self._clock.now().astimezone(self._zone)
        night = datetime.combine(local.date(), NIGHT, self._zone)
        return night if night <= local else night - timedelta(days=1)

    async def _read(self, webapi: Webapi, source: Source) -> None:
        """From where the last try stopped to the end. Raises WebapiTrouble."""
        _, _, model, language = source.source.split(":")
        source = self._begun(source)
        previous: frozenset[str] = frozenset()
        while True:
            page = await webapi.page(model, language, source.page + 1)
            await self._sleep(PACE_SECONDS)
            keys = frozenset(entry.key for entry in page.entries)
            if keys and keys == previous:
                raise WebapiTrouble("the same page again")
            previous = keys
            source = replace(source, page=source.page + 1)
            await self._store.run(self._keep, source, page)
            if source.page >= page.pages:
                await self._finish(source, page.total)
                return

    def _begun(self, source: Source) -> Source:
        """A reading that stopped a few hours ago goes on; an older one begins anew."""
        now = self._clock.now()
        fresh = source.page > 0 and now - datetime.fromisoformat(source.run) < RESUME_WITHIN
        return source if fresh else replace(source, run=stamp(now), page=0)

    async def _keep(self, tx: Tx, source: Source, page: Page) -> None:
        await catalogue.put(tx, self._office, source.source, page.entries, source.run)
        await catalogue.note(tx, self._office, source)

    async def _finish(self, source: Source, total: int) -> None:
        gone = await self._store.run(self._conclude, source, total)
        said = {"action": "mirror", "source": source.source, "entries": total, "gone": gone}
        log.info("a list of BPS was read", extra=said)

    async def _conclude(self, tx: Tx, source: Source, total: int) -> int:
        """Drop what is gone; what looks like a mistake of theirs drops nothing until it comes a second time."""
        seen = await catalogue.seen(tx, self._office, source.source, source.run)
        short = seen < LEAST_SHARE * total
        empty = not seen and bool(await catalogue.size(tx, self._office, source.source))
        believed = not short and (not empty or source.fingerprint == NOTHING)
        gone = await catalogue.drop_unseen(tx, self._office, source.source, source.run) if believed else 0
        await catalogue.pack(tx)
        done = replace(source, fingerprint="" if seen else NOTHING, page=0, done_at=self._clock.now())
        await catalogue.note(tx, self._office, done)
        return gone
