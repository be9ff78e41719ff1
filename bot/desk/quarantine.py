"""An update that cannot be handled is set aside: admins hear of it, and so does whoever sent it, each once."""

from bot.desk import say
from bot.desk.context import Context
from storage import identities, tickets
from storage.base import Reader, Tx
from storage.identities import Identity
from storage.inbox import InboxRow
from storage.tickets import Ticket

# Before an update's number, where admins read it: a plain number is a row of the outbox.
INCOMING = "m"


async def set_aside(tx: Tx, ctx: Context, row: InboxRow, error: str) -> None:
    """Tell of it. Admins and the person once an hour: a change of the platform can make thousands; /antrean has all."""
    hour = f"{ctx.now:%Y%m%d%H}"
    await say.to_admins(tx, ctx, "alarm_quarantined", dedup=f"quarantine:{hour}", id=f"{INCOMING}{row.id}", error=error)
    person = await person_of(tx, row)
    if person is not None and person.banned_at is None:
        await say.to_user(tx, ctx, person, "step_failed", dedup=f"step_failed:{person.id}:{hour}")
    ticket = await ticket_of_topic(tx, row)
    if ticket is not None:
        await say.to_topic(tx, ctx, ticket, "staff_step_failed", at=row.received_at)


async def person_of(tx: Reader, row: InboxRow) -> Identity | None:
    """Whose private chat the update came from. Somebody whose very first update it is has no row yet."""
    channel, _, chat = row.lane.partition(":")
    return await identities.of_sender(tx, row.office, channel, chat)


async def ticket_of_topic(tx: Reader, row: InboxRow) -> Ticket | None:
    """The ticket in whose topic of the staff group it was written."""
    _, _, thread = row.lane.partition(":")[2].partition(":")
    return await tickets.of_topic(tx, row.office, thread) if thread else None
