"""Tickets: one consultation each. Due moments are columns; the events beside them are the truth of the figures."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.ids import AccountId, IdentityId, OfficerId, TicketId
from bot.domain.lifecycle import Status
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Ticket:
    """`opened_at`, `due_at` and the answer columns are those of the running cycle; `email` stays as it was at the
    opening (DOMAIN.md §6 rule 14)."""

    id: TicketId
    office: str
    number: str
    account_id: AccountId
    identity_id: IdentityId
    lang: str
    type: str
    status: str
    cycle: int
    officer_id: OfficerId | None
    topic: str | None
    card: str | None
    opened_at: datetime
    due_at: datetime
    first_response_at: datetime | None
    answered_at: datetime | None
    paused_at: datetime | None
    last_answer_at: datetime | None
    silence_from: datetime | None
    warn_at: datetime | None
    warned: int
    close_at: datetime | None
    due_alarm_at: datetime | None
    escalate_at: datetime | None
    closed_at: datetime | None
    close_reason: str | None
    rate_at: datetime | None
    email: str


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """What the board shows of an open ticket. There may be thousands: moments are the text that is kept (UTC)."""

    number: str
    type: str
    status: str
    officer_id: OfficerId | None
    topic: str | None
    due_at: str
    answered_at: str | None
    last_answer_at: str | None
    paused_at: str | None
    close_at: str | None

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the due moment tells how it stands: unanswered, not paused, an officer's turn."""
        return self.answered_at is None and self.paused_at is None and self.status != Status.WAITING_USER


@dataclass(frozen=True)
class PlainDue:
    """So many plain tickets (`OpenTicket.is_plain`) are due at one moment, UTC text."""

    status: str
    due_at: str
    tickets: int


@dataclass(frozen=True)
class Numbered:
    number: str


_SELECT = f"SELECT {column_list(Ticket)} FROM tickets"
_OPEN = f"SELECT {column_list(OpenTicket)} FROM tickets WHERE office = $1 AND closed_at IS NULL"
_PLAIN = f"answered_at IS NULL AND paused_at IS NULL AND status != '{Status.WAITING_USER}'"


async def add(
    tx: Tx,
    office: str,
    *,
    number: str,
    account_id: AccountId,
    identity_id: IdentityId,
    lang: str,
    type: str,
    status: str,
    opened_at: datetime,
    due_at: datetime,
    email: str = "",
) -> TicketId:
    return TicketId(
        await tx.value(
            "INSERT INTO tickets (office, number, account_id, identity_id, lang, type, status, opened_at, due_at,"
            " email) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
            office,
            number,
            account_id,
            identity_id,
            lang,
            type,
            status,
            opened_at,
            due_at,
            email,
        )
    )


async def of_account(tx: Reader, account_id: AccountId, *, besides: IdentityId, limit: int) -> list[Ticket]:
    """The newest tickets of an account that were opened in other chats than this, newest first."""
    return await tx.all(
        Ticket,
        f"{_SELECT} WHERE account_id = $1 AND identity_id != $2 ORDER BY id DESC LIMIT $3",
        account_id,
        besides,
        limit,
    )


async def get(tx: Reader, ticket_id: TicketId) -> Ticket | None:
    return await tx.one(Ticket, f"{_SELECT} WHERE id = $1", ticket_id)


async def need(tx: Reader, ticket_id: TicketId) -> Ticket:
    """The ticket that must be there."""
    ticket = await get(tx, ticket_id)
    if ticket is None:
        raise LookupError(f"no ticket {ticket_id}")
    return ticket


async def change(tx: Tx, ticket_id: TicketId, **columns: Any) -> None:
    """Set columns, named as in `Ticket`."""
    names = ", ".join(f"{name} = ${n}" for n, name in enumerate(columns, start=2))
    await tx.execute(f"UPDATE tickets SET {names} WHERE id = $1", ticket_id, *columns.values())


async def add_topic(tx: Tx, office: str, ticket_id: TicketId, thread: str) -> None:
    """Remember that this topic was made for the ticket."""
    await tx.execute(
        "INSERT INTO topics (office, thread, ticket_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        office,
        thread,
        ticket_id,
    )


async def of_topic(tx: Reader, office: str, thread: str) -> Ticket | None:
    """The ticket a topic was made for, whether or not it is the one in use."""
    return await tx.one(
        Ticket,
        f"{_SELECT} WHERE id = (SELECT ticket_id FROM topics WHERE office = $1 AND thread = $2)",
        office,
        thread,
    )


async def of_number(tx: Reader, office: str, number: str) -> Ticket | None:
    return await tx.one(Ticket, f"{_SELECT} WHERE office = $1 AND number = $2", office, number)


async def open_of(tx: Reader, identity_id: IdentityId) -> Ticket | None:
    """The person's open ticket; of several the one they chose, else the newest."""
    return await tx.one(
        Ticket,
        f"{_SELECT} WHERE identity_id = $1 AND closed_at IS NULL ORDER BY"
        " (id = (SELECT active_ticket FROM identities WHERE id = $1)) DESC, id DESC LIMIT 1",
        identity_id,
    )


async def board(tx: Reader, office: str) -> list[OpenTicket]:
    """Every open ticket, as the board shows it."""
    return await tx.all(OpenTicket, f"{_OPEN} ORDER BY due_at, id", office)


async def board_of_others(tx: Reader, office: str) -> list[OpenTicket]:
    """Those that are not plain."""
    return await tx.all(OpenTicket, f"{_OPEN} AND NOT ({_PLAIN}) ORDER BY due_at, id", office)


async def board_of_plain(tx: Reader, office: str, *, limit: int, offset: int) -> list[OpenTicket]:
    """Some of the plain ones, by due moment and number."""
    return await tx.all(
        OpenTicket, f"{_OPEN} AND {_PLAIN} ORDER BY due_at, number LIMIT $2 OFFSET $3", office, limit, offset
    )


async def plain_due(tx: Reader, office: str) -> list[PlainDue]:
    """When the plain ones are due, the next moment first."""
    return await tx.all(
        PlainDue,
        "SELECT status, due_at, count(*) AS tickets FROM tickets"
        f" WHERE office = $1 AND closed_at IS NULL AND {_PLAIN} GROUP BY status, due_at ORDER BY due_at, status",
        office,
    )


async def closing_by(tx: Reader, office: str, moment: datetime) -> list[str]:
    """The numbers of those that close by the user's silence up to `moment`, the next one first."""
    rows = await tx.all(
        Numbered,
        "SELECT number FROM tickets WHERE office = $1 AND closed_at IS NULL AND close_at <= $2"
        " ORDER BY close_at, number",
        office,
        moment,
    )
    return [row.number for row in rows]


async def count_open(tx: Reader, office: str) -> int:
    return int(await tx.value("SELECT count(*) FROM tickets WHERE office = $1 AND closed_at IS NULL", office))


async def all_open_of(tx: Reader, identity_id: IdentityId) -> list[Ticket]:
    return await tx.all(Ticket, f"{_SELECT} WHERE identity_id = $1 AND closed_at IS NULL ORDER BY id", identity_id)


async def last_of(tx: Reader, identity_id: IdentityId) -> Ticket | None:
    return await tx.one(Ticket, f"{_SELECT} WHERE identity_id = $1 ORDER BY id DESC LIMIT 1", identity_id)


async def of_identity(tx: Reader, identity_id: IdentityId, limit: int) -> list[Ticket]:
    return await tx.all(Ticket, f"{_SELECT} WHERE identity_id = $1 ORDER BY id DESC LIMIT $2", identity_id, limit)


async def all_of(tx: Reader, identity_id: IdentityId) -> list[Ticket]:
    """Every ticket of this person, the oldest first."""
    return await tx.all(Ticket, f"{_SELECT} WHERE identity_id = $1 ORDER BY id", identity_id)


async def topics_of(tx: Reader, ticket_id: TicketId) -> list[str]:
    """Every topic that was ever made for the ticket."""
    rows = await tx.all(_Topic, "SELECT thread FROM topics WHERE ticket_id = $1 ORDER BY thread", ticket_id)
    return [row.thread for row in rows]


@dataclass(frozen=True)
class _Topic:
    thread: str


async def all_open(tx: Reader, office: str) -> list[Ticket]:
    return await tx.all(Ticket, f"{_SELECT} WHERE office = $1 AND closed_at IS NULL ORDER BY due_at, id", office)


async def due(tx: Reader, office: str, column: str, now: datetime, limit: int = 50) -> list[Ticket]:
    """Those whose `column` (warn_at, close_at, due_alarm_at, rate_at) has come, the oldest first."""
    return await tx.all(
        Ticket, f"{_SELECT} WHERE office = $1 AND {column} <= $2 ORDER BY {column} LIMIT $3", office, now, limit
    )


async def to_escalate(tx: Reader, office: str, now: datetime, limit: int = 50) -> list[Ticket]:
    """Those that will be due and owe their answer; a paused or answered one waits until that has changed."""
    return await tx.all(
        Ticket,
        f"{_SELECT} WHERE office = $1 AND escalate_at <= $2 AND status = 'waiting_officer' AND answered_at IS NULL"
        " ORDER BY escalate_at LIMIT $3",
        office,
        now,
        limit,
    )
