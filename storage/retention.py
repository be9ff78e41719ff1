"""What has been kept long enough: KINDS says which rows, and what becomes of them.

Rows are looked at in the order of their ids, a window at a time, so that no transaction holds the writer for long, and
no index on the age is needed: ids grow with time.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.base import Reader, Tx
from storage.rows import stamp

WINDOW = 200

_SPENT = "state NOT IN ('queued', 'sending', 'unknown')"
_OF_OPEN = "ticket_id IN (SELECT id FROM tickets WHERE closed_at IS NULL)"
_OF_OLD = (
    "ticket_id IN (SELECT id FROM tickets WHERE office = $1 AND closed_at < $2 AND id NOT IN"
    " (SELECT ticket_id FROM holds))"
)
# What is blank can be sent no more, and is nothing that is stuck.
_GONE = "state = CASE WHEN state IN ('failed', 'held') THEN 'dropped' ELSE state END, payload = '{{}}'"
_BLANK = f"lane = '', dest = '', result = NULL, error = NULL, dedup = NULL, follow_up = NULL, {_GONE}"


@dataclass(frozen=True)
class Kind:
    """Rows of `table` that may go: those for which `which` holds ($1 the office, $2 the moment before which).

    `age` is the column that grows with the id; `ways` are done one after the other, with {these} for the rows; the last
    one says how many went.
    """

    table: str
    age: str
    which: str
    ways: tuple[str, ...]


KINDS: dict[str, Kind] = {
    "codes": Kind(
        "email_codes",
        "requested_at",
        "office = $1 AND requested_at < $2",
        (
            f"UPDATE outbox SET {_BLANK} WHERE kind = 'mail' AND {_SPENT} AND dest IN"
            " (SELECT 'mail:' || address FROM email_codes WHERE {these})"
            " AND json_extract(payload, '$.code_id') IS NOT NULL",
            f"UPDATE outbox SET {_GONE} WHERE kind = 'text' AND {_SPENT} AND identity_id IN"
            " (SELECT identity_id FROM email_codes WHERE {these})"
            " AND json_extract(payload, '$.key') = 'email_hint'",
            "DELETE FROM keyboards WHERE identity_id IN (SELECT identity_id FROM email_codes WHERE {these})"
            " AND buttons LIKE '%@%'",
            "DELETE FROM email_codes WHERE {these}",
        ),
    ),
    "updates": Kind(
        "inbox",
        "received_at",
        "office = $1 AND received_at < $2 AND state = 'done'",
        ("DELETE FROM inbox WHERE {these}",),
    ),
    "quarantined": Kind(
        "inbox",
        "received_at",
        "office = $1 AND received_at < $2 AND state = 'quarantined'",
        ("DELETE FROM inbox WHERE {these}",),
    ),
    # A file that has reached the other platform is there; what still waits to be sent needs its copy.
    "files": Kind(
        "media",
        "created_at",
        "office = $1 AND created_at < $2 AND state != 'waiting'"
        " AND EXISTS (SELECT 1 FROM links WHERE links.message_id = media.message_id AND role = 'copy')",
        (
            "DELETE FROM media_parts WHERE media_id IN (SELECT id FROM media WHERE {these})",
            "DELETE FROM media WHERE {these}",
        ),
    ),
    "queue": Kind(
        "outbox",
        "created_at",
        f"office = $1 AND created_at < $2 AND {_SPENT} AND (ticket_id IS NULL OR NOT {_OF_OPEN})",
        ("DELETE FROM outbox WHERE {these}",),
    ),
    "receipts": Kind(
        "receipts",
        "at",
        "office = $1 AND at < $2",
        ("DELETE FROM receipts WHERE {these}",),
    ),
    "buttons": Kind(
        "keyboards",
        "created_at",
        f"office = $1 AND created_at < $2 AND (ticket_id IS NULL OR NOT {_OF_OPEN})",
        ("DELETE FROM keyboards WHERE {these}",),
    ),
    "conversations": Kind(
        "messages",
        "at",
        f"office = $1 AND at < $2 AND {_OF_OLD}",
        (
            "DELETE FROM precedents WHERE ticket_id IN (SELECT ticket_id FROM messages WHERE {these})",
            "UPDATE messages SET reply_to = NULL WHERE reply_to IN (SELECT id FROM messages WHERE {these})",
            "DELETE FROM messages WHERE {these}",
        ),
    ),
    "feedback": Kind(
        "ratings",
        "at",
        f"office = $1 AND at < $2 AND feedback IS NOT NULL AND {_OF_OLD}",
        ("UPDATE ratings SET feedback = NULL WHERE {these}",),
    ),
    "complaints": Kind(
        "complaints",
        "at",
        "office = $1 AND at < $2 AND text != '' AND alarm_at IS NULL",
        ("UPDATE complaints SET text = '', answer = '' WHERE {these}",),
    ),
    "audit": Kind("audit", "at", "office = $1 AND at < $2", ("DELETE FROM audit WHERE {these}",)),
}
# People without an open ticket who have not been heard of since: they are taken out one by one.
PEOPLE = (
    "office = $1 AND chat != '' AND created_at < $2"
    " AND NOT EXISTS (SELECT 1 FROM tickets WHERE identity_id = identities.id AND (closed_at IS NULL"
    " OR closed_at >= $2 OR id IN (SELECT ticket_id FROM holds)))"
    " AND NOT EXISTS (SELECT 1 FROM dialogues WHERE identity_id = identities.id AND updated_at >= $2)"
    " AND NOT EXISTS (SELECT 1 FROM complaints WHERE identity_id = identities.id AND (at >= $2 OR text != ''))"
)


@dataclass(frozen=True)
class _Edge:
    last: int | None
    oldest: str | None


@dataclass(frozen=True)
class Window:
    """One window's work: where the next one begins (None: this was the last), and how many rows went."""

    cursor: int | None
    gone: int


async def purge(tx: Tx, name: str, office: str, before: datetime, cursor: int) -> Window:
    """Let go of what is old enough among the next rows after `cursor`."""
    kind = KINDS[name]
    edge = await tx.one(
        _Edge,
        f"SELECT max(id) AS last, min({kind.age}) AS oldest FROM"
        f" (SELECT id, {kind.age} FROM {kind.table} WHERE id > $1 ORDER BY id LIMIT $2) AS next_ones",
        cursor,
        WINDOW,
    )
    if edge is None or edge.last is None or edge.oldest is None or edge.oldest >= stamp(before):
        return Window(None, 0)
    these = f"id > $3 AND id <= $4 AND {kind.which}"
    gone = 0
    for way in kind.ways:
        gone = await tx.execute(way.format(these=these), office, before, cursor, edge.last)
    return Window(edge.last, gone)


async def old_people(tx: Reader, office: str, before: datetime, limit: int) -> list[int]:
    """Identities that nobody has heard of since `before`."""
    rows = await tx.all(_Id, f"SELECT id FROM identities WHERE {PEOPLE} ORDER BY id LIMIT $3", office, before, limit)
    return [row.id for row in rows]


@dataclass(frozen=True)
class _Id:
    id: int


async def count(reader: Reader, name: str, office: str, before: datetime) -> int:
    """How many rows would go."""
    table, which = ("identities", PEOPLE) if name == "people" else (KINDS[name].table, KINDS[name].which)
    return int(await reader.value(f"SELECT count(*) FROM {table} WHERE {which}", office, before))
