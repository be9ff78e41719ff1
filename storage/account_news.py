"""What a platform says of our account there: one value for each topic, the newest."""

from dataclasses import dataclass
from datetime import datetime

from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class News:
    """`topic`: "template:NAME:LANGUAGE", "quality", "limit", or the platform's own word."""

    topic: str
    value: str
    at: datetime


async def put(tx: Tx, office: str, channel: str, news: News) -> None:
    await tx.execute(
        "INSERT INTO account_news (office, channel, topic, value, at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (office, channel, topic) DO UPDATE SET value = excluded.value, at = excluded.at",
        office,
        channel,
        news.topic,
        news.value,
        news.at,
    )


async def of_channel(tx: Reader, office: str, channel: str) -> list[News]:
    return await tx.all(
        News,
        f"SELECT {column_list(News)} FROM account_news WHERE office = $1 AND channel = $2 ORDER BY topic",
        office,
        channel,
    )


async def value(tx: Reader, office: str, channel: str, topic: str) -> str | None:
    found: str | None = await tx.value(
        "SELECT value FROM account_news WHERE office = $1 AND channel = $2 AND topic = $3", office, channel, topic
    )
    return found


async def reach(tx: Reader, office: str, channel: str, since: datetime) -> dict[str, int]:
    """Of the people there with an open ticket: how many were heard since then, how many not; how many rows are held."""
    people = (
        "SELECT count(*) FROM identities WHERE office = $1 AND channel = $2 AND id IN"
        " (SELECT identity_id FROM tickets WHERE office = $1 AND closed_at IS NULL)"
    )
    held = (
        "SELECT count(*) FROM outbox WHERE office = $1 AND state = 'held' AND identity_id IN"
        " (SELECT id FROM identities WHERE office = $1 AND channel = $2)"
    )
    return {
        "windows_open": int(await tx.value(f"{people} AND heard_at > $3", office, channel, since)),
        "windows_closed": int(
            await tx.value(f"{people} AND (heard_at IS NULL OR heard_at <= $3)", office, channel, since)
        ),
        "held": int(await tx.value(held, office, channel)),
    }
