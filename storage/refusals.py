"""Who wants no codes from us: a keyed hash of the address or domain, so that the list names nobody."""

from datetime import datetime

from storage.base import Reader, Tx


async def add(tx: Tx, office: str, hash: str, *, actor: str, at: datetime) -> None:
    await tx.execute(
        "INSERT INTO refused_recipients (office, hash, actor, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        office,
        hash,
        actor,
        at,
    )


async def remove(tx: Tx, office: str, hash: str) -> bool:
    """Whether it was there."""
    return bool(await tx.execute("DELETE FROM refused_recipients WHERE office = $1 AND hash = $2", office, hash))


async def has_any(tx: Reader, office: str, *hashes: str) -> bool:
    """Whether one of two hashes is refused."""
    first, second = hashes
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT 1 FROM refused_recipients WHERE office = $1 AND hash IN ($2, $3))",
            office,
            first,
            second,
        )
    )


async def count(tx: Reader, office: str) -> int:
    return int(await tx.value("SELECT count(*) FROM refused_recipients WHERE office = $1", office))
