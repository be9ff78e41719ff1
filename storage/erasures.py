"""Erasures: who asked to be forgotten (a keyed hash), the receipt, and how far it has got."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import IdentityId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Erasure:
    """`told_at`: the receipt arrived or cannot; `done_at`: gone from the tables; `clean_at`: from the file's bytes."""

    id: int
    office: str
    hash: str
    receipt: str
    at: datetime
    identity_id: IdentityId | None
    told_at: datetime | None
    done_at: datetime | None
    clean_at: datetime | None
    alarm_at: datetime | None


_SELECT = f"SELECT {column_list(Erasure)} FROM erasures"


async def add(
    tx: Tx, office: str, identity_id: IdentityId, *, hash: str, receipt: str, at: datetime, alarm_at: datetime
) -> int:
    return int(
        await tx.value(
            "INSERT INTO erasures (office, hash, receipt, at, identity_id, alarm_at) VALUES ($1, $2, $3, $4, $5, $6)"
            " RETURNING id",
            office,
            hash,
            receipt,
            at,
            identity_id,
            alarm_at,
        )
    )


async def get(tx: Reader, erasure_id: int) -> Erasure | None:
    return await tx.one(Erasure, f"{_SELECT} WHERE id = $1", erasure_id)


async def of_identity(tx: Reader, office: str, identity_id: IdentityId) -> Erasure | None:
    """The one that is under way for this person."""
    return await tx.one(
        Erasure,
        f"{_SELECT} WHERE office = $1 AND clean_at IS NULL AND identity_id = $2",
        office,
        identity_id,
    )


async def unfinished(tx: Reader, office: str) -> list[Erasure]:
    """Those whose strings may still stand somewhere, the oldest first."""
    return await tx.all(Erasure, f"{_SELECT} WHERE office = $1 AND clean_at IS NULL ORDER BY id", office)


async def after(tx: Reader, office: str, erasure_id: int) -> list[Erasure]:
    """Those requested later than that one, the oldest first; 0: all."""
    return await tx.all(Erasure, f"{_SELECT} WHERE office = $1 AND id > $2 ORDER BY id", office, erasure_id)


async def last_of_hash(tx: Reader, office: str, hash: str) -> datetime | None:
    """When the same person was erased last."""
    moment: str | None = await tx.value("SELECT max(at) FROM erasures WHERE office = $1 AND hash = $2", office, hash)
    return datetime.fromisoformat(moment) if moment else None


async def told(tx: Tx, erasure_id: int, at: datetime) -> None:
    await tx.execute("UPDATE erasures SET told_at = $2 WHERE id = $1 AND told_at IS NULL", erasure_id, at)


async def done(tx: Tx, erasure_id: int, at: datetime) -> None:
    """From here on nothing leads from the hash to the rows that stay."""
    await tx.execute("UPDATE erasures SET done_at = $2, identity_id = NULL WHERE id = $1", erasure_id, at)


async def clean(tx: Tx, office: str, at: datetime, *, before: datetime) -> int:
    """What was done before that moment is gone from the bytes too."""
    return await tx.execute(
        "UPDATE erasures SET clean_at = $2, alarm_at = NULL WHERE office = $1 AND clean_at IS NULL AND done_at <= $3",
        office,
        at,
        before,
    )


async def alarmed(tx: Tx, erasure_id: int) -> None:
    await tx.execute("UPDATE erasures SET alarm_at = NULL WHERE id = $1", erasure_id)


async def since(tx: Reader, office: str, moment: datetime) -> int:
    """How many were finished since then."""
    return int(await tx.value("SELECT count(*) FROM erasures WHERE office = $1 AND clean_at > $2", office, moment))


async def hashes(tx: Reader, office: str) -> set[str]:
    """Everybody on the list."""
    rows = await tx.all(Erasure, f"{_SELECT} WHERE office = $1", office)
    return {row.hash for row in rows}
