"""Receipts: what the platform says of each of our messages, by its own id of the message."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import IdentityId, OutboxId
from storage.base import Reader, Tx
from storage.rows import column_list

# What is looked through for the latest news: a scan of everything would cost more than it tells.
NEWEST = 5_000


@dataclass(frozen=True)
class Receipt:
    """`at`: when it came to this state, by the platform's clock; `counted`: it is among the billed ones."""

    ref: str
    identity_id: IdentityId | None
    outbox_id: OutboxId | None
    state: str
    at: datetime
    cause: str | None
    counted: bool


_SELECT = f"SELECT {column_list(Receipt)} FROM receipts"


async def of_ref(tx: Reader, office: str, channel: str, ref: str) -> Receipt | None:
    return await tx.one(Receipt, f"{_SELECT} WHERE office = $1 AND channel = $2 AND ref = $3", office, channel, ref)


async def of_row(tx: Reader, office: str, outbox_id: OutboxId) -> list[Receipt]:
    """Those of every message that was made of the row."""
    return await tx.all(Receipt, f"{_SELECT} WHERE office = $1 AND outbox_id = $2 ORDER BY id", office, outbox_id)


async def passed(tx: Reader, office: str, since: datetime) -> bool:
    """Whether the platform has passed on, of the newest, a message of a row that was tried after `since`."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM receipts JOIN outbox ON outbox.id = receipts.outbox_id"
            " WHERE receipts.office = $1 AND receipts.state IN ('sent', 'delivered', 'read') AND outbox.tried_at > $2"
            " AND receipts.id > (SELECT max(id) FROM receipts) - $3)",
            office,
            since,
            NEWEST,
        )
    )


async def put(tx: Tx, office: str, channel: str, receipt: Receipt) -> None:
    """What is known of the message now."""
    await tx.execute(
        "INSERT INTO receipts (office, channel, ref, identity_id, outbox_id, state, at, cause, counted)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (office, channel, ref) DO UPDATE SET"
        " identity_id = excluded.identity_id, outbox_id = excluded.outbox_id, state = excluded.state,"
        " at = excluded.at, cause = excluded.cause, counted = excluded.counted",
        office,
        channel,
        receipt.ref,
        receipt.identity_id,
        receipt.outbox_id,
        receipt.state,
        receipt.at,
        receipt.cause,
        receipt.counted,
    )


async def forget_others(tx: Tx, office: str, outbox_id: OutboxId, since: datetime) -> None:
    """The row was sent anew: what failed before says nothing of it any more."""
    await tx.execute(
        "DELETE FROM receipts WHERE office = $1 AND outbox_id = $2 AND state = 'failed' AND at <= $3",
        office,
        outbox_id,
        since,
    )
