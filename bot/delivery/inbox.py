"""The durable intake and its workers: a raw update is committed before it is acknowledged, then handled in its lane."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

from bot.channels.base import Channel, Inbound, NotKept, RawUpdate, Unparsable
from bot.desk.context import Context
from bot.desk.quarantine import set_aside
from bot.domain.ids import InboxId
from storage import inbox, trail
from storage.base import StorageUnavailable, Store, Tx
from storage.inbox import InboxRow

log = logging.getLogger(__name__)

TRIES = 3
PAGE = 500
BACKLOG = 2_000
SICK_PAUSE = 1.0

# Numbers further apart than this belong to another count: Telegram may begin anew after a week of silence.
NEAR = 100_000

NewContext = Callable[[], Context]
Dispatch = Callable[[Tx, Context, Inbound, InboxId | None, str], Awaitable[None]]


class Inbox:
    """Keeps updates and works them off: in order within a lane, many lanes at once, bounded in memory."""

    def __init__(self, store: Store, context: NewContext, channels: Mapping[str, Channel], dispatch: Dispatch) -> None:
        self._store = store
        self._context = context
        self._channels = channels
        self._first = next(iter(channels))
        self._dispatch = dispatch
        self._lanes: dict[str, deque[InboxRow]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._last = InboxId(0)
        self._called: deque[InboxId] = deque()
        self._held = 0
        self._came = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._feeding = False
        self._rested = asyncio.Event()
        self._feeder: asyncio.Task[None] | None = None
        self.repeats = 0  # updates that had been here before

    async def receive(self, updates: list[RawUpdate], channel: str = "") -> None:
        """Commit updates of a channel, the first unless named. On return they are on disk; else raises NotKept."""
        try:
            kept = await self._store.run(self._keep, updates, channel or self._first)
        except StorageUnavailable as error:
            raise NotKept(str(error)) from error
        if self._room.is_set():
            self._deal_new(kept)
        if len(kept) == PAGE or not self._room.is_set():  # a webhook comes whether there is room or not
            self._came.set()

    async def _keep(self, tx: Tx, updates: list[RawUpdate], channel: str) -> list[InboxRow]:
        """Keep the updates, and read at once what is to be dealt out next."""
        ctx = self._context()
        for update in updates:
            self.repeats += not await inbox.add(
                tx,
                ctx.office,
                channel=channel,
                update_id=update.update_id,
                lane=update.lane,
                raw=update.raw,
                at=ctx.now,
            )
        return await inbox.waiting(tx, ctx.office, self._last, PAGE) if self._room.is_set() else []

    def start(self) -> None:
        self._store.listen("inbox_again", self._call)
        self._feeder = asyncio.create_task(self._feed(), name="inbox feeder")
        self._came.set()

    async def look(self) -> None:
        """Take up what others kept for this office. Raises StorageUnavailable.

        What they commit may have a lower number than what is in hand already: so all that waits is looked at.
        """
        waiting = await self._store.run(inbox.waiting_ids, self._context().office, 2 * BACKLOG)
        in_hand = {row.id for lane in self._lanes.values() for row in lane} | set(self._called)
        for row in waiting:
            if row <= self._last and row not in in_hand:
                self._called.append(row)
        if self._called or (waiting and waiting[-1] > self._last):
            self._came.set()

    def _call(self, row: str) -> None:
        """An update that was set aside is to be handled once more."""
        self._called.append(InboxId(int(row)))
        self._came.set()

    async def has_room(self) -> None:
        """Return when the backlog in hand is small enough to take more from the platform."""
        await self._room.wait()

    async def idle(self) -> None:
        """Return when everything kept so far has been handled."""
        while not self._is_idle():
            self._rested.clear()
            await self._rested.wait()

    def _is_idle(self) -> bool:
        return not (self._came.is_set() or self._feeding or self._held)

    async def stop(self) -> None:
        """Let the transactions under way end; what waits stays in the table."""
        tasks = [*([self._feeder] if self._feeder else []), *self._workers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _feed(self) -> None:
        """Deal out what is in the table, whenever something came; no failure ends it."""
        while True:
            await self._came.wait()
            self._came.clear()
            self._feeding = True
            try:
                await self._deal_out()
            except Exception as error:
                log.warning("the inbox could not be read", extra={"action": "inbox", "error": type(error).__name__})
                await asyncio.sleep(SICK_PAUSE)
                self._came.set()
            self._feeding = False
            self._note_rest()

    async def _deal_out(self) -> None:
        """Page by page, and only as fast as the lanes work off: memory stays bounded, whatever waits."""
        while self._called:
            row = await self._store.run(inbox.get, self._called[0])
            self._called.popleft()
            if row is not None and row.state == "new":
                self._deal(row)
        full = True
        while full:
            await self._room.wait()
            rows = await self._store.run(inbox.waiting, self._context().office, self._last, PAGE)
            self._deal_new(rows)
            full = len(rows) == PAGE

    def _deal_new(self, rows: list[InboxRow]) -> None:
        """Hand rows to their lanes; a page may overlap with one that was dealt while it was read."""
        for row in rows:
            if row.id > self._last:
                self._deal(row)
                self._last = row.id

    def _deal(self, row: InboxRow) -> None:
        self._held += 1
        if self._held >= BACKLOG:
            self._room.clear()
        lane = self._lanes.setdefault(row.lane, deque())
        lane.append(row)
        _settle(lane)
        if row.lane not in self._workers:
            self._workers[row.lane] = asyncio.create_task(self._work(row.lane), name=f"inbox {row.lane}")

    async def _work(self, lane: str) -> None:
        rows = self._lanes[lane]
        try:
            while rows:
                with trail.following(rows[0].id):
                    is_done = await self._handle(rows[0])
                if is_done:
                    rows.popleft()
                    self._handled()
        finally:
            del self._workers[lane], self._lanes[lane]

    def _handled(self) -> None:
        self._held -= 1
        if self._held < BACKLOG // 2:
            self._room.set()
        self._note_rest()

    def _note_rest(self) -> None:
        if self._is_idle():
            self._rested.set()

    async def _handle(self, row: InboxRow) -> bool:
        """One update, one transaction; False: try again. A poison update never blocks its lane for long."""
        try:
            await self._store.run(self._process, row)
        except StorageUnavailable:
            await asyncio.sleep(SICK_PAUSE)
            return False
        except Exception as error:
            log.exception("an update failed", extra={"action": "inbox", "row": row.id})
            return await self._failed(row, error)
        return True

    async def _process(self, tx: Tx, row: InboxRow) -> None:
        staff_chat = await inbox.done(tx, row.id)
        if staff_chat is None:
            return
        ctx = self._context()
        if row.channel not in self._channels:
            raise Unparsable(f"{row.channel} is not in use")
        inbound = self._channels[row.channel].parse(row.raw, staff_chat, row.received_at)
        with trail.following(row.id):  # the writer's thread knows nothing of this task
            await self._dispatch(tx, ctx, inbound, row.id, row.lane)
            log.debug("handled", extra={"action": "inbox", "channel": row.channel})

    async def _failed(self, row: InboxRow, error: Exception) -> bool:
        """Count the try; after the third the update is set aside with its error, and the admins are told."""
        try:
            return await self._store.run(
                self._count_failure, row, f"{type(error).__name__}", isinstance(error, Unparsable)
            )
        except StorageUnavailable:
            await asyncio.sleep(SICK_PAUSE)
            return False

    async def _count_failure(self, tx: Tx, row: InboxRow, error: str, hopeless: bool) -> bool:
        tried = await inbox.tries(tx, row.id) + 1
        quarantine = hopeless or tried >= TRIES
        await inbox.failed(tx, row.id, error, quarantine=quarantine)
        if quarantine:
            await set_aside(tx, self._context(), row, error)
        return quarantine


def _settle(lane: deque[InboxRow]) -> None:
    """The newest row of a lane takes its place by the platform's number; the first one is being handled.

    Calls of a webhook may overtake each other (QUALITY.md F8). Nothing waits for a gap to fill.
    """
    place = len(lane) - 1
    while place > 1 and _came_before(lane[place], lane[place - 1]):
        lane[place - 1], lane[place] = lane[place], lane[place - 1]
        place -= 1


def _came_before(row: InboxRow, other: InboxRow) -> bool:
    if not (row.update_id.isdecimal() and other.update_id.isdecimal()):
        return False
    return 0 < int(other.update_id) - int(row.update_id) < NEAR
