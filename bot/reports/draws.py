"""What the sender draws when it sends: `draws` maps the kind of an outbox row to the payload of its text."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from bot.desk import calendars, retention, roster, say
from bot.desk.context import Context
from bot.reports.board import board_params, morning_params
from bot.reports.periods import BadPeriod
from bot.reports.report import report_params
from bot.reports.shares import MonthShares
from storage import offices
from storage.base import Reader
from storage.outbox import OutboxRow

Draw = Callable[[Reader, Context, OutboxRow], Awaitable[dict[str, Any]]]


async def _report(reader: Reader, ctx: Context, row: OutboxRow) -> dict[str, Any]:
    calendar = await calendars.of_office(reader, ctx)
    try:
        params = await report_params(
            reader, office=ctx.office, calendar=calendar, now=ctx.now, period=row.payload["period"]
        )
    except BadPeriod:
        return say.words("admin_report_bad")
    return say.words("admin_report", files=row.payload.get("files", False), **params)


async def _sla(shares: MonthShares, reader: Reader, ctx: Context, row: OutboxRow) -> dict[str, Any]:
    calendar = await calendars.of_office(reader, ctx)
    staff_chat = await offices.staff_chat(reader, ctx.office)
    params = await board_params(
        reader,
        office=ctx.office,
        calendar=calendar,
        now=ctx.now,
        staff_chat=staff_chat,
        page=row.payload.get("page", 0),
        shares=shares,
    )
    return say.words("admin_sla", **params)


async def _morning(reader: Reader, ctx: Context, row: OutboxRow) -> dict[str, Any]:
    """Who is on duty today, and what waits for an officer now."""
    calendar = await calendars.of_office(reader, ctx)
    staff_chat = await offices.staff_chat(reader, ctx.office)
    params = await morning_params(reader, office=ctx.office, calendar=calendar, now=ctx.now, staff_chat=staff_chat)
    return say.words("staff_morning", duty=await roster.mentions(reader, ctx), **params)


async def _retention(reader: Reader, ctx: Context, row: OutboxRow) -> dict[str, Any]:
    return say.words("admin_retention", **await retention.board(reader, ctx))


def draws() -> Mapping[str, Draw]:
    """The table for one desk, which remembers what is costly to count."""
    return {"report": _report, "sla": partial(_sla, MonthShares()), "morning": _morning, "retention": _retention}
