"""Days as people write them in commands."""

from datetime import date, datetime


def parse_day(text: str) -> date | None:
    """Read 2026-11-30, 30-11-2026 or 30/11/2026."""
    for pattern in ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), pattern).date()
        except ValueError:
            continue
    return None
