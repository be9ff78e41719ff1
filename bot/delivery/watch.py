"""The desk looks after itself: where there is no monitoring, the admins hear in Telegram what it would say.

Each trouble is said once when it begins, and once when it is over (QUALITY.md §5).
"""

import logging
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.delivery.backups import Backups
from bot.delivery.health import Health
from bot.delivery.inbox import NewContext
from bot.desk import arrivals, troubles
from storage import pulse
from storage.base import StorageUnavailable, Store, Tx

log = logging.getLogger(__name__)

OLDEST_POST = timedelta(minutes=5)
LONGEST_SILENCE = timedelta(minutes=3)
# A tenth of a small disk is little; of a great one it is plenty.
LEAST_FREE, PLENTY = 0.10, 20_000_000_000
# Over only when there is clearly more, so that nothing is said to and fro.
CLEARLY = 1.2

Found = dict[str, dict[str, Any] | None]
"""The name of each trouble and the parameters of its text, or None where all is well."""


class Watch:
    """`look` sees what is wrong; `database` is the file on whose disk the desk lives, if it is one."""

    def __init__(
        self, store: Store, context: NewContext, health: Health, backups: Backups, database: Path | None
    ) -> None:
        self._store = store
        self._context = context
        self._health = health
        self._backups = backups
        self._database = database

    async def look(self) -> None:
        """Tell what has begun and what is over. A sick database leaves it for the next look: nothing can be told."""
        try:
            await self._store.run(self._tell, await self._found())
        except StorageUnavailable:
            log.warning("the database is not available", extra={"action": "watch"})

    async def _tell(self, tx: Tx, found: Found) -> None:
        for name, params in found.items():
            if params is None:
                await troubles.end(tx, self._context(), name)
            else:
                await troubles.begin(tx, self._context(), name, **params)
        await arrivals.look_at_channel(tx, self._context())

    async def _found(self) -> Found:
        ctx = self._context()
        async with self._store.reader() as reader:
            since = await pulse.overdue_since(reader, ctx.office, ctx.now)
        silence = self._health.silence
        found: Found = {
            "alarm_outbox": {"since": since} if since and ctx.now - since > OLDEST_POST else None,
            "alarm_poll": {"since": ctx.now - silence} if silence > LONGEST_SILENCE else None,
            "alarm_backup": {"last": self._backups.last_at} if self._backups.is_old(ctx.now) else None,
        }
        free = self._free()
        if not LEAST_FREE <= free < LEAST_FREE * CLEARLY:
            found["alarm_disk"] = {"percent": int(free * 100)} if free < LEAST_FREE else None
        return found

    def _free(self) -> float:
        """The share of the disk that is free; 1 where that is somebody else's care."""
        if self._database is None:
            return 1.0
        usage = shutil.disk_usage(self._database.parent)
        return 1.0 if usage.free > PLENTY else usage.free / usage.total
