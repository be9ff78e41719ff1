"""The staff group: what officers write in a topic is relayed, noted, or a command."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.channels.base import Content, Inbound
from bot.desk import consent, conversation, relay, say, topics
from bot.desk.context import Context
from bot.domain.ids import InboxId
from handlers import admin, group, menus, officer, roster, stuck, turn
from handlers.commands import named
from handlers.turn import StaffTurn
from storage import links, messages, tickets
from storage.base import Tx
from storage.messages import Message
from storage.tickets import Ticket

NOTE_MARK = "//"
NOTE_COMMANDS = ("catatan", "note")


async def _show_roster(tx: Tx, ctx: Context, staff: StaffTurn, rest: str) -> None:
    """/piket for everybody; only admins set it, so what stands behind it is not read."""
    await roster.show(tx, ctx, chat="staff", thread=staff.inbound.thread)


async def _help(tx: Tx, ctx: Context, staff: StaffTurn, rest: str) -> None:
    """The officers' commands in the order of their use, and an admin's own."""
    more = menus.ADMIN if staff.inbound.sender.id in ctx.admins else ()
    await _hint(tx, ctx, staff.inbound, "staff_help", commands=menus.STAFF, admin=more)


# What any officer may ask, in a topic or not.
ANYWHERE: dict[str, Callable[[Tx, Context, StaffTurn, str], Awaitable[None]]] = {
    "piket": _show_roster,
    **dict.fromkeys(officer.HELP, _help),
}


async def message(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    ticket = await _ticket_of(tx, ctx, inbound)
    text = inbound.content.text if inbound.content is not None else ""
    refused = await _refused(tx, ctx, inbound)
    if refused is not None:
        if ticket is not None or text.startswith("/"):
            await _hint(tx, ctx, inbound, refused)
        await _hold_back_album(tx, ctx, inbound, inbox_id, ticket)
        return
    staff = await turn.of_officer(tx, ctx, inbound, inbox_id, ticket)
    name, rest = named(text) if text.startswith("/") else ("", "")
    over = await consent.is_over(tx, ticket) if ticket is not None else None
    if over is not None and not _is_mere_command(text, name):
        await _hint(tx, ctx, inbound, over)
    elif text.startswith(NOTE_MARK) or (ticket is not None and name in NOTE_COMMANDS):
        await _note(tx, ctx, staff)
    elif text.startswith("/"):
        await _command(tx, ctx, staff, name, rest)
    elif ticket is not None:
        await _relay(tx, ctx, staff)
    else:
        await stuck.reason(tx, ctx, inbound)


async def _ticket_of(tx: Tx, ctx: Context, inbound: Inbound) -> Ticket | None:
    """The ticket in whose topic this was written, one included that the desk made and lost sight of."""
    if inbound.thread is None:
        return None
    ticket = await tickets.of_topic(tx, ctx.office, inbound.thread)
    if ticket is None and inbound.topic_by == ctx.bot_id:
        return await topics.found(tx, ctx, inbound.topic, inbound.thread)
    return ticket


def _is_mere_command(text: str, name: str) -> bool:
    """A command that says nothing to the user and keeps nothing."""
    return text.startswith("/") and not text.startswith(NOTE_MARK) and name not in (*officer.SPEAKING, *NOTE_COMMANDS)


async def _refused(tx: Tx, ctx: Context, inbound: Inbound) -> str | None:
    """The text that says why nothing of this sender is passed on: no identity, or not in the group any more."""
    if inbound.sender.anonymous:
        return "staff_anonymous"
    return "staff_left" if await turn.has_left(tx, ctx, inbound) else None


async def _hold_back_album(
    tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, ticket: Ticket | None
) -> None:
    """A part of an album that was refused is kept as a note: what it says must hold for the parts that follow (T27)."""
    if ticket is not None and inbound.content is not None and inbound.content.album and not inbound.sender.anonymous:
        await _note(tx, ctx, await turn.of_officer(tx, ctx, inbound, inbox_id, ticket))


async def _note(tx: Tx, ctx: Context, staff: StaffTurn) -> None:
    """Outside the topics a note is just talk among officers."""
    if staff.ticket is not None:
        await _write(tx, ctx, staff, conversation.note)


async def _relay(tx: Tx, ctx: Context, staff: StaffTurn) -> None:
    if staff.content.kind == "unsupported":
        kind = staff.content.data.get("kind", "")
        await say.to_topic(tx, ctx, staff.here, "staff_unsupported", reply_to=staff.inbound.ref, kind=kind)
        return
    turned_note = await conversation.belongs_to_note(tx, staff.here, staff.content)
    await _write(tx, ctx, staff, conversation.note if turned_note else conversation.officer_wrote)


async def _write(tx: Tx, ctx: Context, staff: StaffTurn, write: Callable[..., Awaitable[None]]) -> None:
    await write(
        tx, ctx, staff.inbound, staff.content, inbox_id=staff.inbox_id, officer=staff.officer, ticket=staff.here
    )


async def _command(tx: Tx, ctx: Context, staff: StaffTurn, name: str, rest: str) -> None:
    """Known commands act; what else starts with "/" is never relayed, nor is the album it stands under."""
    if name == group.ID_COMMAND:
        await group.tell_id(tx, ctx, staff.inbound)
        return
    if staff.content.album is not None and staff.ticket is not None and name not in officer.SPEAKING:
        await _note(tx, ctx, staff)
    key = await _acted(tx, ctx, staff, name, rest)
    if key is not None:
        await _hint(tx, ctx, staff.inbound, key)


async def _acted(tx: Tx, ctx: Context, staff: StaffTurn, name: str, rest: str) -> str | None:
    """Do what the command says, or the text that says why not."""
    inbound = staff.inbound
    name, rest = admin.spelled(name, rest)
    name = officer.ALIASES.get(name, name)
    if admin.may(ctx, inbound, name):
        await admin.run(tx, ctx, name, rest, admin.Desk("staff", inbound.sender.id, inbound.thread))
        return None
    known = name in officer.COMMANDS or name in NOTE_COMMANDS or name in ANYWHERE
    if not known or (inbound.secondhand and name not in officer.HELP):
        return "staff_unknown_command"
    if name in ANYWHERE:
        await ANYWHERE[name](tx, ctx, staff, rest)
        return None
    if staff.ticket is None:
        return "staff_topic_only"
    return None if await officer.COMMANDS[name](tx, ctx, staff, rest) else "staff_not_now"


async def _hint(tx: Tx, ctx: Context, inbound: Inbound, key: str, **params: Any) -> None:
    await say.to_chat(tx, ctx, "staff", key, reply_to=inbound.ref, thread=inbound.thread, **params)


async def edit(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """Note or not is settled at first posting: an edit never changes it, and a command edited later does nothing."""
    assert inbound.content is not None
    row = await _own_words(tx, ctx, inbound)
    refused = await _refused(tx, ctx, inbound)
    if refused is not None:
        if row is not None and row.side == "officer":
            await _hint(tx, ctx, inbound, refused)
    elif row is not None:
        await _revise(tx, ctx, inbound, inbound.content, row)
    elif inbound.thread and await tickets.of_topic(tx, ctx.office, inbound.thread) is not None:
        await _say_not_sent(tx, ctx, inbound, inbound.content)


async def _own_words(tx: Tx, ctx: Context, inbound: Inbound) -> Message | None:
    """The message of an officer that stands there; None for what was not kept, such as a command."""
    for link in await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=inbound.chat, ref=inbound.ref):
        row = await messages.get(tx, link.message_id)
        if row is not None and row.side != "user" and link.role == "source":
            return row
    return None


async def _say_not_sent(tx: Tx, ctx: Context, inbound: Inbound, content: Content) -> None:
    """What was no message to the user does not become one by an edit, and the officer learns it."""
    if content.kind == "unsupported":
        await _hint(tx, ctx, inbound, "staff_unsupported", kind=content.data.get("kind", ""))
    elif not content.text.startswith("/"):
        await _hint(tx, ctx, inbound, "staff_edit_not_sent")


async def _revise(tx: Tx, ctx: Context, inbound: Inbound, content: Content, row: Message) -> None:
    """What was sent to the user and now reads as a note or a command stays as the user has it (QUALITY.md T27)."""
    if row.side == "note":
        changed = not Content.from_json(row.content).shows_same(content)
        await conversation.edited(tx, ctx, inbound, content, message=row)
        if changed:
            await _say_not_sent(tx, ctx, inbound, content)
        return
    if content.kind == "unsupported":
        await _hint(tx, ctx, inbound, "staff_unsupported", kind=content.data.get("kind", ""))
        return
    if content.text.startswith("/"):
        name, rest = named(content.text)
        if name not in officer.SPEAKING or not rest:
            await _hint(tx, ctx, inbound, "staff_edit_kept_back")
            return
        content = replace(content, text=rest, entities=[])
    await conversation.edited(tx, ctx, inbound, content, message=row)


async def reaction(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """An officer's reaction is shown to the user, on their own message or on the copy of an officer's."""
    found = await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=inbound.chat, ref=inbound.ref)
    for link in found[-1:]:  # of texts that share a post, the last
        row = await messages.get(tx, link.message_id)
        if row is not None and row.ticket_id is not None and row.side != "note":
            await relay.pass_reaction(tx, ctx, await tickets.need(tx, row.ticket_id), row, inbound.emoji, to="user")
