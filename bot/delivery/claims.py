"""The head of a lane: the row that goes next, where it goes, and its claim, which is committed before the request."""

from dataclasses import dataclass
from datetime import timedelta

from bot.channels.base import Outgoing
from bot.delivery import merging
from bot.delivery.compose import compose
from bot.delivery.marks import NewContext
from bot.delivery.places import Overtaken, Place, place_of
from bot.desk import say
from bot.desk.context import Context
from storage import outbox
from storage.base import Tx
from storage.outbox import OutboxRow

# What is claimed along with the look at its lane or with the mark of the row before, when nothing stands against it.
AT_ONCE = ("relay", "text")
# So late may a post be before the officers are told that the group's limit is the reason, once an hour.
SLOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Head:
    """The first row of a lane, and where it goes if that is known already. With a `message` it is claimed."""

    row: OutboxRow
    place: Place | None = None
    message: Outgoing | None = None


class Claims:
    """Looks at lanes and claims their heads, each in one transaction."""

    def __init__(self, context: NewContext) -> None:
        self._context = context

    async def look(self, tx: Tx, lane: str, chat: str | None = None) -> Head | None:
        """The first row, and where it goes. It is claimed if it may go at once: that is, to this chat."""
        ctx = self._context()
        row = await outbox.head(tx, ctx.office, lane)
        if row is None or row.kind == "mail" or row.not_before > ctx.now:
            return None if row is None else Head(row)
        place = await place_of(tx, ctx, row)
        if place.chat != chat or row.kind not in AT_ONCE or row.attempts:
            return Head(row, place)
        return await self.claim(tx, row, place)

    async def bare(self, tx: Tx, lane: str, before: Head | None = None) -> Head | None:
        """The first row. In one lane the same destination as `before` is the same chat."""
        row = await outbox.head(tx, self._context().office, lane)
        if row is None:
            return None
        return Head(row, before.place if before is not None and before.row.dest == row.dest else None)

    async def place(self, tx: Tx, row: OutboxRow) -> Place:
        return await place_of(tx, self._context(), row)

    async def claim(self, tx: Tx, row: OutboxRow, place: Place | None = None, *, short: bool = False) -> Head:
        """The row as it is now, made ready and marked as being sent.

        It waited for its turn: an album may have grown, a note may have been taken back, the topic may be another.
        Raises Overtaken, and what `place_of` and `compose` raise.
        """
        ctx = self._context()
        claimed = await outbox.claim(tx, row.id, row.lane, ctx.now)
        if claimed is None:
            raise Overtaken
        place = place or await place_of(tx, ctx, claimed)
        await merging.gather_edits(tx, ctx, claimed)
        if ctx.traits(place.channel).billed and not place.closed:
            claimed = await merging.gather_prompts(tx, ctx, claimed)
        if short:
            claimed = await merging.gather_texts(tx, ctx, claimed)
            await _say_if_slow(tx, ctx, claimed)
        return Head(claimed, place, await compose(tx, ctx, claimed, place))


async def _say_if_slow(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    """The officers learn that what they read waited in line, and that nobody need send again."""
    late = ctx.now - row.created_at
    if row.dest == "topic" and late > SLOW:
        key = f"queue_slow:{ctx.now:%Y%m%d%H}"
        await say.to_chat(tx, ctx, "staff", "staff_queue_slow", dedup=key, seconds=int(late.total_seconds()))
