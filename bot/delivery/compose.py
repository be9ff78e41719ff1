"""An outbox row made ready to send: texts drawn, the newest version of a message taken."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.channels.base import Button, Content, Outgoing
from bot.delivery import cards, merging
from bot.delivery.places import STAFF_CHANNEL, NotSoon, NotYet, Place, Pointless
from bot.desk import crossing, precedents, referral, say, templates, topics
from bot.desk.context import Context
from bot.desk.pieces import CAPTIONED, pieces, room
from bot.domain.entities import clipped, shifted, utf16_len
from bot.domain.ids import MessageId
from storage import links, messages, outbox
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.links import Link
from storage.messages import Message
from storage.outbox import OutboxRow
from storage.tickets import Ticket


class Anew(Exception):
    """The copy cannot show the edit: the message is to be posted anew."""


# Texts with words of other people, that are looked up when they are sent and stand in no row.
WORDED = {"staff_snippets": precedents.worded}
# What Telegram compares when a part of a message is quoted.
QUOTED_MARKS = ("bold", "italic", "underline", "strikethrough", "spoiler", "custom_emoji", "date_time")


async def compose(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    """What to send there. Raises Pointless, NotYet, NotSoon, Anew."""
    message = await COMPOSERS[row.kind](tx, ctx, row, place)
    return message if place.channel == STAFF_CHANNEL else replace(message, tag=row.tag, lang=_lang(row))


def _lang(row: OutboxRow) -> str:
    return str(row.payload.get("lang", say.STAFF_LANG))


async def _ticket(tx: Tx, row: OutboxRow) -> Ticket:
    assert row.ticket_id is not None
    return await ticket_rows.need(tx, row.ticket_id)


async def _text(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    payload = row.payload
    worded = WORDED.get(payload["key"])
    params = await worded(tx, payload["params"]) if worded else payload["params"]
    text = ctx.texts.render(payload["key"], payload["lang"], **params)
    for said in payload.get("more", ()):
        text += "\n\n" + ctx.texts.render(said["key"], payload["lang"], **said["params"])
    if place.closed:
        call = templates.call_of(ctx, place.channel, payload)
        return Outgoing(kind="template", chat=place.chat, text=text, template=call)
    return Outgoing(
        kind="text",
        chat=place.chat,
        thread=place.thread,
        text=_marked(ctx, row, text),
        buttons=_buttons(ctx, payload),
        reply_to=await _reply_ref(tx, payload.get("reply_to"), place),
    )


async def _invitation(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    """The way to another office, under a button: the link stands in no row, and is drawn only here."""
    payload = row.payload
    url = await referral.link(tx, ctx, payload["referral"])
    if url is None:
        raise Pointless("taken back")
    text = ctx.texts.render(payload["key"], payload["lang"], **payload["params"])
    leads = Button(_label(ctx, "refer_open", payload["lang"]), "", url)
    return Outgoing(kind="text", chat=place.chat, thread=place.thread, text=text, buttons=((leads,),))


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
    content = merging.joined(contents) if len(contents) > 1 else _piece(ctx, row, contents[0])
    if content.file:
        content = await _at_hand(tx, ctx, parts[0].id, content, place)
    if row.payload.get("corrected") and not ctx.traits(place.channel).edits:
        content = _corrected(ctx, await _ticket(tx, row), content)
    quote = parts[0].quote if reply_to and not row.payload.get("no_quote") else None
    return Outgoing(
        kind="content",
        chat=place.chat,
        thread=place.thread,
        content=_content(ctx, row, content),
        reply_to=reply_to if not row.payload.get("part") else None,
        quote=quote,
        quote_entities=await _quoted_marks(tx, parts[0]) if quote else (),
    )


async def _at_hand(tx: Tx, ctx: Context, message_id: MessageId, content: Content, place: Place) -> Content:
    """A file of another platform goes as the copy that was made of it. Raises NotYet, NotSoon: not made yet."""
    if content.home == place.channel:
        return content
    copy = await crossing.found(tx, ctx, message_id, content)
    if copy is not None and copy.state == "waiting":
        raise NotSoon if copy.late else NotYet
    if copy is not None and copy.state == "here":
        return replace(content, data=content.data | {"media": copy.id})
    return replace(content, data=content.data | {"lost": "too_big" if copy and copy.error == "too_big" else "media"})


def _corrected(ctx: Context, ticket: Ticket, content: Content) -> Content:
    """Where nothing can be edited, the newest version says that it corrects another."""
    if content.kind != "text" and content.kind not in CAPTIONED:
        return content
    before = f"{ctx.texts.render('correction', ticket.lang)}\n"
    return replace(content, text=before + content.text, entities=shifted(content.entities, utf16_len(before)))


def _piece(ctx: Context, row: OutboxRow, content: Content) -> Content:
    """The piece of a message that the row carries; shorter by an edit meanwhile, it may have fewer."""
    content = _nth(pieces(content), row.payload.get("part", 0))
    return _nth(pieces(in_words(ctx, row, content)), row.payload["words"]) if "words" in row.payload else content


def _nth(found: list[Content], part: int) -> Content:
    if part >= len(found):
        raise Pointless("the message is shorter now")
    return found[part]


async def _quoted_marks(tx: Tx, message: Message) -> tuple[dict[str, Any], ...]:
    """The marks of the quoted words, where they first stand in the message that is answered."""
    if message.reply_to is None or message.quote is None:
        return ()
    content = (await messages.need(tx, message.reply_to)).content
    before, found, _ = content["text"].partition(message.quote)
    if not found:
        return ()
    start = utf16_len(before)
    marks = [entity for entity in content["entities"] if entity["type"] in QUOTED_MARKS]
    return tuple(clipped(marks, start=start, end=start + utf16_len(message.quote)))


async def _answered_ref(tx: Tx, message: Message, place: Place) -> str | None:
    return await _ref_in(tx, message.reply_to, place) if message.reply_to is not None else None


def _content(ctx: Context, row: OutboxRow, content: Content) -> Content:
    """As it was written; to officers with what surrounds it, and a second try with its mark, where there is room."""
    if row.dest != "topic" or (content.kind != "text" and content.kind not in CAPTIONED):
        return content
    lines = [ctx.texts.render("staff_frame", say.STAFF_LANG, frame=list(content.frame))] if content.frame else []
    lines += [ctx.texts.render("staff_resent", say.STAFF_LANG)] if row.uncertain and row.kind != "edit" else []
    marked = "\n\n".join([content.text, *lines]).strip() if lines else content.text
    return replace(content, text=marked) if utf16_len(marked) <= room(content.kind) else content


def in_words(ctx: Context, row: OutboxRow, content: Content) -> Content:
    """The words without marks; officers also read what they belonged to, and how it goes on."""
    if content.kind == "text" or row.dest != "topic":
        return Content("text", content.text, frame=content.frame)
    kind = ctx.texts.label(f"kind.{content.kind}", say.STAFF_LANG)
    told = ctx.texts.render("staff_as_text", say.STAFF_LANG)
    return Content("text", "\n\n".join([f"[{kind}] {content.text}".strip(), told]))


async def _album(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    parts = [await messages.need(tx, MessageId(n)) for n in row.payload["messages"]]
    reply_to = None if row.payload.get("plain") else await _answered_ref(tx, parts[0], place)
    first, *others = (pieces(Content.from_json(part.content))[0] for part in parts)
    contents = (_content(ctx, row, first), *others)
    if any(content.file and content.home != place.channel for content in contents):
        contents = tuple(
            [await _at_hand(tx, ctx, part.id, content, place) for part, content in zip(parts, contents, strict=True)]
        )
    quote = parts[0].quote if reply_to and not row.payload.get("no_quote") else None
    return Outgoing(
        kind="content" if len(parts) == 1 else "album",
        chat=place.chat,
        thread=place.thread,
        content=contents[0],
        parts=contents,
        reply_to=reply_to,
        quote=quote,
        quote_entities=await _quoted_marks(tx, parts[0]) if quote else (),
    )


async def _edit(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    """The newest version in place of the copy; a post of several texts is drawn anew with all of them."""
    message = await messages.need(tx, row.payload["message"])
    copy = await _copy_in(tx, message.id, place)
    if not ctx.traits(place.channel).edits:
        raise Anew
    ticket = await _ticket(tx, row)
    if row.dest == "topic" and copy.ref == ticket.card:
        if not topics.fits_card(message):
            raise Anew
        return await _card_edit(tx, ctx, row, place)
    content = await _post_of(tx, ctx, copy, place)
    if len(pieces(content)) > 1:
        raise Anew
    return Outgoing(kind="edit", chat=place.chat, target=copy.ref, content=_content(ctx, row, content))


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
    """Every copy goes: a long message has several, an edit may have been posted anew."""
    links_of = await links.of_message(tx, row.payload["message"])
    copies = tuple(link.ref for link in links_of if link.chat == place.chat and link.role == "copy")
    if not copies:
        raise Pointless("it does not stand there")
    return Outgoing(kind="delete", chat=place.chat, targets=copies)


# Topics and cards.


async def _topic_create(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    if (await _ticket(tx, row)).topic is not None:
        raise Pointless("the topic stands")
    return Outgoing(kind="topic_create", chat=place.chat, name=row.payload["name"])


async def _topic_close(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    return Outgoing(kind="topic_close", chat=place.chat, thread=place.thread)


async def _topic_reopen(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    return Outgoing(kind="topic_reopen", chat=place.chat, thread=place.thread)


async def _topic_rename(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    return Outgoing(kind="topic_rename", chat=place.chat, thread=place.thread, name=row.payload["name"])


async def _topic_delete(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    return Outgoing(kind="topic_delete", chat=place.chat, thread=place.thread)


async def _own_data(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    """The caption; the file itself is drawn just before and never stored."""
    caption = ctx.texts.render("privacy_file", row.payload["lang"], format=row.payload["format"])
    return Outgoing(kind="document", chat=place.chat, text=caption)


async def _report_file(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    """A picture, a paper or a workbook; its own caption is drawn with it."""
    return Outgoing(kind="document", chat=place.chat, thread=row.payload["thread"])


async def _card(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    text = await cards.text(tx, ctx, await _ticket(tx, row), row.payload.get("message"))
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
        text=await cards.text(tx, ctx, ticket, posted.payload.get("message")),
        buttons=_buttons(ctx, posted.payload) if ticket.closed_at is None else (),
    )


async def _toast(tx: Tx, ctx: Context, row: OutboxRow, place: Place) -> Outgoing:
    payload = row.payload
    text = ctx.texts.render(payload["key"], payload["lang"], **payload["params"]) if payload["key"] else ""
    return Outgoing(kind="toast", chat="", text=text, query=payload["query"])


Composer = Callable[[Tx, Context, OutboxRow, Place], Awaitable[Outgoing]]

COMPOSERS: dict[str, Composer] = {
    "text": _text,
    "invitation": _invitation,
    "redraw": _redraw,
    "relay": _relay,
    "album": _album,
    "edit": _edit,
    "react": _react,
    "delete": _delete,
    "topic_create": _topic_create,
    "topic_close": _topic_close,
    "topic_reopen": _topic_reopen,
    "topic_rename": _topic_rename,
    "topic_delete": _topic_delete,
    "own_data": _own_data,
    "report_file": _report_file,
    "card": _card,
    "card_edit": _card_edit,
    "toast": _toast,
}
