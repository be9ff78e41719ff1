"""Which messages the rows of the outbox carry."""

from bot.domain.ids import MessageId, TicketId
from storage import outbox
from storage.base import Reader
from storage.outbox import SELECT, OutboxRow


def of_row(row: OutboxRow) -> set[MessageId]:
    """The messages in a row: relayed, edited, or sent as a mail."""
    found = row.payload.get("messages") or [row.payload.get("message", row.payload.get("about"))]
    return {MessageId(message_id) for message_id in found if message_id is not None}


async def in_lane(tx: Reader, office: str, lane: str) -> set[int]:
    """Those that wait in this lane."""
    rows = await outbox.waiting(tx, office, lane)
    found = (row.payload.get("messages") or [row.payload.get("message")] for row in rows)
    return {message_id for ids in found for message_id in ids if message_id is not None}


async def rows(tx: Reader, ticket_id: TicketId, message_ids: set[MessageId]) -> list[OutboxRow]:
    """What brings these messages, or edits of them, to the user by chat or mail, in the order it was queued."""
    rows = await tx.all(
        OutboxRow,
        f"{SELECT} WHERE ticket_id = $1"
        " AND (kind = 'mail' OR (dest = 'user' AND kind IN ('relay', 'album', 'edit'))) ORDER BY id",
        ticket_id,
    )
    return [row for row in rows if of_row(row) & message_ids]
