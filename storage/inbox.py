"""The inbox: raw updates, committed before the platform is told that we have them."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import InboxId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class InboxRow:
    id: InboxId
    office: str
    channel: str
    update_id: str
    lane: str
    raw: str
    attempts: int
    received_at: datetime
    state: str
    error: str | None


@dataclass(frozen=True)
class _Id:
    id: InboxId


@dataclass(frozen=True)
class _Office:
    office: str


# There is no index on lanes: only so many rows are looked through for recent ones.
NEWEST = 2_000

_SELECT = f"SELECT {column_list(InboxRow)} FROM inbox"


async def add(tx: Tx, office: str, *, channel: str, update_id: str, lane: str, raw: str, at: datetime) -> bool:
    """Keep an update; False when it was here before."""
    added = await tx.execute(
        "INSERT INTO inbox (office, channel, update_id, lane, raw, received_at) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (office, channel, update_id) DO NOTHING",
        office,
        channel,
        update_id,
        lane,
        raw,
        at,
    )
    if added:
        tx.signal("inbox", office)
    return added > 0


async def waiting(tx: Reader, office: str, after: InboxId, limit: int) -> list[InboxRow]:
    return await tx.all(
        InboxRow,
        f"{_SELECT} WHERE office = $1 AND state = 'new' AND id > $2 ORDER BY id LIMIT $3",
        office,
        after,
        limit,
    )


async def waiting_ids(tx: Reader, office: str, limit: int) -> list[InboxId]:
    """What is not handled yet, the oldest first."""
    rows = await tx.all(
        _Id, "SELECT id FROM inbox WHERE office = $1 AND state = 'new' ORDER BY id LIMIT $2", office, limit
    )
    return [row.id for row in rows]


async def offices_waiting(tx: Reader) -> list[str]:
    """The offices for which anything waits; for a reader who may see them all."""
    rows = await tx.all(_Office, "SELECT DISTINCT office FROM inbox WHERE state = 'new'")
    return [row.office for row in rows]


async def done(tx: Tx, row: InboxId) -> str | None:
    """Mark as handled, and read the staff group as it is now, which its parser must know; None: it was before.

    Raises LookupError for an update of no office.
    """
    chat: str | None = await tx.value(
        "UPDATE inbox SET state = 'done' WHERE id = $1 AND state = 'new' RETURNING"
        " coalesce((SELECT coalesce(moved_to, staff_chat) FROM offices WHERE code = inbox.office), '')",
        row,
    )
    if chat == "":
        raise LookupError(f"update {row} is of no office")
    return chat


async def failed(tx: Tx, row: InboxId, error: str, *, quarantine: bool) -> None:
    await tx.execute(
        "UPDATE inbox SET attempts = attempts + 1, error = $2, state = $3 WHERE id = $1",
        row,
        error,
        "quarantined" if quarantine else "new",
    )


async def blank_lane(tx: Tx, office: str, lane: str) -> None:
    """Forget the raw text of what was handled in this lane (refused consent, erasure)."""
    await tx.execute("UPDATE inbox SET raw = '' WHERE office = $1 AND lane = $2 AND state != 'new'", office, lane)


async def blank(tx: Tx, row: InboxId) -> None:
    """Forget the raw text of this one, and whose it is."""
    await tx.execute("UPDATE inbox SET raw = '', lane = '' WHERE id = $1", row)


async def move_lane(tx: Tx, office: str, before: str, now: str, *, under_way: InboxId | None) -> None:
    """Somebody has another id: what was handled of theirs is found by it from now on, and so is what is `under_way`."""
    await tx.execute(
        "UPDATE inbox SET lane = $3 WHERE office = $1 AND lane = $2 AND (state != 'new' OR id = $4)",
        office,
        before,
        now,
        under_way,
    )


async def heard(tx: Reader, office: str, lane: str, since: datetime) -> bool:
    """Whether anything came in this lane since then."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM inbox WHERE id > (SELECT max(id) FROM inbox) - $4"
            " AND office = $1 AND lane = $2 AND received_at > $3)",
            office,
            lane,
            since,
            NEWEST,
        )
    )


async def waits(tx: Reader, office: str) -> int:
    return int(await tx.value("SELECT count(*) FROM inbox WHERE office = $1 AND state = 'new'", office))


async def quarantined(tx: Reader, office: str) -> int:
    return int(await tx.value("SELECT count(*) FROM inbox WHERE office = $1 AND state = 'quarantined'", office))


async def set_aside(tx: Reader, office: str, *, limit: int, offset: int) -> list[InboxRow]:
    """The quarantined ones, the oldest first."""
    return await tx.all(
        InboxRow,
        f"{_SELECT} WHERE office = $1 AND state = 'quarantined' ORDER BY id LIMIT $2 OFFSET $3",
        office,
        limit,
        offset,
    )


async def get(tx: Reader, row: InboxId) -> InboxRow | None:
    return await tx.one(InboxRow, f"{_SELECT} WHERE id = $1", row)


async def again(tx: Tx, row: InboxId) -> None:
    """Handle a quarantined update once more, as if it had just come."""
    await tx.execute("UPDATE inbox SET state = 'new', attempts = 0 WHERE id = $1 AND state = 'quarantined'", row)
    tx.signal("inbox_again", str(row))


async def drop(tx: Tx, row: InboxId) -> None:
    """A quarantined update is not to be handled any more."""
    await tx.execute("UPDATE inbox SET state = 'done' WHERE id = $1 AND state = 'quarantined'", row)


async def purge(tx: Tx, office: str, before: datetime) -> int:
    """Delete handled updates received before that moment; they are kept for two days at least, to know repeats."""
    return await tx.execute(
        "DELETE FROM inbox WHERE office = $1 AND state = 'done' AND received_at < $2", office, before
    )


async def tries(tx: Reader, row: InboxId) -> int:
    return int(await tx.value("SELECT attempts FROM inbox WHERE id = $1", row))
