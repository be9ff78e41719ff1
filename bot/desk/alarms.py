"""Alarms of the due date: the morning of the day, some hours before, and the moment it is missed."""

from bot.desk import parties, say, tickets
from bot.desk.context import Context
from bot.domain.lifecycle import Status
from storage import ticket_events
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.tickets import Ticket


async def ring(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """Tell officers that a ticket is due today; when it is missed, the user and the supervisor too."""
    if ctx.now < ticket.due_at:
        await ticket_rows.change(tx, ticket.id, due_alarm_at=ticket.due_at)
        if owes_answer(ticket):
            await say.to_topic(tx, ctx, ticket, "staff_due_soon", number=ticket.number, due=ticket.due_at)
        return
    await ticket_rows.change(tx, ticket.id, due_alarm_at=None)
    if owes_answer(ticket):
        await _late(tx, ctx, ticket)


def owes_answer(ticket: Ticket) -> bool:
    """Open, unmarked, not paused, and the last word is not an officer's delivered answer (DOMAIN.md §0.1)."""
    return ticket.answered_at is None and ticket.status == Status.WAITING_OFFICER


async def _late(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """Once for each due moment: one that a change of the calendar moved may be missed again."""
    told = await ticket_events.of_cycle(tx, ticket.id, ticket.cycle, "late")
    if any(event.at == ticket.due_at for event in told):
        return
    await tickets.record(tx, ctx, ticket, "late", "system", at=ticket.due_at)
    await say.to_topic(tx, ctx, ticket, "staff_late", number=ticket.number, due=ticket.due_at)
    await say.to_supervisor(tx, ctx, "supervisor_late", mailed=True, number=ticket.number, due=ticket.due_at)
    await parties.tell_owner(tx, ctx, ticket, "late")


async def escalate(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """Tell the supervisor, once in a cycle, that the due moment is near and the answer is owed."""
    await ticket_rows.change(tx, ticket.id, escalate_at=None)
    told = await ticket_events.of_cycle(tx, ticket.id, ticket.cycle, "escalated")
    if owes_answer(ticket) and ctx.now < ticket.due_at and not told:
        await tickets.record(tx, ctx, ticket, "escalated", "system", due_at=ticket.due_at)
        await say.to_supervisor(tx, ctx, "supervisor_due_soon", mailed=True, number=ticket.number, due=ticket.due_at)
