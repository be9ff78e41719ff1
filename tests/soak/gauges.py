"""What is measured from outside while the desk runs: memory, open files, the log of the database, and delays."""

import os
import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path

from bot.playground.ledger import UpdateLife
from tests.bench.figures import percentile
from tests.checker import Database

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Sample:
    """At `seconds` from the start: MiB of memory and of the database's log, open files, rows that wait.

    `flush`: milliseconds a bare flush of four pages takes on the same disk, for comparison.
    """

    seconds: float
    updates: int
    rss: float
    files: int
    wal: float
    waiting: int
    flush: float


def sample(pid: int, path: Path, *, seconds: float, updates: int) -> Sample | None:
    """One look; None when the process is not there at the moment."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        files = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except (OSError, IndexError):
        return None
    wal = path.with_name(path.name + "-wal")
    size = wal.stat().st_size if wal.exists() else 0
    rss = pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE
    return Sample(seconds, updates, rss, files, size / MEGABYTE, waiting(path), _flush(path.parent))


def _flush(folder: Path) -> float:
    with (folder / "yardstick").open("wb") as file:
        file.write(bytes(4 * 4096))
        file.flush()
        began = time.perf_counter()
        os.fdatasync(file.fileno())
        return (time.perf_counter() - began) * 1000


def waiting(path: Path) -> int:
    """Rows of inbox and outbox that are not done with."""
    if not path.exists():
        return 0
    database = Database(path)
    try:
        return int(
            database.value(
                "SELECT (SELECT count(*) FROM inbox WHERE state = 'new') + "
                "(SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'unknown'))"
            )
        )
    finally:
        database.close()


class Delays:
    """Milliseconds from an update's offer (and from its serving) to its confirmation, which comes after the commit."""

    def __init__(self, updates: dict[int, UpdateLife]) -> None:
        self._updates = updates

    def offered(self, first: int = 0) -> list[float]:
        return [_ms(life.confirmed - life.created) for life in self._lives(first) if life.confirmed]

    def served(self, first: int = 0) -> list[float]:
        """Of those whose first poll was answered: from the desk's intake to its commit, and a little more."""
        lives = [life for life in self._lives(first) if life.times_served == 1]
        return [_ms(life.confirmed - life.served) for life in lives if life.confirmed and life.served]

    def _lives(self, first: int) -> list[UpdateLife]:
        return list(islice(self._updates.values(), first, None))


def _ms(delay: timedelta) -> float:
    return delay.total_seconds() * 1000


def p(values: list[float], share: float) -> float:
    return percentile(values, share) if values else 0.0
