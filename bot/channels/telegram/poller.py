"""Receiving by long polling: updates are committed first, and only then confirmed by the next offset."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from telegram.error import TelegramError

from bot.channels.base import NotKept, RawUpdate
from bot.channels.telegram import parse
from bot.channels.telegram.client import DeskBot
from bot.channels.telegram.request import POLL_SECONDS, Refused

log = logging.getLogger(__name__)

POLL_TIMEOUT = 30
POLL_LIMIT = 100
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
# Telegram slows down whoever asks again with the same offset within this time (TELEGRAM.md §2).
NOT_KEPT_PAUSE = 3.0
# Another process polls with our token: stop for a minute, then at most two polls a minute until it has been quiet for
# a while (QUALITY.md F19). The older poll gets the refusal, so ours would throw out theirs and theirs ours.
CONFLICT = 409
CONFLICT_PAUSE = 60.0
CONFLICT_GAP = 30.0
CONFLICT_OVER = 300.0


class Poller:
    """Polls until it is cancelled; no failure ends it.

    `receive` commits updates or raises NotKept; `has_room` returns when more may be taken; `polled` hears of each poll
    that worked; `conflict` whether somebody else polls with our token.
    """

    def __init__(
        self,
        bot: DeskBot,
        *,
        receive: Callable[[list[RawUpdate]], Awaitable[None]],
        has_room: Callable[[], Awaitable[None]],
        polled: Callable[[], Awaitable[None]],
        conflict: Callable[[bool], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._receive = receive
        self._has_room = has_room
        self._polled = polled
        self._conflict = conflict
        self._offset: int | None = None
        self._pause = FIRST_PAUSE
        self._conflict_at: float | None = None

    async def run(self) -> None:
        while True:
            try:
                await self._once()
            except NotKept:
                log.warning("updates could not be kept", extra={"action": "poll"})
                await asyncio.sleep(NOT_KEPT_PAUSE)
            except TelegramError as error:
                log.warning("polling failed", extra={"action": "poll", "error": str(error)})
                await self._rest()
            except Exception:
                log.exception("polling failed", extra={"action": "poll"})
                await self._rest()

    async def _once(self) -> None:
        try:
            await self._has_room()
            await self._take()
            self._pause = FIRST_PAUSE
            await self._after_conflict()
        except Refused as error:
            await self._refused(error)

    async def _take(self) -> None:
        """One poll: commit what came, and only then move the offset on, which confirms it."""
        updates = sorted(await self._updates(), key=lambda update: update["update_id"])
        if updates:
            await self._receive([parse.raw_update(update) for update in updates])
            self._offset = updates[-1]["update_id"] + 1
        await self._polled()

    async def _updates(self) -> list[dict[str, Any]]:
        params = {
            "offset": self._offset,
            "timeout": POLL_TIMEOUT,
            "limit": POLL_LIMIT,
            "allowed_updates": parse.ALLOWED_UPDATES,
        }
        updates: list[dict[str, Any]] = await self._bot.call("getUpdates", params, read_seconds=POLL_SECONDS)
        return updates

    async def _refused(self, error: Refused) -> None:
        if error.status == CONFLICT and "webhook" in error.text:
            log.warning("a webhook is set for this bot; it is removed, updates are polled", extra={"action": "poll"})
            await self._bot.call("deleteWebhook", {})
        elif error.status == CONFLICT:
            log.error("another process polls with this bot's token", extra={"action": "poll"})
            self._conflict_at = asyncio.get_running_loop().time()
            await self._conflict(True)
            await asyncio.sleep(CONFLICT_PAUSE)
        else:
            log.error("Telegram refuses to be polled", extra={"action": "poll", "status": error.status})
            await self._rest(error.retry_after)

    async def _after_conflict(self) -> None:
        """Poll rarely for a while after the last refusal; then it is over."""
        if self._conflict_at is not None and asyncio.get_running_loop().time() - self._conflict_at < CONFLICT_OVER:
            await asyncio.sleep(CONFLICT_GAP)
        else:
            self._conflict_at = None
            await self._conflict(False)

    async def _rest(self, wait: timedelta | None = None) -> None:
        await asyncio.sleep(wait.total_seconds() if wait else self._pause)
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
