"""The talk on an open ticket: who has the next word, and what that does to the clocks."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.channels.base import Content, Inbound
from bot.desk import discretion, parties, relay, say, tickets, topics
from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain import silence
from bot.domain.ids import InboxId
from bot.domain.lifecycle import Event, Status
from bot.domain.sla import MANY_PAUSES
from storage import identities, messages, officers, offices, ticket_events
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.identities import Identity
from storage.messages import Message
from storage.officers import Officer
from storage.tickets import Ticket

# One of Telegram's own reactions, which ✅ is not (TELEGRAM.md §3, DESIGN.md §3).
DELIVERED_MARK = "👌"


async def user_wrote(
    tx: Tx,
    ctx: Context,
    inbound: Inbound,
    content: Content,
    *,
    inbox_id: InboxId | None,
    identity: Identity,
    ticket: Ticket,
) -> Message:
    """The user's message goes to the topic; the officer owes the next word."""
    message = await relay.keep(
        tx, ctx, inbound, content, inbox_id=inbox_id, side="user", ticket=ticket, identity=identity
    )
    await relay.pass_on(tx, ctx, ticket, message)
    await user_spoke(tx, ctx, ticket, at=inbound.at)
    await tickets.say_if_closed(tx, ctx, identity, await of_office(tx, ctx))
    return message


async def user_spoke(tx: Tx, ctx: Context, ticket: Ticket, *, at: datetime, event: Event = Event.USER_WROTE) -> None:
    """Any content of the user stops the silence and ends a pause (DOMAIN.md §6 rules 4 and 11)."""
    if ticket.status == Status.PAUSED:
        ticket = await tickets.end_pause(tx, ctx, ticket, at=at)
        await parties.tell_owner(tx, ctx, ticket, "resumed", due=ticket.due_at)
        await say.to_topic(tx, ctx, ticket, "staff_resumed", due=ticket.due_at)
    before = ticket.status
    after = await tickets.advance(tx, ctx, ticket, event)
    if ticket.silence_from is not None:
        await ticket_rows.change(tx, ticket.id, **tickets.NO_SILENCE)
    if before != after.status or event is Event.STILL_NEEDED:
        await tickets.record(tx, ctx, ticket, "user_spoke", "user", at=at)


async def officer_wrote(
    tx: Tx,
    ctx: Context,
    inbound: Inbound,
    content: Content,
    *,
    inbox_id: InboxId | None,
    officer: Officer,
    ticket: Ticket,
    follow_up: str = "answer",
) -> None:
    """The officer's message goes to the user. To a closed ticket it is kept, and the officer is asked (rule 12).

    A reply to what moved to another ticket goes nowhere: it is said where that is answered (QUALITY.md T26).
    What would give an officer's account away is kept as a note, and the officer is told (rule 23).
    """
    elsewhere = await _elsewhere(tx, ctx, inbound, ticket)
    if elsewhere is not None:
        link = topics.link_to(await offices.staff_chat(tx, ctx.office), elsewhere.topic)
        dedup = f"moved:{inbound.reply_to}:{content.album}" if content.album else None
        await say.to_topic(
            tx, ctx, ticket, "staff_moved", reply_to=inbound.ref, dedup=dedup, number=elsewhere.number, link=link
        )
        return
    content = discretion.plain(content)
    if await discretion.gives_away(tx, ctx, content):
        await note(tx, ctx, inbound, content, inbox_id=inbox_id, officer=officer, ticket=ticket)
        await say.to_topic(tx, ctx, ticket, "staff_gives_away", reply_to=inbound.ref)
        return
    message = await relay.keep(
        tx, ctx, inbound, content, inbox_id=inbox_id, side="officer", ticket=ticket, identity=None, officer=officer
    )
    if ticket.status == Status.CLOSED:
        await _ask_to_reopen(tx, ctx, ticket, message, reply_to=inbound.ref)
        return
    await _turn_to(tx, ctx, ticket)
    if follow_up == "question":
        await parties.tell_owner(tx, ctx, ticket, "clarify")
    await relay.pass_on(tx, ctx, ticket, message, follow_up=follow_up)


async def _elsewhere(tx: Tx, ctx: Context, inbound: Inbound, ticket: Ticket) -> Ticket | None:
    """The ticket that a reply is meant for when nothing of the post it replies to belongs to this one any more."""
    others = {message.ticket_id for message in await relay.replied_to(tx, ctx, inbound)}
    if ticket.id in others or not others - {None}:
        return None
    return await ticket_rows.need(tx, max(other for other in others if other is not None))


async def _ask_to_reopen(tx: Tx, ctx: Context, ticket: Ticket, message: Message, *, reply_to: str) -> None:
    """One button for each message; an album is one message."""
    reopen = ((Button("reopen", "staff_reopen", str(message.id)),),)
    once = f"closed_album:{ticket.id}:{ticket.cycle}:{message.album}" if message.album else None
    await say.to_topic(
        tx, ctx, ticket, "staff_closed_topic", buttons=reopen, reply_to=reply_to, dedup=once, number=ticket.number
    )


async def late_words(tx: Tx, ctx: Context, ticket: Ticket, message: Message) -> None:
    """What an officer wrote to a ticket while it was closed goes out, with all parts of its album."""
    album = message.album
    for part in await messages.of_album(tx, ticket.id, album, side="officer") if album is not None else [message]:
        await relay.pass_on(tx, ctx, ticket, part, follow_up="answer")


async def _turn_to(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """Of several open tickets the one an officer speaks on becomes the active one, and the user is told."""
    identity = await parties.owner(tx, ticket)
    if identity.active_ticket != ticket.id and len(await ticket_rows.all_open_of(tx, identity.id)) > 1:
        await identities.set_active_ticket(tx, identity.id, ticket.id)
        await parties.tell_owner(tx, ctx, ticket, "ticket_active")


async def note(
    tx: Tx,
    ctx: Context,
    inbound: Inbound,
    content: Content,
    *,
    inbox_id: InboxId | None,
    officer: Officer,
    ticket: Ticket,
) -> None:
    """A note is kept with the ticket and never leaves the topic; a marked part makes its album one (rule 25)."""
    message = await relay.keep(
        tx, ctx, inbound, content, inbox_id=inbox_id, side="note", ticket=ticket, identity=None, officer=officer
    )
    if message.album is not None:
        await relay.take_back_album(tx, ctx, ticket, message)


async def belongs_to_note(tx: Tx, ticket: Ticket, content: Content) -> bool:
    """Whether an earlier part of this album was marked as a note."""
    return content.album is not None and await messages.is_note_album(tx, ticket.id, content.album)


async def delivered(
    tx: Tx, ctx: Context, ticket: Ticket, message: Message, *, at: datetime, question: bool, doubted: bool = False
) -> None:
    """An officer's message reached the user at `at`, by the platform's clock: only now does it count.

    Who wrote since then has the last word, although the delivery is written down only now. `doubted`: an earlier copy
    may have arrived any time since the message was written, and be what the user replied to.
    """
    actor = f"officer:{message.officer_id}"
    changes: dict[str, Any] = {}
    if ticket.first_response_at is None and ticket.status != Status.CLOSED:
        changes["first_response_at"] = at
        await tickets.record(tx, ctx, ticket, "first_response", actor, at=at)
    since = message.at if doubted else at.replace(microsecond=0)
    overtaken = ticket.silence_from is None and await messages.user_spoke(tx, ticket.id, after=message.id, since=since)
    kind = "asked" if question else "delivered"
    await tickets.record(tx, ctx, ticket, kind, actor, at=at, **({"overtaken": True} if overtaken else {}))
    event = Event.QUESTION_DELIVERED if question else Event.OFFICER_DELIVERED
    after = ticket if overtaken else await tickets.advance(tx, ctx, ticket, event)
    if question and ticket.paused_at is None and after.status == Status.PAUSED:
        changes["paused_at"] = at
    if not question:
        changes["last_answer_at"] = at
    if after.status != Status.CLOSED and not overtaken:
        changes |= await silence_from(tx, ctx, at)
    if ticket.officer_id is None:
        changes["officer_id"] = message.officer_id
    if changes:
        await ticket_rows.change(tx, ticket.id, **changes)
    if question and after.status == Status.PAUSED:
        await say.to_topic(tx, ctx, ticket, "staff_asked", officer=await _name(tx, message))
        await _flag_pauses(tx, ctx, ticket)


async def _flag_pauses(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """More than two pauses of a cycle are flagged (DOMAIN.md §6 rule 11)."""
    finished = await ticket_events.of_cycle(tx, ticket.id, ticket.cycle, "resumed")
    pauses = len(finished) + 1
    if pauses > MANY_PAUSES:
        await tickets.record(tx, ctx, ticket, "many_pauses", "system", pauses=pauses)
        await say.to_topic(tx, ctx, ticket, "staff_many_pauses", pauses=pauses)


async def silence_from(tx: Tx, ctx: Context, at: datetime) -> dict[str, Any]:
    """The columns of a silence that starts at `at`: the next warning and the close."""
    plan = await plan_of(tx, ctx, at)
    return {"silence_from": at, "warned": 0, "warn_at": plan.warn_at[0], "close_at": plan.close_at}


async def plan_of(tx: Tx, ctx: Context, since: datetime) -> silence.SilencePlan:
    """When to warn and close after an officer's message delivered at `since`, long outages counted out."""
    outages = await offices.outages_since(tx, ctx.office, since)
    service = ctx.settings.service
    return silence.plan(
        since,
        zone=ctx.calendar.zone,
        quiet=ctx.quiet,
        silence_days=service.silence_days,
        warn_after_days=service.warn_after_days,
        shift=silence.outage_shift([silence.Outage(outage.began, outage.ended) for outage in outages], since),
    )


async def _name(tx: Tx, message: Message) -> str:
    officer = await officers.get(tx, message.officer_id) if message.officer_id else None
    return officer.name if officer else ""


async def edited(tx: Tx, ctx: Context, inbound: Inbound, content: Content, *, message: Message) -> None:
    """Mirror an edit and keep the version before; a change of nothing we show is no edit (TELEGRAM.md §4)."""
    before = Content.from_json(message.content)
    if message.side == "officer":
        content = discretion.plain(content)
    if before.shows_same(content):
        return
    if "live_period" in before.data and content.kind == before.kind:
        await _say_place_stays(tx, ctx, message)
        return
    if message.side == "officer" and await discretion.gives_away(tx, ctx, content):
        assert message.ticket_id is not None
        ticket = await ticket_rows.need(tx, message.ticket_id)
        await say.to_topic(tx, ctx, ticket, "staff_gives_away", reply_to=inbound.ref)
        return
    content = replace(content, frame=before.frame)  # what it answered then it answers now
    await messages.revise(tx, message, content.as_json(), ctx.now)
    if message.ticket_id is None or message.side == "note" or message.withdrawn_at is not None:
        return
    ticket = await ticket_rows.need(tx, message.ticket_id)
    await relay.pass_edit(tx, ctx, ticket, message, content)
    if message.side == "user" and ticket.status != Status.CLOSED:
        await user_spoke(tx, ctx, ticket, at=inbound.at)


async def _say_place_stays(tx: Tx, ctx: Context, message: Message) -> None:
    """A live location moves by itself, every few seconds: its first place was passed on, and that is said once."""
    once, about = f"live:{message.id}", f"message:{message.id}"
    ticket = await ticket_rows.need(tx, message.ticket_id) if message.ticket_id is not None else None
    if message.side == "officer" and ticket is not None:
        await say.to_topic(tx, ctx, ticket, "staff_live_place", reply_to=about, dedup=once)
    elif message.side == "user" and message.identity_id is not None:
        identity = await identities.get(tx, message.identity_id)
        assert identity is not None
        await say.to_user(tx, ctx, identity, "live_place", ticket=ticket, reply_to=about, dedup=once)


async def user_sent_in_vain(tx: Tx, ctx: Context, ticket: Ticket, key: str, *, at: datetime, **params: Any) -> None:
    """Something of the user that cannot be passed on: the officers learn what it was, and the silence is over."""
    await say.to_topic(tx, ctx, ticket, key, **params)
    await user_spoke(tx, ctx, ticket, at=at)


async def said_answered(tx: Tx, ctx: Context, ticket: Ticket, *, at: datetime) -> None:
    """ "Sudah terjawab" marks the answer and asks the officer to close, once in a silence; it is no reply (rule 3).

    It confirms what had been delivered: the answer counts from then, not from the day somebody found time to say so.
    """
    identity = await parties.owner(tx, ticket)
    await tickets.mark_answered(tx, ctx, ticket, actor="user", at=at, delivered_at=ticket.last_answer_at)
    close = ((Button("close", "close"),),)
    once = f"said_answered:{ticket.id}:{ticket.cycle}:{ticket.silence_from}"
    await say.to_topic(tx, ctx, ticket, "staff_said_answered", buttons=close, dedup=once)
    await say.to_user(tx, ctx, identity, "said_answered", ticket=ticket, dedup=f"{once}:told", number=ticket.number)


async def still_needed(tx: Tx, ctx: Context, ticket: Ticket, *, at: datetime) -> None:
    """ "Masih perlu": the officer owes the answer, so nothing closes until one is delivered again (Settled choices)."""
    await user_spoke(tx, ctx, ticket, at=at, event=Event.STILL_NEEDED)
    await say.to_topic(tx, ctx, ticket, "staff_still_needed")
    await parties.tell_owner(tx, ctx, ticket, "still_needed")


async def history(tx: Tx, ticket: Ticket) -> list[ticket_events.TicketEvent]:
    return await ticket_events.of_ticket(tx, ticket.id)
