"""Newcomers: people whom another office of the database sent here by a link."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import IdentityId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Newcomer:
    """state: here (has not chosen yet), waiting (for the conversation from `sender`), alone (it does not come, or not
    in time), done. `number`: of the ticket there."""

    id: int
    office: str
    identity_id: IdentityId
    sender: str
    number: str
    hash: str
    state: str
    at: datetime
    chosen_at: datetime | None


_SELECT = f"SELECT {column_list(Newcomer)} FROM newcomers"


async def add(
    tx: Tx, office: str, identity_id: IdentityId, *, sender: str, number: str, hash: str, at: datetime
) -> None:
    """Note where the person comes from; once for each link."""
    await tx.execute(
        "INSERT INTO newcomers (office, identity_id, sender, number, hash, at) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT DO NOTHING",
        office,
        identity_id,
        sender,
        number,
        hash,
        at,
    )


async def get(tx: Reader, newcomer_id: int) -> Newcomer | None:
    return await tx.one(Newcomer, f"{_SELECT} WHERE id = $1", newcomer_id)


async def of_hash(tx: Reader, office: str, hash: str) -> Newcomer | None:
    return await tx.one(Newcomer, f"{_SELECT} WHERE office = $1 AND hash = $2", office, hash)


async def of_person(tx: Reader, identity_id: IdentityId) -> list[Newcomer]:
    """All of the person's, the newest first."""
    return await tx.all(Newcomer, f"{_SELECT} WHERE identity_id = $1 ORDER BY id DESC", identity_id)


async def overdue(tx: Reader, office: str, before: datetime) -> list[Newcomer]:
    """Those who have waited since before that moment."""
    return await tx.all(
        Newcomer, f"{_SELECT} WHERE office = $1 AND state = 'waiting' AND chosen_at < $2 ORDER BY id", office, before
    )


async def change(tx: Tx, newcomer_id: int, state: str, at: datetime | None = None) -> None:
    """`at`: when the person chose, if they just did."""
    await tx.execute(
        "UPDATE newcomers SET state = $2, chosen_at = coalesce($3, chosen_at) WHERE id = $1", newcomer_id, state, at
    )


async def forget(tx: Tx, identity_id: IdentityId) -> None:
    await tx.execute("DELETE FROM newcomers WHERE identity_id = $1", identity_id)
