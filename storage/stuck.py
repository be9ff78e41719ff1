"""Rows of the outbox that do not go on by themselves: what admins look through with /antrean."""

from dataclasses import replace
from datetime import datetime

from bot.domain.ids import IdentityId
from storage.base import Reader, Tx
from storage.held import WINDOW
from storage.outbox import COSMETIC, IS_OPEN, SELECT, OutboxRow

# Of office $1: doubtful, waiting since before $2, or set aside. Marks may wait; whoever asked for a code that could not
# be mailed was told, and asks again.
_STUCK = (
    f"SELECT id FROM outbox WHERE office = $1 AND {IS_OPEN} AND class < {COSMETIC}"
    " AND (state = 'unknown' OR created_at < $2)"
    " UNION ALL SELECT id FROM outbox WHERE office = $1 AND state IN ('held', 'failed')"
    f" AND NOT (state = 'held' AND error = '{WINDOW}')"
    " AND NOT (kind = 'mail' AND json_extract(payload, '$.code_id') IS NOT NULL)"
)


async def rows(tx: Reader, office: str, *, before: datetime, limit: int, offset: int) -> list[OutboxRow]:
    """What does not go on by itself, or has waited since `before`; the oldest first."""
    return await tx.all(
        OutboxRow, f"{SELECT} WHERE id IN ({_STUCK}) ORDER BY id LIMIT $3 OFFSET $4", office, before, limit, offset
    )


async def count(tx: Reader, office: str, before: datetime) -> int:
    return int(await tx.value(f"SELECT count(*) FROM ({_STUCK}) AS stuck", office, before))


async def readdress(tx: Tx, row: OutboxRow, identity_id: IdentityId) -> OutboxRow:
    """A row that is set aside goes to another chat, when it goes; the row as it is then."""
    lane = f"u:{identity_id}"
    await tx.execute("UPDATE outbox SET identity_id = $2, lane = $3 WHERE id = $1", row.id, identity_id, lane)
    return replace(row, identity_id=identity_id, lane=lane)
