"""Due moments of open tickets after the calendar has changed, be it by a command, the configuration or a new table.

Closed tickets keep theirs (DOMAIN.md §3, §6 rule 20).
"""

import hashlib
import json
from dataclasses import replace
from datetime import datetime

from bot.desk import parties, tickets, topics
from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.domain.calendar import WorkingCalendar
from bot.domain.sla import Pause, due_with_pauses
from storage import offices, ticket_events
from storage import tickets as ticket_rows
from storage.base import Reader, Tx
from storage.tickets import Ticket


async def has_changed(tx: Tx, ctx: Context) -> bool:
    """Whether due moments were last counted by another calendar than the one in force."""
    return (await offices.get(tx, ctx.office)).calendar != _mark(await of_office(tx, ctx))


async def follow(tx: Tx, ctx: Context) -> None:
    """Another calendar has them counted anew; the first one that is ever seen is only noted."""
    if (await offices.get(tx, ctx.office)).calendar is None:
        await offices.set_calendar(tx, ctx.office, _mark(await of_office(tx, ctx)))
    else:
        await recount(tx, ctx, "system")


async def recount(tx: Tx, ctx: Context, actor: str) -> None:
    """Count the due moment of every open ticket anew."""
    calendar = await of_office(tx, ctx)
    for ticket in await ticket_rows.all_open(tx, ctx.office):
        await _move(tx, ctx, ticket, calendar, actor)
    await offices.set_calendar(tx, ctx.office, _mark(calendar))


async def would_move(tx: Reader, ctx: Context) -> int:
    """How many open tickets the calendar of `ctx` would give another due moment."""
    calendar = await of_office(tx, ctx)
    open_tickets = await ticket_rows.all_open(tx, ctx.office)
    return sum([await _due(tx, ctx, ticket, calendar) != ticket.due_at for ticket in open_tickets])


def _mark(calendar: WorkingCalendar) -> str:
    """A short word for all in a calendar that moves due moments; names of holidays do not."""
    days = [sorted(map(str, found)) for found in (calendar.closures, calendar.extra_days)]
    told = [str(calendar.zone), repr(calendar.week), repr(calendar.ranges), *days]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


async def _move(tx: Tx, ctx: Context, ticket: Ticket, calendar: WorkingCalendar, actor: str) -> None:
    """Whoever was told another date, and still waits for the answer, is told the new one."""
    due = await _due(tx, ctx, ticket, calendar)
    if due == ticket.due_at:
        return
    await ticket_rows.change(tx, ticket.id, due_at=due)
    moved = await tickets.set_alarm(tx, ctx, replace(ticket, due_at=due), calendar)
    await tickets.record(tx, ctx, moved, "due_moved", actor, due_at=due)
    await topics.refresh_card(tx, ctx, moved)
    if moved.answered_at is None:
        await parties.tell_owner(tx, ctx, moved, "due_moved", due=due)


async def _due(tx: Reader, ctx: Context, ticket: Ticket, calendar: WorkingCalendar) -> datetime:
    service = ctx.settings.service
    return due_with_pauses(
        ticket.opened_at,
        calendar,
        await _pauses(tx, ticket),
        now=ctx.now,
        days=service.answer_within_working_days,
        cutoff=service.cutoff,
    )


async def _pauses(tx: Reader, ticket: Ticket) -> list[Pause]:
    """The finished pauses of the running cycle, from its events."""
    ends = [event.at for event in await ticket_events.of_cycle(tx, ticket.id, ticket.cycle, "resumed")]
    questions = await ticket_events.of_cycle(tx, ticket.id, ticket.cycle, "asked")
    asked = [event.at for event in questions if not event.data.get("overtaken")]
    pauses, after = [], ticket.opened_at
    for end in ends:
        starts = [at for at in asked if after <= at <= end]
        if starts:
            pauses.append(Pause(starts[0], end))
        after = end
    return pauses
