"""Rows of the outbox that are held: they go out when the person can be written to again, or what they lack is there."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.ids import IdentityId
from storage import outbox
from storage.base import Reader, Tx
from storage.outbox import SELECT, OutboxRow

# What is held until the person writes or taps: nothing is wrong with it.
WINDOW = "window"


async def release(tx: Tx, office: str, identity_id: IdentityId, at: datetime) -> int:
    """What was held for a person goes out again, in order."""
    held = await tx.all(OutboxRow, f"{SELECT} WHERE identity_id = $1 AND state = 'held' ORDER BY id", identity_id)
    for row in held:
        await outbox.requeue(tx, row, at)
    return len(held)


async def release_for_chat(tx: Tx, office: str, chat: str, at: datetime) -> None:
    """The same for a chat known by its id."""
    held = await tx.all(
        OutboxRow,
        f"{SELECT} WHERE office = $1 AND state IN ('held', 'failed') AND state = 'held' AND dest = $2 ORDER BY id",
        office,
        f"chat:{chat}",
    )
    for row in held:
        await outbox.requeue(tx, row, at)


async def because_of(tx: Reader, office: str, error: str) -> list[OutboxRow]:
    """What is held for this reason, in order."""
    # Both conditions on the state: the first is the index's own.
    return await tx.all(
        OutboxRow,
        f"{SELECT} WHERE office = $1 AND state IN ('held', 'failed') AND state = 'held' AND error = $2 ORDER BY id",
        office,
        error,
    )


async def not_arrived(tx: Reader, identity_id: IdentityId, follow_ups: Sequence[str]) -> list[OutboxRow]:
    """What was held for the person, or taken by the platform without news of its arrival, of these follow-ups."""
    known = ", ".join(f"${n}" for n in range(2, len(follow_ups) + 2))
    return await tx.all(
        OutboxRow,
        f"{SELECT} WHERE identity_id = $1 AND follow_up IN ({known}) AND (state = 'held' OR state = 'sent'"
        " AND EXISTS (SELECT 1 FROM receipts WHERE receipts.outbox_id = outbox.id"
        " AND receipts.state IN ('taken', 'sent'))) ORDER BY id",
        identity_id,
        *follow_ups,
    )
