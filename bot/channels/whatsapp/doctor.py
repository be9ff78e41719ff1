"""A doctor for the WhatsApp side: token, number, templates, and whether Meta finds the webhook. It sends nothing."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp

from bot.channels.base import SendError
from bot.channels.whatsapp.client import Client
from bot.findings import Finding, bad, good
from bot.settings import Settings

SECONDS = 15.0
CHALLENGE = "1158201444"
UNREACHABLE = (aiohttp.ClientError, TimeoutError, OSError)


async def look(settings: Settings, *, running: bool) -> AsyncIterator[Finding]:
    """What there is to say; nothing where the channel is off. `running`: a desk answers webhooks now."""
    if not settings.whatsapp.enabled:
        return
    for finding in await account(settings):
        yield finding
    yield await _webhook(settings, running=running)


async def account(settings: Settings) -> list[Finding]:
    """Token, number, account, templates, and whether an app follows: all that Meta knows."""
    client = Client(settings.whatsapp)
    await client.open()
    try:
        return [finding async for finding in _account(client, settings)]
    finally:
        await client.close()


async def _account(client: Client, settings: Settings) -> AsyncIterator[Finding]:
    url = settings.whatsapp.graph_url
    try:
        number = await client.number()
        yield _number(number)
        for finding in _templates(await client.templates(), settings):
            yield finding
        if not await client.subscriptions():
            yield bad("whatsapp_webhook", "unsubscribed")
    except SendError as error:
        if error.unknown or error.cause == "trouble":
            yield bad("whatsapp", "unreachable", url=url, error=error.detail)
        else:
            yield bad("whatsapp", "refused", reason=_printable(error.detail))


def _number(number: dict[str, Any]) -> Finding:
    name, quality = _printable(str(number.get("verified_name", "?"))), str(number.get("quality_rating", "?"))
    shown = {"title": name, "number": _printable(str(number.get("display_phone_number", "?"))), "quality": quality}
    return bad("whatsapp", "poor", **shown) if quality == "RED" else good("whatsapp", **shown)


def _templates(known: list[dict[str, Any]], settings: Settings) -> Iterator[Finding]:
    """Each named one must be approved in both languages, and be no advertisement: those cost more, and are capped."""
    templates = settings.whatsapp.templates
    states = {(row.get("name"), row.get("language")): row for row in known}
    wanted = [(name, code) for name in templates.names.values() for code in sorted(set(templates.languages.values()))]
    for name, code in wanted:
        row = states.get((name, code), {})
        status = str(row.get("status", ""))
        if status != "APPROVED":
            yield bad("whatsapp_templates", "unapproved", template=name, lang=code, status=_printable(status) or "-")
        elif row.get("category") == "MARKETING":
            yield bad("whatsapp_templates", "marketing", template=name, lang=code)
    missing = sorted(set(templates.model_dump(exclude={"language_id", "language_en"})) - set(templates.names))
    if missing:
        yield good("whatsapp_templates", "by_mail", list=", ".join(missing))
    elif all(states.get(pair, {}).get("status") == "APPROVED" for pair in wanted):
        yield good("whatsapp_templates", count=len(wanted))


async def _webhook(settings: Settings, *, running: bool) -> Finding:
    """The same question as Meta asks, by the address that Meta has."""
    if not settings.web.public_url:
        return bad("whatsapp_webhook", "no_address", code=settings.office.code)
    url = f"{settings.web.public_url.rstrip('/')}/whatsapp/{settings.office.code}"
    token = settings.whatsapp.verify_token.get_secret_value()
    params = {"hub.mode": "subscribe", "hub.challenge": CHALLENGE, "hub.verify_token": token}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session,
            session.get(url, params=params, allow_redirects=False) as response,
        ):
            answer, status = await response.content.read(len(CHALLENGE) + 1), response.status
    except UNREACHABLE as error:
        if not running:
            return good("whatsapp_webhook", "asleep", url=url)
        return bad("whatsapp_webhook", "unreachable", url=url, error=type(error).__name__)
    if status == 200 and answer == CHALLENGE.encode():
        return good("whatsapp_webhook", url=url)
    if not running:
        return good("whatsapp_webhook", "asleep", url=url)
    return bad("whatsapp_webhook", "foreign", url=url, status=status)


def _printable(text: str) -> str:
    """Names come from outside: none may play tricks on the terminal."""
    return "".join(letter for letter in text if letter.isprintable())
