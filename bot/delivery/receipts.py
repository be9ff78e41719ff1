"""News of messages of ours, on channels that send it: it settles what became of a request without an answer."""

from typing import Any

from bot.channels.base import Inbound, SendError, Sent
from bot.delivery import marks, trouble
from bot.delivery.places import place_gone_to
from bot.desk.context import Context
from storage import outbox
from storage.base import Tx
from storage.outbox import OutboxRow

ARRIVED = ("sent", "delivered", "read")


async def resolve(tx: Tx, ctx: Context, inbound: Inbound) -> None:
    """A row of unknown outcome that the news is about is sent from now on, or surely was not.

    The news names its row by the tag that went out with the message (`Outgoing.tag`): a tag that is not the
    row's own belongs to a message before the row's last one, and says nothing of the whole.
    """
    row = await _row_of(tx, ctx, inbound)
    if row is None:
        return
    arrived = inbound.change in ARRIVED
    if row.state == "sending":  # the answer may still come, or be cut
        await outbox.note(tx, row.id, {"seen": inbound.ref} if arrived else {"failed": _why(inbound)})
    elif row.state == "unknown":
        place = await place_gone_to(tx, ctx, row)
        if place.channel != inbound.channel:  # too late: its ticket has moved, and it goes to another chat now
            return
        if arrived:
            await marks.told(tx, ctx, row, place, Sent((inbound.ref,), at=inbound.at))
        else:
            await trouble.settle(tx, ctx, row, place, SendError(**_why(inbound)))
        tx.signal("outbox", row.lane)


def _why(inbound: Inbound) -> dict[str, Any]:
    """The platform had it and could not deliver it: decided as if it had been refused at once."""
    told = inbound.data
    permanent = bool(told.get("permanent", True))
    return {"cause": str(told.get("cause", "rejected")), "detail": inbound.error, "permanent": permanent}


async def _row_of(tx: Tx, ctx: Context, inbound: Inbound) -> OutboxRow | None:
    row = await outbox.of_tag(tx, inbound.tag)
    return row if row is not None and row.office == ctx.office and row.identity_id is not None else None


async def recover(tx: Tx, ctx: Context) -> None:
    """After a start: what was under way when the process ended, and is known to have arrived, is sent."""
    for row in await outbox.sending(tx, ctx.office):
        news = row.result or {}
        if row.identity_id is not None and "seen" in news:
            await marks.told(tx, ctx, row, await place_gone_to(tx, ctx, row), Sent((news["seen"],)))
