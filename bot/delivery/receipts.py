"""News of messages of ours, on channels that send it: it settles what became of a request without an answer."""

import re

from bot.channels.base import Inbound, SendError, Sent
from bot.delivery import marks, trouble
from bot.delivery.places import Place
from bot.desk.context import Context
from bot.domain.ids import OutboxId
from storage import identities, outbox
from storage.base import Tx
from storage.outbox import OutboxRow

ROW_ID = re.compile(r"[0-9]{1,18}")
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
        await marks.told(tx, ctx, row, await _place(tx, row), Sent((inbound.ref,), at=inbound.at))
        tx.signal("outbox", row.lane)


async def _row_of(tx: Tx, ctx: Context, inbound: Inbound) -> OutboxRow | None:
    if not ROW_ID.fullmatch(inbound.tag):
        return None
    row = await outbox.get(tx, OutboxId(int(inbound.tag)))
    return row if row is not None and row.office == ctx.office and row.identity_id is not None else None


async def _failed(tx: Tx, ctx: Context, row: OutboxRow, inbound: Inbound) -> None:
    """The platform had it and could not deliver it: decided as if it had been refused at once."""
    cause = str(inbound.data.get("cause", "rejected"))
    error = SendError(cause, inbound.error, permanent=bool(inbound.data.get("permanent", True)))
    await trouble.settle(tx, ctx, row, await _place(tx, row), error)
    tx.signal("outbox", row.lane)


async def _place(tx: Tx, row: OutboxRow) -> Place:
    """Where the row went, whether the person can be reached now or not; the news may know them by another id."""
    assert row.identity_id is not None
    identity = await identities.get(tx, row.identity_id)
    assert identity is not None
    return Place(identity.channel, identity.chat)


async def recover(tx: Tx, ctx: Context) -> None:
    """After a start: what was under way when the process ended, and is known to have arrived, is sent."""
    for row in await outbox.sending(tx, ctx.office):
        if row.identity_id is not None and row.result is not None and "seen" in row.result:
            await marks.told(tx, ctx, row, await _place(tx, row), Sent((row.result["seen"],)))
