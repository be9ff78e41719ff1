"""The outbox: everything that is to be sent, in strict order within its lane."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.ids import IdentityId, InboxId, OutboxId, TicketId
from storage import trail
from storage.base import Reader, Tx
from storage.rows import column_list

log = logging.getLogger(__name__)

RELAY, PROMPT, NOTICE, COSMETIC = range(4)
# Without an index on the tries, that are many, only so many rows are looked through for recent ones.
NEWEST = 2_000
LONGEST_ID = 18


@dataclass(frozen=True)
class OutboxRow:
    """`dest` is symbolic (user, topic, staff, chat:ID, mail:ADDRESS) and resolved when sending."""

    id: OutboxId
    office: str
    lane: str
    dest: str
    identity_id: IdentityId | None
    ticket_id: TicketId | None
    kind: str
    payload: dict[str, Any]
    # `class` is a word of the language, so the column is read as `rank`
    rank: int
    follow_up: str | None
    state: str
    not_before: datetime
    attempts: int
    uncertain: bool
    result: dict[str, Any] | None
    error: str | None
    created_at: datetime
    tried_at: datetime | None
    inbox_id: InboxId | None

    @property
    def tag(self) -> str:
        """Goes out with the message, where news of it brings it back. With the row's moment: a number may be given
        again in a database that was restored or begun anew, while news of the old row still comes in."""
        return f"{self.id}-{int(self.created_at.timestamp())}"


_COLUMNS = column_list(OutboxRow).replace("rank", 'class AS "rank"')
SELECT = f"SELECT {_COLUMNS} FROM outbox"
OPEN = ("queued", "sending", "unknown")
IS_OPEN = "state IN ('queued', 'sending', 'unknown')"


async def add(
    tx: Tx,
    office: str,
    *,
    lane: str,
    dest: str,
    kind: str,
    payload: dict[str, Any],
    at: datetime,
    rank: int,
    identity_id: IdentityId | None = None,
    ticket_id: TicketId | None = None,
    follow_up: str | None = None,
    not_before: datetime | None = None,
    dedup: str | None = None,
    state: str = "queued",
) -> OutboxId | None:
    """Queue a message; None when one with the same `dedup` key was queued before."""
    row_id = await tx.value(
        "INSERT INTO outbox (office, lane, dest, identity_id, ticket_id, kind, payload, class, follow_up, state,"
        " not_before, dedup, created_at, inbox_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        " ON CONFLICT DO NOTHING RETURNING id",
        office,
        lane,
        dest,
        identity_id,
        ticket_id,
        kind,
        payload,
        rank,
        follow_up,
        state,
        not_before or at,
        dedup,
        at,
        trail.event(),
    )
    log.debug("queued", extra={"action": "queue", "row": row_id, "kind": kind})
    if row_id is not None and state == "queued":
        tx.signal("outbox", lane)
    return None if row_id is None else OutboxId(row_id)


async def get(tx: Reader, row_id: OutboxId) -> OutboxRow | None:
    return await tx.one(OutboxRow, f"{SELECT} WHERE id = $1", row_id)


async def of_tag(tx: Reader, tag: str) -> OutboxRow | None:
    """The row whose tag it is."""
    number = tag.partition("-")[0]
    if not (number.isascii() and number.isdigit() and len(number) < LONGEST_ID):
        return None
    row = await get(tx, OutboxId(int(number)))
    return row if row is not None and row.tag == tag else None


async def head(tx: Reader, office: str, lane: str) -> OutboxRow | None:
    """The lane's first unsent row."""
    return await tx.one(
        OutboxRow, f"{SELECT} WHERE office = $1 AND lane = $2 AND {IS_OPEN} ORDER BY id LIMIT 1", office, lane
    )


async def behind(tx: Reader, row: OutboxRow, limit: int) -> list[OutboxRow]:
    """The unsent rows after this one in its lane, in order."""
    return await tx.all(
        OutboxRow,
        f"{SELECT} WHERE office = $1 AND lane = $2 AND id > $3 AND {IS_OPEN} ORDER BY id LIMIT $4",
        row.office,
        row.lane,
        row.id,
        limit,
    )


async def waiting(tx: Reader, office: str, lane: str) -> list[OutboxRow]:
    """The lane's unsent rows, in order."""
    return await tx.all(OutboxRow, f"{SELECT} WHERE office = $1 AND lane = $2 AND {IS_OPEN} ORDER BY id", office, lane)


async def lanes(tx: Reader, office: str) -> list[str]:
    """Those with something to send."""
    rows = await tx.all(_Lane, f"SELECT DISTINCT lane FROM outbox WHERE office = $1 AND {IS_OPEN}", office)
    return [row.lane for row in rows]


@dataclass(frozen=True)
class _Lane:
    lane: str


async def busy(tx: Reader, office: str, lane: str) -> bool:
    return bool(
        await tx.value(
            f"SELECT EXISTS (SELECT 1 FROM outbox WHERE office = $1 AND lane = $2 AND {IS_OPEN})", office, lane
        )
    )


@dataclass(frozen=True)
class Spot:
    """Where a ticket's posts go: the staff group and the topic; `busy`: rows of its setting up still wait."""

    chat: str
    topic: str | None
    busy: bool


async def spot_of(tx: Reader, ticket_id: TicketId, setup_lane: str) -> Spot:
    """Asked for each post, so in one statement. Raises LookupError."""
    spot = await tx.one(
        Spot,
        "SELECT coalesce(moved_to, staff_chat) AS chat, topic, EXISTS (SELECT 1 FROM outbox"
        f" WHERE outbox.office = tickets.office AND lane = $2 AND {IS_OPEN}) AS busy"
        " FROM tickets JOIN offices ON offices.code = tickets.office WHERE tickets.id = $1",
        ticket_id,
        setup_lane,
    )
    if spot is None:
        raise LookupError(f"no ticket {ticket_id}")
    return spot


async def claim(tx: Tx, row_id: OutboxId, lane: str, at: datetime) -> OutboxRow | None:
    """Committed before the request goes out: after a crash we know that it may have arrived.

    The row as it is from then on. None: it is not to be sent any more, or stands in another lane by now, where who
    works there sends it, or is not the first of this one: what was held before it is released.
    """
    return await tx.one(
        OutboxRow,
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1, tried_at = $3"
        f" WHERE id = $1 AND lane = $2 AND {IS_OPEN} AND NOT EXISTS (SELECT 1 FROM outbox AS earlier"
        " WHERE earlier.office = outbox.office AND earlier.lane = outbox.lane AND earlier.id < outbox.id"
        f" AND earlier.{IS_OPEN}) RETURNING {_COLUMNS}",
        row_id,
        lane,
        at,
    )


async def sent(tx: Tx, row_id: OutboxId, result: dict[str, Any], at: datetime) -> None:
    await tx.execute(
        "UPDATE outbox SET state = 'sent', result = $2, error = NULL, done_at = $3 WHERE id = $1", row_id, result, at
    )


async def retry(tx: Tx, row_id: OutboxId, *, not_before: datetime, error: str, unknown: bool) -> None:
    """Try again later; `unknown`: the attempt may have arrived."""
    await tx.execute(
        "UPDATE outbox SET state = $2, not_before = $3, error = $4,"
        " uncertain = CASE WHEN $5 = 1 THEN 1 ELSE uncertain END WHERE id = $1",
        row_id,
        "unknown" if unknown else "queued",
        not_before,
        error,
        unknown,
    )


async def end(tx: Tx, row_id: OutboxId, state: str, error: str, at: datetime) -> None:
    """The row will not be sent: failed, held or dropped."""
    await tx.execute("UPDATE outbox SET state = $2, error = $3, done_at = $4 WHERE id = $1", row_id, state, error, at)


async def stumble(tx: Tx, row_id: OutboxId, *, not_before: datetime, error: str) -> None:
    """Nothing was sent, by a fault of ours: count the try."""
    await tx.execute(
        "UPDATE outbox SET state = 'queued', attempts = attempts + 1, not_before = $2, error = $3 WHERE id = $1",
        row_id,
        not_before,
        error,
    )


async def requeue(tx: Tx, row: OutboxRow, at: datetime) -> None:
    """Send a failed or held row once more, where it stood in its lane."""
    await tx.execute(
        "UPDATE outbox SET state = 'queued', not_before = $2, error = NULL, done_at = NULL WHERE id = $1", row.id, at
    )
    tx.signal("outbox", row.lane)


async def recover(tx: Tx, office: str, at: datetime) -> int:
    """After a start: what was being sent when the process died may have arrived."""
    return await tx.execute(
        "UPDATE outbox SET state = 'unknown', uncertain = 1, not_before = $2 WHERE office = $1 AND state = 'sending'",
        office,
        at,
    )


async def leave_time(tx: Tx, office: str, channel: str, at: datetime) -> None:
    """What may have arrived at persons on that channel waits for news until then."""
    await tx.execute(
        "UPDATE outbox SET not_before = $3 WHERE office = $1 AND state = 'unknown' AND not_before < $3"
        " AND dest = 'user' AND identity_id IN (SELECT id FROM identities WHERE office = $1 AND channel = $2)",
        office,
        channel,
        at,
    )


async def note(tx: Tx, row_id: OutboxId, news: dict[str, Any]) -> None:
    """News came of a row whose request is still under way: {"seen": message} or {"failed": why}."""
    await tx.execute(
        "UPDATE outbox SET result = $2 WHERE id = $1 AND state = 'sending' AND result IS NULL", row_id, news
    )


async def noted(tx: Reader, row_id: OutboxId) -> dict[str, Any]:
    """The news that came of it while its request was under way."""
    row = await get(tx, row_id)
    return (row.result if row is not None else None) or {}


async def sending(tx: Reader, office: str) -> list[OutboxRow]:
    """What was under way."""
    return await tx.all(OutboxRow, f"{SELECT} WHERE office = $1 AND state = 'sending' ORDER BY id", office)


async def doubt(tx: Tx, office: str, at: datetime) -> int:
    """After a restore: whatever waited when the copy was made may have gone out since. It goes once more, marked."""
    return await tx.execute(
        "UPDATE outbox SET state = 'unknown', uncertain = 1, not_before = $2 WHERE office = $1"
        " AND state IN ('queued', 'sending')",
        office,
        at,
    )


async def bring_forward(tx: Tx, office: str, by: timedelta) -> None:
    """What waits for a moment waits for one so much earlier: the clock was set back."""
    rows = await tx.all(_Wait, f"SELECT id, not_before FROM outbox WHERE office = $1 AND {IS_OPEN}", office)
    for row in rows:
        await tx.execute("UPDATE outbox SET not_before = $2 WHERE id = $1", row.id, row.not_before - by)


@dataclass(frozen=True)
class _Wait:
    id: OutboxId
    not_before: datetime


async def rehome(
    tx: Tx, office: str, ticket_id: TicketId, before: IdentityId, now: IdentityId, at: datetime, *, doubtful: bool
) -> None:
    """What officers wrote and waits for one chat goes to another, in order; prompts for the first go nowhere.

    `doubtful`: what may have arrived there goes too, marked as it is; else it waits for news of that first.
    """
    states = "('queued', 'held', 'unknown')" if doubtful else "('queued', 'held')"
    await tx.execute(
        "UPDATE outbox SET state = 'dropped', error = 'moved', done_at = $3 WHERE ticket_id = $1 AND identity_id = $2"
        f" AND dest = 'user' AND kind NOT IN ('relay', 'album') AND state IN {states}",
        ticket_id,
        before,
        at,
    )
    await tx.execute(
        "UPDATE outbox SET state = 'queued', identity_id = $3, lane = $4, error = NULL, done_at = NULL, not_before = $5"
        " WHERE ticket_id = $1 AND identity_id = $2 AND dest = 'user' AND kind IN ('relay', 'album')"
        f" AND state IN {states}",
        ticket_id,
        before,
        now,
        f"u:{now}",
        at,
    )
    tx.signal("outbox", f"u:{now}")


async def set_payload(tx: Tx, row_id: OutboxId, payload: dict[str, Any]) -> None:
    await tx.execute("UPDATE outbox SET payload = $2 WHERE id = $1", row_id, payload)


async def queued_with_dedup(tx: Reader, office: str, dedup: str) -> OutboxRow | None:
    """The row of that key, while it is untouched."""
    return await tx.one(
        OutboxRow, f"{SELECT} WHERE office = $1 AND dedup = $2 AND state = 'queued' AND attempts = 0", office, dedup
    )


async def was_queued(tx: Reader, office: str, dedup: str) -> bool:
    """Whether there is a row of that key, whatever became of it."""
    sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE office = $1 AND dedup = $2)"
    return bool(await tx.value(sql, office, dedup))


async def is_untouched(tx: Reader, office: str, dedup: str) -> bool:
    """Whether the row of that key waits, or is held, and has not been sent in any way."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM outbox WHERE office = $1 AND dedup = $2 AND uncertain = 0"
        " AND state IN ('queued', 'held'))"
    )
    return bool(await tx.value(sql, office, dedup))


async def forget_dedup(tx: Tx, office: str, dedup: str) -> None:
    """The key may be used again."""
    await tx.execute("UPDATE outbox SET dedup = NULL WHERE office = $1 AND dedup = $2", office, dedup)


async def drop_lane(tx: Tx, office: str, lane: str, at: datetime) -> None:
    """What waits in the lane has lost its object."""
    await tx.execute(
        f"UPDATE outbox SET state = 'dropped', done_at = $3 WHERE office = $1 AND lane = $2 AND {IS_OPEN}",
        office,
        lane,
        at,
    )


async def waits(tx: Reader, office: str) -> int:
    return int(await tx.value(f"SELECT count(*) FROM outbox WHERE office = $1 AND {IS_OPEN}", office))


async def oldest(tx: Reader, office: str) -> datetime | None:
    """When the longest waiting row was queued."""
    moment: str | None = await tx.value(f"SELECT min(created_at) FROM outbox WHERE office = $1 AND {IS_OPEN}", office)
    return None if moment is None else datetime.fromisoformat(moment)


async def tried_since(tx: Reader, office: str, since: datetime) -> list[OutboxRow]:
    """What went out since then, of the newest rows: the budgets used so far, after a restart."""
    return await tx.all(
        OutboxRow,
        f"{SELECT} WHERE office = $1 AND tried_at > $2 AND id > (SELECT max(id) FROM outbox) - $3 ORDER BY tried_at",
        office,
        since,
        NEWEST,
    )


async def card_of(tx: Reader, ticket_id: TicketId) -> OutboxRow | None:
    """The header card that was posted last for the ticket."""
    return await tx.one(
        OutboxRow,
        f"{SELECT} WHERE ticket_id = $1 AND kind = 'card' AND state = 'sent' ORDER BY done_at DESC LIMIT 1",
        ticket_id,
    )


async def become(tx: Tx, row_id: OutboxId, kind: str, payload: dict[str, Any]) -> None:
    """The row is of another kind from now on: figures that have been drawn are a text, an edit is posted anew."""
    await tx.execute("UPDATE outbox SET kind = $2, payload = $3 WHERE id = $1", row_id, kind, payload)
