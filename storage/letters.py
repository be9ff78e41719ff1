"""Letters from office to office of one database: the only rows that cross, each addressed and signed by its row.

An office sees what it sent and what is addressed to it (storage/protection.py). A letter is removed in the transaction
that does what it says.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.base import Dialect, Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Letter:
    """`office`: to whom; `hash`: which referral it is about."""

    id: int
    office: str
    sender: str
    kind: str
    hash: str
    body: dict[str, Any]
    at: datetime


_SELECT = f"SELECT {column_list(Letter)} FROM letters"


async def post(tx: Tx, sender: str, to: str, kind: str, hash: str, body: dict[str, Any], at: datetime) -> None:
    """Once for each kind and referral. Whoever runs the other office is told after the commit, where that works."""
    await tx.execute(
        "INSERT INTO letters (office, sender, kind, hash, body, at) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT DO NOTHING",
        to,
        sender,
        kind,
        hash,
        body,
        at,
    )
    if tx.dialect is Dialect.POSTGRES:  # a file holds one office: there is nobody to be told
        await tx.value("SELECT pg_notify('meja', $1)", f"post {to}")


async def get(tx: Reader, letter_id: int) -> Letter | None:
    return await tx.one(Letter, f"{_SELECT} WHERE id = $1", letter_id)


async def waiting(tx: Reader, office: str, limit: int) -> list[Letter]:
    """What is to be dealt with now, the oldest first; offers wait for the person."""
    return await tx.all(Letter, f"{_SELECT} WHERE office = $1 AND kind <> 'offer' ORDER BY id LIMIT $2", office, limit)


async def offer(tx: Reader, office: str, hash: str) -> Letter | None:
    """What was offered under that token, if it was offered to this office."""
    return await tx.one(Letter, f"{_SELECT} WHERE office = $1 AND kind = 'offer' AND hash = $2", office, hash)


async def remove(tx: Tx, letter_id: int) -> None:
    await tx.execute("DELETE FROM letters WHERE id = $1", letter_id)


async def remove_all(tx: Tx, office: str, hash: str) -> bool:
    """Every letter of that referral to or from the office, and the files between them; whether there was a letter."""
    await tx.execute("DELETE FROM letter_parts WHERE (office = $1 OR sender = $1) AND hash = $2", office, hash)
    return bool(await tx.execute("DELETE FROM letters WHERE (office = $1 OR sender = $1) AND hash = $2", office, hash))


async def expire(tx: Tx, office: str, before: datetime) -> int:
    """Let go of what nobody came for; how many letters."""
    await tx.execute("DELETE FROM letter_parts WHERE (office = $1 OR sender = $1) AND at < $2", office, before)
    return await tx.execute("DELETE FROM letters WHERE (office = $1 OR sender = $1) AND at < $2", office, before)


# Files: their bytes go ahead of the conversation they belong to.


async def enclose(tx: Tx, sender: str, to: str, hash: str, file: int, media_id: int, at: datetime) -> None:
    """A copy of a file that is here, under that number; once."""
    await tx.execute(
        "INSERT INTO letter_parts (office, sender, hash, file, n, bytes, at)"
        " SELECT $1, $2, $3, CAST($4 AS INTEGER), n, bytes, $5 FROM media_parts WHERE media_id = $6"
        " ON CONFLICT DO NOTHING",
        to,
        sender,
        hash,
        file,
        at,
        media_id,
    )


async def part(tx: Reader, office: str, hash: str, file: int, n: int) -> bytes | None:
    """The `n`-th part of a file that was sent to the office; None after the last."""
    found: bytes | None = await tx.value(
        "SELECT bytes FROM letter_parts WHERE office = $1 AND hash = $2 AND file = $3 AND n = $4",
        office,
        hash,
        file,
        n,
    )
    return found


async def took(tx: Tx, office: str, hash: str, file: int) -> None:
    """The office has the file: nothing of it is left between."""
    await tx.execute("DELETE FROM letter_parts WHERE office = $1 AND hash = $2 AND file = $3", office, hash, file)
