"""What figures are made of: events of the tickets that can matter to a period, and what did not reach users."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.ids import TicketId
from storage.base import Reader
from storage.rows import column_list
from storage.ticket_events import TicketEvent

# An earlier cycle of a reopened ticket may be due this much later than the last one, by pauses and holidays.
REOPENED_SLACK = timedelta(days=31)

# A ticket closed and due long before the period has no part in its figures, nor has one that was opened after it: the
# cost grows with the period, not with the office's history. Ids rise with the moment of opening.
_CONCERNED = (
    "SELECT id FROM tickets WHERE office = $1 AND (closed_at IS NULL OR closed_at >= $2 OR due_at >= $2"
    " OR (cycle > 1 AND closed_at >= $4))"
    " AND id <= (SELECT max(ticket_id) FROM ticket_events WHERE office = $1 AND kind = 'opened' AND at < $3)"
)


@dataclass(frozen=True)
class TicketFacts:
    """What a report says of a ticket beside its events: nothing that tells who asked."""

    ticket_id: TicketId
    number: str
    channel: str
    origin: str | None
    use_for: str | None


@dataclass(frozen=True)
class OfficeWords:
    """What officers noted about a ticket for the report: it goes when the ticket's words are erased."""

    ticket_id: TicketId
    summary: str | None
    silastik: str | None


@dataclass(frozen=True)
class Asker:
    """Who asked: only for a report that an admin wants with names, and with a reason."""

    ticket_id: TicketId
    name: str
    email: str


@dataclass(frozen=True)
class Referred:
    """Tickets that went on with another office by a link, and that came from one."""

    out: int
    came: int


async def referred(reader: Reader, office: str, *, start: datetime, end: datetime) -> Referred:
    """Of the days from `start` to `end`."""
    found = await reader.one(
        Referred,
        "SELECT count(*) FILTER (WHERE kind = 'refer_taken') AS out,"
        " count(*) FILTER (WHERE kind = 'refer_came') AS came FROM ticket_events"
        " WHERE office = $1 AND at >= $2 AND at < $3 AND kind IN ('refer_taken', 'refer_came')",
        office,
        start,
        end,
    )
    assert found is not None
    return found


async def events(reader: Reader, office: str, *, start: datetime, end: datetime) -> list[TicketEvent]:
    """What happened before `end` to the tickets open or due at `start` or later; ticket by ticket, as recorded."""
    return await reader.all(
        TicketEvent,
        f"SELECT {column_list(TicketEvent)} FROM ticket_events WHERE at < $3 AND ticket_id IN ({_CONCERNED})"
        " ORDER BY ticket_id, id",
        office,
        start,
        end,
        start - REOPENED_SLACK,
    )


async def facts(reader: Reader, office: str, *, start: datetime, end: datetime) -> list[TicketFacts]:
    """The tickets that `events` tells of."""
    return await reader.all(
        TicketFacts,
        "SELECT tickets.id AS ticket_id, number, channel, origin, use_for FROM tickets"
        " JOIN accounts ON accounts.id = tickets.account_id JOIN identities ON identities.id = tickets.identity_id"
        f" WHERE tickets.id IN ({_CONCERNED}) ORDER BY tickets.id",
        office,
        start,
        end,
        start - REOPENED_SLACK,
    )


async def office_words(reader: Reader, office: str, *, start: datetime, end: datetime) -> list[OfficeWords]:
    """What officers noted about those tickets."""
    return await reader.all(
        OfficeWords,
        "SELECT id AS ticket_id, summary, silastik_ref AS silastik FROM tickets"
        f" WHERE id IN ({_CONCERNED}) AND (summary IS NOT NULL OR silastik_ref IS NOT NULL) ORDER BY id",
        office,
        start,
        end,
        start - REOPENED_SLACK,
    )


async def askers(reader: Reader, office: str, *, start: datetime, end: datetime) -> list[Asker]:
    """Who asked those tickets, with the address of the time."""
    return await reader.all(
        Asker,
        "SELECT tickets.id AS ticket_id, identities.name, tickets.email FROM tickets"
        " JOIN identities ON identities.id = tickets.identity_id"
        f" WHERE tickets.id IN ({_CONCERNED}) ORDER BY tickets.id",
        office,
        start,
        end,
        start - REOPENED_SLACK,
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
