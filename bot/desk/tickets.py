"""The life of a ticket: opened, taken, answered, closed, reopened. Every change is an event and tells both sides."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.desk import relay, say
from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain import lifecycle
from bot.domain.calendar import WorkingCalendar
from bot.domain.ids import OfficeCode
from bot.domain.lifecycle import CLOSE_REASONS, Actor, CloseReason, Event, Status
from bot.domain.numbers import ticket_number
from bot.domain.rating import reminder_at
from bot.domain.sla import Pause, due_after_pause, due_at
from storage import accounts, identities, messages, officers, offices, outbox, ticket_events, tickets
from storage.accounts import Account
from storage.base import Tx
from storage.identities import Identity
from storage.messages import Message
from storage.officers import Officer
from storage.rows import stamp
from storage.tickets import Ticket

CARD_QUESTION_MOST = 1500
HISTORY_SHOWN = 10
CARD_BUTTONS = (
    (Button("take", "take"), Button("mark_answered", "mark_answered")),
    (Button("ask", "ask"), Button("close", "close")),
)
NO_SILENCE = {"silence_from": None, "warn_at": None, "warned": 0, "close_at": None}


async def record(
    tx: Tx, ctx: Context, ticket: Ticket, kind: str, actor: str, *, at: datetime | None = None, **data: object
) -> None:
    """Append an event of the ticket's running cycle."""
    await ticket_events.add(
        tx, ctx.office, ticket.id, ticket.cycle, kind, at=at or ctx.now, actor=actor, **say.plain(dict(data))
    )


async def owner(tx: Tx, ticket: Ticket) -> Identity:
    """The chat that opened the ticket: everything for the user goes there and nowhere else."""
    identity = await identities.get(tx, ticket.identity_id)
    if identity is None:
        raise LookupError(f"ticket {ticket.id} has no owner")
    return identity


async def advance(tx: Tx, ctx: Context, ticket: Ticket, event: Event) -> Ticket:
    """Change the status by the table of `lifecycle`; raises IllegalChange."""
    status = lifecycle.apply(Status(ticket.status), event)
    if status != ticket.status:
        await tickets.change(tx, ticket.id, status=status)
    return replace(ticket, status=status)


# Opening.


async def open_ticket(
    tx: Tx, ctx: Context, identity: Identity, account: Account, type: str, *, received: datetime
) -> Ticket:
    """Open a ticket for the person's draft (SK No. 107, procedure 2). `received` starts the clock."""
    calendar = await of_office(tx, ctx)
    local = calendar.local_date(received)
    number = ticket_number(
        OfficeCode(ctx.office), local, await offices.next_number(tx, ctx.office, f"ticket:{local:%y%m}")
    )
    ticket_id = await tickets.add(
        tx,
        ctx.office,
        number=number,
        account_id=account.id,
        identity_id=identity.id,
        lang=identity.lang,
        type=type,
        status=lifecycle.apply(Status.DRAFT, Event.SUBMITTED),
        opened_at=received,
        due_at=_due(ctx, calendar, received),
    )
    ticket = await _set_alarm(tx, ctx, await tickets.need(tx, ticket_id), calendar)
    draft = await messages.draft(tx, identity.id)
    await messages.adopt_draft(tx, identity.id, ticket.id)
    await record(tx, ctx, ticket, "opened", "user", at=received, type=type, due_at=ticket.due_at)
    await make_topic(tx, ctx, ticket, account)
    await post_card(tx, ctx, ticket, draft)
    await say.to_user(tx, ctx, identity, "opened", ticket=ticket, number=number, type=type, due=ticket.due_at)
    await _say_if_closed(tx, ctx, identity, calendar)
    return ticket


def _due(ctx: Context, calendar: WorkingCalendar, received: datetime) -> datetime:
    service = ctx.settings.service
    return due_at(received, calendar, days=service.answer_within_working_days, cutoff=service.cutoff)


async def _set_alarm(tx: Tx, ctx: Context, ticket: Ticket, calendar: WorkingCalendar) -> Ticket:
    """The first alarm of the due date: at the opening of that day, or at the due moment itself."""
    morning = calendar.opening(calendar.local_date(ticket.due_at))
    alarm = morning if morning > ctx.now else ticket.due_at
    await tickets.change(tx, ticket.id, due_alarm_at=alarm)
    return replace(ticket, due_alarm_at=alarm)


async def make_topic(tx: Tx, ctx: Context, ticket: Ticket, account: Account) -> None:
    """Ask for a forum topic. The ticket's number is the first word of its name."""
    name = f"{ticket.number} {ctx.texts.label(f'type.{ticket.type}', say.STAFF_LANG)}"
    await outbox.add(
        tx,
        ctx.office,
        lane=say.setup_lane(ticket),
        dest="staff",
        kind="topic_create",
        payload={"name": f"{name} · {_plain_name(account.name)}"[:128]},
        at=ctx.now,
        rank=outbox.RELAY,
        ticket_id=ticket.id,
        follow_up="topic_created",
    )


async def new_topic(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """The topic was deleted: another one, with the reason, a short history and a card; what waits follows in order."""
    await tickets.change(tx, ticket.id, topic=None, card=None)
    await make_topic(tx, ctx, ticket, await account_of(tx, ticket))
    history = [
        {"at": stamp(message.at), "who": message.side, "text": message.content["text"] or message.kind}
        for message in await messages.of_ticket(tx, ticket.id, HISTORY_SHOWN)
        if message.side != "note"
    ]
    await _set_up(tx, ctx, ticket, "text", say.words("staff_recreated", number=ticket.number, history=history))
    card = {"message": None, "buttons": await say.keyboard(tx, ctx, CARD_BUTTONS, ticket), "lang": say.STAFF_LANG}
    await _set_up(tx, ctx, ticket, "card", card, follow_up="card_posted")


async def open_topic(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    await _set_up(tx, ctx, ticket, "topic_reopen", {})


async def _set_up(
    tx: Tx, ctx: Context, ticket: Ticket, kind: str, payload: dict[str, Any], follow_up: str | None = None
) -> None:
    await outbox.add(
        tx,
        ctx.office,
        lane=say.setup_lane(ticket),
        dest="topic",
        kind=kind,
        payload=payload,
        at=ctx.now,
        rank=outbox.RELAY,
        ticket_id=ticket.id,
        follow_up=follow_up,
    )


def _plain_name(name: str) -> str:
    """Without characters that turn the text around or hide (QUALITY.md T14)."""
    return "".join(char for char in name if char.isprintable())


async def post_card(tx: Tx, ctx: Context, ticket: Ticket, draft: list[Message]) -> None:
    """The header card, with the first question in the same post when it is a text that fits; then the rest."""
    first = draft[0] if draft and _fits_card(draft[0]) else None
    await outbox.add(
        tx,
        ctx.office,
        lane=say.topic_lane(ticket),
        dest="topic",
        kind="card",
        payload={
            "message": first.id if first else None,
            "buttons": await say.keyboard(tx, ctx, CARD_BUTTONS, ticket),
            "lang": say.STAFF_LANG,
        },
        at=ctx.now,
        rank=outbox.RELAY,
        ticket_id=ticket.id,
        follow_up="card_posted",
    )
    for message in draft[1:] if first else draft:
        await relay.pass_on(tx, ctx, ticket, message)


def _fits_card(message: Message) -> bool:
    """Whether nothing is lost when the text stands in the card: no marks, not long, answers nothing."""
    content = message.content
    return (
        message.kind == "text"
        and not content["entities"]
        and len(content["text"]) <= CARD_QUESTION_MOST
        and message.reply_to is None
    )


async def _say_if_closed(tx: Tx, ctx: Context, identity: Identity, calendar: WorkingCalendar) -> None:
    """Outside service hours the person learns when the question will be read."""
    if calendar.is_open(ctx.now):
        return
    today = calendar.local_date(ctx.now)
    opens = calendar.next_opening(ctx.now)
    holiday = calendar.closure_name(today)
    if holiday:
        await say.to_user(tx, ctx, identity, "holiday", name=holiday, opens=opens)
        return
    hours = ", ".join(
        f"{period.start:%H.%M}-{period.end:%H.%M}" for period in calendar.periods(calendar.local_date(opens))
    )
    await say.to_user(tx, ctx, identity, "out_of_hours", hours=hours, opens=opens)


# What officers do.


def officer_name(ctx: Context, officer: Officer) -> str:
    """As the public sees it: by number, or by name where the office wants that (DOMAIN.md §6 rule 23)."""
    if ctx.settings.service.officer_names == "number":
        return f"Petugas PST {officer.number}"
    return officer.name


async def take(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer) -> None:
    await tickets.change(tx, ticket.id, officer_id=officer.id)
    await record(tx, ctx, ticket, "taken", f"officer:{officer.id}")
    await refresh_card(tx, ctx, ticket)
    await say.to_topic(tx, ctx, ticket, "staff_taken", officer=officer.name)
    shown = officer_name(ctx, officer)
    await say.to_user(tx, ctx, await owner(tx, ticket), "joined", ticket=ticket, officer=shown, number=ticket.number)


async def release(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer) -> None:
    await tickets.change(tx, ticket.id, officer_id=None)
    await record(tx, ctx, ticket, "released", f"officer:{officer.id}")
    await refresh_card(tx, ctx, ticket)
    await say.to_topic(tx, ctx, ticket, "staff_released", officer=officer.name)


async def change_type(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer, type: str) -> None:
    """The clock goes on; the log keeps both types (DOMAIN.md §6 rule 18)."""
    await tickets.change(tx, ticket.id, type=type)
    await record(tx, ctx, ticket, "type_changed", f"officer:{officer.id}", before=ticket.type, after=type)
    await refresh_card(tx, ctx, ticket)
    await say.to_topic(tx, ctx, ticket, "staff_type", officer=officer.name, before=ticket.type, after=type)
    await say.to_user(tx, ctx, await owner(tx, ticket), "type_changed", ticket=ticket, number=ticket.number, type=type)


async def extend(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer, *, until: datetime, reason: str) -> None:
    """A promise to the user with its reason. It never rewrites the due moment (DOMAIN.md §6 rule 10)."""
    await record(tx, ctx, ticket, "extended", f"officer:{officer.id}", until=until, reason=reason)
    await say.to_topic(tx, ctx, ticket, "staff_extended", until=until, reason=reason)
    await say.to_user(
        tx, ctx, await owner(tx, ticket), "extended", ticket=ticket, number=ticket.number, until=until, reason=reason
    )


async def mark_answered(tx: Tx, ctx: Context, ticket: Ticket, *, actor: str, at: datetime) -> None:
    """The information is delivered (SK No. 107, procedure 3). The first mark of a cycle stands."""
    if ticket.answered_at is None:
        await tickets.change(tx, ticket.id, answered_at=at)
        await record(tx, ctx, ticket, "answered", actor, at=at)
    if ticket.status == Status.PAUSED:
        await end_pause(tx, ctx, ticket, at=at)
        await advance(tx, ctx, ticket, Event.ANSWER_MARKED)
    await refresh_card(tx, ctx, ticket)


async def end_pause(tx: Tx, ctx: Context, ticket: Ticket, *, at: datetime) -> Ticket:
    """The clock runs again; the due moment moves by the working time of the pause."""
    if ticket.paused_at is None:
        return ticket
    calendar = await of_office(tx, ctx)
    due = due_after_pause(ticket.due_at, Pause(ticket.paused_at, max(at, ticket.paused_at)), calendar, now=ctx.now)
    await tickets.change(tx, ticket.id, paused_at=None, due_at=due)
    await record(tx, ctx, ticket, "resumed", "user", at=at, due_at=due)
    return await _set_alarm(tx, ctx, replace(ticket, paused_at=None, due_at=due), calendar)


async def refresh_card(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """Draw the header card anew; two refreshes that wait are one."""
    await outbox.add(
        tx,
        ctx.office,
        lane=say.cosmetic_lane(ticket),
        dest="topic",
        kind="card_edit",
        payload={"lang": say.STAFF_LANG},
        at=ctx.now,
        rank=outbox.COSMETIC,
        ticket_id=ticket.id,
    )


# Closing and reopening.


async def close(tx: Tx, ctx: Context, ticket: Ticket, reason: CloseReason, *, actor: str, officer: str = "") -> None:
    """Close, ask for the rating and offer the reopening, all in one transaction (SK No. 107, procedure 4 and 5)."""
    event = {Actor.OFFICER: Event.CLOSED, Actor.SYSTEM: Event.SILENT, Actor.USER: Event.CANCELLED}[reason.by]
    await advance(tx, ctx, ticket, event)
    await tickets.change(
        tx,
        ticket.id,
        closed_at=ctx.now,
        close_reason=reason.key,
        due_alarm_at=None,
        rate_at=reminder_at(ctx.now, zone=ctx.calendar.zone, quiet=ctx.quiet) if reason.counts_in_rating else None,
        **NO_SILENCE,
    )
    await record(tx, ctx, ticket, "closed", actor, reason=reason.key)
    await _tell_closed(tx, ctx, ticket, reason)
    await refresh_card(tx, ctx, ticket)
    await _tell_topic_closed(tx, ctx, ticket, reason, officer)
    await say.cosmetic(tx, ctx, ticket, "topic_close")


async def _tell_closed(tx: Tx, ctx: Context, ticket: Ticket, reason: CloseReason) -> None:
    identity = await owner(tx, ticket)
    number = ticket.number
    if reason.key == "cancelled":
        await say.to_user(tx, ctx, identity, "cancelled", ticket=ticket, number=number)
    elif not reason.counts_in_rating:
        await say.to_user(tx, ctx, identity, "closed_plain", ticket=ticket, number=number, reason=reason.key)
    else:
        until = lifecycle.reopen_until(ctx.now, days=ctx.settings.service.reopen_within_days)
        reopen = ((Button("reopen", "reopen"),),)
        key = "closed_silent" if reason.key == "silent" else "closed"
        await say.to_user(
            tx,
            ctx,
            identity,
            key,
            buttons=reopen,
            ticket=ticket,
            number=number,
            reopen_until=until,
            reason=reason.key,
        )
        await ask_rating(tx, ctx, ticket, identity, "rate")


async def ask_rating(tx: Tx, ctx: Context, ticket: Ticket, identity: Identity, key: str) -> None:
    """One prompt a cycle and at most one reminder, whatever crashes: the row's key is unique."""
    stars = (tuple(Button(f"r{n}", "rate", str(n)) for n in range(1, 6)),)
    await say.to_user(
        tx,
        ctx,
        identity,
        key,
        buttons=stars,
        ticket=ticket,
        dedup=f"{key}:{ticket.id}:{ticket.cycle}",
        number=ticket.number,
    )


async def _tell_topic_closed(tx: Tx, ctx: Context, ticket: Ticket, reason: CloseReason, officer: str) -> None:
    if reason.key == "silent":
        await say.to_topic(tx, ctx, ticket, "staff_closed_silent")
    elif reason.key == "cancelled":
        await say.to_topic(tx, ctx, ticket, "staff_cancelled")
    else:
        await say.to_topic(tx, ctx, ticket, "staff_closed", reason=reason.key, officer=officer)


async def reopen(tx: Tx, ctx: Context, ticket: Ticket, *, actor: str, received: datetime) -> Ticket:
    """A new cycle with a clock of its own; number, topic and the first cycle's result stay (DOMAIN.md §6 rule 9)."""
    assert ticket.closed_at is not None
    calendar = await of_office(tx, ctx)
    await advance(tx, ctx, ticket, Event.REOPENED)
    await tickets.change(
        tx,
        ticket.id,
        cycle=ticket.cycle + 1,
        opened_at=received,
        due_at=_due(ctx, calendar, received),
        first_response_at=None,
        answered_at=None,
        paused_at=None,
        last_answer_at=None,
        closed_at=None,
        close_reason=None,
        rate_at=None,
        **NO_SILENCE,
    )
    again = await _set_alarm(tx, ctx, await tickets.need(tx, ticket.id), calendar)
    hasty = lifecycle.is_hasty(closed_at=ticket.closed_at, reopened_at=received)
    await record(tx, ctx, again, "reopened", actor, at=received, due_at=again.due_at, type=again.type, hasty=hasty)
    await say.cosmetic(tx, ctx, again, "topic_reopen")
    await refresh_card(tx, ctx, again)
    await say.to_topic(tx, ctx, again, "staff_reopened", cycle=again.cycle, due=again.due_at)
    identity = await owner(tx, again)
    await say.to_user(tx, ctx, identity, "reopened", ticket=again, number=again.number, due=again.due_at)
    await _say_if_closed(tx, ctx, identity, calendar)
    return again


async def cancel(tx: Tx, ctx: Context, ticket: Ticket) -> bool:
    """The user cancels, which counts only before any officer reply (DOMAIN.md §6 rule 3)."""
    if not lifecycle.may_cancel(Status(ticket.status), first_response_at=ticket.first_response_at):
        return False
    await close(tx, ctx, ticket, CLOSE_REASONS["cancelled"], actor="user")
    return True


async def account_of(tx: Tx, ticket: Ticket) -> Account:
    account = await accounts.get(tx, ticket.account_id)
    if account is None:
        raise LookupError(f"ticket {ticket.id} has no account")
    return account


async def officer_of(tx: Tx, ticket: Ticket) -> Officer | None:
    return await officers.get(tx, ticket.officer_id) if ticket.officer_id else None
