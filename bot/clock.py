"""Time as the desk sees it: one clock, handed in, so that tests and the demo can move it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """The moment, aware and in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovedClock:
    """The machine's clock plus the seconds written in a file (``MEJA_CLOCK_FILE``); demo and tests only.

    `refresh` reads the file again and says whether the offset changed; a missing or half-written file keeps it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = timedelta(0)
        self.refresh()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def refresh(self) -> bool:
        try:
            offset = timedelta(seconds=float(self._path.read_text() or 0))
        except (OSError, ValueError):
            return False
        changed = offset != self._offset
        self._offset = offset
        return changed
