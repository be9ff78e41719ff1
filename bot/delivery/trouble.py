"""What to do when sending fails: TROUBLES is a table from the cause to what becomes of the row."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from bot.channels.base import SendError, Sent
from bot.delivery.compose import Place
from bot.desk import outcomes, say, topics, troubles
from bot.desk.context import Context
from storage import identities, offices, outbox, parks
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.outbox import OutboxRow
from storage.parks import Park

# An unknown outcome: so long may evidence take to come in before the one repetition.
EVIDENCE = timedelta(seconds=3)
FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(seconds=60)
GIVE_UP_AFTER = timedelta(days=7)
# What may be done twice without harm.
IDEMPOTENT = ("edit", "card_edit", "react", "delete", "topic_close", "topic_reopen", "toast")
DONE_IF_GONE = ("edit", "card_edit", "react", "delete", "topic_close", "topic_reopen")


async def settle(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> datetime | None:
    """Decide about a row whose sending failed; the moment until which its chat is parked, if it is."""
    if error.retry_after is not None:
        return await _park(tx, ctx, row, place, error.retry_after)
    if error.migrate_to is not None:
        await offices.move(tx, ctx.office, error.migrate_to)
        await outbox.retry(tx, row.id, not_before=ctx.now, error=str(error), unknown=False)
    elif error.unknown:
        await _unknown(tx, ctx, row, error)
    elif error.cause in CAUSES:
        await CAUSES[error.cause](tx, ctx, row, error)
    elif error.permanent:
        await _fail(tx, ctx, row, error)
    else:
        await later(tx, ctx, row, error)
    return None


async def _park(tx: Tx, ctx: Context, row: OutboxRow, place: Place, wait: timedelta) -> datetime:
    until = ctx.now + wait
    await parks.put(tx, ctx.office, Park(place.chat, until))
    await outbox.retry(tx, row.id, not_before=until, error="flood", unknown=False)
    return until


async def _unknown(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """It may have arrived. What may be repeated is; all else waits a little for evidence, then goes once more."""
    harmless = row.kind in IDEMPOTENT
    wait = backoff(row.attempts) if harmless else max(EVIDENCE, backoff(row.attempts))
    await outbox.retry(tx, row.id, not_before=ctx.now + wait, error=str(error), unknown=not harmless)


async def later(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """Surely not sent: again after a growing while; after a week it is given up, and said."""
    if row.kind == "toast" or ctx.now - row.created_at > GIVE_UP_AFTER:
        await _fail(tx, ctx, row, error)
        return
    await outbox.retry(tx, row.id, not_before=ctx.now + backoff(row.attempts), error=str(error), unknown=False)
    if row.kind == "mail":
        await outcomes.learn(tx, ctx, row, error)


def backoff(attempts: int) -> timedelta:
    return min(FIRST_RETRY * (1 << min(attempts, 10)), LONGEST_RETRY)


async def _fail(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    if row.kind in DONE_IF_GONE or row.kind == "toast":
        await outbox.end(tx, row.id, "dropped", str(error), ctx.now)
        return
    await outbox.end(tx, row.id, "failed", str(error), ctx.now)
    await outcomes.learn(tx, ctx, row, error)


async def _done(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """It stands as it should already."""
    await outbox.sent(tx, row.id, {}, ctx.now)
    await outcomes.learn(tx, ctx, row, Sent())


async def _without_reply(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """The message it answers is gone: send it all the same."""
    await outbox.set_payload(tx, row.id, row.payload | {"plain": True, "reply_to": None})
    await outbox.retry(tx, row.id, not_before=ctx.now, error=str(error), unknown=False)


async def _new_topic(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """The topic was deleted: make a new one, then go on. Never into General (QUALITY.md F9)."""
    if row.ticket_id is None:
        await _fail(tx, ctx, row, error)
        return
    if row.kind in DONE_IF_GONE:
        await outbox.end(tx, row.id, "dropped", str(error), ctx.now)
    else:
        await outbox.retry(tx, row.id, not_before=ctx.now, error=str(error), unknown=False)
    ticket = await ticket_rows.need(tx, row.ticket_id)
    if not await outbox.busy(tx, ctx.office, say.setup_lane(ticket)):
        await topics.new_topic(tx, ctx, ticket)


async def _open_topic(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """The topic is closed to us: reopen it first (QUALITY.md F10)."""
    await outbox.retry(tx, row.id, not_before=ctx.now, error=str(error), unknown=False)
    if row.ticket_id is not None:
        await topics.open_topic(tx, ctx, await ticket_rows.need(tx, row.ticket_id))


async def _person_gone(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """The person blocked the bot: what is theirs is held, and the officers are told."""
    if row.identity_id is None:
        await (_group_gone if row.dest in ("topic", "staff") else _fail)(tx, ctx, row, error)
        return
    identity = await identities.get(tx, row.identity_id)
    if identity is not None and identity.unreachable_at is None:
        await identities.set_unreachable(tx, identity.id, at=ctx.now, reason=error.cause)
    await hold(tx, ctx, row, error.cause)


async def hold(tx: Tx, ctx: Context, row: OutboxRow, cause: str) -> None:
    """Keep the row until the person can be reached again; a mark or a toast is not worth keeping."""
    if row.kind in IDEMPOTENT:
        await outbox.end(tx, row.id, "dropped", cause, ctx.now)
        return
    await outbox.end(tx, row.id, "held", cause, ctx.now)
    await outcomes.learn(tx, ctx, row, SendError(cause))


async def _group_gone(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """The bot was removed from the staff group or lacks a right: nothing is dropped, the admins are told."""
    if row.dest not in ("topic", "staff"):
        await _fail(tx, ctx, row, error)
        return
    await troubles.begin(tx, ctx, "alarm_group", reason=error.detail)
    await outbox.retry(tx, row.id, not_before=ctx.now + LONGEST_RETRY, error=str(error), unknown=False)


CAUSES: dict[str, Callable[[Tx, Context, OutboxRow, SendError], Awaitable[None]]] = {
    "not_modified": _done,
    "reply_gone": _without_reply,
    "thread_gone": _new_topic,
    "topic_closed": _open_topic,
    "blocked": _person_gone,
    "chat_gone": _person_gone,
    "no_rights": _group_gone,
}
