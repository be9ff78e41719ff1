"""Referrals: tickets of this office whose person was shown the way to another one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.ids import IdentityId, OfficerId, TicketId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Referral:
    """state: planned (not confirmed yet), offered (the person has a link), accepted (the conversation is being
    passed), passed, dropped. `hash`: of the link's token. `told_at`: when the link reached the person;
    `is_new`: they are not registered there yet."""

    id: int
    office: str
    ticket_id: TicketId
    cycle: int
    officer_id: OfficerId
    receiver: str
    reason: str
    state: str
    salt: str
    hash: str | None
    at: datetime
    told_at: datetime | None
    expires_at: datetime | None
    accepted_at: datetime | None
    is_new: bool


_SELECT = f"SELECT {column_list(Referral)} FROM referrals"


async def plan(
    tx: Tx,
    office: str,
    *,
    ticket_id: TicketId,
    cycle: int,
    officer_id: OfficerId,
    receiver: str,
    reason: str,
    salt: str,
    at: datetime,
) -> int:
    """A new one, which nobody outside knows of; its id."""
    return int(
        await tx.value(
            "INSERT INTO referrals (office, ticket_id, cycle, officer_id, receiver, reason, salt, at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            office,
            ticket_id,
            cycle,
            officer_id,
            receiver,
            reason,
            salt,
            at,
        )
    )


async def get(tx: Reader, referral_id: int) -> Referral | None:
    return await tx.one(Referral, f"{_SELECT} WHERE id = $1", referral_id)


async def of_hash(tx: Reader, office: str, hash: str) -> Referral | None:
    return await tx.one(Referral, f"{_SELECT} WHERE office = $1 AND hash = $2", office, hash)


async def of_ticket(tx: Reader, ticket_id: TicketId) -> list[Referral]:
    """All of the ticket's, the oldest first."""
    return await tx.all(Referral, f"{_SELECT} WHERE ticket_id = $1 ORDER BY id", ticket_id)


async def of_person(tx: Reader, identity_id: IdentityId) -> list[Referral]:
    return await tx.all(
        Referral,
        f"{_SELECT} WHERE ticket_id IN (SELECT id FROM tickets WHERE identity_id = $1) ORDER BY id",
        identity_id,
    )


async def accepted(tx: Reader, office: str) -> list[Referral]:
    """Those whose conversation is to be passed on."""
    return await tx.all(Referral, f"{_SELECT} WHERE office = $1 AND state = 'accepted' ORDER BY id", office)


async def expired(tx: Reader, office: str, at: datetime) -> list[Referral]:
    """Offers that nobody has taken and nobody can take any more."""
    return await tx.all(
        Referral, f"{_SELECT} WHERE office = $1 AND state = 'offered' AND expires_at <= $2 ORDER BY id", office, at
    )


async def change(tx: Tx, referral_id: int, state: str, **columns: Any) -> None:
    """Put it into that state, and set these columns."""
    sets = "".join(f", {name} = ${n}" for n, name in enumerate(columns, 3))
    await tx.execute(f"UPDATE referrals SET state = $2{sets} WHERE id = $1", referral_id, state, *columns.values())


async def told(tx: Tx, referral_id: int, at: datetime) -> None:
    await tx.execute("UPDATE referrals SET told_at = $2 WHERE id = $1 AND told_at IS NULL", referral_id, at)
