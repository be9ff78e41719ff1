"""The offices of one database as they show themselves to each other: what each tells the public, and its bot."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Neighbour:
    """`facts`: name, name_en, address, phone, email, website; `bot`: its user name on Telegram."""

    office: str
    facts: dict[str, Any]
    bot: str
    seen_at: datetime

    @property
    def name(self) -> str:
        return str(self.facts["name"])

    def title(self, lang: str) -> str:
        """Its name in the language of whoever reads it."""
        return self.name if lang == "id" else str(self.facts.get("name_en") or self.name)


_SELECT = f"SELECT {column_list(Neighbour)} FROM neighbours"


async def show(tx: Tx, office: str, *, facts: dict[str, Any], bot: str, at: datetime) -> None:
    """The office's own entry, as it is now."""
    await tx.execute(
        "INSERT INTO neighbours (office, facts, bot, seen_at) VALUES ($1, $2, $3, $4) ON CONFLICT (office)"
        " DO UPDATE SET facts = excluded.facts, bot = excluded.bot, seen_at = excluded.seen_at",
        office,
        facts,
        bot,
        at,
    )


async def get(tx: Reader, office: str) -> Neighbour | None:
    return await tx.one(Neighbour, f"{_SELECT} WHERE office = $1", office)


async def others(tx: Reader, office: str, since: datetime) -> list[Neighbour]:
    """All but that one that have shown themselves since then, by code."""
    return await tx.all(Neighbour, f"{_SELECT} WHERE office <> $1 AND seen_at > $2 ORDER BY office", office, since)
