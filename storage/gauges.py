"""What a monitoring asks of the tables: how much waits, how long, and how tickets stand; numbers only."""

from dataclasses import dataclass
from datetime import datetime

from storage.base import Reader


@dataclass(frozen=True)
class Waiting:
    """So many of a kind, the oldest since then."""

    kind: str
    count: int
    since: datetime


@dataclass(frozen=True)
class Standing:
    status: str
    count: int


async def outbox(tx: Reader, office: str) -> list[Waiting]:
    """What is to be sent, by class (as a digit)."""
    return await tx.all(
        Waiting,
        "SELECT CAST(class AS TEXT) AS kind, count(*) AS count, min(created_at) AS since FROM outbox"
        " WHERE office = $1 AND state IN ('queued', 'sending', 'unknown') GROUP BY class",
        office,
    )


async def inbox(tx: Reader, office: str) -> list[Waiting]:
    """What came in and is not handled yet: one row or none."""
    return await tx.all(
        Waiting,
        "SELECT 'inbox' AS kind, count(*) AS count, min(received_at) AS since FROM inbox"
        " WHERE office = $1 AND state = 'new' HAVING count(*) > 0",
        office,
    )


async def stuck(tx: Reader, office: str) -> list[Standing]:
    """What does not go on by itself, by where it stands."""
    return await tx.all(
        Standing,
        "SELECT state AS status, count(*) AS count FROM outbox WHERE office = $1 AND state IN ('held', 'failed')"
        " GROUP BY state UNION ALL SELECT 'quarantined', count(*) FROM inbox"
        " WHERE office = $1 AND state = 'quarantined'",
        office,
    )


async def tickets(tx: Reader, office: str) -> list[Standing]:
    """Open tickets by status."""
    return await tx.all(
        Standing,
        "SELECT status, count(*) AS count FROM tickets WHERE office = $1 AND closed_at IS NULL GROUP BY status",
        office,
    )


async def overdue(tx: Reader, office: str, now: datetime) -> int:
    """Open tickets whose answer is owed and late."""
    return int(
        await tx.value(
            "SELECT count(*) FROM tickets WHERE office = $1 AND closed_at IS NULL AND answered_at IS NULL"
            " AND paused_at IS NULL AND due_at < $2",
            office,
            now,
        )
    )
