"""The roster: which officers are on duty, by their numbers, on a weekday ("mon") or a day ("2026-12-01")."""

from dataclasses import dataclass

from storage.base import Reader, Tx


@dataclass(frozen=True)
class Duty:
    """An empty `officers`: nobody, although the weekday or the configuration may name somebody."""

    slot: str
    officers: tuple[int, ...]


_SELECT = "SELECT slot, officers FROM roster"


async def get(tx: Reader, office: str, slot: str) -> Duty | None:
    return await tx.one(Duty, f"{_SELECT} WHERE office = $1 AND slot = $2", office, slot)


async def all_of(tx: Reader, office: str) -> list[Duty]:
    return await tx.all(Duty, f"{_SELECT} WHERE office = $1 ORDER BY slot", office)


async def put(tx: Tx, office: str, duty: Duty) -> None:
    await tx.execute(
        "INSERT INTO roster (office, slot, officers) VALUES ($1, $2, $3)"
        " ON CONFLICT (office, slot) DO UPDATE SET officers = excluded.officers",
        office,
        duty.slot,
        duty.officers,
    )


async def remove(tx: Tx, office: str, slot: str) -> None:
    """What the weekday or the configuration says holds again."""
    await tx.execute("DELETE FROM roster WHERE office = $1 AND slot = $2", office, slot)
