"""What an officer wrote by mistake is taken back: what waits never goes out, the user's copies are deleted.

What was said stays in the archive with all its versions, and the withdrawal is an event of the ticket.
"""

from datetime import datetime, timedelta

from bot.desk import say, tickets
from bot.desk.context import Context
from bot.domain.ids import MessageId
from bot.domain.lifecycle import Event, Status
from storage import audit, carried, links, messages, outbox, ticket_events
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.messages import Message
from storage.officers import Officer
from storage.outbox import OutboxRow
from storage.tickets import Ticket

# So long Telegram lets a bot delete what it sent.
WITHIN = timedelta(hours=48)
WAITING = ("queued", "unknown", "held", "failed")


async def take_back(tx: Tx, ctx: Context, ticket: Ticket, message: Message, officer: Officer) -> bool:
    """Take back the message, of an album all of it; False if that was done before."""
    if message.withdrawn_at is not None:
        return False
    parts = await _parts(tx, ticket, message)
    rows = await carried.rows(tx, ticket.id, {part.id for part in parts})
    standing = [part for part in parts if await _may_stand(tx, part, rows)]
    about = f"message:{message.id}"
    if standing and ctx.now - _sent_at(rows, message) > WITHIN:
        await say.to_topic(tx, ctx, ticket, "staff_take_back_refused", reply_to=about, reason="late")
        return True
    for part in parts:
        await messages.set_withdrawn(tx, part.id, ctx.now)
    for row in rows:
        if row.state in WAITING:
            await outbox.end(tx, row.id, "dropped", "withdrawn", ctx.now)
    for part in standing:
        await _delete(tx, ctx, ticket, part, officer=officer.id if part is standing[-1] else None)
    actor = f"officer:{officer.id}"
    await audit.add(
        tx, ctx.office, at=ctx.now, actor=actor, action="take_back", ticket=ticket.number, message=message.id
    )
    if not standing:
        await tickets.record(tx, ctx, ticket, "withdrawn", actor)
        doubt = any(row.uncertain for row in rows if row.state in WAITING)
        letter = any(row.kind == "mail" and row.state not in WAITING for row in rows)
        await say.to_topic(tx, ctx, ticket, "staff_withdrawn", reply_to=about, doubt=doubt, letter=letter)
    return True


async def _parts(tx: Tx, ticket: Ticket, message: Message) -> list[Message]:
    if message.album is None:
        return [message]
    return await messages.of_album(tx, ticket.id, message.album, side="officer")


async def _may_stand(tx: Tx, part: Message, rows: list[OutboxRow]) -> bool:
    """Whether a copy stands with the user, or is on its way there now."""
    under_way = any(row.state == "sending" and part.id in carried.of_row(row) for row in rows)
    return under_way or any(link.role == "copy" for link in await links.of_message(tx, part.id))


def _sent_at(rows: list[OutboxRow], message: Message) -> datetime:
    """When the oldest copy went out: it may have waited for days."""
    sent = [row.tried_at for row in rows if row.state == "sent" and row.tried_at and row.kind != "mail"]
    return min(sent, default=message.at)


async def _delete(tx: Tx, ctx: Context, ticket: Ticket, part: Message, *, officer: int | None) -> None:
    """`officer`: in whose name the withdrawal is noted when the copy is gone; once for an album."""
    await outbox.add(
        tx,
        ctx.office,
        lane=f"u:{ticket.identity_id}",
        dest="user",
        kind="delete",
        payload={"message": part.id, "officer": officer},
        at=ctx.now,
        rank=outbox.RELAY,
        identity_id=ticket.identity_id,
        ticket_id=ticket.id,
        follow_up="take_back",
    )


async def deleted(tx: Tx, ctx: Context, ticket: Ticket, *, officer: int | None) -> None:
    """The copies are gone. If nothing of the officers stands since the user's last word, the answer is owed again."""
    if officer is not None:
        await tickets.record(tx, ctx, ticket, "withdrawn", f"officer:{officer}")
    waits_for_user = Status(ticket.status).silence_runs
    if not waits_for_user or await messages.stands_answered(tx, ticket.id):
        return
    if ticket.status == Status.PAUSED:
        ticket = await tickets.end_pause(tx, ctx, ticket, at=ctx.now)
    await tickets.advance(tx, ctx, ticket, Event.WITHDRAWN)
    before = await _answered_before(tx, ticket)
    await ticket_rows.change(tx, ticket.id, last_answer_at=before, **tickets.NO_SILENCE)
    await tickets.record(tx, ctx, ticket, "owed_again", "system", last_answer_at=before)
    await say.to_topic(tx, ctx, ticket, "staff_owed_again")


async def _answered_before(tx: Tx, ticket: Ticket) -> datetime | None:
    """When the last answer was delivered to which the user replied, if any was."""
    spoke = await messages.nth_newest_at(tx, ticket.id, 1)
    events = await ticket_events.of_cycle(tx, ticket.id, ticket.cycle, "delivered")
    return max((event.at for event in events if spoke is not None and event.at < spoke), default=None)


async def refused(tx: Tx, message_id: MessageId) -> None:
    """The copy stands: its edits are mirrored again."""
    await messages.set_withdrawn(tx, message_id, None)
