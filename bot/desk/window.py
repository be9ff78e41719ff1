"""The hours in which a person may be written to freely, on a channel that has such a window (WHATSAPP.md §3).

It opens with each message or press of theirs. Outside it everything is held, in order, but for what an approved
template may say; one tells them that something waits, at most once a day, and their tap lets it out.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from bot.desk import parties, say, topics
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.lifecycle import Status
from storage import held as held_rows
from storage import identities, outbox
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.identities import Identity
from storage.outbox import OutboxRow
from storage.tickets import Ticket

# What holds a row, as its error says.
CLOSED = held_rows.WINDOW
# The platform's clock is not ours: so long before its end the window counts as closed.
MARGIN = timedelta(minutes=5)
# So long before its end officers who owe an answer are told.
LAST_HOUR = timedelta(hours=1)
# A template costs money and patience.
CALL_EVERY = timedelta(hours=24)
# The card's window is drawn anew this rarely: posts in the staff group are few.
CARD_EVERY = timedelta(hours=3)
SHOW = ((Button("show_held", "show_held"),),)
# Outside the window these say what has passed by when they could be read.
PASSING = frozenset(
    {
        *("after_close_nudge", "consent_needed", "offer_nudge", "question_nudge", "registration_nudge"),
        *("joined", "mail_down", "rate_reminder", "slow_down", "ticket_active", "warn5", "warn6"),
    }
)
# These are worth a template of their own; whatever else is held goes out when the person is back.
NEWS: Mapping[str, str] = dict.fromkeys(("complaint_answer", "due_moved", "extended", "late"), "notice")


def closes_at(ctx: Context, identity: Identity) -> datetime | None:
    """When the window closes or closed; None where there is none, or nobody was ever heard."""
    length = ctx.traits(identity.channel).window
    return None if length is None or identity.heard_at is None else identity.heard_at + length - MARGIN


def is_open(ctx: Context, identity: Identity) -> bool:
    """Whether the person may be written to freely now."""
    if ctx.traits(identity.channel).window is None:
        return True
    end = closes_at(ctx, identity)
    return end is not None and ctx.now < end


async def heard(tx: Tx, ctx: Context, identity: Identity, at: datetime) -> Identity:
    """The person wrote or pressed at `at`, by the platform's clock: what is held for them goes out, in order."""
    length = ctx.traits(identity.channel).window
    if length is None or (identity.heard_at is not None and at <= identity.heard_at):
        return identity
    was_open = is_open(ctx, identity)
    await identities.set_heard(tx, identity.id, at, window_at=at + length - MARGIN - LAST_HOUR)
    identity = replace(identity, heard_at=at)
    if not was_open and is_open(ctx, identity):
        await _opened(tx, ctx, identity)
    elif was_open:
        await _refresh_card(tx, ctx, identity)
    return identity


async def _opened(tx: Tx, ctx: Context, identity: Identity) -> None:
    await identities.set_mail_at(tx, identity.id, None)
    released = await held_rows.release(tx, ctx.office, identity.id, ctx.now)
    ticket = await ticket_rows.open_of(tx, identity.id)
    if ticket is not None:
        await topics.refresh_card(tx, ctx, ticket)
        if released:
            await say.to_topic(tx, ctx, ticket, "staff_window_open")


async def _refresh_card(tx: Tx, ctx: Context, identity: Identity) -> None:
    """Now and then only. The card never promises more time than there is: a message only adds to it."""
    ticket = await ticket_rows.open_of(tx, identity.id)
    if ticket is not None and ticket.card is not None:
        part = int(ctx.now.timestamp() // CARD_EVERY.total_seconds())
        await topics.refresh_card(tx, ctx, ticket, dedup=f"window:{ticket.id}:{part}")


async def shut(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The platform says that the window is closed, whatever we have heard: it knows best."""
    length = ctx.traits(identity.channel).window
    if length is not None and is_open(ctx, identity):
        await identities.set_heard(tx, identity.id, ctx.now - length, window_at=None)
        ticket = await ticket_rows.open_of(tx, identity.id)
        if ticket is not None:
            await topics.refresh_card(tx, ctx, ticket)


async def look_at(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The window's next moment has come: an hour is left, or it is over."""
    end = closes_at(ctx, identity)
    ticket = await ticket_rows.open_of(tx, identity.id)
    if end is not None and ctx.now < end:
        await identities.set_window_at(tx, identity.id, end)
        if ticket is not None and ticket.status == Status.WAITING_OFFICER:
            await say.to_topic(tx, ctx, ticket, "staff_window_closing", until=end)
        return
    await identities.set_window_at(tx, identity.id, None)
    if ticket is not None:
        await topics.refresh_card(tx, ctx, ticket)


# What is held.


async def held(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    """A row found the window closed. Somebody's words bring a template that says so; what has passed goes nowhere."""
    assert row.identity_id is not None
    identity = await identities.get(tx, row.identity_id)
    assert identity is not None
    key = row.payload.get("key", "")
    if key in PASSING:
        await outbox.end(tx, row.id, "dropped", CLOSED, ctx.now)
    elif row.rank == outbox.RELAY:
        identity = await _call(tx, ctx, identity, "answer_ready", row)
        await await_delivery(tx, ctx, identity, replace(row, error=CLOSED))
    elif key in NEWS:
        await _call(tx, ctx, identity, NEWS[key], row)


async def await_delivery(tx: Tx, ctx: Context, identity: Identity, row: OutboxRow) -> None:
    """What has not arrived after some hours goes by e-mail as well."""
    due = mail_due(ctx, identity, row)
    if identity.mail_at is None or due < identity.mail_at:
        await identities.set_mail_at(tx, identity.id, due)


def mail_due(ctx: Context, identity: Identity, row: OutboxRow) -> datetime:
    """When that is; at once where it is held and nothing tells the person that it waits."""
    unheard_of = row.error == CLOSED and identity.called_at is None
    return row.created_at if unheard_of else row.created_at + timedelta(hours=ctx.settings.service.mail_after_hours)


async def _call(tx: Tx, ctx: Context, identity: Identity, key: str, row: OutboxRow) -> Identity:
    """Say that something waits, unless that was said within a day and they have not come since; the person then."""
    called, heard_at = identity.called_at, identity.heard_at
    if called is not None and ctx.now - called < CALL_EVERY and (heard_at is None or heard_at <= called):
        return identity
    called = ctx.now if key in ctx.traits(identity.channel).templates else None
    await identities.set_called(tx, identity.id, called)
    identity = replace(identity, called_at=called)
    if called is None:
        return identity
    ticket = await ticket_rows.get(tx, row.ticket_id) if row.ticket_id is not None else None
    number = row.payload["params"]["number"] if ticket is None else ticket.number
    await say.to_user(tx, ctx, identity, key, buttons=SHOW, ticket=ticket, follow_up="called", number=number)
    return identity


async def tell_held(tx: Tx, ctx: Context, ticket: Ticket, message_id: int) -> None:
    """The officer learns at once that the message waits, since when, and what will let it out."""
    identity = await parties.owner(tx, ticket)
    await say.to_topic(
        tx,
        ctx,
        ticket,
        "staff_held",
        reply_to=f"message:{message_id}",
        closed_at=closes_at(ctx, identity),
        called_at=identity.called_at,
        mail_at=identity.mail_at,
    )


async def not_called(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket | None, cause: str) -> None:
    """The template that says that something waits did not go out: the e-mail does not wait any longer."""
    await identities.set_called(tx, identity.id, None)
    if identity.mail_at is not None:
        await identities.set_mail_at(tx, identity.id, ctx.now)
    if ticket is not None:
        await say.to_topic(tx, ctx, ticket, "staff_not_called", reason=cause)
