"""What to do when sending fails: CAUSES is a table from the cause to what becomes of the row."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.channels.base import Content, SendError, Sent
from bot.delivery import merging
from bot.delivery.compose import in_words
from bot.delivery.places import Place
from bot.desk import outcomes, say, topics, troubles, window
from bot.desk.context import Context
from bot.desk.pieces import pieces
from bot.desk.troubles import CHANNEL_DOWN
from bot.domain.ids import MessageId
from storage import identities, inbox, messages, offices, outbox, parks
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.outbox import OutboxRow
from storage.parks import Park

FIRST_RETRY = timedelta(seconds=1)
LONGEST_RETRY = timedelta(seconds=60)
# What may have arrived is repeated ever more rarely: a fault that swallows every answer must not flood a chat.
LONGEST_DOUBT = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(days=7)
GIVE_UP_TRIES = 5
# What may be done twice without harm.
TOPICS = ("topic_close", "topic_reopen", "topic_rename")
IDEMPOTENT = ("edit", "card_edit", "redraw", "react", "delete", *TOPICS, "topic_delete", "toast")
# What has done its work when its object is gone.
DONE_IF_GONE = ("card_edit", "redraw", "react", "delete", *TOPICS, "toast")
# Not worth keeping for a person who cannot be reached now.
FLEETING = ("react", "toast")
RELAYED = ("relay", "album")
NO_RIGHTS = "no_rights"

Remedy = Callable[[Tx, Context, OutboxRow, Place, SendError], Awaitable[None]]


async def settle(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """Decide about a row whose sending failed."""
    if error.cause == CHANNEL_DOWN:
        await troubles.begin(tx, ctx, troubles.CHANNEL, channel=place.channel, reason=error.detail)
    if error.retry_after is not None:
        await _park(tx, ctx, row, place, error, error.retry_after)
    elif error.migrate_to is not None:
        await offices.move(tx, ctx.office, error.migrate_to)
        await again(tx, ctx, row, error)
    elif error.unknown:
        await _unknown(tx, ctx, row, place, error)
    elif error.cause in CAUSES:
        await CAUSES[error.cause](tx, ctx, row, place, error)
    elif error.permanent:
        await _refused(tx, ctx, row, place, error)
    else:
        await _later(tx, ctx, row, place, error)


async def again(tx: Tx, ctx: Context, row: OutboxRow, error: SendError, wait: timedelta = timedelta(0)) -> None:
    """Surely not sent: once more, at once or after a while."""
    await outbox.retry(tx, row.id, not_before=ctx.now + wait, error=str(error), unknown=False)


async def _park(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError, wait: timedelta) -> None:
    """However long it is: nothing is given up for a flood, only later."""
    until = ctx.now + wait
    await parks.put(tx, ctx.office, Park(place.chat, until, place.channel))
    why = str(error) if error.cause == CHANNEL_DOWN else "flood"
    await outbox.retry(tx, row.id, not_before=until, error=why, unknown=False)


async def _unknown(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """It may have arrived. What may be repeated is; all else goes once more when evidence has had time to come in."""
    if row.kind in IDEMPOTENT:
        await _later(tx, ctx, row, place, error)
    elif _is_old(ctx, row):
        await give_up(tx, ctx, row, replace(error, cause="unknown"))
    else:
        wait = max(ctx.traits(place.channel).evidence, backoff(row.attempts, LONGEST_DOUBT))
        await outbox.retry(tx, row.id, not_before=ctx.now + wait, error=str(error), unknown=True)


def _is_old(ctx: Context, row: OutboxRow) -> bool:
    """After a week and some tries: a desk that was down for a week tries all the same. A topic is never given up."""
    tired = row.attempts >= GIVE_UP_TRIES and ctx.now - row.created_at > GIVE_UP_AFTER
    return tired and row.kind != "topic_create"


async def _later(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """Surely not sent: again after a growing while; after a week it is given up, and said."""
    if _is_old(ctx, row):
        await give_up(tx, ctx, row, error)
    else:
        await again(tx, ctx, row, error, backoff(row.attempts))


def backoff(attempts: int, longest: timedelta = LONGEST_RETRY) -> timedelta:
    return min(FIRST_RETRY * (1 << min(attempts, 10)), longest)


async def give_up(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """Nothing more can be done for this row: whoever waits for it learns why."""
    if row.kind in DONE_IF_GONE and error.cause != "undeletable":
        await outbox.end(tx, row.id, "dropped", str(error), ctx.now)
        return
    await outbox.end(tx, row.id, "failed", str(error), ctx.now)
    if row.kind in RELAYED and row.dest == "topic":
        await outcomes.not_relayed(tx, ctx, row)
    else:
        await outcomes.learn(tx, ctx, row, error)


async def _refused(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """The platform will never take it as it is: what a person wrote to the officers is tried in simpler forms."""
    if row.kind == "topic_create":
        await _group_gone(tx, ctx, row, place, error)
    elif row.kind == "edit":
        await post_anew(tx, ctx, row, error)
    elif row.kind not in RELAYED or row.dest != "topic" or "words" in row.payload:
        await give_up(tx, ctx, row, error)
    else:
        await _simpler(tx, ctx, row, error)


async def _simpler(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """A post of several texts, or an album, falls apart; a single message goes as a bare text."""
    ids = merging.message_ids(row)
    if row.kind == "relay" and len(ids) > 1:
        await merging.separate(tx, ctx, row)
    elif len(ids) > 1:
        await _apart(tx, ctx, row)
    else:
        await _only_words(tx, ctx, row, ids[0])
    await again(tx, ctx, row, error)


async def _only_words(tx: Tx, ctx: Context, row: OutboxRow, message_id: MessageId) -> None:
    """Only its words: of what is no text both sides learn that the rest did not come through."""
    content = Content.from_json((await messages.need(tx, message_id)).content)
    payload = {"part": row.payload.get("part", 0), "message": message_id, "alone": True}
    await outbox.become(tx, row.id, "relay", payload | {"words": 0})
    more = len(pieces(in_words(ctx, row, content))) if not payload["part"] else 1
    for words in range(1, more):
        await _add_relay(tx, ctx, row, payload | {"words": words})
    if content.kind != "text" and not payload["part"]:
        await outcomes.not_relayed(tx, ctx, row)


async def _apart(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    """The parts of an album one by one: the first here, the others after what waits already."""
    first, *others = merging.message_ids(row)
    await outbox.become(tx, row.id, "relay", {"message": first, "alone": True})
    for message_id in others:
        await _add_relay(tx, ctx, row, {"message": message_id, "alone": True})


async def _add_relay(tx: Tx, ctx: Context, row: OutboxRow, payload: dict[str, Any]) -> None:
    """One more post to where the row goes."""
    await outbox.add(
        tx,
        ctx.office,
        lane=row.lane,
        dest=row.dest,
        kind="relay",
        payload=payload,
        at=ctx.now,
        rank=row.rank,
        ticket_id=row.ticket_id,
    )


async def post_anew(tx: Tx, ctx: Context, row: OutboxRow, error: SendError) -> None:
    """An edit that cannot be shown on the copy: the newest version is posted as a message of its own."""
    payload = {"message": row.payload["message"], "alone": True, "corrected": True}
    await outbox.become(tx, row.id, "relay", payload)
    await again(tx, ctx, row, error)


async def _target_gone(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    await (post_anew(tx, ctx, row, error) if row.kind == "edit" else give_up(tx, ctx, row, error))


async def _done(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """It stands as it should already."""
    await outbox.sent(tx, row.id, {"chat": place.chat}, ctx.now)
    await outcomes.learn(tx, ctx, row, Sent())


def _without(*names: str) -> Remedy:
    """Send it all the same without what the platform objects to; if that is gone already, it is a refusal."""

    async def remedy(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
        changes = dict.fromkeys(names, True) | ({"reply_to": None} if "plain" in names else {})
        if row.payload | changes == row.payload:
            await _refused(tx, ctx, row, place, error)
            return
        await outbox.set_payload(tx, row.id, row.payload | changes)
        await again(tx, ctx, row, error)

    return remedy


async def _new_topic(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """The topic was deleted: make a new one, then go on. Never into General (QUALITY.md F9).

    What was for the lost one only, such as the answer to a command there, goes with it.
    """
    goes_on = row.dest == "topic" and row.kind not in DONE_IF_GONE
    await (again if goes_on else give_up)(tx, ctx, row, error)
    ticket = await ticket_rows.of_topic(tx, ctx.office, place.thread) if place.thread is not None else None
    if ticket is None or not (goes_on or ticket.closed_at is None):
        return
    # Only the first to find the topic gone makes another; and what was to set up the lost one is void.
    if ticket.topic == place.thread:
        await outbox.drop_lane(tx, ctx.office, say.setup_lane(ticket.id), ctx.now)
        await topics.new_topic(tx, ctx, ticket)


async def _open_topic(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """The topic is closed to us: reopen it first (QUALITY.md F10)."""
    if row.ticket_id is None or row.dest != "topic":
        await give_up(tx, ctx, row, error)
        return
    ticket = await ticket_rows.need(tx, row.ticket_id)
    await again(tx, ctx, row, error)
    if not await outbox.busy(tx, ctx.office, say.setup_lane(ticket.id)):
        await topics.open_topic(tx, ctx, ticket)


async def _person_gone(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """The person blocked the bot: what is theirs is held, and the officers are told.

    Unless something came in from them since the try: they may have let the bot in again, so it is tried once more.
    """
    if row.identity_id is None and row.dest.startswith("chat:") and row.follow_up is not None:
        await hold(tx, ctx, row, error.cause)
        return
    if row.identity_id is None:
        await _group_gone(tx, ctx, row, place, error)
        return
    identity = await identities.get(tx, row.identity_id)
    if identity is not None and row.tried_at and await inbox.heard(tx, ctx.office, identity.lane, row.tried_at):
        await again(tx, ctx, row, error)
        return
    if identity is not None and identity.unreachable_at is None:
        await identities.set_unreachable(tx, identity.id, at=ctx.now, reason=error.cause)
    await hold(tx, ctx, row, error.cause)


async def _window_closed(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """The platform says that the person's window is closed: what has a template goes as one, all else is held.

    Unless they wrote since the try: then it is open again.
    """
    identity = await identities.get(tx, row.identity_id) if row.identity_id is not None else None
    if identity is None or place.closed:
        await give_up(tx, ctx, row, error)
        return
    wrote = identity.heard_at is not None and row.tried_at is not None and identity.heard_at > row.tried_at
    if not wrote:
        await window.shut(tx, ctx, identity)
    await again(tx, ctx, row, error)


async def hold(tx: Tx, ctx: Context, row: OutboxRow, cause: str) -> None:
    """Keep the row until the person can be reached again; a mark or a toast is not worth keeping."""
    if row.kind in FLEETING:
        await outbox.end(tx, row.id, "dropped", cause, ctx.now)
        return
    await outbox.end(tx, row.id, "held", cause, ctx.now)
    if cause == window.CLOSED:
        await window.held(tx, ctx, row)
    await outcomes.learn(tx, ctx, row, SendError(cause))


async def _group_gone(tx: Tx, ctx: Context, row: OutboxRow, place: Place, error: SendError) -> None:
    """The bot was removed from the staff group or lacks a right: nothing is dropped, the admins are told."""
    if row.dest not in ("topic", "staff") or row.kind == "topic_delete":
        await give_up(tx, ctx, row, error)
        return
    await troubles.begin(tx, ctx, "alarm_group", reason=error.detail)
    await again(tx, ctx, row, replace(error, cause=NO_RIGHTS), LONGEST_RETRY)


CAUSES: dict[str, Remedy] = {
    "not_modified": _done,
    "quote_gone": _without("no_quote"),
    "reply_gone": _without("plain"),
    "target_gone": _target_gone,
    "thread_gone": _new_topic,
    "topic_closed": _open_topic,
    "blocked": _person_gone,
    "chat_gone": _person_gone,
    "window_closed": _window_closed,
    NO_RIGHTS: _group_gone,
}
