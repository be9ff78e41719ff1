"""Legal holds: tickets whose record must be kept although somebody asks for its erasure."""

from datetime import datetime

from bot.domain.ids import IdentityId, TicketId
from storage.base import Reader, Tx


async def put(tx: Tx, office: str, ticket_id: TicketId, *, actor: str, at: datetime) -> None:
    await tx.execute(
        "INSERT INTO holds (ticket_id, office, actor, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        ticket_id,
        office,
        actor,
        at,
    )


async def lift(tx: Tx, ticket_id: TicketId) -> bool:
    """False when there was none."""
    return await tx.execute("DELETE FROM holds WHERE ticket_id = $1", ticket_id) > 0


async def on_person(tx: Reader, identity_id: IdentityId) -> bool:
    """Whether a ticket of this person is held."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM holds JOIN tickets ON tickets.id = ticket_id WHERE identity_id = $1)",
            identity_id,
        )
    )


async def count(tx: Reader, office: str) -> int:
    return int(await tx.value("SELECT count(*) FROM holds WHERE office = $1", office))
