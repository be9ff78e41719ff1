"""The only sender: one task for each lane, in strict order, each request at its chat's pace.

Save first, send second, mark third: `sending` is committed before the request goes out, so a crash in between leaves a
row whose outcome is unknown, never one that is lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

from bot.channels.base import Channel, Content, Document, Outgoing, SendError, Sent
from bot.delivery import late, marks, merging, receipts, trouble
from bot.delivery.compose import Anew, compose
from bot.delivery.counts import Counts
from bot.delivery.letters import Letters, MakeFiles
from bot.delivery.mail import Mailer
from bot.delivery.marks import SICK_PAUSE, Marks, NewContext, Then
from bot.delivery.pacing import Pacer, Turn
from bot.delivery.places import STAFF_CHANNEL, NotSoon, NotYet, Place, Pointless, Unreachable, place_of
from bot.delivery.waiting import Waiting
from bot.desk import say, stuck
from bot.desk.context import Context
from storage import media, offices, outbox, parks, trail
from storage.base import OwnershipLost, Reader, StorageUnavailable, Store, Tx
from storage.outbox import OutboxRow

log = logging.getLogger(__name__)

FREE = ("toast", "react", "delete")
TOAST_LIFE = timedelta(seconds=60)
LAST_MINUTE = timedelta(seconds=60)
# So late may a post be before the officers are told that the group's limit is the reason, once an hour.
SLOW = timedelta(minutes=1)
STOP_SECONDS = 8.0
MARK_SECONDS = 1.0
# A row that raises a fault of ours is set aside after so many tries: it must not block its lane for ever.
TRIES = 3

Draw = Callable[[Reader, Context, OutboxRow], Awaitable[dict[str, Any]]]
Write = Callable[[Store, Context, OutboxRow], Awaitable[Document]]


# What is claimed along with the look at its lane or with the mark of the row before, when nothing stands against it.
AT_ONCE = ("relay", "text")
# Where so many lanes went last is remembered.
LANES = 2_000


@dataclass(frozen=True)
class Due:
    """The first row of a lane, and where it goes if that is known already. With a `message` it is claimed."""

    row: OutboxRow
    place: Place | None = None
    message: Outgoing | None = None


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
        """Take up what an earlier process left: rows it was sending may have arrived; parks still hold."""
        await self._store.run(self._recover)
        self._store.listen("outbox", self.wake)
        for lane in await self._store.run(outbox.lanes, self._context().office):
            self.wake(lane)

    async def _recover(self, tx: Tx) -> None:
        ctx = self._context()
        await self._recover_sending(tx, ctx)
        await parks.purge(tx, ctx.office, ctx.now)
        for park in await parks.after(tx, ctx.office, ctx.now):
            if park.channel in self._pacers:
                self._pacers[park.channel].park(park.chat, park.until)
        for pacer in self._pacers.values():
            pacer.passed()
        await self._recall_budgets(tx, ctx)

    async def _recover_sending(self, tx: Tx, ctx: Context) -> None:
        """Where news of messages comes in, it may tell what became of them: more time is left for it there."""
        await receipts.recover(tx, ctx)
        await outbox.recover(tx, ctx.office, ctx.now + ctx.traits(STAFF_CHANNEL).evidence)
        for channel, traits in ctx.channels.items():
            if traits.receipts:
                await outbox.leave_time(tx, ctx.office, channel, ctx.now + traits.evidence)

    async def _recall_budgets(self, tx: Tx, ctx: Context) -> None:
        """The last minute's requests count against the budgets after a restart too, and those that may have gone."""
        group = await offices.staff_chat(tx, ctx.office)
        for row in await outbox.tried_since(tx, ctx.office, ctx.now - LAST_MINUTE):
            result = row.result or {}
            chat = result.get("chat") or (group if row.dest in ("topic", "staff") else None)
            if chat and row.tried_at and row.kind not in FREE:
                pacer = self._pacers.get(result.get("channel", STAFF_CHANNEL))
                if pacer is not None:
                    pacer.budget(chat).spend(row.tried_at, max(1, len(result.get("refs", ()))))

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
            due = await self._first(lane)
            while due is not None and not self._stopping:
                with trail.following(due.row.inbox_id):
                    due = await self._handle(due)
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

    async def _first(self, lane: str) -> Due | None:
        """The lane's first row and where it goes; what stands against that shows again when it is handled.

        What can go out at once does, here, and what stands in the lane then is the first.
        """
        turn = self._turn_at_once(lane)
        if turn is None:
            return await self._seen(lane, self._look)
        try:
            with self._unbroken():
                due = await self._seen(lane, partial(self._look, chat=turn.chat), self._look)
                return await self._go_on(due, turn)
        finally:
            turn.end()

    async def _seen(self, lane: str, *looks: Then[Due | None]) -> Due | None:
        """What the first look gives that nothing stands against; the bare row, should something stand against all."""
        for look in looks:
            try:
                return await self._store.run(look, lane)
            except StorageUnavailable:
                raise
            except Exception as error:
                log.debug("a row cannot go like that", extra={"action": "look", "error": type(error).__name__})
        return await self._store.run(self._head, lane)

    def _turn_at_once(self, lane: str) -> Turn | None:
        """Where the lane went last one may go at once: the next goes there too, most likely."""
        place = self._went.get(lane)
        if place is None or self._stopping:
            return None
        return self._pacers[place.channel].at_once(place.chat)

    async def _look(self, tx: Tx, lane: str, chat: str | None = None) -> Due | None:
        """The first row, and where it goes. It is claimed if it may go at once: that is, to this chat."""
        ctx = self._context()
        row = await outbox.head(tx, ctx.office, lane)
        if row is None or row.kind == "mail" or row.not_before > ctx.now:
            return None if row is None else Due(row)
        place = await place_of(tx, ctx, row)
        if place.chat != chat or row.kind not in AT_ONCE or row.attempts:
            return Due(row, place)
        return await self._claim(tx, row, place)

    async def _head(self, tx: Tx, lane: str, before: Due | None = None) -> Due | None:
        """The first row. In one lane the same destination as `before` is the same chat."""
        row = await outbox.head(tx, self._context().office, lane)
        if row is None:
            return None
        return Due(row, before.place if before is not None and before.row.dest == row.dest else None)

    async def _handle(self, due: Due) -> Due | None:
        """Send the row when it is time; what stands in its lane then. Raises NotYet, StorageUnavailable."""
        row = due.row
        if row.not_before > self._waiting.clock.now():
            await self._sleep(row)
            return await self._first(row.lane)
        if row.attempts and row.kind in trouble.RELAYED and row.dest == "user":
            row = await self._store.run(self._follow, row)
            if row.lane != due.row.lane:
                return await self._first(due.row.lane)
        try:
            return await self._send(due)
        except Pointless as reason:
            await self._store.run(self._drop, row, f"{reason}")
        except Unreachable as gone:
            await self._store.run(self._hold, row, gone.reason)
        except NotSoon:
            await self._store.run(self._step_aside, row)
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

    async def _send(self, due: Due) -> Due | None:
        """Raises NotYet, NotSoon, Pointless, Unreachable, Anew."""
        row = due.row
        if row.kind == "mail":
            with self._unbroken():
                await self._letters.send(row)
            return await self._first(row.lane)
        if row.kind in self._draws:
            row = await self._drawn(row)
        if row.kind == "toast" and self._waiting.clock.now() - row.created_at > TOAST_LIFE:
            raise Pointless("too late")
        place = due.place if due.place is not None else await self._store.run(self._place, row)
        return await self._paced(row, place)  # the claim looks at all again

    async def _paced(self, row: OutboxRow, place: Place) -> Due | None:
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

    async def _place(self, tx: Tx, row: OutboxRow) -> Place:
        return await place_of(tx, self._context(), row)

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
    ) -> Due | None:
        """Claim, send, mark; what stands in the lane then."""
        with self._unbroken():
            claimed = await self._store.run(self._claim, row, short=short)
            if document is not None and claimed.message is not None:
                claimed = replace(claimed, message=replace(claimed.message, document=document))
            return await self._go_on(claimed, turn)

    async def _go_on(self, due: Due | None, turn: Turn | None) -> Due | None:
        """Send and mark what is claimed, and what is claimed along with the mark; what stands in the lane then."""
        try:
            while due is not None and due.place is not None and due.message is not None:
                outcome = await self._answered(due.row, due.place, due.message, turn)
                goes_on = isinstance(outcome, Sent) and due.row.kind in AT_ONCE
                turn = self._turn_at_once(due.row.lane) if goes_on else None
                due = await self._marked(due, due.place, outcome, turn)
        finally:
            if turn is not None:
                turn.end()
        return due

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

    async def _marked(self, due: Due, place: Place, outcome: Sent | SendError, turn: Turn | None) -> Due | None:
        """The outcome written down; what stands in the lane then, claimed if there is a turn for it."""
        plain = partial(self._head, before=due)
        if isinstance(outcome, SendError):
            return await self._marks.write(marks.settled, marks.failed, plain, plain, due.row, place, outcome)
        then = plain if turn is None else partial(self._look, chat=turn.chat)
        return await self._marks.write(marks.told, marks.linked, then, plain, due.row, place, outcome)

    async def _claim(self, tx: Tx, row: OutboxRow, place: Place | None = None, *, short: bool = False) -> Due:
        """The row as it is now, made ready and marked as being sent, in one transaction.

        It waited for its turn: an album may have grown, a note may have been taken back, the topic may be another.
        """
        ctx = self._context()
        claimed = await outbox.claim(tx, row.id, row.lane, ctx.now)
        if claimed is None:
            raise Pointless("taken back")
        place = place or await place_of(tx, ctx, claimed)
        await merging.gather_edits(tx, ctx, claimed)
        if ctx.traits(place.channel).billed and not place.closed:
            claimed = await merging.gather_prompts(tx, ctx, claimed)
        if short:
            claimed = await merging.gather_texts(tx, ctx, claimed)
            await _say_if_slow(tx, ctx, claimed)
        return Due(claimed, place, await compose(tx, ctx, claimed, place))

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


async def _say_if_slow(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    """The officers learn that what they read waited in line, and that nobody need send again."""
    late = ctx.now - row.created_at
    if row.dest == "topic" and late > SLOW:
        key = f"queue_slow:{ctx.now:%Y%m%d%H}"
        await say.to_chat(tx, ctx, "staff", "staff_queue_slow", dedup=key, seconds=int(late.total_seconds()))


async def _reread(tx: Tx, row: OutboxRow) -> OutboxRow:
    found = await outbox.get(tx, row.id)
    assert found is not None
    return found
