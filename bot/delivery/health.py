"""Whether a desk works: what stands against it, in words a machine can act on (QUALITY.md §5)."""

import asyncio
from datetime import timedelta

from bot.delivery.inbox import NewContext
from storage import offices, pulse
from storage.base import StorageUnavailable, Store, Tx

LONGEST_SILENCE = 90.0
OLDEST_WAITING = timedelta(seconds=60)
DATABASE_SECONDS = 4.0
# Whoever asks again within this time gets the same answer: a look writes to the disk.
FRESH_SECONDS = 1.0
LOST_GROUP = "alarm_group"


class Health:
    """The state of one office's desk. `intake` is the word for how updates come, a poll or a webhook."""

    def __init__(self, store: Store, context: NewContext, *, intake: str) -> None:
        self._store = store
        self._context = context
        self._intake = intake
        self._heard_at: float | None = None
        self._looked_at = float("-inf")
        self._found: list[str] = ["starting"]

    def heard(self) -> None:
        """The platform answered, and updates come."""
        self._heard_at = asyncio.get_running_loop().time()

    @property
    def silence(self) -> timedelta:
        """How long nothing has shown that updates come."""
        if self._heard_at is None:
            return timedelta(0)
        return timedelta(seconds=asyncio.get_running_loop().time() - self._heard_at)

    @property
    def known(self) -> list[str]:
        """What was found last."""
        return self._found

    async def faults(self, fresh: float | None = None) -> list[str]:
        """Nothing when all is well; else some of database, schema, backlog, group, and how updates come.

        `fresh`: how old an answer may be, in seconds.
        """
        now = asyncio.get_running_loop().time()
        if now - self._looked_at >= (FRESH_SECONDS if fresh is None else fresh):
            self._found = [*await self._database(), *self._platform()]
            self._looked_at = now
        return self._found

    async def _database(self) -> list[str]:
        """A small write tells more than a look: a full disk still reads well."""
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                return await self._store.run(self._look)
        except (StorageUnavailable, TimeoutError):
            return ["database"]

    async def _look(self, tx: Tx) -> list[str]:
        ctx = self._context()
        await pulse.beat(tx, ctx.office, ctx.now)
        since = await pulse.waits_since(tx, ctx.office)
        faults = {
            "schema": not await pulse.has_schema(tx),
            "backlog": since is not None and ctx.now - since > OLDEST_WAITING,
            "group": LOST_GROUP in (await offices.get(tx, ctx.office)).trouble,
        }
        return [name for name, wrong in faults.items() if wrong]

    def _platform(self) -> list[str]:
        now = asyncio.get_running_loop().time()
        return [] if self._heard_at is not None and now - self._heard_at < LONGEST_SILENCE else [self._intake]
