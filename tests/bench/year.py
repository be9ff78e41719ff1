"""A year of all offices as a database: some 200,000 tickets with 2,000,000 events, written by SQL."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bot.desk.calendars import configured
from bot.domain.calendar import WorkingCalendar
from bot.domain.sla import due_at
from bot.settings import Office
from storage import open_store
from storage.rows import stamp

OFFICES = 548
TICKETS_A_YEAR = 328
# One office with thousands of tickets in one month, and one with thousands that are open.
BUSY, WAITING = "9901", "9902"
MONTH = "2026-06"
ZONE = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 12, 30, 3, tzinfo=UTC)
YEAR, JUNE, DECEMBER = (
    datetime(2026, 1, 2, tzinfo=UTC),
    datetime(2026, 6, 1, tzinfo=UTC),
    datetime(2026, 12, 1, tzinfo=UTC),
)


def calendar() -> WorkingCalendar:
    return configured(Office(code=BUSY, name="BPS Kabupaten Contoh"), NOW)


async def year(path: Path, *, offices: int, tickets: int) -> Path:
    """The database at `path`: `offices` with a year each, and the two with `tickets` in a month."""
    await (await open_store(f"sqlite:///{path}")).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    writer = _Writer(connection)
    for code in range(1000, 1000 + offices):
        writer.office(str(code), YEAR, timedelta(days=350), TICKETS_A_YEAR)
    writer.office(BUSY, JUNE, timedelta(days=29), tickets)
    writer.office(WAITING, DECEMBER, timedelta(days=29), tickets, closed=False)
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()
    return path


class _Writer:
    """Writes tickets with their events: each has an answer after some hours, is closed a day later, half are rated."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._random = Random(6)
        self._calendar = calendar()
        self._due: dict[Any, datetime] = {}
        self._ticket = 0
        self._person = 0

    def office(self, code: str, first: datetime, span: timedelta, tickets: int, *, closed: bool = True) -> None:
        self._person += 1
        at = stamp(first)
        self._connection.execute(
            "INSERT INTO accounts (id, office, email, email_key, created_at) VALUES (?, ?, ?, ?, ?)",
            (self._person, code, f"{code}@contoh.id", f"{code}@contoh.id", at),
        )
        self._connection.execute(
            "INSERT INTO identities (id, office, channel, sender, chat, lang, account_id, created_at)"
            " VALUES (?, ?, 'telegram', ?, ?, 'id', ?, ?)",
            (self._person, code, code, code, self._person, at),
        )
        rows = [self._one(code, first + span * n / tickets, closed=closed) for n in range(tickets)]
        self._connection.executemany(
            "INSERT INTO tickets (id, office, number, account_id, identity_id, lang, type, status, topic, opened_at,"
            " due_at, closed_at, close_reason) VALUES (?, ?, ?, ?, ?, 'id', 'data', ?, ?, ?, ?, ?, ?)",
            [row for row, _ in rows],
        )
        self._connection.executemany(
            "INSERT INTO ticket_events (office, ticket_id, cycle, kind, at, actor, data) VALUES (?, ?, 1, ?, ?, ?, ?)",
            [event for _, events in rows for event in events],
        )

    def _one(self, code: str, opened: datetime, *, closed: bool) -> tuple[tuple[Any, ...], list[tuple[Any, ...]]]:
        self._ticket += 1
        due = self._due_of(opened)
        story = list(self._story(opened, due, closed=closed))
        end = next((at for kind, at, _, _ in story if kind == "closed"), None)
        events = [
            (code, self._ticket, kind, stamp(at), actor, json.dumps(data, separators=(",", ":")))
            for kind, at, actor, data in story
        ]
        number = f"{code}-26-{self._ticket:06d}"
        state = ("closed", stamp(end), "answered") if end else ("waiting_officer", None, None)
        row = (
            self._ticket, code, number, self._person, self._person, state[0], str(self._ticket), stamp(opened),
            stamp(due), *state[1:],
        )  # fmt: skip
        return row, events

    def _story(
        self, opened: datetime, due: datetime, *, closed: bool
    ) -> Iterator[tuple[str, datetime, str, dict[str, Any]]]:
        officer = f"officer:{self._random.randrange(1, 9)}"
        first = opened + timedelta(minutes=self._random.randrange(5, 3000))
        later = first + timedelta(minutes=30)
        yield "opened", opened, "user", {"type": "data", "due_at": stamp(due)}
        yield "taken", first, officer, {}
        yield "first_response", first, officer, {}
        yield "delivered", first, officer, {}
        yield "user_spoke", later, "user", {}
        yield "delivered", later + timedelta(minutes=20), officer, {}
        yield "user_spoke", later + timedelta(minutes=30), "user", {}
        if closed:
            yield "delivered", later + timedelta(minutes=50), officer, {}
            yield "answered", later + timedelta(minutes=50), officer, {}
            yield "closed", later + timedelta(days=1), officer, {"reason": "answered", "due_at": stamp(due)}
            if self._ticket % 2:
                stars = self._random.randrange(1, 6)
                yield "rated", later + timedelta(days=1, minutes=1), "user", {"stars": stars}

    def _due_of(self, opened: datetime) -> datetime:
        day = self._calendar.local_date(opened)
        if day not in self._due:
            self._due[day] = due_at(opened, self._calendar)
        return self._due[day]
