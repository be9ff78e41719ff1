"""Settings that admins changed by /atur. They go over the configuration file."""

from dataclasses import dataclass
from datetime import datetime

from storage.base import Reader, Tx


@dataclass(frozen=True)
class Override:
    """`key` as in the configuration ("office.hours.mon"), `value` as it is typed there, without quotes."""

    key: str
    value: str
    actor: str
    at: datetime


async def all_of(tx: Reader, office: str) -> list[Override]:
    return await tx.all(
        Override, "SELECT key, value, actor, at FROM settings_overrides WHERE office = $1 ORDER BY key", office
    )


async def put(tx: Tx, office: str, override: Override) -> None:
    await tx.execute(
        "INSERT INTO settings_overrides (office, key, value, actor, at) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (office, key) DO UPDATE SET value = excluded.value, actor = excluded.actor, at = excluded.at",
        office,
        override.key,
        override.value,
        override.actor,
        override.at,
    )


async def remove(tx: Tx, office: str, key: str) -> None:
    """What the file says holds again."""
    await tx.execute("DELETE FROM settings_overrides WHERE office = $1 AND key = $2", office, key)
