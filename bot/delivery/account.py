"""Asks the platforms how our account is there, a few times a day: news comes by itself, but not of what was before."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.channels.base import Accounted, Channel, SendError
from bot.clock import Clock
from bot.delivery.inbox import NewContext
from bot.desk import account
from storage.base import StorageUnavailable, Store

log = logging.getLogger(__name__)

EVERY = timedelta(hours=6)
AGAIN = timedelta(minutes=10)


class Accounts:
    """One for each desk. What was asked last is in the database; when to ask next is not worth keeping."""

    def __init__(self, store: Store, context: NewContext, channels: Mapping[str, Channel], clock: Clock) -> None:
        self._store = store
        self._context = context
        self._clock = clock
        self._asked = {name: channel for name, channel in channels.items() if isinstance(channel, Accounted)}
        self._next: dict[str, datetime] = {}

    async def look(self) -> None:
        """Ask whoever has not been asked for long; one that does not answer is asked again soon."""
        now = self._clock.now()
        for name, channel in self._asked.items():
            if self._next.get(name, now) <= now:
                self._next[name] = now + (EVERY if await self._ask(name, channel) else AGAIN)

    async def _ask(self, name: str, channel: Accounted) -> bool:
        try:
            facts = await channel.account()
            await self._store.run(account.learned, self._context(), name, facts)
        except (SendError, StorageUnavailable) as error:
            log.info("the account could not be asked", extra={"action": "account", "error": type(error).__name__})
            return False
        return True
