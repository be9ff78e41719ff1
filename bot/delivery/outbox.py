"""The only sender: one task for each lane, in strict order, each request at its chat's pace.

Save first, send second, mark third: `sending` is committed before the request goes out, so a crash in between leaves a
row whose outcome is unknown, never one that is lost.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from bot.channels.base import Channel, SendError, Sent
from bot.delivery import trouble
from bot.delivery.compose import Composed, NotYet, Place, Pointless, Unreachable, compose
from bot.delivery.mail import Mailer
from bot.delivery.pacing import Pacer
from bot.delivery.waiting import Waiting
from bot.desk import outcomes, registration, troubles
from bot.desk.context import Context
from storage import links, outbox, parks
from storage.base import Reader, StorageUnavailable, Store, Tx
from storage.outbox import OutboxRow

log = logging.getLogger(__name__)

FREE = ("toast", "react", "delete")
TOAST_LIFE = timedelta(seconds=60)
SICK_PAUSE = 1.0
STOP_SECONDS = 8.0

Result = TypeVar("Result")

NewContext = Callable[[], Context]
Draw = Callable[[Reader, Context, OutboxRow], Awaitable[dict[str, Any]]]


class Outbox:
    """Works off the office's outbox until it is stopped."""

    def __init__(
        self,
        store: Store,
        context: NewContext,
        channels: Mapping[str, Channel],
        mailer: Mailer,
        pacer: Pacer,
        waiting: Waiting,
        draws: Mapping[str, Draw],
    ) -> None:
        self._store = store
        self._context = context
        self._channels = channels
        self._mailer = mailer
        self._pacer = pacer
        self._waiting = waiting
        self._draws = draws
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def start(self) -> None:
        """Take up what an earlier process left: rows it was sending may have arrived; parks still hold."""
        ctx = self._context()
        await self._store.run(outbox.recover, ctx.office, ctx.now + trouble.EVIDENCE)
        async with self._store.reader() as reader:
            waiting = await outbox.lanes(reader, ctx.office)
            for park in await parks.after(reader, ctx.office, ctx.now):
                self._pacer.park(park.chat, park.until)
            await self._recall_budgets(reader, ctx)
        self._store.listen("outbox", self.wake)
        for lane in waiting:
            self.wake(lane)

    async def _recall_budgets(self, reader: Reader, ctx: Context) -> None:
        """The last minute's requests count against the budgets after a restart too."""
        for row in await outbox.sent_since(reader, ctx.office, ctx.now - timedelta(seconds=60)):
            chat = (row.result or {}).get("chat")
            if chat and row.tried_at and row.kind not in FREE:
                self._pacer.budget(chat).spend(row.tried_at, 1)

    def wake(self, lane: str) -> None:
        """There is something to send in this lane."""
        if self._stopping:
            return
        if lane in self._lanes:
            self._again.add(lane)
        else:
            self._lanes[lane] = asyncio.create_task(self._work(lane), name=f"outbox {lane}")

    async def stop(self) -> None:
        """Let the requests under way end and be marked; what waits stays in the table."""
        self._stopping = True
        tasks = list(self._lanes.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=STOP_SECONDS)

    async def _work(self, lane: str) -> None:
        try:
            while await self._step(lane):
                pass
        except Exception:
            log.exception("a lane failed", extra={"action": "send", "lane": lane})
            await asyncio.sleep(SICK_PAUSE)
            self._again.add(lane)
        finally:
            del self._lanes[lane]
            if lane in self._again:
                self._again.discard(lane)
                self.wake(lane)

    async def _step(self, lane: str) -> bool:
        """Send the lane's first row; False when there is none, or it waits for something that will wake the lane."""
        try:
            row = await self._store.run(outbox.head, self._context().office, lane)
            if row is None:
                return False
            if row.not_before > self._waiting.clock.now():
                await self._waiting.until(row.not_before)
                return True
            return await self._handle(row)
        except StorageUnavailable:
            await asyncio.sleep(SICK_PAUSE)
            return True

    async def _handle(self, row: OutboxRow) -> bool:
        if row.kind == "mail":
            await self._unbroken(self._mail(row))
            return True
        if row.kind in self._draws:
            row = await self._drawn(row)
        try:
            composed = await self._store.run(self._compose, row)
        except NotYet:
            return False
        except Pointless as reason:
            await self._store.run(self._finish, row, None, Sent(), f"{reason}")
            return True
        except Unreachable as gone:
            await self._store.run(self._hold, row, gone.reason)
            return True
        await self._send(row, composed)
        return True

    async def _drawn(self, row: OutboxRow) -> OutboxRow:
        """Figures are drawn by a reading connection, and become an ordinary text."""
        async with self._store.reader() as reader:
            payload = row.payload | await self._draws[row.kind](reader, self._context(), row)
        await self._store.run(outbox.become_text, row.id, payload)
        return await self._store.run(_reread, row)

    async def _compose(self, tx: Tx, row: OutboxRow) -> Composed:
        return await compose(tx, self._context(), row)

    async def _hold(self, tx: Tx, row: OutboxRow, cause: str) -> None:
        await trouble.hold(tx, self._context(), row, cause)

    async def _send(self, row: OutboxRow, composed: Composed) -> None:
        place, message = composed.place, composed.message
        if row.kind == "toast" and self._waiting.clock.now() - row.created_at > TOAST_LIFE:
            await self._store.run(self._finish, row, None, Sent(), "too late")
            return
        if row.kind not in FREE:
            await self._pacer.acquire(place.chat, rank=row.rank, cost=max(1, len(message.parts)))
        await self._unbroken(self._deliver(row, composed))

    async def _unbroken(self, work: Coroutine[Any, Any, None]) -> None:
        """From the claim to the mark nothing interrupts: a stop waits for it, so that no outcome is left unknown."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await asyncio.shield(task)

    async def _deliver(self, row: OutboxRow, composed: Composed) -> None:
        place = composed.place
        await self._store.run(outbox.claim, row.id, self._waiting.clock.now())
        outcome = await self._request(row, composed)
        if isinstance(outcome, Sent):
            await self._mark(self._finish, row, place, outcome, None)
            return
        parked = await self._mark(self._decide, row, place, outcome)
        if parked is not None:
            self._pacer.park(place.chat, parked)

    async def _mark(self, use_case: Callable[..., Awaitable[Result]], *args: Any) -> Result:
        """What was sent must be marked: while the database is sick, try until it is well."""
        while True:
            try:
                return await self._store.run(use_case, *args)
            except StorageUnavailable:
                await asyncio.sleep(SICK_PAUSE)

    async def _request(self, row: OutboxRow, composed: Composed) -> Sent | SendError:
        try:
            return await self._channels[composed.place.channel].send(composed.message)
        except SendError as error:
            log.info(
                "not sent",
                extra={
                    "action": "send",
                    "row": row.id,
                    "kind": row.kind,
                    "cause": error.cause,
                    "unknown": error.unknown,
                },
            )
            return error

    async def _decide(self, tx: Tx, row: OutboxRow, place: Place, error: SendError) -> datetime | None:
        return await trouble.settle(tx, self._context(), await _reread(tx, row), place, error)

    async def _finish(self, tx: Tx, row: OutboxRow, place: Place | None, sent: Sent, pointless: str | None) -> None:
        """Mark as sent, link the copies, tell who waits: one transaction."""
        ctx = self._context()
        if pointless is not None:
            await outbox.end(tx, row.id, "dropped", pointless, ctx.now)
            if row.kind == "topic_create":
                tx.signal("outbox", f"t:{row.ticket_id}")
            return
        assert place is not None
        await outbox.sent(tx, row.id, {"chat": place.chat, "refs": list(sent.refs), "thread": sent.thread}, ctx.now)
        await _link(tx, ctx, row, place, sent)
        await outcomes.learn(tx, ctx, row, sent)
        if row.dest in ("topic", "staff"):
            await troubles.end(tx, ctx, "alarm_group")
        if row.lane.startswith("n:"):
            tx.signal("outbox", f"t:{row.ticket_id}")

    # Mail: no budget, its own retries.

    async def _mail(self, row: OutboxRow) -> None:
        code_id = row.payload.get("code_id")
        code = await self._store.run(self._claim_mail, row, code_id)
        if code_id is not None and code is None:
            return
        outcome = await self._post(row, code)
        if isinstance(outcome, SendError):
            await self._mark(self._mail_failed, row, outcome)
        else:
            await self._mark(self._mailed, row, outcome)

    async def _claim_mail(self, tx: Tx, row: OutboxRow, code_id: int | None) -> str | None:
        """The code is drawn now, and only its hash is stored, in the same commit as `sending`."""
        ctx = self._context()
        code = await registration.draw_code(tx, ctx, code_id) if code_id is not None else None
        if code_id is not None and code is None:
            await outbox.end(tx, row.id, "dropped", "replaced", ctx.now)
            return None
        await outbox.claim(tx, row.id, ctx.now)
        return code

    async def _post(self, row: OutboxRow, code: str | None) -> Sent | SendError:
        payload = row.payload
        params = payload["params"] | ({"code": code} if code else {})
        mail = self._context().texts.mail(payload["key"], payload["lang"], **params)
        try:
            await self._mailer.send(row.dest.removeprefix("mail:"), mail, key=f"{row.id}.{row.attempts}")
        except SendError as error:
            log.info("mail not sent", extra={"action": "mail", "row": row.id, "cause": error.cause})
            return error
        return Sent()

    async def _mailed(self, tx: Tx, row: OutboxRow, sent: Sent) -> None:
        ctx = self._context()
        await outbox.sent(tx, row.id, {}, ctx.now)
        await troubles.end(tx, ctx, "alarm_mail")
        await outcomes.learn(tx, ctx, row, sent)

    async def _mail_failed(self, tx: Tx, row: OutboxRow, error: SendError) -> None:
        ctx = self._context()
        row = await _reread(tx, row)
        if error.permanent:
            await outbox.end(tx, row.id, "failed", str(error), ctx.now)
            await outcomes.learn(tx, ctx, row, error)
            return
        await trouble.later(tx, ctx, row, error)
        await troubles.begin(tx, ctx, "alarm_mail", error=error.cause)


async def _reread(tx: Tx, row: OutboxRow) -> OutboxRow:
    found = await outbox.get(tx, row.id)
    assert found is not None
    return found


async def _link(tx: Tx, ctx: Context, row: OutboxRow, place: Place, sent: Sent) -> None:
    """Remember which messages of the platform are copies of which of ours."""
    ids = row.payload.get("messages") or [row.payload.get("message")]
    if row.kind not in ("relay", "album", "card") or ids == [None]:
        return
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
