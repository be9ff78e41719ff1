"""Ratings: one for each closing of a ticket."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import TicketId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Rating:
    ticket_id: TicketId
    cycle: int
    stars: int
    at: datetime
    feedback: str | None


async def put(tx: Tx, office: str, ticket_id: TicketId, cycle: int, *, stars: int, at: datetime) -> None:
    """The last word counts; the feedback stays."""
    await tx.execute(
        "INSERT INTO ratings (office, ticket_id, cycle, stars, at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (ticket_id, cycle) DO UPDATE SET stars = excluded.stars, at = excluded.at",
        office,
        ticket_id,
        cycle,
        stars,
        at,
    )


async def add_feedback(tx: Tx, ticket_id: TicketId, cycle: int, feedback: str) -> None:
    """Whoever rates again is asked again: what they say then stands below what they said before."""
    await tx.execute(
        "UPDATE ratings SET feedback = coalesce(feedback || '\n', '') || $3 WHERE ticket_id = $1 AND cycle = $2",
        ticket_id,
        cycle,
        feedback,
    )


async def get(tx: Reader, ticket_id: TicketId, cycle: int) -> Rating | None:
    return await tx.one(
        Rating, f"SELECT {column_list(Rating)} FROM ratings WHERE ticket_id = $1 AND cycle = $2", ticket_id, cycle
    )


async def of_ticket(tx: Reader, ticket_id: TicketId) -> list[Rating]:
    """One for each closing that was rated."""
    return await tx.all(
        Rating, f"SELECT {column_list(Rating)} FROM ratings WHERE ticket_id = $1 ORDER BY cycle", ticket_id
    )


async def of_office(tx: Reader, office: str, first: datetime, last: datetime) -> list[Rating]:
    """Those given in [first, last)."""
    return await tx.all(
        Rating,
        f"SELECT {column_list(Rating)} FROM ratings WHERE office = $1 AND at >= $2 AND at < $3 ORDER BY id",
        office,
        first,
        last,
    )
