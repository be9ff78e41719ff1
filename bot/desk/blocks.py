"""People of whom the office takes nothing more: blocked with a reason, told kindly, and let in again."""

from typing import Any

from bot.desk import closing, parties, say, tickets
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.lifecycle import CLOSE_REASONS, Status
from storage import audit, identities
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.identities import Identity
from storage.officers import Officer
from storage.rows import stamp
from storage.tickets import Ticket

LIFT = ((Button("unblock", "unblock"),),)


async def block(tx: Tx, ctx: Context, ticket: Ticket, officer: Officer, reason: str) -> bool:
    """Close the ticket as spam and take nothing more from its owner but complaints; False if that is so already.

    Who was erased cannot be blocked: nothing leads from the old ticket to whoever writes now.
    """
    identity = await parties.owner(tx, ticket)
    if identity.banned_at is not None or identity.is_erased:
        return False
    actor = f"officer:{officer.id}"
    await identities.set_ban(tx, identity.id, at=ctx.now, reason=reason)
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="block", ticket=ticket.number, reason=reason)
    await tickets.record(tx, ctx, ticket, "blocked", actor)
    await say.to_topic(tx, ctx, ticket, "staff_blocked", buttons=LIFT, officer=officer.name, reason=reason)
    if ticket.status != Status.CLOSED:
        await closing.close(tx, ctx, ticket, CLOSE_REASONS["spam"], actor=actor, officer=officer.name)
    await tell(tx, ctx, identity)
    return True


async def tell(tx: Tx, ctx: Context, identity: Identity) -> None:
    """What holds now and how to object; to whoever goes on writing once a day, so that nothing is lost unsaid."""
    dedup = f"blocked:{identity.id}:{ctx.now:%Y%m%d}"
    await say.to_user(tx, ctx, identity, "blocked", dedup=dedup)


async def lift(tx: Tx, ctx: Context, ticket: Ticket, *, actor: str, by: str) -> bool:
    """The owner of the ticket may write again, and is told; False if nothing was blocked."""
    identity = await parties.owner(tx, ticket)
    if identity.banned_at is None:
        return False
    await identities.set_ban(tx, identity.id, at=None, reason=None)
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="unblock", ticket=ticket.number)
    await tickets.record(tx, ctx, ticket, "unblocked", actor)
    await say.to_topic(tx, ctx, ticket, "staff_unblocked", officer=by)
    await say.to_user(tx, ctx, identity, "unblocked", ticket=ticket)
    return True


async def listed(tx: Tx, ctx: Context) -> list[dict[str, Any]]:
    """Who is blocked, by the number of their last ticket: since when and why. No name."""
    return [
        {"number": last.number, "at": stamp(identity.banned_at), "reason": identity.ban_reason or ""}
        for identity in await identities.banned(tx, ctx.office)
        if identity.banned_at is not None and (last := await ticket_rows.last_of(tx, identity.id)) is not None
    ]
