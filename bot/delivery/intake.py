"""Keeping what comes for an office that another process runs: its owner hears of it by the commit."""

from collections.abc import Callable
from datetime import datetime

from bot.channels.base import NotKept, RawUpdate
from storage import inbox
from storage.base import StorageUnavailable, Store, Tx


class Intake:
    """`store` is the office's, beside its owner."""

    def __init__(self, store: Store, office: str, now: Callable[[], datetime]) -> None:
        self._store = store
        self._office = office
        self._now = now

    async def receive(self, updates: list[RawUpdate], channel: str) -> None:
        """Commit updates. On return they are on disk; else raises NotKept."""
        try:
            await self._store.run(self._keep, updates, channel)
        except StorageUnavailable as error:
            raise NotKept(str(error)) from error

    async def _keep(self, tx: Tx, updates: list[RawUpdate], channel: str) -> None:
        for update in updates:
            await inbox.add(
                tx,
                self._office,
                channel=channel,
                update_id=update.update_id,
                lane=update.lane,
                raw=update.raw,
                at=self._now(),
            )
