"""The only sender: one task for each lane, in strict order, each request at its chat's pace.

Save first, send second, mark third: `sending` is committed before the request goes out, so a crash in between leaves a
row whose outcome is unknown, never one that is lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot.channels.base import Channel, Content, Document, Outgoing, SendError, Sent
from bot.delivery import late, marks, recovery, trouble
from bot.delivery.claims import AT_ONCE, Claims, Head
from bot.delivery.compose import Anew
from bot.delivery.counts import Counts
from bot.delivery.letters import Letters, MakeFiles
from bot.delivery.mail import Mailer
from bot.delivery.marks import SICK_PAUSE, Marks, NewContext, Then
from bot.delivery.pacing import FREE, Pacer, Turn
from bot.delivery.places import NotSoon, NotYet, Overtaken, Place, Pointless, Unreachable, place_of
from bot.delivery.waiting import Waiting
from bot.desk import say, stuck
from bot.desk.context import Context
from storage import media, outbox, trail
from storage.base import OwnershipLost, Reader, StorageUnavailable, Store, Tx
from storage.outbox import OutboxRow

log = logging.getLogger(__name__)

TOAST_LIFE = timedelta(seconds=60)
STOP_SECONDS = 8.0
MARK_SECONDS = 1.0
# A row that raises a fault of ours is set aside after so many tries: it must not block its lane for ever.
TRIES = 3
# Where so many lanes went last is remembered.
LANES = 2_000

Draw = Callable[[Reader, Context, OutboxRow], Awaitable[dict[str, Any]]]
Write = Callable[[Store, Context, OutboxRow], Awaitable[Document]]


class Outbox:
    """Works off the office's outbox until it is stopped."""

    def __init__(
        self,
        store: Store,
        context: NewContext,
        channels: Mapping[str, Channel],
        mailer: Mailer,
        pacers: Mapping[str, Pacer],
        waiting: Waiting,
        draws: Mapping[str, Draw],
        files: Mapping[str, Write],
        attachments: MakeFiles,
        counts: Counts,
    ) -> None:
        self._store = store
        self._context = context
        self._channels = channels
        self._letters = Letters(store, context, mailer, attachments, counts)
        self._marks = Marks(store, context)
        self._claims = Claims(context)
        self._counts = counts
        self._pacers = pacers
        self._waiting = waiting
        self._draws = draws
        self._files = files
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._asleep: dict[str, asyncio.Event] = {}
        self._again: set[str] = set()
        self._under_way: set[asyncio.Task[Any]] = set()
        self._went: dict[str, Place] = {}
        self._stopping = False

    async def start(self) -> None:
        """Take up what an earlier process left, and go on with it."""
        await self._store.run(self._take_up)
        self._store.listen("outbox", self.wake)
        for lane in await self._store.run(outbox.lanes, self._context().office):
            self.wake(lane)

    async def _take_up(self, tx: Tx) -> None:
        await recovery.take_up(tx, self._context(), self._pacers)

    def wake(self, lane: str) -> None:
        """There is something to send in this lane."""
        if self._stopping:
            return
        if lane in self._asleep:
            self._asleep[lane].set()
        elif lane in self._lanes:
            self._again.add(lane)
        else:
            self._lanes[lane] = asyncio.create_task(self._work(lane), name=f"outbox {lane}")

    async def stop(self) -> None:
        """Let the requests under way end and be marked; what waits stays in the table.

        None of them outlives this: what is given up is still marked, as long as the database is open.
        """
        self._stopping = True
        tasks = list(self._lanes.values())
        for task in tasks:
            if task not in self._under_way:
                task.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_SECONDS)
            while late:  # a mark that cannot be written, the database being sick, is waited for once and no longer
                for task in late:
                    task.cancel()
                _, late = await asyncio.wait(late, timeout=MARK_SECONDS)

    async def _work(self, lane: str) -> None:
        try:
            while await self._pass(lane):
                pass
            self._wake_followers(lane)
        except Exception:
            log.exception("a lane failed", extra={"action": "send", "lane": lane.partition(":")[0]})  # then whose it is
            await asyncio.sleep(SICK_PAUSE)
            self._again.add(lane)
        finally:
            del self._lanes[lane]
            if lane in self._again:
                self._again.discard(lane)
                self.wake(lane)

    async def _pass(self, lane: str) -> bool:
        """Send the lane's rows until none is left or one waits for what will wake the lane; True: look again."""
        try:
            head = await self._first(lane)
            while head is not None and not self._stopping:
                with trail.following(head.row.inbox_id):
                    head = await self._handle(head)
        except StorageUnavailable:
            await asyncio.sleep(SICK_PAUSE)
            return not self._stopping
        except NotYet:
            return False
        return False

    def _wake_followers(self, lane: str) -> None:
        """A topic is set up: what waits for it goes on."""
        for follower in say.followers(lane):
            self.wake(follower)

    async def _first(self, lane: str) -> Head | None:
        """The lane's first row and where it goes; what stands against that shows again when it is handled.

        What can go out at once does, here, and what stands in the lane then is the first.
        """
        turn = self._turn_at_once(lane)
        if turn is None:
            return await self._seen(lane, self._claims.look)
        try:
            with self._unbroken():
                head = await self._seen(lane, partial(self._claims.look, chat=turn.chat), self._claims.look)
                return await self._go_on(head, turn)
        finally:
            turn.end()

    async def _seen(self, lane: str, *looks: Then[Head | None]) -> Head | None:
        """What the first look gives that nothing stands against; the bare row, should something stand against all."""
        for look in looks:
            try:
                return await self._store.run(look, lane)
            except StorageUnavailable:
                raise
            except Exception as error:
                log.debug("a row cannot go like that", extra={"action": "look", "error": type(error).__name__})
        return await self._store.run(self._claims.bare, lane)

    def _turn_at_once(self, lane: str) -> Turn | None:
        """Where the lane went last one may go at once: the next goes there too, most likely."""
        place = self._went.get(lane)
        if place is None or self._stopping:
            return None
        return self._pacers[place.channel].at_once(place.chat)

    async def _handle(self, head: Head) -> Head | None:
        """Send the row when it is time; what stands in its lane then. Raises NotYet, StorageUnavailable."""
        row = head.row
        if row.not_before > self._waiting.clock.now():
            await self._sleep(row)
            return await self._first(row.lane)
        if row.attempts and row.kind in trouble.RELAYED and row.dest == "user":
            row = await self._store.run(self._follow, row)
            if row.lane != head.row.lane:
                return await self._first(head.row.lane)
        try:
            return await self._send(head)
        except Pointless as reason:
            await self._store.run(self._drop, row, f"{reason}")
        except Unreachable as gone:
            await self._store.run(self._hold, row, gone.reason)
        except NotSoon:
            await self._store.run(self._step_aside, row)
        except Overtaken:
            log.debug("another row goes first", extra={"action": "send", "row": row.id})
        except Anew:
            await self._store.run(self._post_anew, row)
        except (NotYet, StorageUnavailable):
            raise
        except Exception as error:
            log.exception("a row failed", extra={"action": "send", "row": row.id, "kind": row.kind})
            await self._store.run(self._stumbled, row, type(error).__name__)
        return await self._first(row.lane)

    async def _sleep(self, row: OutboxRow) -> None:
        """Until its moment comes, or something happens in its lane."""
        called = self._asleep[row.lane] = asyncio.Event()
        try:
            await self._waiting.until(row.not_before, called)
        finally:
            del self._asleep[row.lane]

    async def _follow(self, tx: Tx, row: OutboxRow) -> OutboxRow:
        """Its ticket has moved to another chat since it was tried: there it is tried again, and here no more."""
        moved = await stuck.where_its_ticket_is(tx, self._context(), row)
        if moved.lane != row.lane:
            tx.signal("outbox", moved.lane)
        return moved

    async def _drop(self, tx: Tx, row: OutboxRow, reason: str) -> None:
        now = await _reread(tx, row)
        if now.state in outbox.OPEN and now.lane == row.lane:  # else it is another lane's to send
            await outbox.end(tx, row.id, "dropped", reason, self._context().now)

    async def _hold(self, tx: Tx, row: OutboxRow, cause: str) -> None:
        """Unless the person can be reached again by now: then nobody would ever release it."""
        try:
            await place_of(tx, self._context(), row)
        except Unreachable:
            await trouble.hold(tx, self._context(), row, cause)

    async def _step_aside(self, tx: Tx, row: OutboxRow) -> None:
        await late.step_aside(tx, self._context(), await _reread(tx, row))

    async def _post_anew(self, tx: Tx, row: OutboxRow) -> None:
        await trouble.post_anew(tx, self._context(), row, SendError("rejected", "does not fit"))

    async def _stumbled(self, tx: Tx, row: OutboxRow, error: str) -> None:
        """A fault of ours before anything went out: a few more tries, then the row is given up, and it is said."""
        ctx = self._context()
        if row.attempts + 1 >= TRIES:
            await trouble.give_up(tx, ctx, row, SendError("rejected", error, permanent=True))
        else:
            wait = trouble.backoff(row.attempts)
            await outbox.stumble(tx, row.id, not_before=ctx.now + wait, error=error)

    async def _send(self, head: Head) -> Head | None:
        """Raises NotYet, NotSoon, Overtaken, Pointless, Unreachable, Anew."""
        row = head.row
        if row.kind == "mail":
            with self._unbroken():
                await self._letters.send(row)
            return await self._first(row.lane)
        if row.kind in self._draws:
            row = await self._drawn(row)
        if row.kind == "toast" and self._waiting.clock.now() - row.created_at > TOAST_LIFE:
            raise Pointless("too late")
        place = head.place if head.place is not None else await self._store.run(self._claims.place, row)
        return await self._paced(row, place)  # the claim looks at all again

    async def _paced(self, row: OutboxRow, place: Place) -> Head | None:
        """Deliver it when its chat may be written to; what stands in its lane then."""
        pacer = self._pacers[place.channel]
        if row.kind in FREE:
            await pacer.unparked(place.chat)
            return await self._deliver(row, None, short=False)
        document = await self._written(row)
        async with pacer.turn(place.chat, rank=row.rank, cost=_cost(row)) as turn:
            return await self._deliver(row, turn, short=pacer.is_short(place.chat), document=document)

    async def _written(self, row: OutboxRow) -> Document | None:
        """The file of a row that has one, kept in memory alone. A reading connection is held no longer than needed."""
        if row.kind not in self._files:
            return None
        return await self._files[row.kind](self._store, self._context(), row)

    async def _drawn(self, row: OutboxRow) -> OutboxRow:
        """Figures are drawn by a reading connection, and become an ordinary text, or one in the place of another."""
        async with self._store.reader() as reader:
            payload = await self._draws[row.kind](reader, self._context(), row) | row.payload
        kind = "redraw" if payload.get("target") else "text"
        await self._store.run(outbox.become, row.id, kind, payload)
        return await self._store.run(_reread, row)

    @contextmanager
    def _unbroken(self) -> Iterator[None]:
        """From the claim to the mark nothing interrupts: a stop waits for it, so that no outcome is left unknown."""
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        try:
            yield
        finally:
            self._under_way.discard(task)

    async def _deliver(
        self, row: OutboxRow, turn: Turn | None, *, short: bool, document: Document | None = None
    ) -> Head | None:
        """Claim, send, mark; what stands in the lane then."""
        with self._unbroken():
            claimed = await self._store.run(self._claims.claim, row, short=short)
            if document is not None and claimed.message is not None:
                claimed = replace(claimed, message=replace(claimed.message, document=document))
            return await self._go_on(claimed, turn)

    async def _go_on(self, head: Head | None, turn: Turn | None) -> Head | None:
        """Send and mark what is claimed, and what is claimed along with the mark; what stands in the lane then."""
        try:
            while head is not None and head.place is not None and head.message is not None:
                outcome = await self._answered(head.row, head.place, head.message, turn)
                goes_on = isinstance(outcome, Sent) and head.row.kind in AT_ONCE
                turn = self._turn_at_once(head.row.lane) if goes_on else None
                head = await self._marked(head, head.place, outcome, turn)
        finally:
            if turn is not None:
                turn.end()
        return head

    async def _answered(self, row: OutboxRow, place: Place, message: Outgoing, turn: Turn | None) -> Sent | SendError:
        """One request in its turn, and what its outcome says of the limits."""
        turn = turn or Turn(place.chat, 0, lambda turn: None)  # what is free takes none
        turn.used = True
        try:
            outcome = await self._request(row, place, message)
            turn.count = len(outcome.refs) if isinstance(outcome, Sent) else 0
        finally:
            turn.end()
        self._counts.posted(outcome)
        pacer = self._pacers[place.channel]
        if isinstance(outcome, Sent):
            pacer.passed()
            self._remember(row, place)
        elif outcome.retry_after is not None:
            until = self._waiting.clock.now() + outcome.retry_after
            pacer.park_all(until) if outcome.whole else pacer.park(place.chat, until)
        return outcome

    def _remember(self, row: OutboxRow, place: Place) -> None:
        """Where the lane went: its next row may go there at once."""
        if row.kind in AT_ONCE:
            if len(self._went) >= LANES:
                self._went.clear()
            self._went[row.lane] = place

    async def _marked(self, head: Head, place: Place, outcome: Sent | SendError, turn: Turn | None) -> Head | None:
        """The outcome written down; what stands in the lane then, claimed if there is a turn for it."""
        plain = partial(self._claims.bare, before=head)
        if isinstance(outcome, SendError):
            return await self._marks.write(marks.settled, marks.failed, plain, plain, head.row, place, outcome)
        then = plain if turn is None else partial(self._claims.look, chat=turn.chat)
        return await self._marks.write(marks.told, marks.linked, then, plain, head.row, place, outcome)

    async def _request(self, row: OutboxRow, place: Place, message: Outgoing) -> Sent | SendError:
        """One call. Whoever was asleep since the claim may have lost the office: its new owner sends it."""
        if not self._store.owns():
            raise OwnershipLost("before a request")
        what: dict[str, Any] = {"action": "send", "row": row.id, "kind": row.kind}
        with trail.following(row.inbox_id):
            try:
                sent = await self._channels[place.channel].send(await self._with_files(message))
            except SendError as error:
                log.info("not sent", extra=what | {"cause": error.cause, "unknown": error.unknown})
                return error
            log.debug("sent", extra=what | {"attempt": row.attempts})
            return sent

    async def _with_files(self, message: Outgoing) -> Outgoing:
        """With the copies of files that stand on another platform, in memory only now. Raises SendError."""
        contents = [content for content in (message.content, *message.parts) if content is not None and content.data]
        for content in contents:
            if "lost" in content.data:
                raise SendError(content.data["lost"], "no copy", permanent=True)
        wanted = [content for content in contents if "media" in content.data]
        if not wanted:
            return message
        try:
            async with self._store.reader() as reader:
                return replace(message, files={c.data["media"]: await _copy_of(reader, c) for c in wanted})
        except Exception as error:
            raise SendError("trouble", type(error).__name__) from None


async def _copy_of(reader: Reader, content: Content) -> Document:
    data = content.data
    name, mime = str(data.get("file_name", "")), str(data.get("mime_type", ""))
    return Document(name, await media.content(reader, data["media"]), mime=mime)


def _cost(row: OutboxRow) -> int:
    """An album counts as its parts."""
    return len(row.payload["messages"]) if row.kind == "album" else 1


async def _reread(tx: Tx, row: OutboxRow) -> OutboxRow:
    found = await outbox.get(tx, row.id)
    assert found is not None
    return found
