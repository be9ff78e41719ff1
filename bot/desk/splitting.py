"""One conversation becomes two: what a user asked besides moves to a ticket of its own (DOMAIN.md §6 rule 18)."""

from bot.channels.base import Inbound
from bot.desk import conversation, parties, relay, say, tickets, topics
from bot.desk.context import Context
from bot.domain.ids import MessageId
from bot.domain.lifecycle import Event, Status
from storage import audit, messages, offices, outbox, ticket_events
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.messages import Message
from storage.officers import Officer
from storage.tickets import Ticket


async def parts(tx: Tx, ctx: Context, inbound: Inbound, ticket: Ticket, *, onwards: bool) -> list[Message]:
    """The user's messages of the post that `inbound` replies to, their whole albums, and with `onwards` all later ones.

    Empty when the post holds none of this ticket, and when the ticket's first question would go with them.
    """
    replied = {message.id for message in await relay.replied_to(tx, ctx, inbound)}
    said = await messages.of_user(tx, ticket.id)
    post = [message for message in said if message.id in replied]
    chosen = [part for part in post if inbound.quote and inbound.quote in part.content["text"]] or post
    albums = {part.album for part in chosen if part.album is not None}
    moved = [
        message
        for message in said
        if message in chosen or message.album in albums or (onwards and chosen and message.id > chosen[0].id)
    ]
    return [] if said[:1] == moved[:1] else moved


async def split(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer, moved: list[Message], type: str) -> Ticket:
    """Move those messages to a new ticket of the same person, whatever number of open tickets the office allows.

    They keep their platform's times; the clock of the new ticket began with the first of them.
    """
    identity, account = await parties.owner(tx, ticket), await parties.account_of(tx, ticket)
    actor, received = f"officer:{officer.id}", moved[0].at
    new = await tickets.add_ticket(
        tx, ctx, identity, account, type, received=received, actor=actor, split_from=ticket.number
    )
    await _leave_line(tx, ctx, ticket, moved)
    await messages.move(tx, [message.id for message in moved], new.id)
    await tickets.record(tx, ctx, ticket, "split", actor, to=new.number, messages=len(moved))
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="split", ticket=ticket.number, to=new.number)
    await topics.post_card(tx, ctx, new, moved, follow_up="split_posted")
    link = topics.link_to(await offices.staff_chat(tx, ctx.office), ticket.topic)
    await say.to_topic(tx, ctx, new, "staff_split_from", number=ticket.number, link=link, officer=officer.name)
    await parties.tell_owner(tx, ctx, new, "split", type=type, due=new.due_at, origin=ticket.number)
    await _hand_back(tx, ctx, ticket, moved)
    return new


async def posted(tx: Tx, ctx: Context, new: Ticket) -> None:
    """The new topic stands: the old one is told where it is."""
    opened, *_ = await ticket_events.of_ticket(tx, new.id)
    origin = await ticket_rows.of_number(tx, ctx.office, opened.data["split_from"])
    if origin is not None:
        link = topics.link_to(await offices.staff_chat(tx, ctx.office), new.topic)
        await say.to_topic(tx, ctx, origin, "staff_split_to", number=new.number, link=link, dedup=f"split:{new.id}")


async def _leave_line(tx: Tx, ctx: Context, ticket: Ticket, moved: list[Message]) -> None:
    """What still waits to be posted in the old topic is posted in the new one only."""
    ids = {message.id for message in moved}
    for row in await outbox.waiting(tx, ctx.office, say.topic_lane(ticket)):
        carried = {MessageId(n) for n in row.payload.get("messages") or [row.payload.get("message")] if n is not None}
        if row.kind in ("relay", "album") and row.state == "queued" and not row.attempts and carried <= ids:
            await outbox.end(tx, row.id, "dropped", "split", ctx.now)


async def _hand_back(tx: Tx, ctx: Context, ticket: Ticket, moved: list[Message]) -> None:
    """When nothing of the user is left to be answered they have the next word again, silent only from now on."""
    answered = ticket.last_answer_at
    if ticket.status != Status.WAITING_OFFICER or answered is None:
        return
    last = await messages.last_of(tx, ticket.id)
    if last is None or last.side != "officer" or last.at > answered:
        return
    gone = {message.at for message in moved}
    since = [event for event in await ticket_events.of_ticket(tx, ticket.id) if event.at >= answered]
    if any(event.kind == "asked" or (event.kind == "user_spoke" and event.at not in gone) for event in since):
        return
    await tickets.advance(tx, ctx, ticket, Event.OFFICER_DELIVERED)
    await ticket_rows.change(tx, ticket.id, **await conversation.silence_from(tx, ctx, ctx.now))
    await tickets.record(tx, ctx, ticket, "handed_back", "system")
