"""Who did what that somebody may ask about later: append-only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.ids import IdentityId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Entry:
    """`actor`: user:ID, officer:ID, admin:SENDER, system. `data` names tickets and numbers, never words of people."""

    at: datetime
    actor: str
    action: str
    data: dict[str, Any]


_SELECT = f"SELECT {column_list(Entry)} FROM audit"


async def add(tx: Tx, office: str, *, at: datetime, actor: str, action: str, **data: Any) -> None:
    await tx.execute(
        "INSERT INTO audit (office, at, actor, action, data) VALUES ($1, $2, $3, $4, $5)",
        office,
        at,
        actor,
        action,
        data,
    )


async def count_since(tx: Reader, office: str, actor: str, action: str, since: datetime) -> int:
    return int(
        await tx.value(
            "SELECT count(*) FROM audit WHERE office = $1 AND actor = $2 AND action = $3 AND at > $4",
            office,
            actor,
            action,
            since,
        )
    )


async def of_person(tx: Reader, office: str, identity_id: IdentityId) -> list[Entry]:
    """What the person did, and what was done with their tickets, the oldest first."""
    return await tx.all(
        Entry,
        f"{_SELECT} WHERE office = $1 AND (actor = $2 OR json_extract(data, '$.ticket') IN"
        " (SELECT number FROM tickets WHERE identity_id = $3)) ORDER BY id",
        office,
        f"user:{identity_id}",
        identity_id,
    )


async def of_action(tx: Reader, office: str, action: str, since: datetime) -> list[Entry]:
    """Entries of that kind since then, the oldest first."""
    return await tx.all(
        Entry, f"{_SELECT} WHERE office = $1 AND action = $2 AND at > $3 ORDER BY id", office, action, since
    )
