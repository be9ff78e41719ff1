"""Telegram: receives raw JSON by long polling or webhook, sends through PTB's Bot over aiohttp."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from telegram.error import TelegramError

from bot.channels.base import Content, FetchError, Inbound, Menu, Outgoing, RawUpdate, SendError, Sent, Traits
from bot.channels.telegram import parse
from bot.channels.telegram.client import DeskBot
from bot.channels.telegram.errors import send_error
from bot.channels.telegram.poller import Poller
from bot.channels.telegram.request import AiohttpRequest, MakeRequest, Refused
from bot.channels.telegram.send import call_of, with_files
from bot.channels.telegram.webhook import Hook, Watch
from bot.channels.telegram.webhook import route as webhook_route
from bot.web.routes import Route

log = logging.getLogger(__name__)

DRAIN_SECONDS = 60.0
DRAIN_LOOK = 0.05
LARGEST_DOWNLOAD = 20 * 1024 * 1024


class TelegramChannel:
    """The channel of one bot. `receive` commits updates; only then are they confirmed to Telegram.

    `hook`: Telegram calls; else it is asked.
    """

    name = parse.CHANNEL
    traits = Traits(staff=True)

    def __init__(
        self,
        *,
        token: str,
        api_url: str,
        receive: Callable[[list[RawUpdate]], Awaitable[None]],
        has_room: Callable[[], Awaitable[None]],
        polled: Callable[[], Awaitable[None]],
        conflict: Callable[[bool], Awaitable[None]],
        make_request: MakeRequest = AiohttpRequest,
        hook: Hook | None = None,
    ) -> None:
        self._bot = DeskBot(token, api_url, make_request)
        self._receive = receive
        self._hook = hook
        self._source = (
            Watch(self._bot, hook, reached=polled, conflict=conflict)
            if hook
            else Poller(self._bot, receive=receive, has_room=has_room, polled=polled, conflict=conflict)
        )
        self._taking: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Be able to send."""
        await self._bot.open()

    async def name_of_bot(self) -> str:
        """Its user name, by which links lead to it. Raises SendError."""
        try:
            return str((await self._bot.call("getMe", {}))["username"])
        except TelegramError as error:
            raise send_error(error) from None

    async def start(self) -> None:
        """Begin to take updates."""
        self._taking = asyncio.create_task(self._source.run(), name="telegram source")

    async def stop(self) -> None:
        """Stop taking updates; requests under way are the outbox's to wait for."""
        if self._taking is not None:
            self._taking.cancel()
            await asyncio.gather(self._taking, return_exceptions=True)

    async def offer(self, menus: Sequence[Menu], staff_chat: str) -> None:
        """Set the bot's command lists; a refusal is logged, for the commands work all the same."""
        for menu in menus:
            commands = [{"command": name, "description": text} for name, text in menu.commands]
            params = {"commands": commands, "scope": _scope(menu, int(staff_chat)), "language_code": menu.lang or None}
            try:
                await self._bot.call("setMyCommands", params)
            except TelegramError as error:
                log.warning("commands not set", extra={"action": "menu", "place": menu.place, "error": str(error)})

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
        await self._bot.shut()

    def routes(self, office: str) -> Sequence[Route]:
        return [webhook_route(office, self._hook.secret, self._receive)] if self._hook else ()

    def parse(self, raw: str, staff_chat: str, received: datetime) -> Inbound:
        return parse.parse(raw, staff_chat, received)

    async def send(self, message: Outgoing) -> Sent:
        method, params = call_of(with_files(message))
        try:
            result = await self._bot.call(method, params)
        except TelegramError as error:
            raise send_error(error) from None
        try:
            return _sent(result)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise SendError("trouble", f"odd answer: {type(error).__name__}", unknown=True) from None

    async def fetch(self, content: Content) -> AsyncIterator[bytes]:
        """A received file, of 20 MB at most: more a bot may not download (TELEGRAM.md §4). Raises FetchError."""
        if content.data.get("file_size", 0) > LARGEST_DOWNLOAD:
            raise FetchError("too_big", permanent=True)
        try:
            file = await self._bot.call("getFile", {"file_id": content.data["file_id"]})
        except Refused as error:
            raise _no_file(error) from None
        except TelegramError as error:
            raise FetchError("trouble", str(error)) from None
        async for piece in self._bot.download(str(file.get("file_path", ""))):
            yield piece


def _no_file(error: Refused) -> FetchError:
    """Told apart by Telegram's words, as refusals of messages are."""
    if error.retry_after is not None:
        return FetchError("trouble", error.text)
    return FetchError("too_big" if "too big" in error.text.lower() else "gone", error.text, permanent=True)


def _scope(menu: Menu, staff_chat: int) -> dict[str, Any]:
    """To whom Telegram offers the commands."""
    if menu.place == "staff":
        group = {"type": "chat", "chat_id": staff_chat}
        return {**group, "type": "chat_member", "user_id": int(menu.member)} if menu.member else group
    return {"type": "chat", "chat_id": int(menu.member)} if menu.member else {"type": "all_private_chats"}


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
