"""The life of a ticket: opened, taken, answered, closed, reopened. Every change is an event and tells both sides."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.desk import parties, roster, say, topics
from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.domain import lifecycle
from bot.domain.calendar import WorkingCalendar
from bot.domain.ids import IdentityId, OfficeCode
from bot.domain.lifecycle import Event, Status
from bot.domain.numbers import ticket_number
from bot.domain.sla import Pause, due_after_pause, due_at
from storage import audit, identities, messages, offices, outbox, ticket_events
from storage import tickets as ticket_rows
from storage.accounts import Account
from storage.base import Tx
from storage.identities import Identity
from storage.officers import Officer
from storage.rows import stamp
from storage.tickets import Ticket

# Events that somebody may have to answer for -> the action in the audit (who handles a ticket: `_assign`).
AUDITED = {
    "type_changed": "retype",
    "extended": "extend",
    "closed": "close",
    "reopened": "reopen",
}
NO_SILENCE = {"silence_from": None, "warn_at": None, "warned": 0, "close_at": None}


async def record(
    tx: Tx, ctx: Context, ticket: Ticket, kind: str, actor: str, *, at: datetime | None = None, **data: object
) -> None:
    """Append an event of the ticket's running cycle. `data` holds no words of people: events are kept for ever.

    What a person did is an entry of the audit too (QUALITY.md T25).
    """
    await ticket_events.add(
        tx, ctx.office, ticket.id, ticket.cycle, kind, at=at or ctx.now, actor=actor, **say.plain(dict(data))
    )
    if kind in AUDITED and actor != "system":
        who = f"user:{ticket.identity_id}" if actor == "user" else actor
        await audit.add(tx, ctx.office, at=ctx.now, actor=who, action=AUDITED[kind], ticket=ticket.number)


async def advance(tx: Tx, ctx: Context, ticket: Ticket, event: Event) -> Ticket:
    """Change the status by the table of `lifecycle`; raises IllegalChange."""
    status = lifecycle.apply(Status(ticket.status), event)
    if status == ticket.status:
        return ticket
    await ticket_rows.change(tx, ticket.id, status=status)
    return replace(ticket, status=status)


async def has_room(tx: Tx, ctx: Context, identity_id: IdentityId) -> bool:
    """Whether the person may have one more ticket open (DOMAIN.md §6 rule 15)."""
    return len(await ticket_rows.all_open_of(tx, identity_id)) < ctx.settings.service.max_open_tickets


# Opening.


async def open_ticket(
    tx: Tx, ctx: Context, identity: Identity, account: Account, type: str, *, received: datetime
) -> Ticket:
    """Open a ticket for the person's draft (SK No. 107, procedure 2). `received` starts the clock."""
    ticket = await add_ticket(tx, ctx, identity, account, type, received=received, actor="user")
    draft = await messages.draft(tx, identity.id)
    await messages.adopt_draft(tx, identity.id, ticket.id)
    await topics.post_card(tx, ctx, ticket, draft)
    await say.to_user(tx, ctx, identity, "opened", ticket=ticket, number=ticket.number, type=type, due=ticket.due_at)
    await say_if_closed(tx, ctx, identity, await of_office(tx, ctx))
    return ticket


async def add_ticket(
    tx: Tx,
    ctx: Context,
    identity: Identity,
    account: Account,
    type: str,
    *,
    received: datetime,
    actor: str,
    **data: object,
) -> Ticket:
    """A new ticket with number, clock, event (`data` goes there too) and a topic in the making; plain messages of the
    person go to it from now on."""
    calendar = await of_office(tx, ctx)
    local = calendar.local_date(received)
    number = ticket_number(
        OfficeCode(ctx.office), local, await offices.next_number(tx, ctx.office, f"ticket:{local:%y%m}")
    )
    ticket_id = await ticket_rows.add(
        tx,
        ctx.office,
        number=number,
        account_id=account.id,
        identity_id=identity.id,
        email=account.email,
        lang=identity.lang,
        type=type,
        status=lifecycle.apply(Status.DRAFT, Event.SUBMITTED),
        opened_at=received,
        due_at=due_of(ctx, calendar, received),
    )
    ticket = await set_alarm(tx, ctx, await ticket_rows.need(tx, ticket_id), calendar)
    await record(tx, ctx, ticket, "opened", actor, at=received, type=type, due_at=ticket.due_at, **data)
    await identities.set_active_ticket(tx, identity.id, ticket.id)
    await topics.make_topic(tx, ctx, ticket)
    return ticket


def due_of(ctx: Context, calendar: WorkingCalendar, received: datetime) -> datetime:
    service = ctx.settings.service
    return due_at(received, calendar, days=service.answer_within_working_days, cutoff=service.cutoff)


async def due_now(tx: Tx, ctx: Context, ticket: Ticket) -> datetime:
    """The due moment with the pause that still runs counted up to now, if one does."""
    if ticket.paused_at is None:
        return ticket.due_at
    return due_after_pause(ticket.due_at, Pause(ticket.paused_at), await of_office(tx, ctx), now=ctx.now)


async def set_alarm(tx: Tx, ctx: Context, ticket: Ticket, calendar: WorkingCalendar) -> Ticket:
    """The first alarm of the due date, at the opening of that day or at the due moment itself; and the moment before
    it at which the supervisor is told."""
    morning = calendar.opening(calendar.local_date(ticket.due_at))
    alarm = morning if morning > ctx.now else ticket.due_at
    hours = ctx.settings.service.escalate_before_hours
    escalate = calendar.subtract_working_time(ticket.due_at, timedelta(hours=hours)) if hours else None
    await ticket_rows.change(tx, ticket.id, due_alarm_at=alarm, escalate_at=escalate)
    return replace(ticket, due_alarm_at=alarm, escalate_at=escalate)


async def say_if_closed(tx: Tx, ctx: Context, identity: Identity, calendar: WorkingCalendar) -> None:
    """Outside service hours the person learns, once, when what they wrote will be read."""
    if calendar.is_open(ctx.now):
        return
    today = calendar.local_date(ctx.now)
    opens = calendar.next_opening(ctx.now)
    once = f"closed:{identity.id}:{stamp(opens)}"
    if await outbox.was_queued(tx, ctx.office, once):  # asked of each message of a night
        return
    holiday = calendar.closure_name(today)
    if holiday:
        await say.to_user(tx, ctx, identity, "holiday", dedup=once, name=holiday, opens=opens)
        return
    hours = ", ".join(
        f"{period.start:%H.%M}-{period.end:%H.%M}" for period in calendar.periods(calendar.local_date(opens))
    )
    await say.to_user(tx, ctx, identity, "out_of_hours", dedup=once, hours=hours, opens=opens)


# What officers do.


async def take(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer) -> None:
    """The officer handles it from now on; a colleague who had it is mentioned, so that it does not happen unnoticed."""
    before = await parties.officer_of(tx, ticket)
    await _assign(tx, ctx, ticket, officer, "taken", by=officer, before=before.id if before else None)
    if before is None:
        await say.to_topic(tx, ctx, ticket, "staff_taken", officer=officer.name)
    else:
        await say.to_topic(tx, ctx, ticket, "staff_taken_over", officer=officer.name, before=roster.mention(before))
    await _tell_joined(tx, ctx, ticket, officer)


async def hand_over(tx: Tx, ctx: Context, ticket: Ticket, giver: Officer, receiver: Officer) -> None:
    """A colleague handles it from now on, and is mentioned."""
    await _assign(tx, ctx, ticket, receiver, "handed_over", by=giver, before=ticket.officer_id, to=receiver.id)
    await say.to_topic(tx, ctx, ticket, "staff_handed_over", officer=giver.name, receiver=roster.mention(receiver))
    await _tell_joined(tx, ctx, ticket, receiver)


async def _assign(
    tx: Tx, ctx: Context, ticket: Ticket, officer: Officer | None, kind: str, *, by: Officer, **data: Any
) -> None:
    actor = f"officer:{by.id}"
    await ticket_rows.change(tx, ticket.id, officer_id=officer.id if officer else None)
    await record(tx, ctx, ticket, kind, actor, **data)
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action=kind, ticket=ticket.number, **data)
    await topics.refresh_card(tx, ctx, ticket)


async def _tell_joined(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer) -> None:
    shown = parties.officer_name(ctx, officer, (await parties.owner(tx, ticket)).lang)
    await parties.tell_owner(tx, ctx, ticket, "joined", officer=shown)


async def release(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer) -> None:
    """Back to everybody; those on duty are mentioned."""
    await _assign(tx, ctx, ticket, None, "released", by=officer, before=ticket.officer_id)
    duty = [row for row in await roster.mentions(tx, ctx) if row["id"] != officer.sender]
    await say.to_topic(tx, ctx, ticket, "staff_released", officer=officer.name, duty=duty)


async def change_type(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer, type: str) -> None:
    """The clock goes on; the log keeps both types (DOMAIN.md §6 rule 18)."""
    await ticket_rows.change(tx, ticket.id, type=type)
    await record(tx, ctx, ticket, "type_changed", f"officer:{officer.id}", before=ticket.type, after=type)
    await topics.refresh_card(tx, ctx, ticket)
    await say.to_topic(tx, ctx, ticket, "staff_type", officer=officer.name, before=ticket.type, after=type)
    await parties.tell_owner(tx, ctx, ticket, "type_changed", type=type)


async def extend(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer, *, until: datetime, reason: str) -> None:
    """A promise to the user with its reason. It never rewrites the due moment (DOMAIN.md §6 rule 10)."""
    await record(tx, ctx, ticket, "extended", f"officer:{officer.id}", until=until)
    await say.to_topic(tx, ctx, ticket, "staff_extended", until=until, reason=reason)
    await parties.tell_owner(
        tx,
        ctx,
        ticket,
        "extended",
        until=until,
        reason=reason,
    )


async def mark_answered(
    tx: Tx, ctx: Context, ticket: Ticket, *, actor: str, at: datetime, delivered_at: datetime | None = None
) -> None:
    """The information is delivered (SK No. 107, procedure 3). The first mark of a cycle stands.

    `at`: when it was marked; `delivered_at`: when the information had arrived, if the mark only confirms that.
    """
    if ticket.answered_at is None:
        answered = delivered_at or at
        await ticket_rows.change(tx, ticket.id, answered_at=answered)
        await record(tx, ctx, ticket, "answered", actor, at=at, answered_at=answered)
    if ticket.status == Status.PAUSED:
        await end_pause(tx, ctx, ticket, at=at)
        await advance(tx, ctx, ticket, Event.ANSWER_MARKED)
    await topics.refresh_card(tx, ctx, ticket)


async def end_pause(tx: Tx, ctx: Context, ticket: Ticket, *, at: datetime) -> Ticket:
    """The clock runs again; the due moment moves by the working time of the pause."""
    if ticket.paused_at is None:
        return ticket
    calendar = await of_office(tx, ctx)
    due = due_after_pause(ticket.due_at, Pause(ticket.paused_at, max(at, ticket.paused_at)), calendar, now=ctx.now)
    await ticket_rows.change(tx, ticket.id, paused_at=None, due_at=due)
    await record(tx, ctx, ticket, "resumed", "user", at=at, due_at=due)
    return await set_alarm(tx, ctx, replace(ticket, paused_at=None, due_at=due), calendar)
