"""The morning post of a working day: what waits for an officer, to those on duty first (DOMAIN.md §5, end)."""

from datetime import time

from bot.desk.calendars import of_office
from bot.desk.context import Context
from bot.domain.lifecycle import Status
from storage import offices, outbox, tickets
from storage.base import Tx

NOON = time(12)


async def is_due(tx: Tx, ctx: Context) -> bool:
    """Between the set time and noon (office zone) of a working day that was not looked at yet."""
    at = ctx.settings.service.reminder_time
    local = ctx.now.astimezone(ctx.calendar.zone)
    if at is None or not at <= local.time() < NOON:
        return False
    reminded = (await offices.get(tx, ctx.office)).reminded_on
    return reminded != local.date() and (await of_office(tx, ctx)).is_working_day(local.date())


async def post(tx: Tx, ctx: Context) -> None:
    """Look once at this morning; where nothing waits, nothing is said. The sender draws the board."""
    if not await is_due(tx, ctx):
        return
    await offices.set_reminded(tx, ctx.office, ctx.calendar.local_date(ctx.now))
    waiting = (ticket.status == Status.WAITING_OFFICER for ticket in await tickets.all_open(tx, ctx.office))
    if any(waiting):
        await outbox.add(
            tx,
            ctx.office,
            lane="c:staff",
            dest="staff",
            kind="morning",
            payload={"thread": None},
            at=ctx.now,
            rank=outbox.PROMPT,
        )
