"""News of messages of ours, on channels that send it: it settles what became of a request without an answer."""

from bot.channels.base import Inbound, SendError, Sent
from bot.delivery import marks, trouble
from bot.delivery.places import NotYet, Place, Pointless, Unreachable, place_gone_to
from bot.desk.context import Context
from bot.domain.ids import OutboxId
from storage import outbox
from storage.base import Reader, Tx
from storage.outbox import OutboxRow

ARRIVED = ("sent", "delivered", "read")


async def resolve(tx: Tx, ctx: Context, inbound: Inbound) -> None:
    """A row of unknown outcome that the news is about is sent from now on, or surely was not.

    The news names its row by the tag that went out with the message (`Outgoing.tag`): a tag that is not the plain
    number of a row belongs to a message before the row's last one, and says nothing of the whole.
    """
    row = await _row_of(tx, ctx, inbound)
    if row is None:
        return
    if inbound.change not in ARRIVED:
        if row.state == "unknown":
            await _failed(tx, ctx, row, inbound)
    elif row.state == "sending":
        await outbox.see(tx, row.id, inbound.ref)  # the answer may still come, or be cut
    elif row.state == "unknown":
        await marks.told(tx, ctx, row, await _place(tx, ctx, row, inbound), Sent((inbound.ref,), at=inbound.at))
        tx.signal("outbox", row.lane)


async def _row_of(tx: Tx, ctx: Context, inbound: Inbound) -> OutboxRow | None:
    if not (inbound.tag.isascii() and inbound.tag.isdigit()):
        return None
    row = await outbox.get(tx, OutboxId(int(inbound.tag)))
    return row if row is not None and row.office == ctx.office else None


async def _failed(tx: Tx, ctx: Context, row: OutboxRow, inbound: Inbound) -> None:
    """The platform had it and could not deliver it: decided as if it had been refused at once."""
    cause = str(inbound.data.get("cause", "rejected"))
    error = SendError(cause, inbound.error, permanent=bool(inbound.data.get("permanent", True)))
    await trouble.settle(tx, ctx, row, await _place(tx, ctx, row, inbound), error)
    tx.signal("outbox", row.lane)


async def _place(tx: Tx, ctx: Context, row: OutboxRow, inbound: Inbound) -> Place:
    """Where the row went: the news itself may not say to whom, or by another of the person's ids."""
    try:
        return await place_gone_to(tx, ctx, row)
    except (NotYet, Pointless, Unreachable):
        return Place(inbound.channel, inbound.chat)


async def proven(tx: Reader, office: str) -> list[tuple[OutboxRow, str]]:
    """What was under way when the process ended, and is known to have arrived; with the message it became."""
    rows = await outbox.sending(tx, office)
    return [(row, row.result["seen"]) for row in rows if row.result is not None and row.result.get("seen")]
