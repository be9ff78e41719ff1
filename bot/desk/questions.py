"""The question before it is a ticket: typed in one or several messages, kept as a draft, then sent."""

from datetime import datetime, timedelta
from typing import Any

from bot.channels.base import Content, Inbound
from bot.desk import closing, conversation, relay, say, tickets
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain import drafts
from bot.domain.ids import InboxId
from bot.domain.lifecycle import may_reopen
from storage import accounts, dialogues, identities, keyboards, messages
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.dialogues import Dialogue
from storage.identities import Identity
from storage.tickets import Ticket

TYPES = ("data", "metadata", "recommendation", "classification", "unsure")
# Parts of one question come in bursts: within this time one prompt is enough.
PROMPT_EVERY = timedelta(seconds=10)
SEND = ((Button("send", "send"),),)
CONTINUE_OR_NEW = ((Button("continue_ticket", "continue_ticket"), Button("new_ticket", "new_ticket")),)


async def keep_draft(
    tx: Tx, ctx: Context, inbound: Inbound, content: Content, *, inbox_id: InboxId | None, identity: Identity
) -> int:
    """Keep what was typed; the number of messages kept so far."""
    await relay.keep(tx, ctx, inbound, content, inbox_id=inbox_id, side="user", ticket=None, identity=identity)
    return await messages.draft_size(tx, identity.id)


async def choose_type(tx: Tx, ctx: Context, identity: Identity) -> None:
    kept = await messages.draft_size(tx, identity.id)
    await dialogues.go(tx, ctx.office, identity.id, "type", at=ctx.now, **timers(ctx, kept))
    data, metadata, recommendation, classification, unsure = (Button(type, "type", type) for type in TYPES)
    buttons = ((data, metadata), (recommendation,), (classification, unsure))
    await say.to_user(tx, ctx, identity, "choose_type", buttons=buttons, state="type", kept=kept)


def timers(ctx: Context, kept: int) -> dict[str, Any]:
    """A question not sent: a nudge after five minutes, sent by itself after thirty (DOMAIN.md §6 rule 28)."""
    if not kept:
        return {"nudge_at": None, "lapse_at": None}
    return {"nudge_at": drafts.nudge_at(ctx.now), "lapse_at": drafts.open_at(ctx.now)}


async def ask_question(tx: Tx, ctx: Context, identity: Identity, type: str) -> None:
    kept = await messages.draft_size(tx, identity.id)
    await dialogues.go(tx, ctx.office, identity.id, "question", at=ctx.now, data={"type": type}, **timers(ctx, kept))
    await say.to_user(
        tx, ctx, identity, "ask_question", buttons=SEND if kept else (), state="question", type=type, kept=kept
    )


async def ask_again(tx: Tx, ctx: Context, identity: Identity) -> None:
    """The same once more, of the type already chosen."""
    dialogue = await dialogues.get(tx, identity.id)
    assert dialogue is not None
    await ask_question(tx, ctx, identity, dialogue.data["type"])


async def part_came(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue, kept: int) -> None:
    """Something more was typed before sending: start the timers anew and say how to go on."""
    await dialogues.set_timers(tx, identity.id, **timers(ctx, kept))
    if await _prompted(tx, ctx, identity, dialogue.state):
        return
    if dialogue.state == "type":
        await choose_type(tx, ctx, identity)
    else:
        await say.to_user(tx, ctx, identity, "question_kept", buttons=SEND, state="question")


async def _prompted(tx: Tx, ctx: Context, identity: Identity, state: str) -> bool:
    """Whether the person has just been told in this state."""
    newest = await keyboards.live(tx, identity.id, 1)
    return bool(newest) and newest[0].state == state and ctx.now - newest[0].created_at < PROMPT_EVERY


async def send(tx: Tx, ctx: Context, identity: Identity, dialogue: Dialogue, *, received: datetime) -> Ticket | None:
    """Open the ticket; None, and a hint, when nothing was typed. With no room for another, the open one takes it."""
    if not await messages.draft_size(tx, identity.id):
        await say.to_user(tx, ctx, identity, "question_empty")
        return None
    busy = await ticket_rows.open_of(tx, identity.id)
    if busy is not None and not await tickets.has_room(tx, ctx, identity.id):
        await join(tx, ctx, identity, busy, at=received)
        return busy
    account = await accounts.get(tx, identity.account_id) if identity.account_id else None
    if account is None:
        raise LookupError(f"identity {identity.id} has no account")
    await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)
    return await tickets.open_ticket(tx, ctx, identity, account, dialogue.data.get("type", "unsure"), received=received)


async def join(tx: Tx, ctx: Context, identity: Identity, ticket: Ticket, *, at: datetime) -> None:
    """What was typed goes on in a ticket that is open."""
    draft = await messages.draft(tx, identity.id)
    await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)
    await messages.adopt_draft(tx, identity.id, ticket.id)
    for message in draft:
        await relay.pass_on(tx, ctx, ticket, message)
    await conversation.user_spoke(tx, ctx, ticket, at=at)


async def continue_or_new(
    tx: Tx, ctx: Context, identity: Identity, closed: Ticket, *, key: str = "after_close"
) -> None:
    """What was typed after a close waits for the choice: to continue that ticket, or to open a new one."""
    kept = await messages.draft_size(tx, identity.id)
    await say.to_user(
        tx,
        ctx,
        identity,
        key,
        buttons=CONTINUE_OR_NEW,
        state="after_close",
        ticket=closed,
        number=closed.number,
        kept=kept,
    )


async def typing(tx: Tx, dialogue: Dialogue) -> Identity | None:
    """Whose words they are; None when the person is gone, or blocked by the office: nothing more of them is taken."""
    identity = await identities.get(tx, dialogue.identity_id)
    return identity if identity is not None and identity.banned_at is None else None


async def nudge_choice(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    """Remind of what was typed after a close and waits for the choice."""
    await dialogues.set_timers(tx, dialogue.identity_id, nudge_at=None, lapse_at=dialogue.lapse_at)
    identity = await typing(tx, dialogue)
    if identity is not None:
        closed = await ticket_rows.need(tx, dialogue.data["ticket"])
        await continue_or_new(tx, ctx, identity, closed, key="after_close_nudge")


async def choose_by_itself(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    """Nobody chose: the closed ticket goes on with what was typed, or too late for that a new one begins with it."""
    identity = await typing(tx, dialogue)
    closed = await ticket_rows.need(tx, dialogue.data["ticket"])
    days = ctx.settings.service.reopen_within_days
    free = identity is not None and await tickets.has_room(tx, ctx, identity.id)
    if identity is None or not free or closed.closed_at is None or not may_reopen(closed.closed_at, ctx.now, days=days):
        await send_by_itself(tx, ctx, dialogue)
        return
    again = await closing.reopen(tx, ctx, closed, actor="user", received=ctx.now)
    await join(tx, ctx, identity, again, at=ctx.now)


async def nudge(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    """Remind of a question that was typed and not sent."""
    await dialogues.set_timers(tx, dialogue.identity_id, nudge_at=None, lapse_at=dialogue.lapse_at)
    identity = await typing(tx, dialogue)
    if identity is not None:
        await say.to_user(tx, ctx, identity, "question_nudge", buttons=SEND, state=dialogue.state)


async def send_by_itself(tx: Tx, ctx: Context, dialogue: Dialogue) -> None:
    identity = await typing(tx, dialogue)
    await dialogues.set_timers(tx, dialogue.identity_id, nudge_at=None, lapse_at=None)
    if identity is not None and identity.account_id is not None:
        await send(tx, ctx, identity, dialogue, received=ctx.now)
