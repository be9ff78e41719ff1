"""An outbox row made ready to send: destinations resolved, texts drawn, the newest version of a message taken."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.channels.base import Button, Content, Outgoing
from bot.desk import parties, say
from bot.desk.context import Context
from bot.domain.ids import MessageId
from storage import accounts, identities, links, messages, offices, outbox
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.identities import Identity
from storage.links import Link
from storage.messages import Message
from storage.outbox import OutboxRow
from storage.tickets import Ticket


class NotYet(Exception):
    """The ticket's topic does not stand yet; it wakes this lane when it does."""


class Pointless(Exception):
    """There is nothing to do any more: already done, or what it was about is gone."""


class Unreachable(Exception):
    """The person cannot be written to for now."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Place:
    """Where a row goes: the channel, the chat, and the topic within it."""

    channel: str
    chat: str
    thread: str | None = None


@dataclass(frozen=True)
class Composed:
    place: Place
    message: Outgoing


STAFF_CHANNEL = "telegram"


async def compose(tx: Tx, ctx: Context, row: OutboxRow) -> Composed:
    """Raises NotYet, Pointless, Unreachable."""
    place = await _place(tx, ctx, row)
    message = await COMPOSERS[row.kind](tx, ctx, row, place)
    return Composed(place, message)


# Where to.


async def _place(tx: Tx, ctx: Context, row: OutboxRow) -> Place:
    if row.dest == "user":
        return await _user_place(tx, row)
    if row.dest == "topic":
        return await _topic_place(tx, ctx, row)
    if row.dest == "staff":
        return Place(STAFF_CHANNEL, await staff_chat(tx, ctx), row.payload.get("thread"))
    if row.dest == "query":
        return Place(STAFF_CHANNEL, "")
    return Place(STAFF_CHANNEL, row.dest.removeprefix("chat:"))


async def staff_chat(tx: Tx, ctx: Context) -> str:
    """The staff group's id, also after Telegram moved the group."""
    office = await offices.get(tx, ctx.office)
    return office.moved_to or office.staff_chat


async def _user_place(tx: Tx, row: OutboxRow) -> Place:
    identity = await _identity(tx, row)
    if identity.unreachable_at is not None:
        raise Unreachable(identity.unreachable_reason or "")
    return Place(identity.channel, identity.chat)


async def _identity(tx: Tx, row: OutboxRow) -> Identity:
    assert row.identity_id is not None
    identity = await identities.get(tx, row.identity_id)
    if identity is None:
        raise Pointless("the person was erased")
    return identity


async def _topic_place(tx: Tx, ctx: Context, row: OutboxRow) -> Place:
    """The ticket's topic; while it is being made, only its own setting up may write there."""
    ticket = await _ticket(tx, row)
    setup = say.setup_lane(ticket)
    if ticket.topic is None or (row.lane != setup and await outbox.busy(tx, ctx.office, setup)):
        raise NotYet
    return Place(STAFF_CHANNEL, await staff_chat(tx, ctx), ticket.topic)


async def _ticket(tx: Tx, row: OutboxRow) -> Ticket:
    assert row.ticket_id is not None
    return await ticket_rows.need(tx, row.ticket_id)


# What.


async def _text(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    payload = row.payload
    text = ctx.texts.render(payload["key"], payload["lang"], **payload["params"])
    return Outgoing(
        kind="text",
        chat=place.chat,
        thread=place.thread,
        text=_marked(ctx, row, text),
        buttons=_buttons(ctx, payload),
        reply_to=await _reply_ref(tx, payload.get("reply_to"), place),
    )


def _marked(ctx: Context, row: OutboxRow, text: str) -> str:
    """A second try whose first may have arrived says so, where officers read it."""
    if row.uncertain and row.dest == "topic":
        return f"{text}\n\n{ctx.texts.render('staff_resent', say.STAFF_LANG)}"
    return text


def _buttons(ctx: Context, payload: dict[str, Any]) -> tuple[tuple[Button, ...], ...]:
    lang = payload["lang"]
    return tuple(
        tuple(Button(ctx.texts.label(key if "." in key else f"button.{key}", lang), data) for key, data in row)
        for row in payload.get("buttons", ())
    )


async def _reply_ref(tx: Tx, reply_to: str | None, place: Place) -> str | None:
    """ "message:12" is where our message 12 stands in this chat; anything else is the platform's own id."""
    if reply_to is None or not reply_to.startswith("message:"):
        return reply_to
    return await _ref_in(tx, MessageId(int(reply_to.removeprefix("message:"))), place)


async def _ref_in(tx: Tx, message_id: MessageId, place: Place) -> str | None:
    found = [link for link in await links.of_message(tx, message_id) if link.chat == place.chat]
    return found[-1].ref if found else None


async def _relay(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    message = await messages.need(tx, row.payload["message"])
    reply_to = None if row.payload.get("plain") else await _answered_ref(tx, message, place)
    return Outgoing(
        kind="content",
        chat=place.chat,
        thread=place.thread,
        content=_content(ctx, row, message),
        reply_to=reply_to,
        quote=message.quote if reply_to else None,
    )


async def _answered_ref(tx: Tx, message: Message, place: Place) -> str | None:
    return await _ref_in(tx, message.reply_to, place) if message.reply_to is not None else None


def _content(ctx: Context, row: OutboxRow, message: Message) -> Content:
    content = Content.from_json(message.content)
    if not (row.uncertain and row.dest == "topic"):
        return content
    marker = ctx.texts.render("staff_resent", say.STAFF_LANG)
    return Content(content.kind, f"{content.text}\n\n{marker}".strip(), content.entities, content.data)


async def _album(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    parts = [await messages.need(tx, MessageId(n)) for n in row.payload["messages"]]
    reply_to = None if row.payload.get("plain") else await _answered_ref(tx, parts[0], place)
    return Outgoing(
        kind="content" if len(parts) == 1 else "album",
        chat=place.chat,
        thread=place.thread,
        content=_content(ctx, row, parts[0]),
        parts=tuple(_content(ctx, row, part) for part in parts),
        reply_to=reply_to,
    )


async def _edit(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    message = await messages.need(tx, row.payload["message"])
    copy = await _copy_in(tx, message.id, place)
    ticket = await _ticket(tx, row)
    if copy.ref == ticket.card:
        return await _card_edit(tx, ctx, row, place)
    return Outgoing(kind="edit", chat=place.chat, target=copy.ref, content=Content.from_json(message.content))


async def _copy_in(tx: Tx, message_id: MessageId, place: Place, role: str = "copy") -> Link:
    found = [link for link in await links.of_message(tx, message_id) if link.chat == place.chat and link.role == role]
    if not found:
        raise Pointless("it does not stand there")
    return found[-1]


async def _react(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    payload = row.payload
    link = await _copy_in(tx, payload["message"], place, payload["role"])
    return Outgoing(kind="react", chat=place.chat, target=link.ref, emoji=payload["emoji"])


async def _delete(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    copy = await _copy_in(tx, row.payload["message"], place)
    return Outgoing(kind="delete", chat=place.chat, target=copy.ref)


# Topics and cards.


async def _topic_create(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    if (await _ticket(tx, row)).topic is not None:
        raise Pointless("the topic stands")
    return Outgoing(kind="topic_create", chat=place.chat, name=row.payload["name"])


async def _topic_close(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    return Outgoing(kind="topic_close", chat=place.chat, thread=place.thread)


async def _topic_reopen(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    return Outgoing(kind="topic_reopen", chat=place.chat, thread=place.thread)


async def _card(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    text = await _card_text(tx, ctx, await _ticket(tx, row), row.payload.get("message"))
    return Outgoing(
        kind="text",
        chat=place.chat,
        thread=place.thread,
        text=_marked(ctx, row, text),
        buttons=_buttons(ctx, row.payload),
    )


async def _card_edit(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    """The card as it is now; a closed ticket's card has no buttons."""
    ticket = await _ticket(tx, row)
    posted = await outbox.card_of(tx, ticket.id)
    if ticket.card is None or posted is None:
        raise Pointless("no card stands")
    return Outgoing(
        kind="edit_text",
        chat=place.chat,
        target=ticket.card,
        text=await _card_text(tx, ctx, ticket, posted.payload.get("message")),
        buttons=_buttons(ctx, posted.payload) if ticket.closed_at is None else (),
    )


async def _card_text(tx: Tx, ctx: Context, ticket: Ticket, question_id: int | None) -> str:
    account = await accounts.get(tx, ticket.account_id)
    identity = await identities.get(tx, ticket.identity_id)
    assert account is not None and identity is not None
    officer = await parties.officer_of(tx, ticket)
    question = (await messages.need(tx, MessageId(question_id))).content["text"] if question_id else None
    params = say.plain(
        {
            "number": ticket.number,
            "type": ticket.type,
            "name": account.name,
            "lang": identity.lang,
            "origin": account.origin,
            "use": account.use_for,
            "channel": identity.channel,
            "due": ticket.due_at,
            "opened": ticket.opened_at,
            "status": ticket.status,
            "officer": officer.name if officer else None,
            "question": question,
            "email": account.email if ctx.settings.service.email_in_card else None,
        }
    )
    return ctx.texts.render("staff_card", say.STAFF_LANG, **params)


async def _toast(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    payload = row.payload
    text = ctx.texts.render(payload["key"], payload["lang"], **payload["params"]) if payload["key"] else ""
    return Outgoing(kind="toast", chat="", text=text, query=payload["query"])


Composer = Callable[[Tx, Context, OutboxRow, Place], Awaitable[Outgoing]]

COMPOSERS: dict[str, Composer] = {
    "text": _text,
    "relay": _relay,
    "album": _album,
    "edit": _edit,
    "react": _react,
    "delete": _delete,
    "topic_create": _topic_create,
    "topic_close": _topic_close,
    "topic_reopen": _topic_reopen,
    "card": _card,
    "card_edit": _card_edit,
    "toast": _toast,
}
