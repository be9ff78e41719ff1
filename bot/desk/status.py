"""What a person may ask about their own tickets and data."""

from bot.desk import say
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.addresses import masked
from storage import accounts, consents, messages, tickets
from storage.base import Tx
from storage.identities import Identity
from storage.rows import stamp
from storage.tickets import Ticket

SHOWN = 5


async def show_tickets(tx: Tx, ctx: Context, identity: Identity) -> None:
    rows = await tickets.of_identity(tx, identity.id, SHOWN)
    if not rows:
        await say.to_user(tx, ctx, identity, "status_none")
        return
    shown = [
        {
            "number": ticket.number,
            "type": ticket.type,
            "status": ticket.status,
            "due": stamp(ticket.due_at),
            "opened": stamp(ticket.opened_at),
        }
        for ticket in rows
    ]
    await say.to_user(tx, ctx, identity, "status", tickets=shown, now=ctx.now)
    still_open = [ticket for ticket in rows if ticket.closed_at is None]
    if len(still_open) > 1:
        await _offer_switch(tx, ctx, identity, still_open)


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


async def show_privacy(tx: Tx, ctx: Context, identity: Identity) -> None:
    """What is stored about this person."""
    account = await accounts.get(tx, identity.account_id) if identity.account_id else None
    consent = await consents.latest(tx, identity.id)
    if consent is None:
        await say.to_user(tx, ctx, identity, "privacy_none")
        return
    privacy = ctx.settings.privacy
    await say.to_user(
        tx,
        ctx,
        identity,
        "privacy",
        name=identity.name or None,
        masked=masked(account.email) if account else None,
        consent_version=consent.version,
        consent_at=consent.at,
        tickets=len(await tickets.of_identity(tx, identity.id, 1000)),
        messages=await messages.count_of(tx, identity.id),
        retention=privacy.retention if identity.lang == "id" else privacy.retention_en,
        dpo=privacy.dpo_contact or None,
    )
