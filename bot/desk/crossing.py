"""Files that have to change platforms: what stands on one is fetched before it can be sent on another."""

from collections.abc import Iterable

from bot.channels.base import Content
from bot.desk.context import Context
from bot.domain.ids import MessageId
from storage import media, messages
from storage.base import Tx
from storage.media import Media


async def ask_for(tx: Tx, ctx: Context, message_id: MessageId, content: Content, *, to: str) -> None:
    """Have the file of a message fetched, unless it has none or the channel `to` has it already."""
    home, file = content.home, content.file
    if file and home != to:
        await media.add(
            tx,
            ctx.office,
            message_id=message_id,
            channel=home,
            file=file,
            source=content.data,
            kind=content.kind,
            at=ctx.now,
        )


async def ask_for_all(tx: Tx, ctx: Context, message_ids: Iterable[int], *, to: str) -> None:
    """The same for messages that were meant for another channel, and go to this one instead."""
    for message_id in sorted(message_ids):
        message = await messages.need(tx, MessageId(message_id))
        await ask_for(tx, ctx, message.id, Content.from_json(message.content), to=to)


async def found(tx: Tx, ctx: Context, message_id: MessageId, content: Content) -> Media | None:
    """The copy that was made of a message's file, or is being made."""
    return await media.of_file(tx, ctx.office, message_id, content.file)


def staff_channel(ctx: Context) -> str:
    """Where officers are."""
    return next((name for name, traits in ctx.channels.items() if traits.staff), "telegram")
