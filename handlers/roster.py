"""/piket: who is on duty this week; admins set it, for every week ("senin 2,3") or for one day ("2026-12-01 4")."""

from datetime import date, datetime, time, timedelta
from typing import Any

from bot.desk import roster, say
from bot.desk.calendars import WEEKDAYS, of_office
from bot.desk.context import Context
from handlers import colleagues
from handlers.days import parse_day
from storage import audit
from storage import roster as roster_rows
from storage.base import Tx
from storage.officers import Officer
from storage.roster import Duty
from storage.rows import stamp

NAMES = {
    name: slot
    for names in (
        ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu", "minggu"),
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        WEEKDAYS,
    )
    for name, slot in zip(names, WEEKDAYS, strict=True)
} | {"jum'at": "fri", "ahad": "sun"}
NOBODY, AS_USUAL = ("kosong", "none"), ("hapus", "remove")
WEEK = 7


async def show(tx: Tx, ctx: Context, *, chat: str, thread: str | None) -> None:
    """The seven days of this week, from its Monday on; nobody is mentioned, so nobody is disturbed."""
    await say.to_chat(tx, ctx, chat, "staff_roster", thread=thread, days=await week(tx, ctx))


async def week(tx: Tx, ctx: Context) -> list[dict[str, Any]]:
    """The days of this week, who is on duty on each, and whether the office is open."""
    calendar, today = await of_office(tx, ctx), ctx.calendar.local_date(ctx.now)
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=n) for n in range(WEEK)]
    return [
        {
            "day": _noon(ctx, day),
            "officers": ", ".join(officer.name for officer in await roster.on_duty(tx, ctx, day)),
            "open": calendar.is_working_day(day),
        }
        for day in days
    ]


def _noon(ctx: Context, day: date) -> str:
    return stamp(datetime.combine(day, time(12), ctx.calendar.zone))


async def assign(tx: Tx, ctx: Context, rest: str, *, chat: str, thread: str | None, sender: str) -> None:
    """An admin's setting; what cannot be read gets a hint, and changes nothing."""
    day, _, people = rest.partition(" ")
    slot = _slot(day)
    if slot is None or not await _set(tx, ctx, slot, people.strip().casefold(), sender):
        await say.to_chat(tx, ctx, chat, "staff_usage", thread=thread, command="piket")
        return
    await show(tx, ctx, chat=chat, thread=thread)


def _slot(text: str) -> str | None:
    day = parse_day(text)
    return day.isoformat() if day is not None else NAMES.get(text.casefold())


async def _set(tx: Tx, ctx: Context, slot: str, people: str, sender: str) -> bool:
    if people in AS_USUAL:
        await roster_rows.remove(tx, ctx.office, slot)
    else:
        found = () if people in NOBODY else await _officers(tx, ctx, people)
        if found is None:
            return False
        await roster_rows.put(tx, ctx.office, Duty(slot, tuple(officer.number for officer in found)))
    await audit.add(tx, ctx.office, at=ctx.now, actor=f"admin:{sender}", action="roster", slot=slot, officers=people)
    return True


async def _officers(tx: Tx, ctx: Context, text: str) -> list[Officer] | None:
    """Each part must mean one officer."""
    found = [await colleagues.named(tx, ctx, part) for part in text.split(",")]
    return [officer for officers in found for officer in officers] if all(len(part) == 1 for part in found) else None
