"""What a person may ask about their own tickets."""

from bot.desk import moving, say
from bot.desk.context import Context
from bot.desk.say import Button
from storage import audit, tickets
from storage.base import Tx
from storage.identities import Identity
from storage.rows import stamp
from storage.tickets import Ticket

SHOWN = 5
EARLIER = 10


def _shown(ticket: Ticket) -> dict[str, str]:
    return {
        "number": ticket.number,
        "type": ticket.type,
        "status": ticket.status,
        "due": stamp(ticket.due_at),
        "opened": stamp(ticket.opened_at),
    }


async def show_tickets(tx: Tx, ctx: Context, identity: Identity) -> None:
    away = await moving.open_elsewhere(tx, identity)
    if away is not None:
        await moving.offer(tx, ctx, identity, away)
    rows = await tickets.of_identity(tx, identity.id, SHOWN)
    if not rows:
        if away is None:
            await say.to_user(tx, ctx, identity, "status_none")
        return
    await say.to_user(tx, ctx, identity, "status", tickets=[_shown(ticket) for ticket in rows], now=ctx.now)
    still_open = [ticket for ticket in rows if ticket.closed_at is None]
    if len(still_open) > 1:
        await _offer_switch(tx, ctx, identity, still_open)


async def offer_earlier(tx: Tx, ctx: Context, identity: Identity) -> None:
    """A chat that has proved to own a mailbox in use may see its other tickets if it likes (DOMAIN.md §6 rule 13)."""
    rows = await _earlier(tx, identity)
    if rows:
        button = ((Button("show_earlier", "earlier"),),)
        await say.to_user(tx, ctx, identity, "earlier_offer", buttons=button, tickets=len(rows))


async def show_earlier(tx: Tx, ctx: Context, identity: Identity) -> bool:
    """Number, type, day and state of the mailbox's tickets of other chats, never what was written; False: none."""
    rows = await _earlier(tx, identity)
    if not rows:
        return False
    await audit.add(tx, ctx.office, at=ctx.now, actor=f"user:{identity.id}", action="earlier_tickets", count=len(rows))
    await say.to_user(tx, ctx, identity, "earlier_tickets", tickets=[_shown(ticket) for ticket in rows], now=ctx.now)
    return True


async def _earlier(tx: Tx, identity: Identity) -> list[Ticket]:
    if identity.account_id is None:
        return []
    return await tickets.of_account(tx, identity.account_id, besides=identity.id, limit=EARLIER)


async def _offer_switch(tx: Tx, ctx: Context, identity: Identity, still_open: list[Ticket]) -> None:
    """Where plain messages go now, and a button for each other ticket."""
    active = await tickets.open_of(tx, identity.id)
    assert active is not None
    for ticket in still_open:
        if ticket.id != active.id:
            button = ((Button(f"={ticket.number}", "switch"),),)
            await say.to_user(
                tx,
                ctx,
                identity,
                "ticket_choose",
                buttons=button,
                ticket=ticket,
                tickets=len(still_open),
                number=active.number,
            )
