"""News of messages of ours: whether they were sent, delivered, read, or failed after all."""

from bot.channels.base import Inbound
from bot.delivery import receipts
from bot.desk.context import Context
from bot.domain.ids import InboxId
from storage.base import Tx


async def status(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    await receipts.resolve(tx, ctx, inbound)
