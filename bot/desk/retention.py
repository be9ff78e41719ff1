"""How long each kind of data is kept, and the nightly look at what is older (UU 27/2022 art. 42-44)."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from bot.desk import erasure
from bot.desk.context import Context
from bot.domain.drafts import FORGET_AFTER
from bot.domain.ids import IdentityId
from bot.settings import Keep
from storage import audit, erasures, holds, identities, offices, personal, retention
from storage.base import Reader, Tx
from storage.retention import Window
from storage.rows import stamp

NIGHT = time(2)  # from then on the day's look is due
# The file is rewritten while the office sleeps; if the machine is never on then, at any hour after a day.
SMALL_HOURS = (time(1), time(5))
OVERDUE = timedelta(hours=24)
PEOPLE = "people"
PEOPLE_A_STEP = 10
LAST_RUN = "retention"
COPIES_KEPT = timedelta(days=30)


def ages(keep: Keep) -> Mapping[str, timedelta]:
    """How old each class may become, in the order in which they are looked at."""
    return {
        "codes": timedelta(days=keep.codes_days),
        "updates": timedelta(days=keep.updates_days),
        "files": timedelta(days=keep.updates_days),
        "quarantined": FORGET_AFTER,
        "queue": timedelta(days=keep.queue_days),
        "receipts": timedelta(days=keep.queue_days),
        "buttons": timedelta(days=keep.queue_days),
        "conversations": timedelta(days=keep.conversation_days),
        "feedback": timedelta(days=keep.conversation_days),
        "complaints": timedelta(days=keep.complaint_days),
        "audit": timedelta(days=keep.audit_days),
        PEOPLE: timedelta(days=keep.conversation_days),
    }


async def is_due(tx: Reader, ctx: Context) -> bool:
    """Whether today's look has not been taken yet, and the night has come. While evidence is kept none is taken."""
    if ctx.settings.privacy.hold or ctx.now.astimezone(ctx.calendar.zone).time() < NIGHT:
        return False
    return await offices.counter(tx, ctx.office, LAST_RUN) < day_of(ctx)


def day_of(ctx: Context) -> int:
    """Today as a number that grows: 20261123."""
    return int(f"{ctx.calendar.local_date(ctx.now):%Y%m%d}")


async def step(tx: Tx, ctx: Context, name: str, cursor: int) -> Window:
    """One window of one class; `cursor` None in the answer: this class is done."""
    before = ctx.now - ages(ctx.settings.privacy.keep)[name]
    if name != PEOPLE:
        return await retention.purge(tx, name, ctx.office, before, cursor)
    return await _old_people(tx, ctx, before)


async def _old_people(tx: Tx, ctx: Context, before: datetime) -> Window:
    """People not heard of for so long are taken out as if they had asked for it; their topics stay as they are."""
    found = await retention.old_people(tx, ctx.office, before, PEOPLE_A_STEP)
    gone = 0
    for identity_id in map(IdentityId, found):
        if await personal.is_being_written_to(tx, identity_id):
            continue
        await personal.drop_waiting(tx, identity_id, stamp(ctx.now))
        if not await personal.delete_messages(tx, identity_id, erasure.BATCH):
            identity = await identities.get(tx, identity_id)
            assert identity is not None
            await erasure.take_out(tx, ctx, identity)
            gone += 1
    return Window(0 if gone else None, gone)


async def finish(tx: Tx, ctx: Context, day: int, gone: Mapping[str, int]) -> None:
    """Write down that the look of that day was taken, and what went."""
    await offices.set_counter(tx, ctx.office, LAST_RUN, day)
    await before_sweep(tx, ctx)
    went = {name: count for name, count in gone.items() if count}
    if went:
        await audit.add(tx, ctx.office, at=ctx.now, actor="system", action="retention", **went)


async def counts(reader: Reader, ctx: Context) -> dict[str, int]:
    """What would go now, by class; nothing is touched."""
    kept = ages(ctx.settings.privacy.keep)
    return {name: await retention.count(reader, name, ctx.office, ctx.now - age) for name, age in kept.items()}


async def sweepable(tx: Reader, ctx: Context) -> bool:
    """Whether the file should be rewritten now: something was erased, and it is night or has waited long enough."""
    if not await offices.counter(tx, ctx.office, erasure.UNSWEPT):
        return False
    local = ctx.now.astimezone(ctx.calendar.zone).time()
    waiting = [row.done_at for row in await erasures.unfinished(tx, ctx.office) if row.done_at is not None]
    overdue = any(ctx.now - done_at > OVERDUE for done_at in waiting)
    return overdue or SMALL_HOURS[0] <= local < SMALL_HOURS[1]


async def before_sweep(tx: Tx, ctx: Context) -> None:
    """What came in about erased people since they were taken out goes too."""
    await personal.blank_topics(tx, ctx.office, await offices.staff_chat(tx, ctx.office))


async def swept(tx: Tx, ctx: Context, since: datetime) -> None:
    """The file was rewritten: what was erased before `since` is nowhere in it."""
    await offices.set_counter(tx, ctx.office, erasure.UNSWEPT, 0)
    await erasures.clean(tx, ctx.office, ctx.now, before=since)


async def board(reader: Reader, ctx: Context) -> dict[str, Any]:
    """For admins: what went in the last 30 days, what would go tonight, and how erasures stand."""
    month = ctx.now - timedelta(days=30)
    went: dict[str, int] = {}
    for entry in await audit.of_action(reader, ctx.office, "retention", month):
        for name, count in entry.data.items():
            went[name] = went.get(name, 0) + int(count)
    kept = ages(ctx.settings.privacy.keep)
    waits = await counts(reader, ctx)
    return {
        "rows": [
            {"name": name, "days": kept[name].days, "went": went.get(name, 0), "waits": waits[name]} for name in kept
        ],
        "erased": await erasures.since(reader, ctx.office, month),
        "erasing": len(await erasures.unfinished(reader, ctx.office)),
        "held": await holds.count(reader, ctx.office),
    }
