"""How a ticket ends, and how it goes on: closed with a reason, cancelled, reopened (SK No. 107, procedure 4 and 5)."""

from datetime import datetime
from typing import Any

from bot.desk import parties, precedents, say, tickets, topics
from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain import lifecycle
from bot.domain.lifecycle import CLOSE_REASONS, Actor, CloseReason, Event, Status
from bot.domain.rating import reminder_at
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.identities import Identity
from storage.tickets import Ticket

STARS = (tuple(Button(f"r{n}", "rate", str(n)) for n in range(1, 6)),)
CLOSES = {Actor.OFFICER: Event.CLOSED, Actor.SYSTEM: Event.SILENT, Actor.USER: Event.CANCELLED}


async def close(
    tx: Tx,
    ctx: Context,
    ticket: Ticket,
    reason: CloseReason,
    *,
    actor: str,
    officer: str = "",
    detail: str = "",
) -> None:
    """Close, ask for the rating and offer the reopening, all in one transaction (SK No. 107, procedure 4 and 5).

    `detail`: the officer's own words, such as where the user is referred to (DOMAIN.md §6 rule 19).
    """
    event = Event.CONSENT_WITHDRAWN if reason.key == "withdrawn" else CLOSES[reason.by]
    await tickets.advance(tx, ctx, ticket, event)
    due = await tickets.due_now(tx, ctx, ticket)
    await ticket_rows.change(
        tx,
        ticket.id,
        due_at=due,
        closed_at=ctx.now,
        close_reason=reason.key,
        due_alarm_at=None,
        escalate_at=None,
        rate_at=reminder_at(ctx.now, zone=ctx.calendar.zone, quiet=ctx.quiet) if reason.counts_in_rating else None,
        **tickets.NO_SILENCE,
    )
    await tickets.record(tx, ctx, ticket, "closed", actor, reason=reason.key, due_at=due)
    if reason.counts_in_rating:
        await precedents.index(tx, ctx, ticket)
    await _tell_closed(tx, ctx, ticket, reason, detail)
    await topics.refresh_card(tx, ctx, ticket)
    await _tell_topic_closed(tx, ctx, ticket, reason, officer, detail)
    await say.cosmetic(tx, ctx, ticket, "topic_close")


async def _tell_closed(tx: Tx, ctx: Context, ticket: Ticket, reason: CloseReason, detail: str) -> None:
    identity = await parties.owner(tx, ticket)
    number = ticket.number
    if reason.key == "withdrawn":
        return  # whoever closes for that says it, once for all tickets
    if reason.key == "cancelled":
        await say.to_user(tx, ctx, identity, "cancelled", ticket=ticket, number=number)
    elif not reason.counts_in_rating:
        await say.to_user(
            tx, ctx, identity, "closed_plain", ticket=ticket, number=number, reason=reason.key, detail=detail
        )
    else:
        until = lifecycle.reopen_until(ctx.now, days=ctx.settings.service.reopen_within_days)
        reopen = ((Button("reopen", "reopen"),),)
        if ctx.traits(identity.channel).billed:
            await _tell_and_ask(tx, ctx, ticket, identity, reopen_until=until, reason=reason.key, detail=detail)
            return
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
            detail=detail,
        )
        await ask_rating(tx, ctx, ticket, identity, "rate")


async def _tell_and_ask(tx: Tx, ctx: Context, ticket: Ticket, identity: Identity, **params: Any) -> None:
    """Where each message costs, the close and the rating are one; an approved template has room for the stars."""
    await say.to_user(
        tx,
        ctx,
        identity,
        "closed_rate",
        buttons=(*STARS, (Button("reopen", "reopen"),)),
        ticket=ticket,
        follow_up="rating",
        dedup=f"rate:{ticket.id}:{ticket.cycle}",
        number=ticket.number,
        **params,
    )


async def ask_rating(tx: Tx, ctx: Context, ticket: Ticket, identity: Identity, key: str) -> None:
    """One prompt a cycle and at most one reminder, whatever crashes: the row's key is unique."""
    await say.to_user(
        tx,
        ctx,
        identity,
        key,
        buttons=STARS,
        ticket=ticket,
        follow_up="rating",
        dedup=f"{key}:{ticket.id}:{ticket.cycle}",
        number=ticket.number,
    )


async def _tell_topic_closed(
    tx: Tx, ctx: Context, ticket: Ticket, reason: CloseReason, officer: str, detail: str
) -> None:
    if reason.key == "silent":
        await say.to_topic(tx, ctx, ticket, "staff_closed_silent")
    elif reason.key == "cancelled":
        await say.to_topic(tx, ctx, ticket, "staff_cancelled")
    elif reason.key == "withdrawn":
        await say.to_topic(tx, ctx, ticket, "staff_consent_withdrawn")
    else:
        await say.to_topic(tx, ctx, ticket, "staff_closed", reason=reason.key, officer=officer, detail=detail)


async def reopen(tx: Tx, ctx: Context, ticket: Ticket, *, actor: str, received: datetime) -> Ticket:
    """A new cycle with a clock of its own; number, topic and the first cycle's result stay (DOMAIN.md §6 rule 9)."""
    assert ticket.closed_at is not None
    calendar = await of_office(tx, ctx)
    await tickets.advance(tx, ctx, ticket, Event.REOPENED)
    await ticket_rows.change(
        tx,
        ticket.id,
        cycle=ticket.cycle + 1,
        opened_at=received,
        due_at=tickets.due_of(ctx, calendar, received),
        first_response_at=None,
        answered_at=None,
        paused_at=None,
        last_answer_at=None,
        closed_at=None,
        close_reason=None,
        rate_at=None,
        **tickets.NO_SILENCE,
    )
    again = await tickets.set_alarm(tx, ctx, await ticket_rows.need(tx, ticket.id), calendar)
    hasty = lifecycle.is_hasty(closed_at=ticket.closed_at, reopened_at=received)
    await tickets.record(
        tx, ctx, again, "reopened", actor, at=received, due_at=again.due_at, type=again.type, hasty=hasty
    )
    await say.cosmetic(tx, ctx, again, "topic_reopen")
    await topics.refresh_card(tx, ctx, again)
    await say.to_topic(tx, ctx, again, "staff_reopened", cycle=again.cycle, due=again.due_at)
    identity = await parties.owner(tx, again)
    await say.to_user(tx, ctx, identity, "reopened", ticket=again, number=again.number, due=again.due_at)
    await tickets.say_if_closed(tx, ctx, identity, calendar)
    return again


async def cancel(tx: Tx, ctx: Context, ticket: Ticket) -> bool:
    """The user cancels, which counts only before any officer reply (DOMAIN.md §6 rule 3)."""
    if not lifecycle.may_cancel(Status(ticket.status), first_response_at=ticket.first_response_at):
        return False
    await close(tx, ctx, ticket, CLOSE_REASONS["cancelled"], actor="user")
    return True
