"""Messages: what people wrote, every version of it. Without a ticket they are a draft."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.ids import IdentityId, InboxId, MessageId, OfficerId, TicketId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Message:
    """`content` is the newest version; `at` the platform's time; `identity_id` the user whose conversation it is."""

    id: MessageId
    office: str
    ticket_id: TicketId | None
    identity_id: IdentityId | None
    side: str
    officer_id: OfficerId | None
    kind: str
    content: dict[str, Any]
    version: int
    album: str | None
    reply_to: MessageId | None
    quote: str | None
    at: datetime
    inbox_id: InboxId | None
    withdrawn_at: datetime | None


_SELECT = f"SELECT {column_list(Message)} FROM messages"


async def add(
    tx: Tx,
    office: str,
    *,
    ticket_id: TicketId | None,
    identity_id: IdentityId | None,
    side: str,
    officer_id: OfficerId | None,
    content: dict[str, Any],
    album: str | None,
    reply_to: MessageId | None,
    quote: str | None,
    at: datetime,
    inbox_id: InboxId | None,
) -> Message:
    message_id = await tx.value(
        "INSERT INTO messages (office, ticket_id, identity_id, side, officer_id, kind, content, album, reply_to, quote,"
        " at, inbox_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id",
        office,
        ticket_id,
        identity_id,
        side,
        officer_id,
        content["kind"],
        content,
        album,
        reply_to,
        quote,
        at,
        inbox_id,
    )
    return Message(
        id=message_id,
        office=office,
        ticket_id=ticket_id,
        identity_id=identity_id,
        side=side,
        officer_id=officer_id,
        kind=content["kind"],
        content=content,
        version=1,
        album=album,
        reply_to=reply_to,
        quote=quote,
        at=at,
        inbox_id=inbox_id,
        withdrawn_at=None,
    )


async def get(tx: Reader, message_id: MessageId) -> Message | None:
    return await tx.one(Message, f"{_SELECT} WHERE id = $1", message_id)


async def need(tx: Reader, message_id: MessageId) -> Message:
    message = await get(tx, message_id)
    if message is None:
        raise LookupError(f"no message {message_id}")
    return message


async def revise(tx: Tx, message: Message, content: dict[str, Any], at: datetime) -> None:
    """A new version; the one before is kept."""
    await tx.execute(
        "INSERT INTO message_versions (message_id, version, content, at) VALUES ($1, $2, $3, $4)",
        message.id,
        message.version,
        message.content,
        at,
    )
    await tx.execute(
        "UPDATE messages SET content = $2, kind = $3, version = version + 1 WHERE id = $1",
        message.id,
        content,
        content["kind"],
    )


@dataclass(frozen=True)
class Version:
    version: int
    content: dict[str, Any]
    at: datetime


async def versions(tx: Reader, message_id: MessageId) -> list[Version]:
    """The earlier versions, the oldest first; `at` is when each was replaced."""
    return await tx.all(
        Version,
        "SELECT version, content, at FROM message_versions WHERE message_id = $1 ORDER BY version",
        message_id,
    )


async def draft(tx: Reader, identity_id: IdentityId) -> list[Message]:
    return await tx.all(Message, f"{_SELECT} WHERE identity_id = $1 AND ticket_id IS NULL ORDER BY id", identity_id)


async def draft_size(tx: Reader, identity_id: IdentityId) -> int:
    return int(
        await tx.value("SELECT count(*) FROM messages WHERE identity_id = $1 AND ticket_id IS NULL", identity_id)
    )


async def adopt_draft(tx: Tx, identity_id: IdentityId, ticket_id: TicketId) -> None:
    """The draft becomes the ticket's."""
    await tx.execute(
        "UPDATE messages SET ticket_id = $2 WHERE identity_id = $1 AND ticket_id IS NULL", identity_id, ticket_id
    )


async def drop_draft(tx: Tx, identity_id: IdentityId) -> None:
    """Delete the draft, and blank the raw updates it came in."""
    await tx.execute(
        "UPDATE inbox SET raw = '' WHERE id IN"
        " (SELECT inbox_id FROM messages WHERE identity_id = $1 AND ticket_id IS NULL)",
        identity_id,
    )
    await tx.execute("DELETE FROM messages WHERE identity_id = $1 AND ticket_id IS NULL", identity_id)


async def of_ticket(tx: Reader, ticket_id: TicketId, limit: int) -> list[Message]:
    """The ticket's last messages, the oldest of them first."""
    newest = await tx.all(Message, f"{_SELECT} WHERE ticket_id = $1 ORDER BY id DESC LIMIT $2", ticket_id, limit)
    return newest[::-1]


async def of_user(tx: Reader, ticket_id: TicketId) -> list[Message]:
    """What the user wrote on the ticket, the oldest first."""
    return await tx.all(Message, f"{_SELECT} WHERE ticket_id = $1 AND side = 'user' ORDER BY id", ticket_id)


async def last_of(tx: Reader, ticket_id: TicketId) -> Message | None:
    """The newest message of user or officer, notes aside."""
    return await tx.one(
        Message, f"{_SELECT} WHERE ticket_id = $1 AND side != 'note' ORDER BY id DESC LIMIT 1", ticket_id
    )


async def move(tx: Tx, ids: list[MessageId], ticket_id: TicketId) -> None:
    """They belong to that ticket from now on; their times and links stay."""
    for message_id in ids:
        await tx.execute("UPDATE messages SET ticket_id = $2 WHERE id = $1", message_id, ticket_id)


async def user_spoke(tx: Reader, ticket_id: TicketId, *, after: MessageId, since: datetime) -> bool:
    """Whether the user wrote something after that message of ours, or edited something, at `since` or later."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM messages WHERE ticket_id = $1 AND side = 'user' AND id > $2 AND at >= $3)"
            " OR EXISTS (SELECT 1 FROM messages JOIN message_versions ON message_id = id"
            " WHERE ticket_id = $1 AND side = 'user' AND message_versions.at >= $3)",
            ticket_id,
            after,
            since,
        )
    )


async def nth_newest_at(tx: Reader, ticket_id: TicketId, n: int) -> datetime | None:
    """When the user wrote their `n`-th newest message on the ticket, the newest being the first; None before that."""
    moment: str | None = await tx.value(
        "SELECT at FROM messages WHERE ticket_id = $1 AND side = 'user' ORDER BY id DESC LIMIT 1 OFFSET $2",
        ticket_id,
        n - 1,
    )
    return datetime.fromisoformat(moment) if moment else None


async def count_of(tx: Reader, identity_id: IdentityId) -> int:
    """What the person wrote, drafts included."""
    return int(
        await tx.value(
            "SELECT (SELECT count(*) FROM messages WHERE side = 'user' AND ticket_id IN"
            " (SELECT id FROM tickets WHERE identity_id = $1))"
            " + (SELECT count(*) FROM messages WHERE identity_id = $1 AND ticket_id IS NULL)",
            identity_id,
        )
    )


async def is_note_album(tx: Reader, ticket_id: TicketId, album: str) -> bool:
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM messages WHERE ticket_id = $1 AND album = $2 AND side = 'note')",
            ticket_id,
            album,
        )
    )


async def of_album(tx: Reader, ticket_id: TicketId, album: str, *, side: str) -> list[Message]:
    """The parts of an album in order, those that became notes left out."""
    return await tx.all(
        Message, f"{_SELECT} WHERE ticket_id = $1 AND album = $2 AND side = $3 ORDER BY id", ticket_id, album, side
    )


async def make_note(tx: Tx, ticket_id: TicketId, album: str) -> None:
    """The officer's album never leaves the topic."""
    await tx.execute(
        "UPDATE messages SET side = 'note' WHERE ticket_id = $1 AND album = $2 AND side = 'officer'", ticket_id, album
    )


async def set_withdrawn(tx: Tx, message_id: MessageId, at: datetime | None) -> None:
    """No copy of it is to stand with the user; None: one does after all."""
    await tx.execute("UPDATE messages SET withdrawn_at = $2 WHERE id = $1", message_id, at)


async def stands_answered(tx: Reader, ticket_id: TicketId) -> bool:
    """Whether something of an officer that was not taken back stands with the user since the user's last word."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM messages WHERE ticket_id = $1 AND side = 'officer' AND withdrawn_at IS NULL"
            " AND id > (SELECT coalesce(max(id), 0) FROM messages WHERE ticket_id = $1 AND side = 'user')"
            " AND EXISTS (SELECT 1 FROM links WHERE message_id = messages.id AND role = 'copy'))",
            ticket_id,
        )
    )
