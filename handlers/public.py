"""The public's side: commands first, then typed button labels, then whatever the dialogue waits for."""

from bot.channels.base import Inbound
from bot.desk import complaints, conversation, relay, say
from bot.desk.context import Context
from bot.domain.ids import InboxId
from bot.domain.lifecycle import Status
from handlers import admin, asking, buttons, commands, registering, turn
from handlers.commands import named
from handlers.turn import Turn
from storage import identities, links, messages, outbox, tickets
from storage.base import Tx

STATES = {
    "new": registering.hello,
    "consent": registering.consent,
    "email": registering.email,
    "code": registering.code,
    "name": registering.name,
    "origin": registering.origin,
    "use": registering.use,
    "type": asking.part,
    "question": asking.part,
    "after_close": asking.after_close,
    "feedback": asking.feedback,
    "idle": asking.talk,
}


async def message(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    person = await turn.of_person(tx, ctx, inbound, inbox_id, lane)
    await _reachable_again(tx, ctx, person)
    if person.identity.banned_at is not None:
        await say.to_user(tx, ctx, person.identity, "blocked", dedup=f"blocked:{person.identity.id}:{ctx.now:%Y%m%d}")
    elif (person.content.text or "").startswith("/"):
        await _command(tx, ctx, person)
    elif person.dialogue is not None and person.dialogue.overlay in complaints.OVERLAYS:
        await _complaint(tx, ctx, person)
    elif not await buttons.typed(tx, ctx, person):
        await _step(tx, ctx, person)


async def _step(tx: Tx, ctx: Context, person: Turn) -> None:
    if person.content.kind == "unsupported":
        await say.to_user(tx, ctx, person.identity, "unsupported", mb=50)
    else:
        await STATES[person.state](tx, ctx, person)


async def _command(tx: Tx, ctx: Context, person: Turn) -> None:
    """A text that starts with "/" is never passed on; one that is no known command gets a hint."""
    name, rest = named(person.content.text)
    if name in commands.PUBLIC:
        await commands.PUBLIC[name](tx, ctx, person, rest)
    elif name in admin.COMMANDS and person.inbound.sender.id in ctx.admins:
        await admin.run(tx, ctx, name, rest, admin.Desk(person.identity.chat, person.inbound.sender.id))
    else:
        await say.to_user(tx, ctx, person.identity, "unknown_command")


async def _complaint(tx: Tx, ctx: Context, person: Turn) -> None:
    """What is typed after /pengaduan; the label of its button may be typed too."""
    if await buttons.typed(tx, ctx, person, only="anonymous"):
        return
    if person.content.text.strip():
        anonymous = person.dialogue is not None and person.dialogue.overlay == complaints.ANONYMOUS
        await complaints.file(tx, ctx, person.identity, person.content.text.strip(), anonymous=anonymous)
    else:
        await say.to_user(tx, ctx, person.identity, "complaint_empty")


async def _reachable_again(tx: Tx, ctx: Context, person: Turn) -> None:
    """Whoever writes can be written to: what was held goes out."""
    identity = person.identity
    if identity.unreachable_at is None:
        return
    await identities.set_unreachable(tx, identity.id, at=None, reason=None)
    await outbox.release_held(tx, ctx.office, identity.id, ctx.now)
    ticket = await tickets.open_of(tx, identity.id)
    if ticket is not None:
        await say.to_topic(tx, ctx, ticket, "staff_user_back")


async def edit(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """An edit of something kept is mirrored; of anything else, it is too late to matter."""
    for link in await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=inbound.chat, ref=inbound.ref):
        row = await messages.get(tx, link.message_id)
        if row is not None and row.side == "user" and link.role == "source" and inbound.content is not None:
            await conversation.edited(tx, ctx, inbound, inbound.content, message=row)


async def reaction(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """The user's reaction is shown on the officers' side; taken back from an officer's message, the mark returns."""
    for link in await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=inbound.chat, ref=inbound.ref):
        row = await messages.get(tx, link.message_id)
        if row is None or row.ticket_id is None:
            continue
        ticket = await tickets.need(tx, row.ticket_id)
        emoji = inbound.emoji
        if emoji is None and row.side == "officer":
            emoji = conversation.DELIVERED_MARK
        await relay.pass_reaction(tx, ctx, ticket, row, emoji, to="topic")


async def membership(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """The person blocked the bot, or let it in again; the officers are told."""
    person = await turn.of_person(tx, ctx, inbound, inbox_id, lane)
    if inbound.change == "unblocked":
        await _reachable_again(tx, ctx, person)
        return
    if inbound.change != "blocked" or person.identity.unreachable_at is not None:
        return
    await identities.set_unreachable(tx, person.identity.id, at=ctx.now, reason="blocked")
    ticket = await tickets.open_of(tx, person.identity.id)
    if ticket is not None and ticket.status != Status.CLOSED:
        await say.to_topic(tx, ctx, ticket, "staff_user_blocked")
