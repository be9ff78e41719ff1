"""The months of a trend: each is counted once when it is over, and kept."""

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime

from bot.reports.book import checksum_of
from bot.reports.figures import Figures, Spread
from bot.reports.periods import Period
from storage import report_snapshots
from storage.base import Reader, Tx
from storage.report_snapshots import Snapshot

KIND = "month"


@dataclass(frozen=True)
class Months:
    """Figures of whole months that were counted before, by first and last day."""

    known: dict[tuple[date, date], Figures]

    def of(self, month: Period) -> Figures | None:
        return self.known.get((month.first, month.last))


async def kept(reader: Reader, office: str, span: Period) -> Months:
    """The months within `span` that are kept; of several versions the newest."""
    found = await report_snapshots.between(reader, office, kind=KIND, first=span.first, last=span.last)
    return Months({(row.first, row.last): _read(row.content) for row in found})


async def keep(tx: Tx, office: str, month: Period, figures: Figures, *, at: datetime, actor: str) -> None:
    """Keep what was counted of a month that is over, unless the newest version says the same."""
    content = json.dumps(asdict(figures), separators=(",", ":"))
    newest = await report_snapshots.newest(tx, office, kind=KIND, first=month.first, last=month.last)
    if newest is None or newest.content != content:
        version, checksum = (newest.version if newest else 0) + 1, checksum_of(content)
        row = Snapshot(office, KIND, month.first, month.last, version, at, actor, "", checksum, content)
        await report_snapshots.add(tx, row)


def _read(content: str) -> Figures:
    values = json.loads(content)
    values["stars"] = {int(star): n for star, n in values["stars"].items()}
    for key in ("first_response", "answer"):
        values[key] = Spread(**values[key])
    return Figures(**values)
