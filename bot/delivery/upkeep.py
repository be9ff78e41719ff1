"""What is done in small steps whenever the ticks look: erasures, the nightly retention, and the file's own cleaning."""

import logging
from collections.abc import Callable

from bot.desk import erasure, retention
from bot.desk.context import Context
from storage import erasures
from storage.base import StorageUnavailable, Store

log = logging.getLogger(__name__)

# So many steps at a look: what else is due must not wait for a first night that has years to go through.
STEPS = 200

NewContext = Callable[[], Context]


class Upkeep:
    """One for each desk. Nothing here is lost by a kill: what was not done is found again."""

    def __init__(self, store: Store, context: NewContext) -> None:
        self._store = store
        self._context = context
        self._classes: list[str] = []
        self._cursor = 0
        self._day = 0
        self._gone: dict[str, int] = {}

    async def look(self) -> None:
        """Do what is due; a trouble of the database leaves it for the next look."""
        try:
            await self._erase()
            due: bool = await self._store.run(retention.is_due, self._context())
            if self._classes or due:
                await self._retain(STEPS)
            if await self._store.run(retention.sweepable, self._context()):
                await self._sweep()
        except StorageUnavailable:
            log.warning("the database is not available", extra={"action": "upkeep"})
        except Exception:
            log.exception("upkeep failed", extra={"action": "upkeep"})

    async def _erase(self) -> None:
        """One erasure that cannot go on must not hold up the others: it stays unfinished, and admins are told of it."""
        for found in await self._store.run(erasures.unfinished, self._context().office):
            try:
                while await self._store.run(erasure.work_off, self._context(), found.id):
                    pass
            except StorageUnavailable:
                raise
            except Exception:
                log.exception("an erasure failed", extra={"action": "erase", "erasure": found.id})

    async def run(self) -> dict[str, int]:
        """The whole of a night's retention at once; how many rows of each class went."""
        await self._retain(None)
        gone = self._gone
        await self._sweep()
        return gone

    async def _retain(self, steps: int | None) -> None:
        if not self._classes:
            ctx = self._context()
            self._classes, self._cursor = list(retention.ages(ctx.settings.privacy.keep)), 0
            self._day = retention.day_of(ctx)
            self._gone = dict.fromkeys(self._classes, 0)
        while self._classes and steps != 0:
            steps = None if steps is None else steps - 1
            window = await self._store.run(retention.step, self._context(), self._classes[0], self._cursor)
            self._gone[self._classes[0]] += window.gone
            self._cursor = window.cursor or 0
            if window.cursor is None:
                self._classes.pop(0)
        if not self._classes:
            await self._store.run(retention.finish, self._context(), self._day, self._gone)
            await self._store.compact(whole=False)
            self._store.forget_copies(self._context().now - retention.COPIES_KEPT)

    async def _sweep(self) -> None:
        """Rewrite the file, so that no byte of what was erased is left, here or in the copies of earlier versions."""
        since = self._context().now
        await self._store.run(retention.before_sweep, self._context())
        if await self._store.compact(whole=True):
            self._store.forget_copies(since)
            await self._store.run(retention.swept, self._context(), since)
