"""What becomes of a message after the platform has taken it, where that is told: sent, delivered, read, failed.

There an answer counts when it has arrived, not when it was taken: the silence of somebody whose telephone is off must
not run (DOMAIN.md §6 rule 4). News comes out of order and twice; a state never goes back.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.channels.base import Inbound, SendError, Sent
from bot.desk import outcomes, say, troubles, window
from bot.desk.context import Context
from bot.domain.ids import MessageId, OutboxId
from storage import held, identities, messages, offices, outbox, receipts
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.outbox import OutboxRow
from storage.receipts import Receipt

RANKS = {"taken": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4}
ARRIVED = ("delivered", "read")
# Of Telegram's own reactions: under way, arrived, seen, not arrived; and held, as a row that is not sent.
MARKS = {"taken": "🕊", "sent": "🕊", "delivered": outcomes.DELIVERED, "read": "👀", "failed": "💔"}
CARRYING = ("relay", "album")
SETTLED = ("sent", "failed", "held")


async def taken(tx: Tx, ctx: Context, row: OutboxRow, channel: str, sent: Sent) -> None:
    """The platform took the row. Whoever waits for its arrival waits on; news may have overtaken the answer."""
    await receipts.forget_others(tx, ctx.office, row.id, ctx.now)
    for ref in sent.refs:
        known = await receipts.of_ref(tx, ctx.office, channel, ref)
        fresh = Receipt(ref, row.identity_id, row.id, "taken", sent.at or ctx.now, None, counted=False)
        adopted = replace(known, identity_id=row.identity_id, outbox_id=row.id) if known else fresh
        await receipts.put(tx, ctx.office, channel, adopted)
    state = await _state(tx, ctx, row.id)
    if row.follow_up not in outcomes.AWAITED:
        await outcomes.learn(tx, ctx, row, sent)
    elif state.name not in (*ARRIVED, "failed"):
        await _await(tx, ctx, row)
    await _follow(tx, ctx, row, "taken", state)


async def _await(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    await _mail_later(tx, ctx, row)
    await _mark(tx, ctx, row, "taken")


async def _mail_later(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    """After some hours without news of its arrival it goes by e-mail as well."""
    assert row.identity_id is not None
    identity = await identities.get(tx, row.identity_id)
    if identity is not None:
        await window.await_delivery(tx, ctx, identity, row)


@dataclass(frozen=True)
class _State:
    """Of a row: that of the message which is the farthest behind."""

    name: str
    at: datetime
    cause: str | None


async def _state(tx: Tx, ctx: Context, row_id: OutboxId) -> _State:
    found = await receipts.of_row(tx, ctx.office, row_id)
    failed = [receipt for receipt in found if receipt.state == "failed"]
    least = min(failed or found, key=lambda receipt: RANKS[receipt.state], default=None)
    return _State(least.state, least.at, least.cause) if least else _State("taken", ctx.now, None)


async def heard(tx: Tx, ctx: Context, inbound: Inbound) -> bool:
    """News of a message of ours (Inbound, STATUS); False: of none we know, such as one to somebody erased since."""
    row = await _row_of(tx, ctx, inbound)
    known = await receipts.of_ref(tx, ctx.office, inbound.channel, inbound.ref)
    if row is None and known is None:
        return False
    before = await _state(tx, ctx, row.id) if row else None
    receipt = known or Receipt(inbound.ref, None, row.id if row else None, "taken", inbound.at, None, counted=False)
    receipt = await _count(tx, ctx, inbound, receipt)
    if RANKS[inbound.change] > RANKS[receipt.state]:
        cause = inbound.data.get("cause", inbound.error) if inbound.change == "failed" else None
        receipt = replace(receipt, state=inbound.change, at=inbound.at, cause=cause)
        if cause == troubles.CHANNEL_DOWN:
            await troubles.begin(tx, ctx, troubles.CHANNEL, channel=inbound.channel, reason=inbound.error)
    if row is not None:
        receipt = replace(receipt, outbox_id=row.id, identity_id=row.identity_id)
    await receipts.put(tx, ctx.office, inbound.channel, receipt)
    # Of what is being sent this moment, or once more, `taken` will look.
    settled = ("sent",) if inbound.change == "failed" else SETTLED
    if row is not None and before is not None and row.state in settled:
        await _follow(tx, ctx, row, before.name, await _state(tx, ctx, row.id))
    return True


async def _row_of(tx: Tx, ctx: Context, inbound: Inbound) -> OutboxRow | None:
    """The row that was sent: its tag came back with the news ("TAG/0" of an early message of it), or it is known."""
    row = await outbox.of_tag(tx, inbound.tag.partition("/")[0])
    if row is None:
        known = await receipts.of_ref(tx, ctx.office, inbound.channel, inbound.ref)
        row = await outbox.get(tx, known.outbox_id) if known and known.outbox_id is not None else None
    if row is None or row.office != ctx.office or row.dest != "user" or row.identity_id is None:
        return None
    identity = await identities.get(tx, row.identity_id)
    return row if identity is not None and identity.channel == inbound.channel else None


async def _count(tx: Tx, ctx: Context, inbound: Inbound, receipt: Receipt) -> Receipt:
    """Each billed message once, by month and category; the figures outlive the receipts, which name people."""
    if receipt.counted or not inbound.data.get("billable"):
        return receipt
    month = f"{ctx.calendar.local_date(inbound.at):%Y-%m}"
    await offices.next_number(tx, ctx.office, f"billed:{inbound.channel}:{month}:{inbound.data.get('category', '')}")
    return replace(receipt, counted=True)


async def _follow(tx: Tx, ctx: Context, row: OutboxRow, before: str, now: _State) -> None:
    """What the new state of the row means, if it is one."""
    if RANKS[now.name] <= RANKS[before]:
        return
    if now.name == "failed":
        await _failed(tx, ctx, row, now)
        return
    if now.name in ARRIVED and before not in ARRIVED:
        await _arrived(tx, ctx, row, now)
    await _mark(tx, ctx, row, now.name)


async def _arrived(tx: Tx, ctx: Context, row: OutboxRow, now: _State) -> None:
    if row.state in ("failed", "held"):  # it was given up too early
        await outbox.sent(tx, row.id, row.result or {}, ctx.now)
    if row.follow_up in outcomes.AWAITED:
        await outcomes.learn(tx, ctx, row, outcomes.Arrived(at=now.at))


async def _failed(tx: Tx, ctx: Context, row: OutboxRow, now: _State) -> None:
    """Taken, and refused afterwards: as if it had been refused at once."""
    cause = now.cause or "rejected"
    if cause == "window_closed":
        assert row.identity_id is not None
        identity = await identities.get(tx, row.identity_id)
        assert identity is not None
        if identity.heard_at is not None and row.tried_at is not None and identity.heard_at > row.tried_at:
            await outbox.requeue(tx, row, ctx.now)  # they wrote since the try: it is open again
            return
        await window.shut(tx, ctx, identity)
        await outbox.end(tx, row.id, "held", window.CLOSED, ctx.now)
        await window.held(tx, ctx, row)
        await outcomes.learn(tx, ctx, row, SendError(window.CLOSED))
        return
    # What nobody can be sent now is not this person's: it goes out by itself when the channel takes messages again.
    waits = cause == troubles.CHANNEL_DOWN
    await outbox.end(tx, row.id, "held" if waits else "failed", cause, ctx.now)
    if waits and row.follow_up in outcomes.AWAITED:
        await _mail_later(tx, ctx, row)
    await _mark(tx, ctx, row, "failed")
    await outcomes.learn(tx, ctx, row, SendError(cause, permanent=True))


async def look_at_channel(tx: Tx, ctx: Context) -> None:
    """A channel's trouble is over once a message tried since has gone through; what was held for that goes out then.

    That the platform takes a message proves nothing: it says afterwards that the account cannot pay.
    """
    since = (await offices.get(tx, ctx.office)).trouble.get(troubles.CHANNEL)
    if since is None or not await receipts.passed(tx, ctx.office, datetime.fromisoformat(since)):
        return
    await troubles.end(tx, ctx, troubles.CHANNEL)
    for row in await held.because_of(tx, ctx.office, troubles.CHANNEL_DOWN):
        await outbox.requeue(tx, row, ctx.now)


async def _mark(tx: Tx, ctx: Context, row: OutboxRow, state: str) -> None:
    """The officer's own message shows how far it has come."""
    if row.kind not in CARRYING or row.ticket_id is None or row.dest != "user":
        return
    message = await messages.need(tx, MessageId((row.payload.get("messages") or [row.payload["message"]])[-1]))
    if message.side == "officer" and row.follow_up in outcomes.AWAITED:
        ticket = await ticket_rows.need(tx, row.ticket_id)
        await say.cosmetic(tx, ctx, ticket, "react", message=message.id, emoji=MARKS[state], role="source")


async def mark_of(tx: Tx, ctx: Context, channel: str, ref: str) -> str | None:
    """The mark of the message that stands there under `ref`; None: nothing is told of it."""
    receipt = await receipts.of_ref(tx, ctx.office, channel, ref)
    return MARKS[receipt.state] if receipt else None
