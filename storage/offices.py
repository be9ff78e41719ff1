"""The office's own row: its staff group, its last poll, the troubles its admins were told of; and its counters."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Office:
    code: str
    staff_chat: str
    moved_to: str | None
    polled_at: datetime | None
    trouble: dict[str, Any]
    reminded_on: date | None
    calendar: str | None
    reported_month: str | None


async def ensure(tx: Tx, code: str, staff_chat: str) -> None:
    """Make the office's row; another group in the configuration forgets where the old one moved to."""
    await tx.execute(
        "INSERT INTO offices (code, staff_chat) VALUES ($1, $2)"
        " ON CONFLICT (code) DO UPDATE SET staff_chat = excluded.staff_chat,"
        " moved_to = CASE WHEN offices.staff_chat = excluded.staff_chat THEN offices.moved_to END",
        code,
        staff_chat,
    )


async def get(tx: Reader, code: str) -> Office:
    office = await tx.one(Office, f"SELECT {column_list(Office)} FROM offices WHERE code = $1", code)
    if office is None:
        raise LookupError(f"no office {code}")
    return office


async def last_poll(tx: Reader, code: str) -> datetime | None:
    """When it was last known that nothing is missed; None for an office that never polled."""
    moment: str | None = await tx.value("SELECT polled_at FROM offices WHERE code = $1", code)
    return datetime.fromisoformat(moment) if moment else None


async def is_known(tx: Reader, code: str) -> bool:
    """Whether a desk of this office has ever run on this database."""
    return bool(await tx.value("SELECT EXISTS (SELECT 1 FROM offices WHERE code = $1)", code))


async def staff_chat(tx: Reader, code: str) -> str:
    """The staff group's id, also after Telegram moved the group."""
    chat: str | None = await tx.value("SELECT coalesce(moved_to, staff_chat) FROM offices WHERE code = $1", code)
    if chat is None:
        raise LookupError(f"no office {code}")
    return chat


async def move(tx: Tx, code: str, chat: str) -> None:
    """The staff group has this id from now on."""
    await tx.execute("UPDATE offices SET moved_to = $2 WHERE code = $1", code, chat)


async def set_reported(tx: Tx, code: str, month: str) -> None:
    """The report of this month ("2026-10") went out by itself, or was not wanted."""
    await tx.execute("UPDATE offices SET reported_month = $2 WHERE code = $1", code, month)


async def set_calendar(tx: Tx, code: str, calendar: str) -> None:
    """The due moments are counted by this calendar now."""
    await tx.execute("UPDATE offices SET calendar = $2 WHERE code = $1", code, calendar)


async def polled(tx: Tx, code: str, at: datetime) -> None:
    await tx.execute("UPDATE offices SET polled_at = $2 WHERE code = $1", code, at)


async def set_trouble(tx: Tx, code: str, trouble: dict[str, Any]) -> None:
    await tx.execute("UPDATE offices SET trouble = $2 WHERE code = $1", code, trouble)


async def set_reminded(tx: Tx, code: str, day: date) -> None:
    """The morning of this day (office zone) has been looked at."""
    await tx.execute("UPDATE offices SET reminded_on = $2 WHERE code = $1", code, day)


async def next_number(tx: Tx, office: str, name: str) -> int:
    """1, 2, 3 … for each `name`; safe because the transaction holds the row."""
    return int(
        await tx.value(
            "INSERT INTO counters (office, name, value) VALUES ($1, $2, 1)"
            " ON CONFLICT (office, name) DO UPDATE SET value = counters.value + 1 RETURNING value",
            office,
            name,
        )
    )


async def counter(tx: Reader, office: str, name: str) -> int:
    """What `next_number` or `set_counter` left there; 0 before."""
    return int(await tx.value("SELECT value FROM counters WHERE office = $1 AND name = $2", office, name) or 0)


async def counters(tx: Reader, office: str, prefix: str) -> dict[str, int]:
    """Every counter whose name begins so, by the rest of its name."""
    rows = await tx.all(
        _Counter,
        "SELECT name, value FROM counters WHERE office = $1 AND substr(name, 1, $2) = $3 ORDER BY name",
        office,
        len(prefix),
        prefix,
    )
    return {row.name.removeprefix(prefix): row.value for row in rows}


@dataclass(frozen=True)
class _Counter:
    name: str
    value: int


async def set_counter(tx: Tx, office: str, name: str, value: int) -> None:
    await tx.execute(
        "INSERT INTO counters (office, name, value) VALUES ($1, $2, $3)"
        " ON CONFLICT (office, name) DO UPDATE SET value = excluded.value",
        office,
        name,
        value,
    )


@dataclass(frozen=True)
class Outage:
    began: datetime
    ended: datetime


async def add_outage(tx: Tx, office: str, outage: Outage) -> None:
    await tx.execute(
        "INSERT INTO outages (office, began, ended) VALUES ($1, $2, $3)", office, outage.began, outage.ended
    )


async def outages_since(tx: Reader, office: str, since: datetime) -> list[Outage]:
    return await tx.all(
        Outage, "SELECT began, ended FROM outages WHERE office = $1 AND ended > $2 ORDER BY began", office, since
    )


def outage_between(last: datetime, now: datetime, at_least: timedelta) -> Outage | None:
    return Outage(last, now) if now - last > at_least else None
