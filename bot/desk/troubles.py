"""Troubles of the office's desk: the admins are told once when one begins, and once when it is over."""

from datetime import timedelta
from typing import Any

from bot.desk import say
from bot.desk.context import Context
from storage import offices
from storage.base import Tx

# Why a channel takes nothing of ours (token, permission, account, payment), and what its trouble is called.
CHANNEL_DOWN = "channel_down"
CHANNEL = "alarm_channel"


async def begin(tx: Tx, ctx: Context, name: str, **params: Any) -> None:
    """`name` is the text's key; nothing when the trouble is known."""
    office = await offices.get(tx, ctx.office)
    if name not in office.trouble:
        await offices.set_trouble(tx, ctx.office, office.trouble | {name: ctx.now.isoformat()})
        await say.to_admins(tx, ctx, name, **params)


async def clock_leapt(tx: Tx, ctx: Context, leap: timedelta) -> None:
    """Timed acts rest for a while: the admins should look at the machine's clock."""
    await say.to_admins(tx, ctx, "alarm_clock", hours=round(leap.total_seconds() / 3600))


async def was_away(tx: Tx, ctx: Context, away: timedelta, *, lost: bool) -> None:
    """Nothing was received for so long; `lost`: longer than the platform keeps messages."""
    await say.to_admins(tx, ctx, "alarm_outage", hours=int(away.total_seconds() // 3600), lost=lost)


async def configuration_broken(tx: Tx, ctx: Context, problems: list[str]) -> None:
    """The office's file cannot be used any more, and the desk stops."""
    await begin(tx, ctx, "alarm_configuration", problems=problems)


async def end(tx: Tx, ctx: Context, name: str) -> None:
    office = await offices.get(tx, ctx.office)
    if name in office.trouble:
        rest = {key: since for key, since in office.trouble.items() if key != name}
        await offices.set_trouble(tx, ctx.office, rest)
        await say.to_admins(tx, ctx, f"{name}_over")
