"""The offices of one PostgreSQL, shared out between the processes that serve it (DESIGN.md §5)."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from bot.offices.desks import Desk
from bot.offices.shares import Shares
from bot.offices.webhooks import is_called
from storage import inbox
from storage.base import StorageUnavailable, Store
from storage.database import Database
from storage.leases import Leases
from storage.postgres import PostgresStore
from storage.protection import EVERY_OFFICE

log = logging.getLogger(__name__)

# Notices are a hint that shortens this; nothing is lost where they do not come.
TICK_SECONDS = 0.5
HINTS = "meja"
LISTEN_AGAIN_SECONDS = 1.0


class Commons:
    """`desks`: all that are configured here for this database, by office."""

    def __init__(self, url: str, desks: Callable[[], Mapping[str, Desk]]) -> None:
        self.database = Database(url)
        self.leases = Leases(self.database, self._lost)
        self.is_well = False
        self._desks = desks
        self._shares = Shares()
        self._lacks = 0
        self._everything = PostgresStore(self.database, EVERY_OFFICE, None)
        self._hinted = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def open(self) -> None:
        """Raises StorageUnavailable, SchemaTooNew."""
        await self.database.open()
        await self.leases.start()
        self._go(self._run(), "commons")
        if not self.database.place.pooled:
            self._go(self._listen(), "hints")

    async def stop(self) -> None:
        """Take no more offices; those in hand are closed by whoever opened them."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        await self.leases.stop()
        await self.database.close()

    def beside(self, office: str) -> Store:
        """The office's rows, for who does not run it."""
        return PostgresStore(self.database, office, None)

    def _go(self, work: Any, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self) -> None:
        while True:
            try:
                await self.tick()
                self.is_well = True
            except StorageUnavailable as error:
                self.is_well = False
                log.warning("the database is not available", extra={"action": "offices", "error": str(error)})
            except Exception:
                log.exception("offices could not be shared out", extra={"action": "offices"})
            self._hinted.clear()
            with suppress(TimeoutError):  # (not wait_for: in Python 3.11 it may keep a cancellation to itself)
                async with asyncio.timeout(TICK_SECONDS):
                    await self._hinted.wait()

    async def tick(self) -> None:
        """Take what is ours to take, hand over what others lack, and look for what others kept for our offices."""
        desks, held = self._desks(), self.leases.holdings
        survey = await self.leases.survey(self._lacks)
        mine = [office for office in held if office in desks and not desks[office].closing]
        able = [office for office, desk in desks.items() if office in held or desk.may_open]
        now = asyncio.get_running_loop().time()
        plan = self._shares.plan(able, mine, survey.owners, living=survey.living, lacks=survey.lacks, now=now)
        self._lacks = plan.lacks
        for office in plan.take:
            await self._take(desks[office])
        for office in plan.give:
            self._go(desks[office].close(), f"hand over {office}")
        await self._look(desks)

    async def _take(self, desk: Desk) -> None:
        holding = await self.leases.claim(desk.code) if desk.may_open else None
        if holding is None:
            return
        if not desk.may_open:  # the files were read again meanwhile
            await holding.release()
            return

        async def open_store() -> Store:
            return PostgresStore(self.database, desk.code, holding)

        desk.open(open_store)

    async def _look(self, desks: Mapping[str, Desk]) -> None:
        if not any(desk.app is not None and is_called(desk.settings) for desk in desks.values()):
            return
        async with self._everything.reader() as reader:
            waiting = await inbox.offices_waiting(reader)
        for office in waiting:
            desk = desks.get(office)
            if desk is not None and desk.app is not None and is_called(desk.settings):
                await desk.app.inbox.look()

    def _lost(self, office: str) -> None:
        desk = self._desks().get(office)
        if desk is not None:
            self._go(desk.close(), f"lost {office}")

    async def _listen(self) -> None:
        """Hear at once of what would be seen at the next tick."""
        while True:
            with suppress(Exception):
                await self._hear_all()
            await asyncio.sleep(LISTEN_AGAIN_SECONDS)

    async def _hear_all(self) -> None:
        """Until the connection ends."""
        connection, ended = await self.database.apart(), asyncio.Event()
        try:
            connection.add_termination_listener(lambda *_: ended.set())
            await connection.add_listener(HINTS, self._hear)
            await ended.wait()
        finally:
            connection.terminate()

    def _hear(self, connection: Any, pid: int, channel: str, payload: str) -> None:
        topic, _, office = payload.partition(" ")
        desk = self._desks().get(office)
        if topic == "lease":
            self._hinted.set()
        elif topic == "inbox" and desk is not None and desk.app is not None:
            self._go(self._look_at(desk), f"look {office}")
        elif topic == "post" and desk is not None and desk.app is not None and desk.app.post is not None:
            desk.app.post.call()

    async def _look_at(self, desk: Desk) -> None:
        if desk.app is not None:
            with suppress(StorageUnavailable):  # the next tick looks again
                await desk.app.inbox.look()
