"""The office's own closures and extra working days, by /libur and /masuk."""

from dataclasses import dataclass
from datetime import date, datetime

from storage.base import Reader, Tx


@dataclass(frozen=True)
class Override:
    day: date
    kind: str
    note: str


async def put(tx: Tx, office: str, override: Override, *, actor: str, at: datetime) -> None:
    await tx.execute(
        "INSERT INTO calendar_overrides (office, day, kind, note, actor, at) VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (office, day) DO UPDATE SET kind = excluded.kind, note = excluded.note,"
        " actor = excluded.actor, at = excluded.at",
        office,
        override.day,
        override.kind,
        override.note,
        actor,
        at,
    )


async def all_of(tx: Reader, office: str) -> list[Override]:
    return await tx.all(
        Override, "SELECT day, kind, note FROM calendar_overrides WHERE office = $1 ORDER BY day", office
    )


async def remove(tx: Tx, office: str, day: date) -> bool:
    """What the configuration and the holiday tables say holds again; False when there was nothing else."""
    return await tx.execute("DELETE FROM calendar_overrides WHERE office = $1 AND day = $2", office, day) > 0
