"""Who is on duty on a day: what was set for the day, else for its weekday by chat, else by the configuration."""

from datetime import date

from bot.desk import say
from bot.desk.calendars import WEEKDAYS, of_office
from bot.desk.context import Context
from storage import officers, roster
from storage.base import Reader, Tx
from storage.officers import Officer
from storage.roster import Duty


async def on_duty(tx: Reader, ctx: Context, day: date) -> list[Officer]:
    """The officers on duty on the office's `day`, those left out who have left; on a closed day only a dated entry."""
    numbers = await _numbers(tx, ctx, day)
    if not numbers:
        return []
    here = {row.number: row for row in await officers.all_of(tx, ctx.office) if row.left_at is None}
    return [here[number] for number in numbers if number in here]


async def _numbers(tx: Reader, ctx: Context, day: date) -> tuple[int, ...]:
    dated = await roster.get(tx, ctx.office, day.isoformat())
    if dated is not None:
        return dated.officers
    if not (await of_office(tx, ctx)).is_working_day(day):
        return ()
    weekday = WEEKDAYS[day.weekday()]
    usual = await roster.get(tx, ctx.office, weekday)
    return usual.officers if usual is not None else _configured(ctx, weekday)


def _configured(ctx: Context, weekday: str) -> tuple[int, ...]:
    numbers: tuple[int, ...] = getattr(ctx.settings.roster, weekday)
    return numbers


async def mentions(tx: Reader, ctx: Context) -> list[dict[str, str]]:
    """Today's officers on duty as a text mentions them: their name, and the id that makes it a push."""
    today = ctx.calendar.local_date(ctx.now)
    return [mention(officer) for officer in await on_duty(tx, ctx, today)]


def mention(officer: Officer) -> dict[str, str]:
    return {"id": officer.sender, "name": officer.name}


async def drop(tx: Tx, ctx: Context, officer: Officer) -> None:
    """Somebody who left is on duty no more; the admins learn which days are bare now."""
    slots = [weekday for weekday in WEEKDAYS if officer.number in _configured(ctx, weekday)]
    today = ctx.calendar.local_date(ctx.now).isoformat()
    for duty in await roster.all_of(tx, ctx.office):
        if officer.number in duty.officers:
            rest = tuple(number for number in duty.officers if number != officer.number)
            await roster.put(tx, ctx.office, Duty(duty.slot, rest))
            slots.append(duty.slot)
    coming = sorted({slot for slot in slots if slot in WEEKDAYS or slot >= today}, key=_order)
    if coming:
        name = f"{officer.number}. {officer.name}"
        await say.to_admins(tx, ctx, "admin_roster_left", officer=name, slots=coming)


def _order(slot: str) -> tuple[bool, int, str]:
    """Weekdays from Monday on, then days."""
    return slot not in WEEKDAYS, WEEKDAYS.index(slot) if slot in WEEKDAYS else 0, slot
