"""The user's silence: warned, then closed (SK No. 107, procedure 4; DOMAIN.md §6 rules 3 to 7)."""

from datetime import datetime, timedelta

from bot.desk import closing, conversation, parties, say, tickets
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain import silence
from bot.domain.lifecycle import CLOSE_REASONS, Status
from bot.domain.silence import SilencePlan, Step
from storage import identities, inbox, offices, ticket_events
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.tickets import Ticket

ANSWERS = ((Button("still_needed", "still_needed"), Button("answered", "answered")),)
# A warning promises time to answer; one that had to come late moves the close to keep that promise.
LEAST_NOTICE = timedelta(hours=12)
NOTICE = timedelta(hours=24)
HOLD_FOR = timedelta(hours=1)


async def look_at(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """Warn, close, hold or wait: whatever this ticket's silence asks for now."""
    if ticket.silence_from is None or not Status(ticket.status).silence_runs:
        await ticket_rows.change(tx, ticket.id, **tickets.NO_SILENCE)
        return
    plan = await _plan(tx, ctx, ticket)
    step = silence.next_step(plan, ctx.now, warnings=ticket.warned, arrived=await _warned(tx, ticket))
    if step is not Step.WAIT and await _may_still_come(tx, ctx, ticket):
        return  # still due: each sweep looks again
    if step is Step.WARN:
        await _warn(tx, ctx, ticket, plan)
    elif step is Step.CLOSE:
        await _close(tx, ctx, ticket)
    elif step is Step.HOLD:
        await _hold(tx, ctx, ticket)
    else:
        await _keep(tx, ticket, plan)


async def _may_still_come(tx: Tx, ctx: Context, ticket: Ticket) -> bool:
    """The desk was away a while ago, and what the user wrote meanwhile comes when their platform tries again."""
    identity = await identities.get(tx, ticket.identity_id)
    if identity is None or ctx.traits(identity.channel).drains:
        return False
    return bool(await offices.outages_since(tx, ctx.office, ctx.now - silence.GRACE))


async def _plan(tx: Tx, ctx: Context, ticket: Ticket) -> SilencePlan:
    """The plan from the events, its close not before the one already promised to the user."""
    assert ticket.silence_from is not None
    plan = await conversation.plan_of(tx, ctx, ticket.silence_from)
    return SilencePlan(plan.warn_at, max(plan.close_at, ticket.close_at or plan.close_at))


async def _warned(tx: Tx, ticket: Ticket) -> bool:
    """Whether a warning of this silence arrived, in the chat or by mail."""
    events = await ticket_events.of_cycle(tx, ticket.id, ticket.cycle, "warned")
    return any(ticket.silence_from is not None and event.at >= ticket.silence_from for event in events)


async def _warn(tx: Tx, ctx: Context, ticket: Ticket, plan: SilencePlan) -> None:
    due = silence.warnings_due(plan, ctx.now)
    close_at = plan.close_at
    if close_at - ctx.now < LEAST_NOTICE:
        close_at = ctx.quiet.after(ctx.now + NOTICE, ctx.calendar.zone)
    await ticket_rows.change(tx, ticket.id, warned=due, warn_at=_next(plan, due), close_at=close_at)
    await parties.tell_owner(
        tx,
        ctx,
        ticket,
        "warn6" if due == len(plan.warn_at) > 1 else "warn5",
        buttons=ANSWERS,
        follow_up="warning",
        since=ticket.silence_from,
        close_at=close_at,
    )
    assert ticket.silence_from is not None
    await say.to_topic(tx, ctx, ticket, "staff_warned", day=(ctx.now - ticket.silence_from).days, close_at=close_at)


def _next(plan: SilencePlan, sent: int) -> datetime | None:
    return plan.warn_at[sent] if sent < len(plan.warn_at) else None


async def _close(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """Close, unless an answer may still wait to be read: pending updates are drained first (rule 5)."""
    assert ticket.close_at is not None
    drained = ctx.drained_at is not None and ctx.drained_at >= ticket.close_at
    if drained and not await inbox.waits(tx, ctx.office):
        await closing.close(tx, ctx, ticket, CLOSE_REASONS["silent"], actor="system")


async def _hold(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """No warning arrived: look again later, and tell the officers once."""
    await ticket_rows.change(tx, ticket.id, close_at=ctx.now + HOLD_FOR)
    dedup = f"close_held:{ticket.id}:{ticket.cycle}:{ticket.silence_from}"
    await say.to_topic(tx, ctx, ticket, "staff_close_held", dedup=dedup, number=ticket.number)


async def _keep(tx: Tx, ticket: Ticket, plan: SilencePlan) -> None:
    """An outage moved the plan: write the new moments down."""
    await ticket_rows.change(tx, ticket.id, warn_at=_next(plan, ticket.warned), close_at=plan.close_at)
