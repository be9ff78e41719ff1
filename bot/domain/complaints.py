"""Complaints: counted apart from consultations, due within working days of their own (DOMAIN.md §2)."""

from datetime import datetime

from bot.domain.calendar import WorkingCalendar
from bot.domain.sla import due_at

REPLY_DAYS = 5


def reply_due(received: datetime, calendar: WorkingCalendar, *, days: int = REPLY_DAYS) -> datetime:
    """By when the complainant hears from the office, UTC: the end of service hours of the `days`-th working day.

    The day of receipt is day 0, as for tickets; nothing pauses a complaint (SK No. 107, "Pengaduan Layanan").
    """
    return due_at(received, calendar, days=days)
