"""What platforms call over the web for an office, also where another process runs it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NoReturn

from bot.channels.base import NotKept, RawUpdate
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.webhook import hook_of, route
from bot.settings import Settings
from bot.web.routes import Route

# Commits the updates of a channel, or raises NotKept.
Receive = Callable[[list[RawUpdate], str], Awaitable[None]]


def is_called(settings: Settings) -> bool:
    """Whether anybody calls; else the office's owner asks."""
    return settings.telegram.mode == "webhook" or settings.whatsapp.enabled


def closed(routes: list[Route]) -> list[Route]:
    """The same ones where only another process can answer: a balancer asks the next one (503)."""

    async def elsewhere(request: object) -> NoReturn:
        raise NotKept("another process runs the office")

    return [replace(route, handler=elsewhere) for route in routes]


def webhooks(settings: Settings, secret: bytes, receive: Receive) -> list[Route]:
    """The webhooks of an office."""
    hook, code = hook_of(settings, secret), settings.office.code
    routes = [route(code, hook.secret, lambda updates: receive(updates, TelegramChannel.name))] if hook else []
    if settings.whatsapp.enabled:
        from bot.channels.whatsapp.channel import WhatsAppChannel, make

        name = WhatsAppChannel.name
        channel = make(settings.whatsapp, receive=lambda updates: receive(updates, name), label=lambda key, lang: key)
        routes += channel.routes(code)
    return routes
