"""Fetches files from the platforms they stand on: each a durable job, its bytes kept in the database part by part.

WhatsApp's addresses age in five minutes and its ids in seven days, so a fetch begins at once and asks anew each time;
and not too often, for who fails too much is shut out (WHATSAPP.md §2.4).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

from bot.channels.base import Channel, Content, FetchError
from bot.delivery.late import PATIENCE, follow
from bot.delivery.marks import SICK_PAUSE, NewContext
from bot.delivery.waiting import Waiting
from bot.desk import newcomers, say
from storage import letters, media, messages
from storage import tickets as ticket_rows
from storage.base import StorageUnavailable, Store, Tx
from storage.media import Media

log = logging.getLogger(__name__)

PART = 1024 * 1024
AT_ONCE = 4
PAGE = 100
# After each failure; when they are used up the file is late: nothing waits for it any more, and it follows by itself.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 30, 60, 120))
LONGEST_PAUSE = timedelta(hours=1)
# What does not match its digest so often will not match it later either.
CHANGED_TRIES = 3


class Gone(Exception):
    """Nobody waits for the file any more."""


class Fetcher:
    """Works off the office's files until it is stopped."""

    def __init__(self, store: Store, context: NewContext, channels: Mapping[str, Channel], waiting: Waiting) -> None:
        self._store = store
        self._context = context
        self._channels = channels
        self._waiting = waiting
        self._came = asyncio.Event()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._feeder: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._store.listen("media", lambda office: self._came.set())
        self._feeder = asyncio.create_task(self._feed(), name="media")

    async def stop(self) -> None:
        """What is half here begins anew."""
        tasks = [*([self._feeder] if self._feeder else []), *self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _feed(self) -> None:
        """Begin what is due; no failure ends it."""
        while True:
            self._came.clear()
            try:
                soonest = await self._begin_due()
            except Exception as error:
                log.warning("files cannot be looked up", extra={"action": "media", "error": type(error).__name__})
                await asyncio.sleep(SICK_PAUSE)
                continue
            if soonest is None:
                await self._came.wait()
            else:
                await self._waiting.until(soonest.not_before, self._came)

    async def _begin_due(self) -> Media | None:
        """The first one that waits for a later moment; None: something else will wake us."""
        found = await self._store.run(media.waiting, self._context().office, PAGE)
        for job in (job for job in found if job.id not in self._running):
            if job.not_before > self._waiting.clock.now():
                return job
            if len(self._running) >= AT_ONCE:
                return None
            self._running[job.id] = asyncio.create_task(self._work(job), name=f"media {job.id}")
        return None

    async def _work(self, job: Media) -> None:
        try:
            await self._try(job)
        except Gone:
            log.info("a file is not wanted any more", extra={"action": "media", "media": job.id})
        except StorageUnavailable:
            await asyncio.sleep(SICK_PAUSE)
        except Exception:
            log.exception("a fetch failed", extra={"action": "media", "media": job.id})
            await asyncio.sleep(SICK_PAUSE)
        finally:
            del self._running[job.id]
            self._came.set()

    async def _try(self, job: Media) -> None:
        if not await self._store.run(media.begin, job.id):
            raise Gone
        try:
            size = await self._fetch(job)
        except FetchError as error:
            log.info("a file was not fetched", extra={"action": "media", "media": job.id, "cause": error.cause})
            await self._store.run(self._failed, job, error)
        else:
            await self._store.run(self._here, job, size)

    async def _fetch(self, job: Media) -> int:
        """Keep its bytes; how many. Raises FetchError, Gone."""
        most = self._most(job)
        part, n, size = bytearray(), 0, 0
        async for piece in self._pieces(job):
            part += piece
            size += len(piece)
            if size > most:
                raise FetchError("too_big", permanent=True)
            if len(part) >= PART:
                await self._keep(job, n, bytes(part))
                part, n = bytearray(), n + 1
        if not size:
            raise FetchError("trouble", "empty")
        await self._keep(job, n, bytes(part))
        return size

    async def _pieces(self, job: Media) -> AsyncIterator[bytes]:
        """From where it is. Raises FetchError."""
        if job.channel == newcomers.PASSED:
            async for piece in self._passed(job):
                yield piece
        elif job.channel in self._channels:
            async for piece in self._channels[job.channel].fetch(Content(job.kind, data=job.source)):
                yield piece
        else:
            raise FetchError("gone", f"{job.channel} is not in use", permanent=True)

    async def _passed(self, job: Media) -> AsyncIterator[bytes]:
        """What another office has sent here, a part at a time; it is removed when it is kept as ours."""
        hash, number = newcomers.enclosed(job)
        n, office = 0, self._context().office
        while (part := await self._store.run(letters.part, office, hash, number, n)) is not None:
            yield part
            n += 1
        if not n:
            raise FetchError("gone", permanent=True)

    def _most(self, job: Media) -> int:
        """What any other channel may be sent; with one channel, what that one may."""
        others = [c for name, c in self._channels.items() if name != job.channel]
        return min(c.traits.largest_file for c in others or self._channels.values())

    async def _keep(self, job: Media, n: int, content: bytes) -> None:
        if content and not await self._store.run(media.keep, job, n, content):
            raise Gone

    async def _here(self, tx: Tx, job: Media, size: int) -> None:
        ctx = self._context()
        await media.complete(tx, job.id, size, ctx.now)
        if job.channel == newcomers.PASSED:
            await letters.took(tx, ctx.office, *newcomers.enclosed(job))
        await follow(tx, ctx, job.message_id)
        await self._wake(tx, job)

    async def _failed(self, tx: Tx, job: Media, error: FetchError) -> None:
        ctx = self._context()
        if error.permanent or _is_hopeless(job, error) or ctx.now - job.created_at >= PATIENCE:
            await media.fail(tx, job.id, error.cause, ctx.now)
            await follow(tx, ctx, job.message_id)
            await self._wake(tx, job)
            return
        is_late = job.late or job.tries >= len(PAUSES)
        await media.later(tx, job.id, str(error), ctx.now + _pause(job.tries), late=is_late)
        if is_late:
            await self._wake(tx, job)

    async def _wake(self, tx: Tx, job: Media) -> None:
        """Whoever waits for the file goes on, with it, without, or leaving it for later."""
        tx.signal("post", job.office)
        message = await messages.get(tx, job.message_id)
        if message is None or message.ticket_id is None:
            return
        ticket = await ticket_rows.need(tx, message.ticket_id)
        tx.signal("outbox", f"u:{ticket.identity_id}" if message.side == "officer" else say.topic_lane(ticket))


def _pause(tries: int) -> timedelta:
    """After so many tries before the one that failed."""
    if tries < len(PAUSES):
        return PAUSES[tries]
    return min(PAUSES[-1] * (2 << min(tries - len(PAUSES), 10)), LONGEST_PAUSE)


def _is_hopeless(job: Media, error: FetchError) -> bool:
    """It came whole and wrong again."""
    again = (job.error or "").startswith(error.cause) and job.tries + 1 >= CHANGED_TRIES
    return error.cause == "changed" and again
