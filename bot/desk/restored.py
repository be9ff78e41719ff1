"""A database that comes from a copy: what happened since is unknown, and nobody may be misled or hurt by that.

Who was erased since is erased again. Numbers given since are not given a second time, for a topic of the lost days
must not be taken for that of a new ticket. What waited to be sent may have been sent. Silence since does not count.
"""

from collections.abc import Iterable
from datetime import date, datetime

from bot.desk import erasure, say
from bot.desk.context import Context
from storage import erasures, offices, outbox
from storage.base import Tx
from storage.erasure_list import Erased
from storage.offices import Outage

# So many numbers of a month may have been given since the copy.
SKIPPED = 500
NUMBERED = ("ticket", "complaint", "erasure")


async def settle(tx: Tx, ctx: Context, taken_at: datetime, listed: Iterable[Erased]) -> int:
    """Make a copy of `taken_at` (aware) fit to go on now; how many people were erased again."""
    await offices.ensure(tx, ctx.office, str(ctx.settings.telegram.staff_chat_id))
    known = {(row.hash, row.receipt) for row in await erasures.after(tx, ctx.office, 0)}
    erased = await erasure.apply_list(tx, ctx, {it.hash for it in listed if (it.hash, it.receipt) not in known})
    for month in _months(ctx.calendar.local_date(taken_at), ctx.calendar.local_date(ctx.now)):
        for name in NUMBERED:
            counter = f"{name}:{month}"
            given = await offices.counter(tx, ctx.office, counter)
            await offices.set_counter(tx, ctx.office, counter, given + SKIPPED)
    await outbox.doubt(tx, ctx.office, ctx.now)
    if taken_at < ctx.now:
        await offices.add_outage(tx, ctx.office, Outage(taken_at, ctx.now))
    await offices.polled(tx, ctx.office, ctx.now)
    await say.to_admins(tx, ctx, "alarm_restored", taken=taken_at, erased=erased)
    return erased


def _months(first: date, last: date) -> list[str]:
    """ "2611", "2612" … as the counters are named, from the month of `first` to that of `last`."""
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [f"{month // 12 % 100:02d}{month % 12 + 1:02d}" for month in months]
