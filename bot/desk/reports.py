"""Ordering the files of a report: by an admin, or by itself on the first working day of a month."""

from datetime import date, time, timedelta
from typing import Any

from bot.channels.base import SendError, Sent
from bot.desk import say
from bot.desk.calendars import of_office
from bot.desk.context import Context
from storage import audit, offices, outbox
from storage.base import Tx
from storage.outbox import OutboxRow

PICTURE, PAPERS = "png", ("pdf", "xlsx")
# From so early (office zone) the month's report may come.
FROM = time(8, 15)


async def month_over(tx: Tx, ctx: Context) -> date | None:
    """The last day of the month whose report is to go out by itself now: on a working day, in the morning or later.

    A desk that was down on the first working day sends it when it is back.
    """
    calendar = await of_office(tx, ctx)
    local = ctx.now.astimezone(calendar.zone)
    if not ctx.settings.report.monthly or local.time() < FROM or not calendar.is_working_day(local.date()):
        return None
    over = local.date().replace(day=1) - timedelta(days=1)
    return over if (await offices.get(tx, ctx.office)).reported_month != _name(over) else None


async def monthly(tx: Tx, ctx: Context) -> None:
    """Order the report of the month that is over, once. A month before the desk's first one is nobody's wish."""
    over = await month_over(tx, ctx)
    if over is None:
        return
    calendar, before = await of_office(tx, ctx), (await offices.get(tx, ctx.office)).reported_month
    await offices.set_reported(tx, ctx.office, _name(over))
    if before is None and calendar.working_day_after(over) != calendar.local_date(ctx.now):
        return
    await audit.add(tx, ctx.office, at=ctx.now, actor="system", action="report", period=_name(over))
    if ctx.settings.report.monthly == "staff":
        await to_chat(tx, ctx, "staff", wish_of(over))
    else:
        await _by_mail(tx, ctx, wish_of(over) | {"officers": True})


def _name(day: date) -> str:
    return f"{day:%Y-%m}"


def wish_of(month: date) -> dict[str, Any]:
    """What the workshop is asked for."""
    return {"period": _name(month), "actor": "system"}


async def to_chat(
    tx: Tx,
    ctx: Context,
    chat: str,
    wish: dict[str, Any],
    kinds: tuple[str, ...] = (PICTURE, *PAPERS),
    thread: str | None = None,
) -> None:
    """A row for each file of one order: the sender makes them all at once.

    They have a lane of their own: what else is said in that chat does not wait until they are made.
    """
    order = ctx.token()
    for kind in kinds:
        await outbox.add(
            tx,
            ctx.office,
            lane=f"r:{order}",
            dest="staff" if chat == "staff" else f"chat:{chat}",
            kind="report_file",
            payload={"order": order, "wish": wish, "kinds": kinds, "kind": kind, "thread": thread},
            at=ctx.now,
            rank=outbox.PROMPT,
            follow_up="report_file",
        )


async def _by_mail(tx: Tx, ctx: Context, wish: dict[str, Any]) -> None:
    address = ctx.settings.supervisor.email
    if address:
        files = {"order": ctx.token(), "wish": wish, "kinds": PAPERS}
        period = wish["period"]
        await say.by_mail(
            tx,
            ctx,
            address,
            "monthly_report",
            lang=say.STAFF_LANG,
            follow_up="report_mail",
            files=files,
            period=period,
        )


async def file_done(tx: Tx, ctx: Context, row: OutboxRow, outcome: Sent | SendError) -> None:
    """A file that could not be made or sent is said once, where it was awaited; its order ends with it."""
    if isinstance(outcome, SendError) and outcome.permanent:
        await outbox.drop_lane(tx, ctx.office, row.lane, ctx.now)
        chat, payload = row.dest.removeprefix("chat:"), row.payload
        period = payload["wish"]["period"]
        await say.to_chat(tx, ctx, chat, "admin_report_failed", thread=payload["thread"], period=period)


async def mail_done(tx: Tx, ctx: Context, row: OutboxRow, outcome: Sent | SendError) -> None:
    """The same for the mail: the admins hear of it."""
    if isinstance(outcome, SendError) and outcome.permanent:
        period = row.payload["files"]["wish"]["period"]
        await say.to_admins(tx, ctx, "admin_report_failed", period=period)
