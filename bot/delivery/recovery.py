"""What an earlier process left: rows it was sending may have arrived, parks still hold, budgets are partly spent."""

from collections.abc import Mapping
from datetime import timedelta

from bot.delivery import receipts
from bot.delivery.pacing import FREE, Pacer
from bot.delivery.places import STAFF_CHANNEL
from bot.desk.context import Context
from storage import offices, outbox, parks
from storage.base import Tx

LAST_MINUTE = timedelta(seconds=60)


async def take_up(tx: Tx, ctx: Context, pacers: Mapping[str, Pacer]) -> None:
    """Before anything is sent."""
    await _doubt(tx, ctx)
    await _recall_parks(tx, ctx, pacers)
    await _recall_budgets(tx, ctx, pacers)


async def _doubt(tx: Tx, ctx: Context) -> None:
    """Where news of messages comes in, it may tell what became of them: more time is left for it there."""
    await receipts.recover(tx, ctx)
    await outbox.recover(tx, ctx.office, ctx.now + ctx.traits(STAFF_CHANNEL).evidence)
    for channel, traits in ctx.channels.items():
        if traits.receipts:
            await outbox.leave_time(tx, ctx.office, channel, ctx.now + traits.evidence)


async def _recall_parks(tx: Tx, ctx: Context, pacers: Mapping[str, Pacer]) -> None:
    await parks.purge(tx, ctx.office, ctx.now)
    for park in await parks.after(tx, ctx.office, ctx.now):
        if park.channel in pacers:
            pacers[park.channel].park(park.chat, park.until)
    for pacer in pacers.values():
        pacer.passed()


async def _recall_budgets(tx: Tx, ctx: Context, pacers: Mapping[str, Pacer]) -> None:
    """The last minute's requests count against the budgets after a restart too, and those that may have gone."""
    group = await offices.staff_chat(tx, ctx.office)
    for row in await outbox.tried_since(tx, ctx.office, ctx.now - LAST_MINUTE):
        result = row.result or {}
        chat = result.get("chat") or (group if row.dest in ("topic", "staff") else None)
        pacer = pacers.get(result.get("channel", STAFF_CHANNEL))
        if chat and row.tried_at and row.kind not in FREE and pacer is not None:
            pacer.budget(chat).spend(row.tried_at, max(1, len(result.get("refs", ()))))
