"""An outbox row made ready to send: texts drawn, the newest version of a message taken."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.channels.base import Button, Content, Outgoing
from bot.delivery import merging
from bot.delivery.places import Place, Pointless
from bot.desk import parties, roster, say
from bot.desk.context import Context
from bot.domain.entities import LIMIT, utf16_len
from bot.domain.ids import MessageId
from storage import accounts, identities, links, messages, outbox
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.links import Link
from storage.messages import Message
from storage.outbox import OutboxRow
from storage.tickets import Ticket


class Anew(Exception):
    """The copy cannot show the edit: the message is to be posted anew."""


CAPTION_LIMIT = 1024
# Kinds without words of their own: a second try of them is marked in the database only.
MARKLESS = ("sticker", "video_note", "location", "venue", "contact", "poll", "dice")


async def compose(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    """What to send there. Raises Pointless, Anew."""
    return await COMPOSERS[row.kind](tx, ctx, row, place)


async def _ticket(tx: Tx, row: OutboxRow) -> Ticket:
    assert row.ticket_id is not None
    return await ticket_rows.need(tx, row.ticket_id)


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


async def _redraw(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    """Another text in the place of one that stands."""
    payload = row.payload
    text = ctx.texts.render(payload["key"], payload["lang"], **payload["params"])
    return Outgoing(
        kind="edit_text", chat=place.chat, target=payload["target"], text=text, buttons=_buttons(ctx, payload)
    )


def _marked(ctx: Context, row: OutboxRow, text: str) -> str:
    """A second try whose first may have arrived says so, where officers read it."""
    if row.uncertain and row.dest == "topic":
        return f"{text}\n\n{ctx.texts.render('staff_resent', say.STAFF_LANG)}"
    return text


def _buttons(ctx: Context, payload: dict[str, Any]) -> tuple[tuple[Button, ...], ...]:
    lang = payload["lang"]
    return tuple(tuple(Button(_label(ctx, key, lang), data) for key, data in row) for row in payload.get("buttons", ()))


def _label(ctx: Context, key: str, lang: str) -> str:
    return key[1:] if key.startswith("=") else ctx.texts.label(say.label_key(key), lang)


async def _reply_ref(tx: Tx, reply_to: str | None, place: Place) -> str | None:
    """ "message:12" is where our message 12 stands in this chat; anything else is the platform's own id."""
    if reply_to is None or not reply_to.startswith("message:"):
        return reply_to
    return await _ref_in(tx, MessageId(int(reply_to.removeprefix("message:"))), place)


async def _ref_in(tx: Tx, message_id: MessageId, place: Place) -> str | None:
    """Where the message stands in that chat; what stands in another topic cannot be replied to from this one."""
    found = [link for link in await links.of_message(tx, message_id) if link.chat == place.chat]
    here = [link for link in found if place.thread is None or link.thread == place.thread]
    return here[-1].ref if here else None


async def _relay(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    """One message, or several texts in one post."""
    parts = [await messages.need(tx, message_id) for message_id in merging.message_ids(row)]
    reply_to = None if row.payload.get("plain") else await _answered_ref(tx, parts[0], place)
    contents = [Content.from_json(part.content) for part in parts]
    content = merging.joined(contents) if len(contents) > 1 else contents[0]
    return Outgoing(
        kind="content",
        chat=place.chat,
        thread=place.thread,
        content=_content(ctx, row, content),
        reply_to=reply_to,
        quote=parts[0].quote if reply_to and not row.payload.get("no_quote") else None,
    )


async def _answered_ref(tx: Tx, message: Message, place: Place) -> str | None:
    return await _ref_in(tx, message.reply_to, place) if message.reply_to is not None else None


def _content(ctx: Context, row: OutboxRow, content: Content) -> Content:
    """As it was written; a kind the platform refused as a text; a second try with its mark, where there is room."""
    if row.payload.get("as_text"):
        content = _as_text(ctx, content)
    if not (row.uncertain and row.dest == "topic") or content.kind in MARKLESS:
        return content
    marked = f"{content.text}\n\n{ctx.texts.render('staff_resent', say.STAFF_LANG)}".strip()
    limit = LIMIT if content.kind == "text" else CAPTION_LIMIT
    return replace(content, text=marked) if utf16_len(marked) <= limit else content


def _as_text(ctx: Context, content: Content) -> Content:
    if content.kind == "text":
        return Content("text", content.text)
    kind = ctx.texts.label(f"kind.{content.kind}", say.STAFF_LANG)
    return Content("text", f"[{kind}] {content.text}".strip())


async def _album(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    parts = [await messages.need(tx, MessageId(n)) for n in row.payload["messages"]]
    reply_to = None if row.payload.get("plain") else await _answered_ref(tx, parts[0], place)
    first, *others = (Content.from_json(part.content) for part in parts)
    contents = (_content(ctx, row, first), *others)
    return Outgoing(
        kind="content" if len(parts) == 1 else "album",
        chat=place.chat,
        thread=place.thread,
        content=contents[0],
        parts=contents,
        reply_to=reply_to,
    )


async def _edit(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    """The newest version in place of the copy; a post of several texts is drawn anew with all of them."""
    message = await messages.need(tx, row.payload["message"])
    copy = await _copy_in(tx, message.id, place)
    ticket = await _ticket(tx, row)
    if row.dest == "topic" and copy.ref == ticket.card:
        return await _card_edit(tx, ctx, row, place)
    content = await _post_of(tx, ctx, copy, place)
    if content.kind == "text" and utf16_len(content.text) > LIMIT:
        raise Anew
    return Outgoing(kind="edit", chat=place.chat, target=copy.ref, content=content)


async def _post_of(tx: Tx, ctx: Context, copy: Link, place: Place) -> Content:
    """Everything that stands in the post, as it is now."""
    found = await links.of_ref(tx, ctx.office, channel=place.channel, chat=place.chat, ref=copy.ref)
    parts = [await messages.need(tx, link.message_id) for link in found if link.role == "copy"]
    contents = [Content.from_json(part.content) for part in parts]
    return merging.joined(contents) if len(contents) > 1 else contents[0]


async def _copy_in(tx: Tx, message_id: MessageId, place: Place, role: str = "copy") -> Link:
    """Where it stands in the chat: its newest copy, in the topic in question if one stands there."""
    found = [link for link in await links.of_message(tx, message_id) if link.chat == place.chat and link.role == role]
    if not found:
        raise Pointless("it does not stand there")
    here = [link for link in found if link.thread == place.thread]
    return (here or found)[-1]


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
            "name": identity.name,
            "lang": identity.lang,
            "origin": account.origin,
            "use": account.use_for,
            "channel": identity.channel,
            "due": ticket.due_at,
            "opened": ticket.opened_at,
            "status": ticket.status,
            "officer": officer.name if officer else None,
            "duty": await roster.mentions(tx, ctx) if officer is None and ticket.closed_at is None else [],
            "question": question,
            "email": ticket.email if ctx.settings.service.email_in_card else None,
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
    "redraw": _redraw,
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
