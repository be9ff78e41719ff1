"""What the desk knows about one person, as a page to read and as JSON (UU 27/2022 art. 7; QUALITY.md §4).

Only what belongs to this chat: somebody who shares the mailbox sees nothing of the others' tickets (DOMAIN.md §6
rule 13). Officers' notes among themselves are not part of it; how many there are is said.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from bot.channels.base import Document
from bot.desk import parties, say, topics
from bot.desk.context import Context
from bot.domain.ids import IdentityId
from storage import (
    accounts,
    audit,
    complaints,
    consents,
    identities,
    messages,
    officers,
    ratings,
    survey_answers,
    ticket_events,
    tickets,
)
from storage.base import Reader, Store
from storage.identities import Identity
from storage.messages import Message
from storage.outbox import OutboxRow
from storage.tickets import Ticket

FORMAT = "meja-own-data-1"
MESSAGES_MOST = 100_000
# What else the channel has told of the person.
PERSON = ("bsuid", "parent_bsuid", "phone", "username", "heard_at")
TAKEN_BACK: dict[str, Any] = {"text": "", "data": {}}


async def own_data(store: Store, ctx: Context, row: OutboxRow) -> Document:
    """The document of an outbox row: `payload.format` is "html" or "json"."""
    assert row.identity_id is not None
    async with store.reader() as reader:
        identity = await identities.get(reader, row.identity_id)
        assert identity is not None
        data = await collect(reader, ctx, identity)
    kind, lang = row.payload["format"], row.payload["lang"]
    name = f"{ctx.texts.label('file.own_data', lang)}-{ctx.calendar.local_date(ctx.now):%Y%m%d}.{kind}"
    return Document(name, DRAWN[kind](ctx, data, lang).encode())


def _as_json(ctx: Context, data: dict[str, Any], lang: str) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2)


def _as_page(ctx: Context, data: dict[str, Any], lang: str) -> str:
    return ctx.texts.page("own_data", lang, data=data)


DRAWN: Mapping[str, Callable[[Context, dict[str, Any], str], str]] = {"json": _as_json, "html": _as_page}


async def collect(reader: Reader, ctx: Context, identity: Identity) -> dict[str, Any]:
    """Everything as plain values; moments are UTC text."""
    return {
        "format": FORMAT,
        "office": ctx.settings.office.name,
        "made_at": say.plain({"at": ctx.now})["at"],
        "person": await _person(reader, identity),
        "consents": [
            say.plain({"version": row.version, "lang": row.lang, "at": row.at, "withdrawn_at": row.withdrawn_at})
            for row in await consents.of_identity(reader, identity.id)
        ],
        "tickets": [await _ticket(reader, ctx, row, identity) for row in await tickets.all_of(reader, identity.id)],
        "drafts": [await _message(reader, ctx, row, identity) for row in await messages.draft(reader, identity.id)],
        "complaints": [
            say.plain({"number": row.number, "at": row.at, "text": row.text, "answer": row.answer})
            for row in await complaints.of_identity(reader, identity.id)
            if not row.anonymous
        ],
        "processing": await _processing(reader, ctx, identity.id),
    }


async def _person(reader: Reader, identity: Identity) -> dict[str, Any]:
    account = await accounts.get(reader, identity.account_id) if identity.account_id else None
    return say.plain(
        {
            "name": identity.name,
            "email": account.email if account else "",
            "origin": account.origin if account else None,
            "use": account.use_for if account else None,
            "channel": identity.channel,
            "channel_id": identity.sender,
            **{kind: value for kind in PERSON if (value := getattr(identity, kind))},
            "lang": identity.lang,
            "since": identity.created_at,
        }
    )


async def _ticket(reader: Reader, ctx: Context, ticket: Ticket, identity: Identity) -> dict[str, Any]:
    written = await messages.of_ticket(reader, ticket.id, MESSAGES_MOST)
    rated = await ratings.of_ticket(reader, ticket.id)
    return say.plain(
        {
            "number": ticket.number,
            "type": ticket.type,
            "email": ticket.email,
            "status": ticket.status,
            "opened_at": ticket.opened_at,
            "due_at": ticket.due_at,
            "closed_at": ticket.closed_at,
            "close_reason": ticket.close_reason,
        }
    ) | {
        "events": [
            say.plain({"at": row.at, "kind": row.kind}) for row in await ticket_events.of_ticket(reader, ticket.id)
        ],
        "messages": [await _message(reader, ctx, row, identity) for row in written if not _is_internal(row)],
        "internal_notes": sum(_is_internal(row) for row in written),
        "ratings": [say.plain({"stars": row.stars, "at": row.at, "feedback": row.feedback}) for row in rated],
        "survey": [
            {"element": row.element, "value": row.value} for row in await survey_answers.of_ticket(reader, ticket.id)
        ],
    }


def _is_internal(message: Message) -> bool:
    """What another office passed on is kept beside the notes, and is the person's."""
    return message.side == "note" and not topics.is_passed(message)


async def _message(reader: Reader, ctx: Context, message: Message, identity: Identity) -> dict[str, Any]:
    """One message with its earlier versions; an officer is called as the public knows them.

    Of what an officer took back only that it was: it may have been meant for somebody else.
    """
    officer = await officers.get(reader, message.officer_id) if message.officer_id else None
    versions = await messages.versions(reader, message.id) if message.version > 1 else []
    if message.side == "officer" and message.withdrawn_at is not None:
        message, versions = replace(message, content=TAKEN_BACK), []
    return {
        **say.plain({"at": message.at, "taken_back": message.withdrawn_at}),
        "by": "earlier" if message.side == "note" else message.side,
        "officer": parties.officer_name(ctx, officer, identity.lang) if officer else None,
        "kind": message.kind,
        "text": message.content["text"],
        "file": message.content["data"].get("file_name") or message.content["data"].get("file_id"),
        "earlier": [say.plain({"until": row.at, "text": row.content["text"]}) for row in versions],
    }


async def _processing(reader: Reader, ctx: Context, identity_id: IdentityId) -> list[dict[str, Any]]:
    """Who did what with these data (art. 31): the person, an officer, the desk itself; no other names."""
    return [
        say.plain(
            {"at": row.at, "by": row.actor.partition(":")[0], "action": row.action, "ticket": row.data.get("ticket")}
        )
        for row in await audit.of_person(reader, ctx.office, identity_id)
    ]


Write = Callable[[Store, Context, OutboxRow], Awaitable[Document]]
FILES: Mapping[str, Write] = {"own_data": own_data}
