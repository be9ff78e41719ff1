"""Parks: chats that get no request before a moment, because the platform said so. They survive a restart."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.base import Reader, Tx


@dataclass(frozen=True)
class Park:
    chat: str
    until: datetime
    channel: str


async def put(tx: Tx, office: str, park: Park) -> None:
    """Nothing shortens one: of several refusals the one that holds longest counts, whichever is written down last."""
    await tx.execute(
        "INSERT INTO parks (office, chat, until, channel) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (office, chat) DO UPDATE SET until = excluded.until, channel = excluded.channel"
        " WHERE excluded.until > parks.until",
        office,
        park.chat,
        park.until,
        park.channel,
    )


async def after(tx: Reader, office: str, now: datetime) -> list[Park]:
    return await tx.all(Park, "SELECT chat, until, channel FROM parks WHERE office = $1 AND until > $2", office, now)


async def bring_forward(tx: Tx, office: str, by: timedelta) -> None:
    """They end so much earlier: the clock was set back."""
    for park in await tx.all(Park, "SELECT chat, until, channel FROM parks WHERE office = $1", office):
        await tx.execute(
            "UPDATE parks SET until = $3 WHERE office = $1 AND chat = $2", office, park.chat, park.until - by
        )


async def purge(tx: Tx, office: str, now: datetime) -> None:
    """Forget those that are over."""
    await tx.execute("DELETE FROM parks WHERE office = $1 AND until <= $2", office, now)
