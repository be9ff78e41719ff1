"""The public's side: commands first, then typed button labels, then whatever the dialogue waits for."""

from typing import Any

from bot.channels.base import Content, Inbound
from bot.desk import arrivals, blocks, complaints, consent, conversation, files, people, registration, relay, say
from bot.desk.complaints import Overlay
from bot.desk.context import Context
from bot.desk.privacy import Rename
from bot.domain.ids import InboxId
from bot.domain.lifecycle import Status
from handlers import admin, asking, changing, commands, labels, privacy, registering, stuck, supervisor, turn
from handlers.commands import named
from handlers.turn import Turn, shown
from storage import dialogues, held, identities, links, messages, tickets
from storage.base import Tx

FILE_MOST_MB = 50  # what a bot may send
# Here what is typed goes to the officers, sooner or later.
TAKING = ("type", "question", "offer", "answered", "after_close", "elsewhere", "feedback", "survey", "idle")
STATES = {
    "new": registering.hello,
    "consent": registering.consent,
    "referred": registering.referred,
    "email": registering.email,
    "code": registering.code,
    "name": registering.name,
    "origin": registering.origin,
    "use": registering.use,
    "type": asking.part,
    "question": asking.part,
    "offer": asking.offered,
    "answered": asking.answered,
    "after_close": asking.after_close,
    "elsewhere": asking.elsewhere,
    "feedback": asking.feedback,
    "survey": asking.survey,
    "idle": asking.talk,
}


async def message(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    person = await turn.of_person(tx, ctx, inbound, inbox_id, lane)
    await _reachable_again(tx, ctx, person)
    if await _of_staff(tx, ctx, inbound):
        return
    overlay = Overlay.of(person.dialogue, inbound.at)
    if overlay is not None and overlay.number and await changing.is_code(tx, ctx, person):
        await dialogues.set_overlay(
            tx, person.identity.id, None
        )  # the complaint has its receipt: this is no part of it
        overlay = None
    if person.state == "erasing":
        await say.to_user(tx, ctx, person.identity, "erase_running", dedup=turn.burst(ctx, person.identity, "erasing"))
    elif person.content.text.startswith("/"):
        await _command(tx, ctx, person)
    elif overlay is not None:
        await _complaint(tx, ctx, person, overlay)
    elif person.identity.banned_at is not None:
        await _blocked(tx, ctx, person)
    elif Rename.of(person.dialogue, inbound.at) is not None:
        if not await labels.typed(tx, ctx, person, only=tuple(privacy.ACTIONS)):
            await privacy.name_typed(tx, ctx, person)
    elif not (await labels.typed(tx, ctx, person) or await changing.take(tx, ctx, person)):
        await (_step if _may_go_on(ctx, person) else registering.consent_again)(tx, ctx, person)


async def _of_staff(tx: Tx, ctx: Context, inbound: Inbound) -> bool:
    """Whether it was an answer of the supervisor or of an admin, on the platform where they are known by their ids."""
    if not ctx.traits(inbound.channel).staff:
        return False
    return await supervisor.answers(tx, ctx, inbound) or await stuck.reason(tx, ctx, inbound)


def _may_go_on(ctx: Context, person: Turn) -> bool:
    """Whether the person agreed to the notice as it is now, or stands where the agreement is still asked for."""
    return person.state in consent.BEFORE or consent.has_agreed(ctx, person.dialogue)


async def _blocked(tx: Tx, ctx: Context, person: Turn) -> None:
    await blocks.tell(tx, ctx, person.identity)


async def _step(tx: Tx, ctx: Context, person: Turn) -> None:
    state = person.state.partition(":")[0]
    if await _in_vain(tx, ctx, person, person.content):
        if state == "new":
            await registration.welcome(tx, ctx, person.identity)
    elif person.is_blank and state in TAKING:
        await _unsupported(tx, ctx, person)
    else:
        await STATES[state](tx, ctx, person)


async def _unsupported(tx: Tx, ctx: Context, person: Turn) -> None:
    await say.to_user(tx, ctx, person.identity, "unsupported", reply_to=person.inbound.ref, mb=FILE_MOST_MB)


async def _in_vain(tx: Tx, ctx: Context, person: Turn, content: Content) -> bool:
    """Whether it cannot be passed on: a kind no bot can send, a file the office does not take. Both sides are told."""
    data = content.data
    if content.kind == "unsupported":
        await _unsupported(tx, ctx, person)
        what: dict[str, Any] = {"key": "staff_user_unsupported", "kind": data.get("kind", "")}
    elif files.is_refused(ctx, content):
        types = ", ".join(ctx.settings.service.file_types)
        await say.to_user(tx, ctx, person.identity, "file_refused", reply_to=person.inbound.ref, types=types)
        what = {"key": "staff_file_refused", **files.described(data)}
    else:
        return False
    ticket = await tickets.open_of(tx, person.identity.id)
    if ticket is not None:
        await conversation.user_sent_in_vain(tx, ctx, ticket, at=person.inbound.at, **what)
    return True


async def _command(tx: Tx, ctx: Context, person: Turn) -> None:
    """What starts with "/" is never passed on; no known command, or one that is forwarded, gets a hint."""
    name, rest = named(person.content.text)
    command = None if person.inbound.secondhand else commands.PUBLIC.get(name)
    if command is not None and person.identity.banned_at is not None and command is commands.start:
        await _blocked(tx, ctx, person)
    elif command is not None:
        await command(tx, ctx, person, rest)
        await _without_file(tx, ctx, person)
    elif admin.may(ctx, person.inbound, admin.spelled(name, rest)[0]):
        await admin.run(tx, ctx, *admin.spelled(name, rest), admin.Desk(person.identity.chat, person.inbound.sender.id))
    else:
        await say.to_user(tx, ctx, person.identity, "unknown_command")


async def _complaint(tx: Tx, ctx: Context, person: Turn, overlay: Overlay) -> None:
    """What is typed after /pengaduan, and shortly after its receipt; the labels of its buttons may be typed too."""
    if await labels.typed(tx, ctx, person, only=("anonymous", "finish")):
        return
    words = person.content.text.strip()
    if shown(words):
        await complaints.take(tx, ctx, person.identity, words, overlay)
        await _without_file(tx, ctx, person)
    elif overlay.number:
        await _without_file(tx, ctx, person)
    else:
        dedup = turn.burst(ctx, person.identity, "complaint_empty") if person.content.album else None
        await say.to_user(tx, ctx, person.identity, "complaint_empty", dedup=dedup)


async def _without_file(tx: Tx, ctx: Context, person: Turn) -> None:
    """Only the words under a photo or a file were taken: say so."""
    if person.content.kind != "text":
        dedup = turn.burst(ctx, person.identity, "only_words")
        await say.to_user(tx, ctx, person.identity, "only_words", dedup=dedup)


async def _reachable_again(tx: Tx, ctx: Context, person: Turn) -> None:
    """Whoever writes can be written to: what was held goes out."""
    identity = person.identity
    if ctx.traits(identity.channel).staff:
        await complaints.heard_from(tx, ctx, identity.chat)
    if identity.unreachable_at is None:
        return
    await identities.set_unreachable(tx, identity.id, at=None, reason=None)
    await held.release(tx, ctx.office, identity.id, ctx.now)
    ticket = await tickets.open_of(tx, identity.id)
    if ticket is not None:
        await say.to_topic(tx, ctx, ticket, "staff_user_back")


async def edit(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """An edit of something kept is mirrored; of what was typed to the desk itself it is too late to matter."""
    person = await turn.known(tx, ctx, inbound, inbox_id, lane)
    if person is None or person.identity.banned_at is not None or await _in_vain(tx, ctx, person, person.content):
        return
    found = await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=inbound.chat, ref=inbound.ref)
    for link in found:
        row = await messages.get(tx, link.message_id)
        if row is not None and row.side == "user" and link.role == "source":
            await conversation.edited(tx, ctx, inbound, person.content, message=row)
    if not found and not person.content.text.startswith("/"):
        await _edited_in_vain(tx, ctx, person)


async def _edited_in_vain(tx: Tx, ctx: Context, person: Turn) -> None:
    """What was not passed on, such as a mistyped command, is not by an edit; on an open ticket that is said once."""
    if await tickets.open_of(tx, person.identity.id) is not None:
        once, ref = f"edit_not_kept:{person.identity.id}:{person.inbound.ref}", person.inbound.ref
        await say.to_user(tx, ctx, person.identity, "edit_not_kept", reply_to=ref, dedup=once)


async def reaction(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """The user's reaction is shown on the officers' side; taken back from an officer's message, the mark returns."""
    identity = await people.find(tx, ctx, inbound)
    if identity is not None and identity.banned_at is not None:
        return
    chat = identity.chat if identity is not None else inbound.chat
    for link in await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=chat, ref=inbound.ref):
        row = await messages.get(tx, link.message_id)
        if row is None or row.ticket_id is None:
            continue
        ticket = await tickets.need(tx, row.ticket_id)
        emoji = inbound.emoji
        if emoji is None and row.side == "officer":
            emoji = await arrivals.mark_of(tx, ctx, inbound.channel, inbound.ref) or conversation.DELIVERED_MARK
        await relay.pass_reaction(tx, ctx, ticket, row, emoji, to="topic")


async def membership(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """The person blocked the bot, or let it in again; the officers are told."""
    person = await turn.known(tx, ctx, inbound, inbox_id, lane)
    if person is None:
        return
    if inbound.change == "unblocked":
        await _reachable_again(tx, ctx, person)
        return
    if inbound.change != "blocked" or person.identity.unreachable_at is not None:
        return
    await identities.set_unreachable(tx, person.identity.id, at=ctx.now, reason="blocked")
    ticket = await tickets.open_of(tx, person.identity.id)
    if ticket is not None and ticket.status != Status.CLOSED:
        await say.to_topic(tx, ctx, ticket, "staff_user_blocked")
