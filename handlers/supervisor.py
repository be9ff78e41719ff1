"""The supervisor's chat: a reply to a complaint is its answer. Nothing else is read there."""

from bot.channels.base import Inbound
from bot.desk import complaints
from bot.desk.context import Context
from bot.domain.ids import InboxId
from handlers import group
from handlers.commands import named
from storage import complaints as complaint_rows
from storage.base import Tx


async def message(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """Another group than the staff's: only the supervisor's is listened to."""
    if not ctx.traits(inbound.channel).staff:
        return
    await complaints.heard_from(tx, ctx, inbound.chat)
    text = inbound.content.text if inbound.content is not None else ""
    if text.startswith("/") and named(text)[0] == group.ID_COMMAND:
        await group.tell_id(tx, ctx, inbound)
        return
    await answers(tx, ctx, inbound)


async def membership(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """The desk was added to the supervisor's group, perhaps."""
    await complaints.heard_from(tx, ctx, inbound.chat)


async def answers(tx: Tx, ctx: Context, inbound: Inbound) -> bool:
    """Whether this was a reply to a posted complaint, which is thereby answered."""
    words = inbound.content.text.strip() if inbound.content is not None else ""
    if inbound.reply_to is None or not words or words.startswith("/"):
        return False
    complaint = await complaint_rows.of_post(tx, ctx.office, chat=inbound.chat, ref=inbound.reply_to)
    if complaint is None:
        return False
    await complaints.answer(tx, ctx, complaint, words, chat=inbound.chat)
    return True
