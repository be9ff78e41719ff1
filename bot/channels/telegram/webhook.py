"""Receiving by webhook: Telegram posts each update, and is answered 200 only after the commit."""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telegram.error import TelegramError

from bot.channels.base import Receive
from bot.channels.telegram import parse
from bot.channels.telegram.client import DeskBot
from bot.settings import Settings
from bot.web.routes import Route

if TYPE_CHECKING:
    from aiohttp import web

log = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
MOST_CONNECTIONS = 40
# Telegram is asked this often whether it still calls us, and whether it gets through.
LOOK_SECONDS = 30.0
FIRST_PAUSE = 1.0


@dataclass(frozen=True)
class Hook:
    """What Telegram calls, and what it proves itself with."""

    url: str
    secret: str


def hook_of(settings: Settings, secret: bytes) -> Hook | None:
    """What Telegram is to call, if it is to; the same in every process that has the office's key."""
    if settings.telegram.mode == "polling":
        return None
    derived = hmac.new(secret, f"telegram webhook {settings.office.code}".encode(), "sha256").hexdigest()
    return Hook(settings.telegram_webhook, settings.telegram.webhook_secret.get_secret_value() or derived)


def route(office: str, secret: str, receive: Receive) -> Route:
    """POST /telegram/OFFICE. `receive` commits updates, or raises NotKept: then Telegram is asked to try again."""

    async def take(request: "web.Request") -> "web.StreamResponse":
        from aiohttp import web

        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(errors="replace"), secret.encode()):
            log.warning("a webhook call without the secret", extra={"action": "webhook", "office": office})
            raise web.HTTPForbidden
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        await receive([parse.raw_update(await _update(request))])
        return web.Response()

    return Route("POST", f"/telegram/{office}", take)


async def _update(request: "web.Request") -> dict[str, Any]:
    """The update, whatever is in it: only its number must be one."""
    from aiohttp import web

    try:
        update: Any = await request.json()
        if type(update["update_id"]) is not int:
            raise ValueError
    except (ValueError, TypeError, KeyError, LookupError, RecursionError):
        raise web.HTTPBadRequest from None
    return dict(update)


class Watch:
    """Sets the webhook, and looks after it until it is cancelled; no failure ends it.

    What waits at Telegram is kept when it is set. `reached` hears of each look that found nothing wrong; `conflict`
    whether somebody else uses our token.
    """

    def __init__(
        self,
        bot: DeskBot,
        hook: Hook,
        *,
        reached: Callable[[], Awaitable[None]],
        conflict: Callable[[bool], Awaitable[None]],
    ) -> None:
        self._bot = bot
        self._hook = hook
        self._reached = reached
        self._conflict = conflict
        self._is_set = False
        self._failed_at = 0
        self._is_failing = False
        self._pause = FIRST_PAUSE

    async def run(self) -> None:
        while True:
            try:
                await self._look()
                self._pause = FIRST_PAUSE
                await asyncio.sleep(LOOK_SECONDS)
            except TelegramError as error:
                log.warning("the webhook is not known to work", extra={"action": "webhook", "error": str(error)})
                await self._rest()
            except Exception:
                log.exception("the webhook is not known to work", extra={"action": "webhook"})
                await self._rest()

    async def _rest(self) -> None:
        await asyncio.sleep(self._pause)
        self._pause = min(self._pause * 2, LOOK_SECONDS)

    async def _look(self) -> None:
        """Where somebody took the webhook away it is set again at the next look, and no sooner: he may look too."""
        if not self._is_set:
            await self._set()
        info = await self._bot.call("getWebhookInfo", {})
        self._is_set = info.get("url") == self._hook.url
        if not self._is_set:
            log.error("another program uses this bot's token", extra={"action": "webhook"})
        await self._conflict(not self._is_set)
        if self._is_set and self._gets_through(info):
            await self._reached()

    async def _set(self) -> None:
        params = {
            "url": self._hook.url,
            "secret_token": self._hook.secret,
            "max_connections": MOST_CONNECTIONS,
            "allowed_updates": parse.ALLOWED_UPDATES,
        }
        await self._bot.call("setWebhook", params)
        self._is_set = True

    def _gets_through(self, info: dict[str, Any]) -> bool:
        """It does not from a failure on, until nothing waits any more: Telegram tries again ever more rarely."""
        failed_at = int(info.get("last_error_date", 0))
        waits = bool(info.get("pending_update_count"))
        self._is_failing = waits and (self._is_failing or failed_at != self._failed_at)
        self._failed_at = failed_at
        if self._is_failing:
            said = str(info.get("last_error_message", ""))
            log.error("Telegram does not get through to us", extra={"action": "webhook", "error": said})
        return not self._is_failing
