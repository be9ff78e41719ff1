"""WhatsApp: receives by webhook, sends by the Graph API. Officers are never here."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.channels.base import Content, FetchError, Inbound, Kind, Menu, Outgoing, RawUpdate, SendError, Sent, Traits
from bot.channels.whatsapp.batch import CHANNEL
from bot.channels.whatsapp.client import Client
from bot.channels.whatsapp.files import LARGEST
from bot.channels.whatsapp.parse import parse
from bot.channels.whatsapp.send import Draft, Json, Label, body_of, drafts
from bot.channels.whatsapp.webhook import Webhook
from bot.settings import WhatsApp
from bot.web.routes import Route

log = logging.getLogger(__name__)

TRAITS = Traits(
    window=timedelta(hours=24),
    edits=False,
    deletes=False,
    albums=False,
    billed=True,
    receipts=True,
    evidence=timedelta(seconds=30),
    largest_file=LARGEST,
    drains=False,
)
MakeClient = Callable[[WhatsApp], Client]
# So long Meta repeats what got no answer (WHATSAPP.md §1.6). What is older is a replay of what we may have forgotten.
REPEATS = timedelta(days=7)
DONE = (Kind.MESSAGE, Kind.BUTTON)
# 131056: four times as long for each refusal in a row (WHATSAPP.md §2.4).
MOST_REFUSALS = 6
# More people than that in trouble at once are forgotten, and begin anew.
MANY = 10_000


@dataclass(frozen=True)
class _Begun:
    """A row that needs several messages, of which some have gone out."""

    bodies: list[Json]
    refs: tuple[str, ...]


class WhatsAppChannel:
    """The channel of one number. `receive` commits updates; only then are they confirmed to Meta."""

    name = CHANNEL

    def __init__(self, client: Client, webhook: Webhook, label: Label, traits: Traits = TRAITS) -> None:
        self.traits = traits
        self._client = client
        self._webhook = webhook
        self._label = label
        self._begun: dict[str, _Begun] = {}
        self._refused: dict[str, int] = {}

    def routes(self, office: str) -> list[Route]:
        return self._webhook.routes(office)

    async def open(self) -> None:
        """Be able to send."""
        await self._client.open()

    async def start(self) -> None:
        """Meta comes to us: there is nothing to begin."""

    async def stop(self) -> None:
        """The web server takes its routes away."""

    async def offer(self, menus: Sequence[Menu], staff_chat: str) -> None:
        """There are no menus of commands."""

    async def drain(self) -> None:
        """What waits at Meta cannot be asked for: it comes by itself."""

    async def close(self) -> None:
        await self._client.close()

    def parse(self, raw: str, staff_chat: str, received: datetime) -> Inbound:
        inbound = parse(raw, received)
        if inbound.kind in DONE and received - inbound.at > REPEATS:
            log.warning("older than Meta repeats anything", extra={"action": "webhook"})
            return replace(inbound, kind=Kind.IGNORED)
        return inbound

    async def send(self, message: Outgoing) -> Sent:
        """As many calls as the row needs messages; a repetition goes on where the try before it ended."""
        wanted = drafts(message, self._label)
        bodies = [draft.body for draft in wanted]
        begun = self._begun.pop(message.tag, None)
        refs = list(begun.refs) if begun is not None and begun.bodies == bodies else []
        try:
            for n, draft in enumerate(wanted[len(refs) :], len(refs)):
                refs.append(await self._one(message, draft, part=n, last=n == len(wanted) - 1))
        except SendError as error:
            if refs and message.tag and not error.permanent:
                self._remember(message.tag, _Begun(bodies, tuple(refs)))
            raise self._patient(message.chat, error) from None
        self._refused.pop(message.chat, None)
        return Sent(tuple(refs))

    async def _one(self, message: Outgoing, draft: Draft, *, part: int, last: bool) -> str:
        """Only the last message of a row carries the row's own tag: news of it is news of the whole row."""
        tag = message.tag if last or not message.tag else f"{message.tag}/{part}"
        body = body_of(draft, message, tag=tag, first=part == 0)
        if draft.file is not None:
            uploaded = await self._client.upload(draft.file)
            body[draft.type] = {"id": uploaded, **draft.body}
        return await self._client.message(body)

    def _remember(self, tag: str, begun: _Begun) -> None:
        if len(self._begun) >= MANY:
            self._begun.clear()
        self._begun[tag] = begun

    def _patient(self, chat: str, error: SendError) -> SendError:
        """Too many to one person: longer each time."""
        if error.cause != "paired" or error.retry_after is None:
            return error
        if len(self._refused) >= MANY:
            self._refused.clear()
        times = self._refused[chat] = min(self._refused.get(chat, 0) + 1, MOST_REFUSALS)
        error.retry_after = timedelta(seconds=4**times)
        return error

    async def account(self) -> dict[str, str]:
        """How the number and the templates stand. Raises SendError."""
        number = await self._client.number()
        told = {"quality": number.get("quality_rating"), "limit": number.get("messaging_limit_tier")}
        for row in await self._client.templates():
            key = f"{row.get('name')}:{row.get('language')}"
            told |= {f"template:{key}": row.get("status"), f"category:{key}": row.get("category")}
        return {topic: str(value) for topic, value in told.items() if value}

    async def fetch(self, content: Content) -> AsyncIterator[bytes]:
        """A file that was sent to us. Raises FetchError."""
        media_id = content.data.get("wa_media_id")
        if not isinstance(media_id, str):
            raise FetchError("gone", "no id", permanent=True)
        async for piece in self._client.download(media_id, sha256=content.data.get("sha256", ""), most=LARGEST):
            yield piece


def make(
    settings: WhatsApp,
    *,
    receive: Callable[[list[RawUpdate]], Awaitable[None]],
    label: Label,
    make_client: MakeClient = Client,
) -> WhatsAppChannel:
    """The channel of the configured number."""
    webhook = Webhook(
        app_secret=settings.app_secret.get_secret_value(),
        verify_token=settings.verify_token.get_secret_value(),
        number=settings.phone_number_id,
        account=settings.waba_id,
        receive=receive,
    )
    names = settings.templates
    traits = replace(TRAITS, templates=names.names, template_languages=names.languages)
    return WhatsAppChannel(make_client(settings), webhook, label, traits)
