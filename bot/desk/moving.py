"""One account, several chats: a ticket has one home, where its answers go, and moves only when its person says so.

Chats belong to one account when they proved the same mailbox (DOMAIN.md §6 rules 13 and 15). Where more than two did,
the mailbox is shared, and the chat that has the ticket must agree to give it away.
"""

from datetime import datetime

from bot.desk import crossing, parties, questions, say, tickets, topics
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.ids import IdentityId
from storage import carried, dialogues, identities, keyboards, messages, outbox
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.identities import Identity
from storage.tickets import Ticket

STATE = "elsewhere"


async def open_elsewhere(tx: Tx, identity: Identity) -> Ticket | None:
    """The newest open ticket of the same account that is at home on another channel."""
    found = [
        ticket
        for other in await _account_chats(tx, identity)
        if other.channel != identity.channel
        for ticket in await ticket_rows.all_open_of(tx, other.id)
    ]
    return max(found, key=lambda ticket: ticket.id, default=None)


async def _account_chats(tx: Tx, identity: Identity) -> list[Identity]:
    return await identities.of_account(tx, identity.account_id) if identity.account_id is not None else []


async def ask(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket) -> None:
    """What was typed here waits for the choice: to move that ticket here, or to open a new one."""
    kept = await messages.draft_size(tx, identity.id)
    timers = questions.timers(ctx, kept)
    await dialogues.go(tx, ctx.office, identity.id, STATE, at=ctx.now, data={"ticket": ticket.id}, **timers)
    await _offer(tx, ctx, identity, ticket, kept=kept, state=STATE)


async def offer(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket) -> None:
    """The same beside whatever the person is at."""
    await _offer(tx, ctx, identity, ticket, kept=0, state=None)


async def _offer(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket, *, kept: int, state: str | None) -> None:
    home = await parties.owner(tx, ticket)
    move = Button("move_here", "move_here", str(ticket.id))
    buttons = ((move, Button("new_ticket", "new_ticket")),) if state else ((move,),)
    await say.to_user(
        tx,
        ctx,
        identity,
        "elsewhere",
        buttons=buttons,
        state=state,
        number=ticket.number,
        channel=home.channel,
        kept=kept,
    )


async def part_came(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue, *, at: datetime) -> None:
    """More was typed before the choice."""
    kept = await messages.draft_size(tx, identity.id)
    ticket = await ticket_rows.need(tx, dialogue.data["ticket"])
    if ticket.closed_at is not None:
        await questions.choose_type(tx, ctx, identity)
        return
    await dialogues.set_timers(tx, identity.id, **questions.timers(ctx, kept))
    newest = await keyboards.live(tx, identity.id, 1)
    if not newest or newest[0].state != STATE or ctx.now - newest[0].created_at > questions.PROMPT_EVERY:
        await _offer(tx, ctx, identity, ticket, kept=kept, state=STATE)


async def nudge(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    """Remind of what was typed and waits for the choice."""
    await dialogues.set_timers(tx, dialogue.identity_id, nudge_at=None, lapse_at=dialogue.lapse_at)
    identity = await questions.typing(tx, dialogue)
    if identity is not None:
        ticket = await ticket_rows.need(tx, dialogue.data["ticket"])
        kept = await messages.draft_size(tx, identity.id)
        await _offer(tx, ctx, identity, ticket, kept=kept, state=STATE)


async def here(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket, *, at: datetime) -> bool:
    """ "Pindahkan ke sini": at once, or once the chat that has it agrees; False: there is nothing to move any more."""
    home = await parties.owner(tx, ticket)
    same = identity.account_id is not None and home.account_id == identity.account_id
    if not same or ticket.closed_at is not None or home.channel == identity.channel:
        return False
    if not await tickets.has_room(tx, ctx, identity.id):
        await say.to_user(tx, ctx, identity, "ticket_busy")
        return True
    if len(await _account_chats(tx, identity)) > 2:
        sure = ((Button("move_away", "move_away", str(identity.id)), Button("keep", "keep")),)
        await say.to_user(
            tx, ctx, home, "move_sure", buttons=sure, ticket=ticket, number=ticket.number, channel=identity.channel
        )
        await say.to_user(tx, ctx, identity, "move_asked", number=ticket.number, channel=home.channel)
        return True
    await _move(tx, ctx, ticket, home, identity, at=at)
    return True


async def away(tx: Tx, ctx: Context, home: Identity, ticket: Ticket, receiver: IdentityId, *, at: datetime) -> bool:
    """The chat that has the ticket gives it away."""
    identity = await identities.get(tx, receiver)
    same = identity is not None and identity.account_id is not None and identity.account_id == home.account_id
    if identity is None or not same or identity.is_erased or ticket.closed_at is not None:
        return False
    if not await tickets.has_room(tx, ctx, identity.id):
        return False
    await _move(tx, ctx, ticket, home, identity, at=at)
    return True


async def _move(tx: Tx, ctx: Context, ticket: Ticket, home: Identity, identity: Identity, *, at: datetime) -> None:
    """From now on everything of the ticket goes to the other chat, what waits too; both chats and the officers know."""
    await ticket_rows.change(tx, ticket.id, identity_id=identity.id)
    # Where a platform tells of arrivals, it may still tell: what arrived there is not sent here once more.
    doubtful = not ctx.traits(home.channel).receipts
    await outbox.rehome(tx, ctx.office, ticket.id, home.id, identity.id, ctx.now, doubtful=doubtful)
    await crossing.ask_for_all(
        tx, ctx, await carried.in_lane(tx, ctx.office, say.user_lane(identity)), to=identity.channel
    )
    moved = await ticket_rows.need(tx, ticket.id)
    await tickets.record(tx, ctx, moved, "moved_chat", "user", at=at, before=home.channel, now=identity.channel)
    await say.to_user(tx, ctx, home, "moved_away", number=ticket.number, channel=identity.channel)
    await say.to_user(tx, ctx, identity, "moved_here", number=ticket.number)
    await say.to_topic(tx, ctx, moved, "staff_moved_chat", channel=identity.channel)
    await topics.refresh_card(tx, ctx, moved)
    if await messages.draft_size(tx, identity.id):
        await questions.join(tx, ctx, identity, moved, at=at)
    else:
        await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)
