"""What a platform tells by itself: of our messages, of people with another number, of the office's account."""

from bot.channels.base import Inbound
from bot.delivery import receipts
from bot.desk import account as accounts
from bot.desk import arrivals, people
from bot.desk.context import Context
from bot.domain.ids import InboxId
from storage import inbox
from storage.base import Tx


async def receipt(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """First it settles what became of a request without an answer, then it counts as any other news of the message."""
    await receipts.resolve(tx, ctx, inbound)
    if not await arrivals.heard(tx, ctx, inbound) and inbox_id is not None:
        await inbox.blank(tx, inbox_id)  # it names somebody, and nothing here is about them


async def renumbered(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    await people.renumbered(tx, ctx, inbound)


async def account(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    await accounts.heard(tx, ctx, inbound)
