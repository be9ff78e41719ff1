"""Answers to the public satisfaction survey: 1 to 4 for each element and cycle."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import TicketId
from storage.base import Reader, Tx


@dataclass(frozen=True)
class SurveyAnswer:
    ticket_id: TicketId
    cycle: int
    element: str
    value: int


async def put(tx: Tx, office: str, ticket_id: TicketId, cycle: int, *, element: str, value: int, at: datetime) -> None:
    """The last answer to an element counts."""
    await tx.execute(
        "INSERT INTO survey_answers (office, ticket_id, cycle, element, value, at) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (ticket_id, cycle, element) DO UPDATE SET value = excluded.value, at = excluded.at",
        office,
        ticket_id,
        cycle,
        element,
        value,
        at,
    )


async def between(tx: Reader, office: str, first: datetime, last: datetime) -> list[SurveyAnswer]:
    """Those given in [first, last), in a fixed order."""
    return await tx.all(
        SurveyAnswer,
        "SELECT ticket_id, cycle, element, value FROM survey_answers WHERE office = $1 AND at >= $2 AND at < $3"
        " ORDER BY ticket_id, cycle, element",
        office,
        first,
        last,
    )


async def has_any(tx: Reader, ticket_id: TicketId, cycle: int) -> bool:
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM survey_answers WHERE ticket_id = $1 AND cycle = $2)", ticket_id, cycle
        )
    )


async def of_ticket(tx: Reader, ticket_id: TicketId) -> list[SurveyAnswer]:
    return await tx.all(
        SurveyAnswer,
        "SELECT ticket_id, cycle, element, value FROM survey_answers WHERE ticket_id = $1 ORDER BY cycle, element",
        ticket_id,
    )
