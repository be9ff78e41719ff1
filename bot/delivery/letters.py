"""Mails of the outbox: no budget, their own retries; a code is drawn when its mail is handed over."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.channels.base import Document, SendError, Sent
from bot.delivery.counts import Counts
from bot.delivery.mail import Mailer
from bot.delivery.marks import Marks, NewContext, nothing
from bot.desk import outcomes, troubles, verification
from bot.desk.context import Context
from storage import outbox
from storage.base import Store, Tx
from storage.outbox import OutboxRow

# The files of an order, in the order of their kinds.
MakeFiles = Callable[[Context, Mapping[str, Any]], Awaitable[list[Document]]]

log = logging.getLogger(__name__)

# A server that is down is asked each minute; one that wants this mail later ("greylisting") is given time (F18).
DOWN = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=1))
LATER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
# A code that nobody waits for any more is not worth sending.
CODE_LIFE = timedelta(days=1)
LETTER_LIFE = timedelta(days=7)
AT_ONCE = 8


class Letters:
    """Hands the outbox's mails over, a few at a time."""

    def __init__(self, store: Store, context: NewContext, mailer: Mailer, make: MakeFiles, counts: Counts) -> None:
        self._store = store
        self._context = context
        self._marks = Marks(store, context)
        self._mailer = mailer
        self._make = make
        self._counts = counts
        self._room = asyncio.Semaphore(AT_ONCE)

    async def send(self, row: OutboxRow) -> None:
        """One try. What became of it is in the row."""
        code_id = row.payload.get("code_id")
        files = await self._attached(row.payload["files"]) if "files" in row.payload else ()
        async with self._room:
            is_claimed, code = await self._store.run(self._claim, row, code_id)
            if not is_claimed:
                return
            outcome = await self._post(row, code, files)
            self._counts.mailed(outcome)
        if isinstance(outcome, SendError):
            await self._marks.write(_settle, _fail, nothing, nothing, row, outcome)
        else:
            await self._marks.write(_told, _sent, nothing, nothing, row, outcome)

    async def _claim(self, tx: Tx, row: OutboxRow, code_id: int | None) -> tuple[bool, str | None]:
        """Whether the mail is still to go, it may have waited for room; and its code.

        That is drawn now, and only its hash is stored, in the same commit as `sending`.
        """
        ctx = self._context()
        if await outbox.claim(tx, row.id, row.lane, ctx.now) is None:
            return False, None
        code = await verification.draw_code(tx, ctx, code_id) if code_id is not None else None
        if code_id is not None and code is None:
            await outbox.end(tx, row.id, "dropped", "replaced", ctx.now)
            return False, None
        return True, code

    async def _post(self, row: OutboxRow, code: str | None, files: tuple[tuple[str, bytes], ...]) -> Sent | SendError:
        payload = row.payload
        params = payload["params"] | ({"code": code} if code else {})
        mail = replace(self._context().texts.mail(payload["key"], payload["lang"], **params), files=files)
        try:
            await self._mailer.send(row.dest.removeprefix("mail:"), mail, key=f"{row.id}.{row.attempts}")
        except SendError as error:
            log.info("mail not sent", extra={"action": "mail", "row": row.id, "cause": error.cause})
            return error
        log.debug("mail sent", extra={"action": "mail", "row": row.id, "attempt": row.attempts + 1})
        return Sent()

    async def _attached(self, order: Mapping[str, Any]) -> tuple[tuple[str, bytes], ...]:
        """The files of an order, made before the mail counts as being sent, for that takes a while and may fail."""
        documents = await self._make(self._context(), order)
        return tuple((document.name, document.content) for document in documents)


async def _told(tx: Tx, ctx: Context, row: OutboxRow, sent: Sent) -> None:
    await _sent(tx, ctx, row, sent)
    await troubles.end(tx, ctx, "alarm_mail")
    await outcomes.learn(tx, ctx, row, sent)


async def _sent(tx: Tx, ctx: Context, row: OutboxRow, sent: Sent) -> None:
    await outbox.sent(tx, row.id, {}, ctx.now)


async def _settle(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """Refused for good, or tried again later; admins are told of a server in trouble, not of one picky address."""
    if error.unknown and _is_code(row):
        # It may lie in the mailbox: trying again by ourselves could fill it. The person asks for another if need be.
        await outbox.end(tx, row.id, "sent", str(error), ctx.now)
        await outcomes.learn(tx, ctx, row, Sent())
    elif error.permanent or (error.unknown and row.uncertain) or ctx.now - row.created_at > _life(row):
        await _fail(tx, ctx, row, error)
        await outcomes.learn(tx, ctx, row, error)
    else:
        waits = LATER if error.cause == "refused" or error.unknown else DOWN
        wait = waits[min(row.attempts, len(waits) - 1)]
        await outbox.retry(tx, row.id, not_before=ctx.now + wait, error=str(error), unknown=error.unknown)
        await outcomes.learn(tx, ctx, row, error)
    if not error.permanent and error.cause != "refused":
        await troubles.begin(tx, ctx, "alarm_mail", error=error.detail)


async def _fail(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    await outbox.end(tx, row.id, "failed", str(error), ctx.now)


def _is_code(row: OutboxRow) -> bool:
    return row.payload.get("code_id") is not None


def _life(row: OutboxRow) -> timedelta:
    return CODE_LIFE if _is_code(row) else LETTER_LIFE
