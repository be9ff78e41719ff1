"""Reports of closed periods, as they were first told: append-only, the newest version counts."""

from dataclasses import dataclass
from datetime import date, datetime

from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Snapshot:
    """`kind`: "book" is a whole report, "month" one row of a trend. `version` counts corrections from 1."""

    office: str
    kind: str
    first: date
    last: date
    version: int
    at: datetime
    actor: str
    reason: str
    checksum: str
    content: str


async def newest(reader: Reader, office: str, *, kind: str, first: date, last: date) -> Snapshot | None:
    return await reader.one(
        Snapshot,
        f"SELECT {column_list(Snapshot)} FROM report_snapshots"
        " WHERE office = $1 AND kind = $2 AND first = $3 AND last = $4 ORDER BY version DESC LIMIT 1",
        office,
        kind,
        first,
        last,
    )


async def between(reader: Reader, office: str, *, kind: str, first: date, last: date) -> list[Snapshot]:
    """Those of this kind that lie in a stretch of days, older versions too, in order."""
    return await reader.all(
        Snapshot,
        f"SELECT {column_list(Snapshot)} FROM report_snapshots"
        " WHERE office = $1 AND kind = $2 AND first >= $3 AND last <= $4 ORDER BY first, last, version",
        office,
        kind,
        first,
        last,
    )


async def add(tx: Tx, snapshot: Snapshot) -> bool:
    """Keep it, unless this version is there already: whoever was first has told it."""
    return bool(
        await tx.execute(
            "INSERT INTO report_snapshots"
            " (office, kind, first, last, version, at, actor, reason, checksum, content)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
            snapshot.office,
            snapshot.kind,
            snapshot.first,
            snapshot.last,
            snapshot.version,
            snapshot.at,
            snapshot.actor,
            snapshot.reason,
            snapshot.checksum,
            snapshot.content,
        )
    )
