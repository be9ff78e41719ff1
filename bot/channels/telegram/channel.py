"""Telegram: receives by long polling on raw JSON, sends through PTB's Bot over aiohttp."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from telegram import Bot
from telegram.error import TelegramError

from bot.channels.base import Inbound, NotKept, Outgoing, RawUpdate, SendError, Sent
from bot.channels.telegram import parse
from bot.channels.telegram.errors import send_error
from bot.channels.telegram.request import POLL_SECONDS, AiohttpRequest, Refused, TransportError
from bot.channels.telegram.send import call_of

log = logging.getLogger(__name__)

POLL_TIMEOUT = 30
DRAIN_SECONDS = 10.0
DRAIN_LOOK = 0.05
POLL_LIMIT = 100
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
# Another process polls with our token: at most two polls a minute until it is gone (QUALITY.md F19).
CONFLICT_PAUSE = 60.0


class DeskBot(Bot):
    """PTB's Bot, its answers as the JSON they came as: the desk keeps raw updates and needs ids, not objects."""

    async def call(self, method: str, params: dict[str, Any], *, read_seconds: float | None = None) -> Any:
        """One call. Raises Refused and TransportError.

        Objects and lists go as the JSON text they are sent as: PTB would take them for objects of its own.
        """
        plain = {key: json.dumps(value) if isinstance(value, dict | list) else value for key, value in params.items()}
        return await self._post(method, plain, read_timeout=read_seconds)

    def _insert_defaults(self, data: dict[str, Any]) -> None:
        """We set no defaults; PTB's own step expects its objects where we have JSON."""


class TelegramChannel:
    """The channel of one bot. `receive` commits updates; only then are they confirmed to Telegram."""

    name = parse.CHANNEL

    def __init__(
        self,
        *,
        token: str,
        api_url: str,
        receive: Callable[[list[RawUpdate]], Awaitable[None]],
        has_room: Callable[[], Awaitable[None]],
        polled: Callable[[], Awaitable[None]],
        conflict: Callable[[bool], Awaitable[None]],
    ) -> None:
        self._requests = (AiohttpRequest(), AiohttpRequest(read_seconds=POLL_SECONDS))
        self._bot = DeskBot(
            token,
            base_url=f"{api_url}/bot",
            base_file_url=f"{api_url}/file/bot",
            request=self._requests[0],
            get_updates_request=self._requests[1],
        )
        self._receive = receive
        self._has_room = has_room
        self._polled = polled
        self._conflict = conflict
        self._poller: asyncio.Task[None] | None = None
        self._offset: int | None = None

    async def open(self) -> None:
        """Be able to send."""
        for request in self._requests:
            await request.initialize()

    async def start(self) -> None:
        """Begin to take updates."""
        self._poller = asyncio.create_task(self._poll(), name="telegram poller")

    async def stop(self) -> None:
        """Stop taking updates; requests under way are the outbox's to wait for."""
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)

    async def drain(self) -> None:
        """Ask Telegram until it says that nothing waits: what was written before now is in the inbox then.

        The long poll stays as it is: asking again with the same offset is slowed down by Telegram (TELEGRAM.md §2).
        """
        async with asyncio.timeout(DRAIN_SECONDS):
            while await self._pending():  # noqa: ASYNC110 (what is waited for happens at Telegram)
                await asyncio.sleep(DRAIN_LOOK)

    async def _pending(self) -> bool:
        try:
            info = await self._bot.call("getWebhookInfo", {})
        except TelegramError:
            return True
        return bool(info["pending_update_count"])

    async def close(self) -> None:
        for request in self._requests:
            await request.shutdown()

    def parse(self, raw: str, staff_chat: str, received: datetime) -> Inbound:
        return parse.parse(raw, staff_chat, received)

    async def send(self, message: Outgoing) -> Sent:
        method, params = call_of(message)
        try:
            result = await self._bot.call(method, params)
        except TelegramError as error:
            raise send_error(error) from None
        try:
            return _sent(result)
        except (KeyError, TypeError, ValueError) as error:
            raise SendError("trouble", f"odd answer: {type(error).__name__}", unknown=True) from None

    # Receiving.

    async def _poll(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await self._has_room()
                await self._take()
                pause = FIRST_PAUSE
            except Refused as error:
                pause = await self._refused(error, pause)
            except (TransportError, NotKept) as error:
                log.warning("polling failed", extra={"action": "poll", "error": str(error)})
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _take(self) -> None:
        """One poll: commit what came, and only then move the offset on, which confirms it."""
        updates = await self._bot_updates()
        await self._conflict(False)
        if updates:
            await self._receive([parse.raw_update(update) for update in updates])
            self._offset = max(update["update_id"] for update in updates) + 1
        await self._polled()

    async def _bot_updates(self) -> list[dict[str, Any]]:
        params = {
            "offset": self._offset,
            "timeout": POLL_TIMEOUT,
            "limit": POLL_LIMIT,
            "allowed_updates": parse.ALLOWED_UPDATES,
        }
        updates: list[dict[str, Any]] = await self._bot.call("getUpdates", params, read_seconds=POLL_SECONDS)
        return updates

    async def _refused(self, error: Refused, pause: float) -> float:
        if error.status == 409:
            log.error("another process polls with this bot's token", extra={"action": "poll"})
            await self._conflict(True)
            await asyncio.sleep(CONFLICT_PAUSE)
            return FIRST_PAUSE
        log.error("Telegram refuses to be polled", extra={"action": "poll", "status": error.status})
        wait = error.retry_after or timedelta(seconds=pause)
        await asyncio.sleep(wait.total_seconds())
        return min(pause * 2, LONGEST_PAUSE)


def _sent(result: Any) -> Sent:
    """The ids Telegram gave, from a message, a list of them (album), a topic, or a plain true."""
    if isinstance(result, list):
        return Sent(tuple(str(message["message_id"]) for message in result), at=_at(result[0]))
    if not isinstance(result, dict):
        return Sent()
    if "message_thread_id" in result and "message_id" not in result:
        return Sent(thread=str(result["message_thread_id"]))
    return Sent((str(result["message_id"]),), at=_at(result))


def _at(message: dict[str, Any]) -> datetime | None:
    return datetime.fromtimestamp(message["date"], UTC) if "date" in message else None
