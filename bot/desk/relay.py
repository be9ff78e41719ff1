"""What people write goes to the other side: kept first, then queued, in the order it came."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.channels.base import Content, Inbound
from bot.desk import crossing, files, say
from bot.desk.context import Context
from bot.desk.pieces import fits_in_place, pieces
from bot.domain.ids import InboxId, MessageId
from storage import identities, links, messages, outbox
from storage.base import Tx
from storage.identities import Identity
from storage.messages import Message
from storage.officers import Officer
from storage.tickets import Ticket

# Telegram sends an album as single messages without an end mark: siblings may take this long to come in.
ALBUM_WAIT = timedelta(seconds=1)
ALBUM_MOST = 10


async def keep(
    tx: Tx,
    ctx: Context,
    inbound: Inbound,
    content: Content,
    *,
    inbox_id: InboxId | None,
    side: str,
    ticket: Ticket | None,
    identity: Identity | None,
    officer: Officer | None = None,
) -> Message:
    """Store what was written and where it stands on its platform."""
    answered = await _answered(tx, ctx, inbound, ticket)
    if inbound.reply_to is not None and not await replied_to(tx, ctx, inbound):
        content = replace(content, frame=(*content.frame, "notice"))
    message = await messages.add(
        tx,
        ctx.office,
        ticket_id=ticket.id if ticket else None,
        identity_id=identity.id if identity else None,
        side=side,
        officer_id=officer.id if officer else None,
        content=content.as_json(),
        album=content.album,
        reply_to=answered,
        quote=inbound.quote if answered else None,
        at=inbound.at,
        inbox_id=inbox_id,
    )
    await links.add(
        tx,
        ctx.office,
        channel=inbound.channel,
        chat=inbound.chat,
        ref=inbound.ref,
        message_id=message.id,
        role="source",
        thread=inbound.thread,
    )
    if side == "user" and content.file:
        await crossing.ask_for(tx, ctx, message.id, content, to=crossing.staff_channel(ctx))
    return message


async def _answered(tx: Tx, ctx: Context, inbound: Inbound, ticket: Ticket | None) -> MessageId | None:
    """The message of ours that this one replies to, if it belongs to the same ticket (a draft has none yet)."""
    found = await replied_to(tx, ctx, inbound)
    same = [message for message in found if ticket is None or message.ticket_id == ticket.id]
    quoted = (message for message in same if inbound.quote and inbound.quote in message.content["text"])
    answered = next(quoted, same[-1] if same else None)
    return answered.id if answered else None


async def replied_to(tx: Tx, ctx: Context, inbound: Inbound) -> list[Message]:
    """The messages of ours that stand in the post that this one replies to."""
    if inbound.reply_to is None:
        return []
    found = await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=inbound.chat, ref=inbound.reply_to)
    return [await messages.need(tx, link.message_id) for link in found]


async def pass_on(tx: Tx, ctx: Context, ticket: Ticket, message: Message, *, follow_up: str | None = None) -> None:
    """Queue the message for the other side: parts of an album gather in one row, what is too long follows in more."""
    content = Content.from_json(message.content)
    rest = len(pieces(content)) - 1
    # Whoever waits for the message learns of its last piece; of the others only what goes wrong.
    first = PIECE if follow_up and rest else follow_up
    await _fetch(tx, ctx, ticket, message, content)
    if message.album is None or not await _takes_albums(tx, ctx, ticket, message):
        key = f"relay:{ticket.id}:{message.id}"
        await _queue(tx, ctx, ticket, message, "relay", {"message": message.id}, follow_up=first, dedup=key)
    elif not await _joined_album(tx, ctx, ticket, message):
        await _open_album(tx, ctx, ticket, message, first)
    for part in range(1, rest + 1):
        last = follow_up if part == rest else first
        key = f"relay:{ticket.id}:{message.id}:{part}"
        await _queue_part(tx, ctx, ticket, message, part, follow_up=last, dedup=key)
    if message.side == "user":
        await files.warn(tx, ctx, ticket, message)


async def _fetch(tx: Tx, ctx: Context, ticket: Ticket, message: Message, content: Content) -> None:
    """An officer's file may have to change platforms; a user's was asked for when it was kept."""
    if message.side == "officer" and content.file:
        await crossing.ask_for(tx, ctx, message.id, content, to=await _channel_of(tx, ticket))


async def _takes_albums(tx: Tx, ctx: Context, ticket: Ticket, message: Message) -> bool:
    return message.side == "user" or ctx.traits(await _channel_of(tx, ticket)).albums


async def _channel_of(tx: Tx, ticket: Ticket) -> str:
    identity = await identities.get(tx, ticket.identity_id)
    assert identity is not None
    return identity.channel


# The follow-up of what counts as nothing when it arrives: a piece of a message, or an edit.
PIECE = "piece"


async def _queue_part(tx: Tx, ctx: Context, ticket: Ticket, message: Message, part: int, **how: Any) -> None:
    await _queue(tx, ctx, ticket, message, "relay", {"message": message.id, "part": part, "alone": True}, **how)


async def _open_album(tx: Tx, ctx: Context, ticket: Ticket, message: Message, follow_up: str | None) -> None:
    await _queue(
        tx,
        ctx,
        ticket,
        message,
        "album",
        {"messages": [message.id]},
        follow_up=follow_up,
        not_before=ctx.now + ALBUM_WAIT,
        dedup=_album_key(message, ticket),
    )


def _album_key(message: Message, ticket: Ticket) -> str:
    return f"album:{ticket.id}:{message.side}:{message.album}"


async def _joined_album(tx: Tx, ctx: Context, ticket: Ticket, message: Message) -> bool:
    """Add a part to its waiting album; a part that comes too late opens another one, one that stands there does not."""
    copies = [link for link in await links.of_message(tx, message.id) if link.role == "copy"]
    if any(message.side != "user" or link.thread == ticket.topic for link in copies):
        return True
    key = _album_key(message, ticket)
    row = await outbox.queued_with_dedup(tx, ctx.office, key)
    if row is None or len(row.payload["messages"]) >= ALBUM_MOST:
        await outbox.forget_dedup(tx, ctx.office, key)
        return False
    await outbox.set_payload(tx, row.id, {"messages": [*row.payload["messages"], message.id]})
    return True


async def is_on_its_way(tx: Tx, ctx: Context, ticket: Ticket, message: Message) -> bool:
    """Whether it stands on the other side, or a row was made to bring it there."""
    key = _album_key(message, ticket) if message.album is not None else f"relay:{ticket.id}:{message.id}"
    return await links.has_copy(tx, message.id) or await outbox.was_queued(tx, ctx.office, key)


async def take_back_album(tx: Tx, ctx: Context, ticket: Ticket, note: Message) -> None:
    """The album turned out to be a note while its parts still gathered: none of them goes out."""
    assert note.album is not None
    row = await outbox.queued_with_dedup(tx, ctx.office, f"album:{ticket.id}:officer:{note.album}")
    if row is not None:
        await outbox.end(tx, row.id, "dropped", "note", ctx.now)
    await messages.make_note(tx, ticket.id, note.album)


async def pass_edit(tx: Tx, ctx: Context, ticket: Ticket, message: Message, content: Content) -> None:
    """Queue the newest version, `content`, for where the message was copied to; what cannot stand there goes anew."""
    before = Content.from_json(message.content)
    follow_up = PIECE if message.side == "officer" else None
    await _fetch(tx, ctx, ticket, message, content)
    if message.side == "officer" and await _is_drawn_later(tx, ctx, ticket, message):
        return
    if fits_in_place(before, content):
        await _queue(tx, ctx, ticket, message, "edit", {"message": message.id}, follow_up=follow_up)
    else:
        for part in range(len(pieces(content))):
            await _queue_part(tx, ctx, ticket, message, part, follow_up=follow_up)
    if message.side == "user" and content.data.get("file_unique_id") != before.data.get("file_unique_id"):
        await files.warn(tx, ctx, ticket, replace(message, kind=content.kind, content=content.as_json()))


async def _is_drawn_later(tx: Tx, ctx: Context, ticket: Ticket, message: Message) -> bool:
    """Where nothing can be edited, a message that still waits to be sent goes out as it is then, and once."""
    if ctx.traits(await _channel_of(tx, ticket)).edits:
        return False
    return await outbox.is_untouched(tx, ctx.office, f"relay:{ticket.id}:{message.id}")


async def pass_reaction(tx: Tx, ctx: Context, ticket: Ticket, message: Message, emoji: str | None, *, to: str) -> None:
    """Mirror a reaction on the other side's ("user" or "topic") copy or source of the message."""
    own_side = "user" if message.side == "user" else "topic"
    role = "source" if to == own_side else "copy"
    await say.cosmetic(tx, ctx, ticket, "react", dest=to, message=message.id, emoji=emoji, role=role)


async def _queue(
    tx: Tx, ctx: Context, ticket: Ticket, message: Message, kind: str, payload: dict[str, Any], **how: Any
) -> None:
    """A row of the rank of what people write, for the side that did not write it."""
    to_officers = message.side == "user"
    await outbox.add(
        tx,
        ctx.office,
        lane=say.topic_lane(ticket) if to_officers else f"u:{ticket.identity_id}",
        dest="topic" if to_officers else "user",
        kind=kind,
        payload=payload,
        at=ctx.now,
        rank=outbox.RELAY,
        identity_id=None if to_officers else ticket.identity_id,
        ticket_id=ticket.id,
        **how,
    )
