"""What was typed but never sent, and registrations never finished (DOMAIN.md §6 rules 2 and 28)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

NUDGE_AFTER = timedelta(minutes=5)
OPEN_AFTER = timedelta(minutes=30)
FORGET_AFTER = timedelta(days=30)
MORNING = time(8)


def nudge_at(last_typed_at: datetime) -> datetime:
    """When a question not sent gets its one nudge."""
    return last_typed_at + NUDGE_AFTER


def open_at(last_typed_at: datetime) -> datetime:
    """When a question not sent becomes a ticket by itself."""
    return last_typed_at + OPEN_AFTER


def registration_nudge_at(last_seen_at: datetime, zone: ZoneInfo, *, morning: time = MORNING) -> datetime:
    """When an unfinished registration gets its one nudge, UTC: in the morning of the next local day."""
    day = last_seen_at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, morning, zone).astimezone(UTC)


def forget_at(last_seen_at: datetime) -> datetime:
    """When an unfinished registration is erased, drafts included."""
    return last_seen_at + FORGET_AFTER
