"""What tells whether a database works for a desk: a small write, the schema's number, and how long updates wait."""

from datetime import datetime
from functools import cache

from storage import offices
from storage.base import Reader, Tx
from storage.migrate import migrations
from storage.outbox import COSMETIC, IS_OPEN

BREATH = "breath"


async def beat(tx: Tx, office: str, at: datetime) -> None:
    """Write something: a full disk still reads well."""
    await offices.set_counter(tx, office, BREATH, int(at.timestamp()))


async def has_schema(tx: Tx) -> bool:
    """Whether the tables are at least as new as this program; a newer neighbour may have gone one step ahead."""
    return int(await tx.value("SELECT max(number) FROM migrations") or 0) >= _newest()


@cache
def _newest() -> int:
    return migrations()[-1].number


async def waits_since(tx: Tx, office: str) -> datetime | None:
    """When the oldest update that is not handled yet was kept."""
    oldest = await tx.value("SELECT min(received_at) FROM inbox WHERE office = $1 AND state = 'new'", office)
    return None if oldest is None else datetime.fromisoformat(oldest)


async def overdue_since(tx: Reader, office: str, now: datetime) -> datetime | None:
    """When the oldest row was queued that should be out by now. Marks may wait; mail has an alarm of its own."""
    moment: str | None = await tx.value(
        f"SELECT min(created_at) FROM outbox WHERE office = $1 AND {IS_OPEN} AND class < {COSMETIC} AND kind <> 'mail'"
        " AND (attempts > 0 OR not_before <= $2)",
        office,
        now,
    )
    return None if moment is None else datetime.fromisoformat(moment)
