"""Files on their way from one platform to another: the job of fetching each, and its bytes in parts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.ids import MessageId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Media:
    """`channel` is where the file is, `file` its id there, `source` what is known of it (`Content.data`).

    state: waiting, here (its parts are complete) or failed; `error` says why. `late`: nothing waits for it any more.
    """

    id: int
    office: str
    message_id: MessageId
    channel: str
    file: str
    source: dict[str, Any]
    kind: str
    size: int
    state: str
    error: str | None
    tries: int
    not_before: datetime
    created_at: datetime
    late: bool


_SELECT = f"SELECT {column_list(Media)} FROM media"


async def add(
    tx: Tx,
    office: str,
    *,
    message_id: MessageId,
    channel: str,
    file: str,
    source: dict[str, Any],
    kind: str,
    at: datetime,
) -> None:
    """Ask for the file; nothing where it has been asked for."""
    added = await tx.execute(
        "INSERT INTO media (office, message_id, channel, file, source, kind, not_before, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING",
        office,
        message_id,
        channel,
        file,
        source,
        kind,
        at,
    )
    if added:
        tx.signal("media", office)


async def get(tx: Reader, media_id: int) -> Media | None:
    return await tx.one(Media, f"{_SELECT} WHERE id = $1", media_id)


async def of_file(tx: Reader, office: str, message_id: MessageId, file: str) -> Media | None:
    return await tx.one(
        Media, f"{_SELECT} WHERE office = $1 AND message_id = $2 AND file = $3", office, message_id, file
    )


async def waiting(tx: Reader, office: str, limit: int) -> list[Media]:
    """What is to be fetched, the soonest first."""
    return await tx.all(
        Media, f"{_SELECT} WHERE office = $1 AND state = 'waiting' ORDER BY not_before, id LIMIT $2", office, limit
    )


async def begin(tx: Tx, media_id: int) -> bool:
    """Count a try, and forget what an earlier one had got; False: it is not to be fetched any more."""
    if not await tx.execute("UPDATE media SET tries = tries + 1 WHERE id = $1 AND state = 'waiting'", media_id):
        return False
    await tx.execute("DELETE FROM media_parts WHERE media_id = $1", media_id)
    return True


async def keep(tx: Tx, media: Media, n: int, content: bytes) -> bool:
    """One more part; False where the message, and the file with it, is gone."""
    if await get(tx, media.id) is None:
        return False
    await tx.execute(
        "INSERT INTO media_parts (office, media_id, n, bytes) VALUES ($1, $2, $3, $4)",
        media.office,
        media.id,
        n,
        content,
    )
    return True


async def once_more(tx: Tx, office: str, message_ids: Collection[MessageId], at: datetime) -> None:
    """Try again to have the files of these messages that could not be had, or not yet; too big stays too big."""
    for message_id in message_ids:
        await tx.execute(
            "UPDATE media SET state = 'waiting', tries = 0, late = 0, not_before = $3 WHERE office = $1"
            " AND message_id = $2 AND (state = 'failed' AND error <> 'too_big' OR state = 'waiting' AND late = 1)",
            office,
            message_id,
            at,
        )
    tx.signal("media", office)


async def complete(tx: Tx, media_id: int, size: int, at: datetime) -> None:
    await tx.execute(
        "UPDATE media SET state = 'here', size = $2, error = NULL, done_at = $3 WHERE id = $1", media_id, size, at
    )


async def later(tx: Tx, media_id: int, error: str, not_before: datetime, *, late: bool = False) -> None:
    """Not had yet; tried again then."""
    sql = "UPDATE media SET error = $2, not_before = $3, late = $4 WHERE id = $1"
    await tx.execute(sql, media_id, error, not_before, int(late))


async def fail(tx: Tx, media_id: int, error: str, at: datetime) -> None:
    await tx.execute("DELETE FROM media_parts WHERE media_id = $1", media_id)
    await tx.execute("UPDATE media SET state = 'failed', error = $2, done_at = $3 WHERE id = $1", media_id, error, at)


async def content(tx: Reader, media_id: int) -> bytes:
    """The whole file."""
    parts = await tx.all(_Part, "SELECT bytes FROM media_parts WHERE media_id = $1 ORDER BY n", media_id)
    return b"".join(part.bytes for part in parts)


@dataclass(frozen=True)
class _Part:
    bytes: bytes


async def drop(tx: Tx, media_id: int) -> None:
    """The copy is of no more use, and its bytes go with it."""
    await tx.execute("DELETE FROM media WHERE id = $1", media_id)
