"""What is written down when a row has gone out or could not: sent, linked, told to whoever waits for it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from bot.channels.base import SendError, Sent
from bot.delivery import merging
from bot.delivery.places import STAFF_CHANNEL, Place
from bot.delivery.trouble import NO_RIGHTS, settle
from bot.desk import arrivals, outcomes, troubles
from bot.desk.context import Context
from storage import links, outbox, trail
from storage.base import OwnershipLost, StorageUnavailable, Store, Tx
from storage.outbox import OutboxRow

log = logging.getLogger(__name__)

LINKED = ("relay", "album", "card")
SICK_PAUSE = 1.0

P = ParamSpec("P")
Next = TypeVar("Next")
NewContext = Callable[[], Context]
Mark = Callable[Concatenate[Tx, Context, OutboxRow, P], Awaitable[None]]
Then = Callable[[Tx, str], Awaitable[Next]]


class Marks:
    """Writes outcomes. One that is lost would send its row again, so it is written whatever goes wrong.

    Each goes on with what comes `then` in the lane, so that nobody need ask for it in a transaction of its own.
    """

    def __init__(self, store: Store, context: NewContext) -> None:
        self._store = store
        self._context = context

    async def write(
        self,
        mark: Mark[P],
        bare: Mark[P],
        then: Then[Next],
        otherwise: Then[Next],
        row: OutboxRow,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Next:
        """Write `mark`, and go on with `then`; should something stand against that, with what comes `otherwise`.

        Should the mark have a fault of ours, at least `bare` is written. Waits while the database is sick: what was
        right for `then` need not be any more.
        """
        try:
            return await self._store.run(self._and_then, mark, then, row, *args, **kwargs)
        except OwnershipLost:
            raise
        except Exception:
            log.debug("the next row is not claimed along", extra={"action": "mark"})
        try:
            return await self._when_well(mark, otherwise, row, *args, **kwargs)
        except OwnershipLost:
            raise
        except Exception:
            log.exception("an outcome led to an error", extra={"action": "mark"})
            return await self._when_well(bare, otherwise, row, *args, **kwargs)

    async def _when_well(
        self, mark: Mark[P], then: Then[Next], row: OutboxRow, *args: P.args, **kwargs: P.kwargs
    ) -> Next:
        while True:
            try:
                return await self._store.run(self._and_then, mark, then, row, *args, **kwargs)
            except OwnershipLost:  # its new owner takes the outcome for unknown
                raise
            except StorageUnavailable:
                await asyncio.sleep(SICK_PAUSE)

    async def _and_then(
        self, tx: Tx, mark: Mark[P], then: Then[Next], row: OutboxRow, /, *args: P.args, **kwargs: P.kwargs
    ) -> Next:
        with trail.following(row.inbox_id):
            await mark(tx, self._context(), row, *args, **kwargs)
        return await then(tx, row.lane)


async def nothing(tx: Tx, lane: str) -> None:
    """For those whose lane is looked at by somebody else."""


async def told(tx: Tx, ctx: Context, row: OutboxRow, place: Place, sent: Sent) -> None:
    """Sent, and everything that follows from it: one transaction."""
    await linked(tx, ctx, row, place, sent)
    if row.dest == "user" and ctx.traits(place.channel).receipts:
        await arrivals.taken(tx, ctx, row, place.channel, sent)
    else:
        await outcomes.learn(tx, ctx, row, sent)
    # Only what was refused before proves that the trouble is over: other posts may have passed all the time.
    if row.kind == "topic_create" or (row.error or "").startswith(NO_RIGHTS):
        await troubles.end(tx, ctx, "alarm_group")


async def settled(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """Not sent, as far as is known; where news of the message came in before, that decides."""
    news = await outbox.noted(tx, row.id) if ctx.traits(place.channel).receipts else {}
    if "seen" in news:
        await told(tx, ctx, row, place, Sent((news["seen"],)))
    elif "failed" in news and error.unknown:
        await settle(tx, ctx, row, place, SendError(**news["failed"]))
    else:
        await settle(tx, ctx, row, place, error)


async def linked(tx: Tx, ctx: Context, row: OutboxRow, place: Place, sent: Sent) -> None:
    """The row is sent and its copies are known."""
    result = {"chat": place.chat, "refs": list(sent.refs), "thread": sent.thread}
    if place.channel != STAFF_CHANNEL:
        result["channel"] = place.channel
    await outbox.sent(tx, row.id, result, ctx.now)
    if row.kind in LINKED:
        await _link(tx, ctx, row, place, sent)


async def failed(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """The row will not be sent, and nobody could be told: it stands in the list of what is stuck."""
    await outbox.end(tx, row.id, "failed", str(error), ctx.now)


async def _link(tx: Tx, ctx: Context, row: OutboxRow, place: Place, sent: Sent) -> None:
    """Remember which messages of the platform are copies of which of ours."""
    if row.payload.get("messages") is None and row.payload.get("message") is None:
        return
    ids = merging.message_ids(row)
    refs = sent.refs if row.kind == "album" else sent.refs[:1] * len(ids)
    for message_id, ref in zip(ids, refs, strict=False):
        await links.add(
            tx,
            ctx.office,
            channel=place.channel,
            chat=place.chat,
            ref=ref,
            message_id=message_id,
            role="copy",
            thread=place.thread,
        )
