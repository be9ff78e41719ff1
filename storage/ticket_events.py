"""What happened to each ticket: append-only, the source of every figure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.ids import TicketId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True, slots=True)
class TicketEvent:
    id: int
    office: str
    ticket_id: TicketId
    cycle: int
    kind: str
    at: datetime
    actor: str
    data: dict[str, Any]


_SELECT = f"SELECT {column_list(TicketEvent)} FROM ticket_events"


async def add(
    tx: Tx, office: str, ticket_id: TicketId, cycle: int, kind: str, *, at: datetime, actor: str, **data: Any
) -> None:
    await tx.execute(
        "INSERT INTO ticket_events (office, ticket_id, cycle, kind, at, actor, data)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        office,
        ticket_id,
        cycle,
        kind,
        at,
        actor,
        data,
    )


async def of_ticket(tx: Reader, ticket_id: TicketId) -> list[TicketEvent]:
    return await tx.all(TicketEvent, f"{_SELECT} WHERE ticket_id = $1 ORDER BY id", ticket_id)


async def of_cycle(tx: Reader, ticket_id: TicketId, cycle: int, kind: str) -> list[TicketEvent]:
    return await tx.all(
        TicketEvent, f"{_SELECT} WHERE ticket_id = $1 AND cycle = $2 AND kind = $3 ORDER BY id", ticket_id, cycle, kind
    )


async def of_office(tx: Reader, office: str, until: datetime) -> list[TicketEvent]:
    """Every event before `until`, ticket by ticket in the order it happened."""
    return await tx.all(TicketEvent, f"{_SELECT} WHERE office = $1 AND at < $2 ORDER BY ticket_id, id", office, until)
