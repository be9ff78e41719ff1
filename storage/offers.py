"""Offers: answers shown before a ticket, and what became of each. No row says who it was or what was asked."""

from dataclasses import dataclass
from datetime import datetime

from storage.base import Reader, Tx


@dataclass(frozen=True)
class Tally:
    """Offers made in a period, as they stood at its end: found their answer there, or went on to an officer."""

    made: int
    answered: int
    asked: int


async def add(tx: Tx, office: str, *, at: datetime, type: str, lang: str, entries: list[str]) -> int:
    """`entries`: source and key of each card shown."""
    return int(
        await tx.value(
            "INSERT INTO offers (office, at, type, lang, entries) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            office,
            at,
            type,
            lang,
            entries,
        )
    )


async def answered(tx: Tx, offer_id: int, at: datetime) -> None:
    await tx.execute("UPDATE offers SET answered_at = $2 WHERE id = $1 AND answered_at IS NULL", offer_id, at)


async def asked(tx: Tx, offer_id: int, at: datetime) -> None:
    await tx.execute("UPDATE offers SET asked_at = $2 WHERE id = $1 AND asked_at IS NULL", offer_id, at)


async def tally(tx: Reader, office: str, *, start: datetime, end: datetime) -> Tally:
    """Of the offers made from `start` to `end`. What came after `end` changes nothing."""
    found = await tx.one(
        Tally,
        "SELECT count(*) AS made,"
        " count(*) FILTER (WHERE answered_at < $3 AND (asked_at IS NULL OR asked_at >= $3)) AS answered,"
        " count(*) FILTER (WHERE asked_at < $3) AS asked FROM offers WHERE office = $1 AND at >= $2 AND at < $3",
        office,
        start,
        end,
    )
    assert found is not None
    return found
