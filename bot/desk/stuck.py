"""What does not go on by itself: listed for admins, tried again, or dropped with a reason.

A key names it to admins: "12" is row 12 of the outbox, "m5" update 5 of the inbox.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.desk import crossing, parties, quarantine, say
from bot.desk.context import Context
from bot.desk.outcomes import CHAT_LOST
from bot.desk.quarantine import INCOMING
from bot.desk.say import Button, Buttons
from bot.domain.ids import InboxId, MessageId, OutboxId
from storage import audit, carried, held, identities, inbox, media, messages, offices, outbox, parks, stuck, tickets
from storage.base import Reader, Tx
from storage.inbox import InboxRow
from storage.outbox import OutboxRow
from storage.rows import stamp
from storage.tickets import Ticket

PAGE = 8
# What waits longer than this is listed.
LONG = timedelta(minutes=10)
EXCERPT = 200
# Kind and destination of a row -> what it is to an admin; whatever else there is is "other".
WHATS = {
    ("relay", "user"): "relay_user",
    ("relay", "topic"): "relay_topic",
    ("album", "user"): "relay_user",
    ("album", "topic"): "relay_topic",
    ("edit", "user"): "edit_user",
    ("edit", "topic"): "edit_topic",
    ("text", "user"): "text_user",
    ("text", "topic"): "text_topic",
    ("text", "staff"): "text_topic",
    ("text", "chat"): "text_chat",
    ("mail", "mail"): "mail",
    ("topic_create", "staff"): "topic",
    ("card", "topic"): "card",
}
UPDATES = ("message", "edited_message", "callback_query", "message_reaction")
# A ticket's topic and card are never dropped: all its messages wait for them.
NEEDED = ("topic_create", "card")
AGAIN = ("held", "failed", "unknown", "queued")


@dataclass(frozen=True)
class Stuck:
    """One thing that is stuck. `cause` is a word of labels.toml [failure], or the platform's own."""

    key: str
    what: str
    state: str
    since: datetime
    cause: str
    detail: str
    ticket: Ticket | None
    may_drop: bool


# The list.


async def overview(tx: Reader, ctx: Context, page: int) -> tuple[dict[str, Any], Buttons]:
    """The parameters of the text "admin_queue" and its buttons: how long the queues are, and one page of what is stuck.

    `page` counts from 0; beyond the last one it is the last one.
    """
    total = await inbox.quarantined(tx, ctx.office) + await stuck.count(tx, ctx.office, ctx.now - LONG)
    pages = max(1, -(-total // PAGE))
    page = max(0, min(page, pages - 1))
    rows = await _page(tx, ctx, page)
    shown = [_shown(ctx, row) for row in rows]
    return {**await _queues(tx, ctx), "stuck": total, "rows": shown, "page": page + 1, "pages": pages}, (
        *(_row_buttons(ctx, row, page) for row in rows),
        *_turning(page, pages),
    )


async def _queues(tx: Reader, ctx: Context) -> dict[str, Any]:
    """How much waits, since when, and which chats Telegram wants left alone: the staff group, how many others."""
    oldest = await outbox.oldest(tx, ctx.office)
    parked = await parks.after(tx, ctx.office, ctx.now)
    group = await offices.staff_chat(tx, ctx.office)
    return {
        "inbox_waiting": await inbox.waits(tx, ctx.office),
        "outbox_waiting": await outbox.waits(tx, ctx.office),
        "oldest_seconds": (ctx.now - oldest).total_seconds() if oldest else 0,
        "group_parked": next((stamp(park.until) for park in parked if park.chat == group), None),
        "chats_parked": sum(park.chat != group for park in parked),
    }


async def _page(tx: Reader, ctx: Context, page: int) -> list[Stuck]:
    """Updates first, then rows, each the oldest first."""
    first = page * PAGE
    updates = await inbox.set_aside(tx, ctx.office, limit=PAGE, offset=first)
    skipped = max(0, first - await inbox.quarantined(tx, ctx.office))
    rows = await stuck.rows(
        tx, ctx.office, before=ctx.now - LONG, limit=PAGE - len(updates), offset=skipped if not updates else 0
    )
    return [*[await _update(tx, row) for row in updates], *[await _row(tx, row) for row in rows]]


async def _update(tx: Reader, row: InboxRow) -> Stuck:
    return Stuck(
        key=f"{INCOMING}{row.id}",
        what=_kind_of_update(row.raw),
        state="quarantined",
        since=row.received_at,
        cause="unhandled",
        detail=row.error or "",
        ticket=await _ticket_of_update(tx, row),
        may_drop=True,
    )


def _kind_of_update(raw: str) -> str:
    """The field beside the number, where it is one of those known."""
    try:
        names = set(json.loads(raw))
    except (ValueError, TypeError):
        names = set()
    return next((name for name in UPDATES if name in names), "inbound")


async def _ticket_of_update(tx: Reader, row: InboxRow) -> Ticket | None:
    person = await quarantine.person_of(tx, row)
    return await (tickets.open_of(tx, person.id) if person is not None else quarantine.ticket_of_topic(tx, row))


async def _row(tx: Reader, row: OutboxRow) -> Stuck:
    return Stuck(
        key=str(row.id),
        what=_what(row),
        state=row.state,
        since=row.created_at,
        cause=_cause(row),
        detail="",
        ticket=await tickets.need(tx, row.ticket_id) if row.ticket_id is not None else None,
        may_drop=row.kind not in NEEDED and not say.is_setup(row.lane),
    )


def _cause(row: OutboxRow) -> str:
    """To Telegram somebody who never began a chat with the bot is like one who blocked it."""
    cause = (row.error or "waiting").partition(":")[0]
    return "not_started" if cause in CHAT_LOST and row.dest.startswith("chat:") else cause


def _what(row: OutboxRow) -> str:
    if row.follow_up == "complaint_posted":
        return "complaint"
    return WHATS.get((row.kind, row.dest.partition(":")[0]), "other")


def _shown(ctx: Context, row: Stuck) -> dict[str, Any]:
    return {
        "key": row.key,
        "number": row.ticket.number if row.ticket else None,
        "what": row.what,
        "state": row.state,
        "seconds": int((ctx.now - row.since).total_seconds()),
        "cause": row.cause,
        "detail": row.detail,
    }


def _row_buttons(ctx: Context, row: Stuck, page: int) -> tuple[Button, ...]:
    acts = ("resend", "stuck_again"), *((("drop", "stuck_drop"),) if row.may_drop else ())
    return tuple(
        Button(f"={ctx.texts.label(f'button.{label}', say.STAFF_LANG)} {row.key}", act, f"{row.key} {page}")
        for label, act in acts
    )


def _turning(page: int, pages: int) -> Sequence[tuple[Button, ...]]:
    turns = [("=‹", page - 1)] if page else []
    turns += [("=›", page + 1)] if page + 1 < pages else []
    return [tuple(Button(label, "stuck_page", f"- {to}") for label, to in turns)] if turns else []


# What is done about it.


async def find(tx: Reader, ctx: Context, key: str) -> InboxRow | OutboxRow | None:
    """What the key names, while something can be done about it: not what has gone, nor what is going just now."""
    number = key.removeprefix(INCOMING)
    if not number.isdecimal():
        return None
    if key != number:
        update = await inbox.get(tx, InboxId(int(number)))
        return update if update is not None and (update.office, update.state) == (ctx.office, "quarantined") else None
    row = await outbox.get(tx, OutboxId(int(number)))
    return row if row is not None and row.office == ctx.office and row.state in AGAIN else None


async def again(tx: Tx, ctx: Context, key: str, *, actor: str) -> bool:
    """Try it once more, now; False: it is not stuck any more."""
    found = await find(tx, ctx, key)
    if found is None:
        return False
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="stuck_again", row=key)
    if isinstance(found, InboxRow):
        await inbox.again(tx, found.id)
    else:
        await send_again(tx, ctx, found)
    return True


async def send_again(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    """What is held for a person is tried with all that waits for them, in order: the platform says whether they are
    still gone."""
    if row.kind in ("relay", "album"):
        await media.once_more(tx, ctx.office, carried.of_row(row), ctx.now)
    row = await where_its_ticket_is(tx, ctx, row)
    if row.state == "held" and row.identity_id is not None:
        await identities.set_unreachable(tx, row.identity_id, at=None, reason=None)
        await held.release(tx, ctx.office, row.identity_id, ctx.now)
    else:
        await outbox.requeue(tx, row, ctx.now)


async def where_its_ticket_is(tx: Tx, ctx: Context, row: OutboxRow) -> OutboxRow:
    """An answer goes to the chat that has the ticket now: it may have moved since."""
    if row.dest != "user" or row.kind not in ("relay", "album") or row.ticket_id is None:
        return row
    home = await parties.owner(tx, await tickets.need(tx, row.ticket_id))
    if home.id == row.identity_id:
        return row
    await crossing.ask_for_all(tx, ctx, carried.of_row(row), to=home.channel)
    return await stuck.readdress(tx, row, home.id)


async def drop(tx: Tx, ctx: Context, key: str, *, actor: str, reason: str) -> Stuck | None:
    """Do not send or handle it any more, and tell the ticket's officers what it was, and why. None: it was not to be
    dropped, or is not stuck any more."""
    found = await find(tx, ctx, key)
    if found is None:
        return None
    dropped = await (_update(tx, found) if isinstance(found, InboxRow) else _row(tx, found))
    if not dropped.may_drop:
        return None
    number = dropped.ticket.number if dropped.ticket else None
    facts = {"row": key, "what": dropped.what, "ticket": number, "reason": reason}
    await audit.add(tx, ctx.office, at=ctx.now, actor=actor, action="stuck_dropped", **facts)
    if isinstance(found, InboxRow):
        await inbox.drop(tx, found.id)
    else:
        await outbox.end(tx, found.id, "dropped", f"by {actor}", ctx.now)
        tx.signal("outbox", found.lane)  # what stands behind it goes on
    await _tell_officers(tx, ctx, dropped, found, reason)
    return dropped


async def _tell_officers(tx: Tx, ctx: Context, dropped: Stuck, row: InboxRow | OutboxRow, reason: str) -> None:
    """Beside the officer's own message; of a user's message, which does not stand in the topic, how it began."""
    if dropped.ticket is None:
        return
    message_ids = _carried(row) if isinstance(row, OutboxRow) else []
    kept = [await messages.need(tx, message_id) for message_id in message_ids]
    theirs = [message.content["text"][:EXCERPT] or message.kind for message in kept if message.side == "user"]
    own = [message.id for message in kept if message.side == "officer"]
    await say.to_topic(
        tx,
        ctx,
        dropped.ticket,
        "staff_dropped",
        reply_to=f"message:{own[0]}" if own else None,
        what=dropped.what,
        at=dropped.since,
        text="\n".join(theirs),
        reason=reason,
    )


def _carried(row: OutboxRow) -> list[MessageId]:
    """The messages a row carries; a notice carries none."""
    return [MessageId(n) for n in row.payload.get("messages") or [row.payload.get("message")] if n is not None]
