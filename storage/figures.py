"""What figures are made of: events of the tickets that can matter to a period, and what did not reach users."""

from datetime import datetime, timedelta

from storage.base import Reader
from storage.rows import column_list
from storage.ticket_events import TicketEvent

# An earlier cycle of a reopened ticket may be due this much later than the last one, by pauses and holidays.
REOPENED_SLACK = timedelta(days=31)


async def events(reader: Reader, office: str, *, start: datetime, end: datetime) -> list[TicketEvent]:
    """What happened before `end` to the tickets open or due at `start` or later; ticket by ticket, as recorded.

    A ticket closed and due long before `start` has no part in the figures from then on, so the cost grows with the
    period and not with the office's history.
    """
    return await reader.all(
        TicketEvent,
        f"SELECT {column_list(TicketEvent)} FROM ticket_events WHERE at < $3 AND ticket_id IN"
        " (SELECT id FROM tickets WHERE office = $1 AND (closed_at IS NULL OR closed_at >= $2 OR due_at >= $2))"
        " ORDER BY ticket_id, id",
        office,
        start - REOPENED_SLACK,
        end,
    )


async def undelivered(reader: Reader, office: str) -> int:
    """How many messages of officers did not reach the users of open tickets: failed, or held until they can be sent."""
    return int(
        await reader.value(
            "SELECT count(*) FROM outbox JOIN tickets ON tickets.id = outbox.ticket_id"
            " WHERE tickets.office = $1 AND tickets.closed_at IS NULL"
            " AND outbox.state IN ('failed', 'held') AND outbox.follow_up IN ('answer', 'question')",
            office,
        )
    )
