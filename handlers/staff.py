"""The staff group: what officers write in a topic is relayed, noted, or a command."""

from dataclasses import replace

from bot.channels.base import Inbound
from bot.desk import conversation, relay, say
from bot.desk.context import Context
from bot.domain.ids import InboxId
from handlers import admin, officer, turn
from handlers.commands import named
from handlers.turn import StaffTurn
from storage import links, messages, tickets
from storage.base import Tx
from storage.tickets import Ticket

NOTE_MARK = "//"
NOTE_COMMANDS = ("catatan", "note")


async def message(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    ticket = await tickets.of_topic(tx, ctx.office, inbound.thread) if inbound.thread else None
    if inbound.sender.anonymous:
        await _refuse_anonymous(tx, ctx, inbound, ticket)
        return
    staff = await turn.of_officer(tx, ctx, inbound, inbox_id, ticket)
    text = staff.content.text
    name, rest = named(text) if text.startswith("/") else ("", "")
    if ticket is not None and (text.startswith(NOTE_MARK) or name in NOTE_COMMANDS):
        await conversation.note(
            tx, ctx, inbound, staff.content, inbox_id=inbox_id, officer=staff.officer, ticket=ticket
        )
    elif text.startswith("/"):
        await _command(tx, ctx, staff, name, rest)
    elif ticket is not None:
        await _relay(tx, ctx, staff)


async def _relay(tx: Tx, ctx: Context, staff: StaffTurn) -> None:
    if staff.content.kind == "unsupported":
        kind = staff.content.data.get("kind", "")
        await say.to_topic(tx, ctx, staff.here, "staff_unsupported", reply_to=staff.inbound.ref, kind=kind)
        return
    turned_note = await conversation.belongs_to_note(tx, staff.here, staff.content)
    write = conversation.note if turned_note else conversation.officer_wrote
    await write(
        tx, ctx, staff.inbound, staff.content, inbox_id=staff.inbox_id, officer=staff.officer, ticket=staff.here
    )


async def _command(tx: Tx, ctx: Context, staff: StaffTurn, name: str, rest: str) -> None:
    """Known commands act; anything else that starts with "/" is never relayed and gets a hint."""
    if name in admin.COMMANDS and staff.inbound.sender.id in ctx.admins:
        await admin.run(tx, ctx, name, rest, admin.Desk("staff", staff.inbound.sender.id, staff.inbound.thread))
    elif name not in officer.COMMANDS:
        await _hint(tx, ctx, staff, "staff_unknown_command")
    elif staff.ticket is None:
        await _hint(tx, ctx, staff, "staff_topic_only")
    elif not await officer.COMMANDS[name](tx, ctx, staff, rest):
        await _hint(tx, ctx, staff, "toast_stale")


async def _hint(tx: Tx, ctx: Context, staff: StaffTurn, key: str) -> None:
    await say.to_chat(tx, ctx, "staff", key, reply_to=staff.inbound.ref, thread=staff.inbound.thread)


async def _refuse_anonymous(tx: Tx, ctx: Context, inbound: Inbound, ticket: Ticket | None) -> None:
    """Who posts as the group or a channel carries no identity: nothing is relayed, and they are told why."""
    if ticket is not None:
        await say.to_topic(tx, ctx, ticket, "staff_anonymous", reply_to=inbound.ref)


async def edit(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """Note or not is settled at first posting: an edit never changes it, and a command edited later does nothing."""
    for link in await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=inbound.chat, ref=inbound.ref):
        row = await messages.get(tx, link.message_id)
        if row is not None and row.side != "user" and link.role == "source" and inbound.content is not None:
            content = inbound.content
            if row.side == "officer" and content.text.startswith("/"):
                name, rest = named(content.text)
                content = replace(content, text=rest, entities=[]) if name in ("tanya", "jawab") else content
            await conversation.edited(tx, ctx, inbound, content, message=row)


async def reaction(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """An officer's reaction is shown to the user, on their own message or on the copy of an officer's."""
    for link in await links.of_ref(tx, ctx.office, channel=inbound.channel, chat=inbound.chat, ref=inbound.ref):
        row = await messages.get(tx, link.message_id)
        if row is not None and row.ticket_id is not None and row.side != "note":
            await relay.pass_reaction(tx, ctx, await tickets.need(tx, row.ticket_id), row, inbound.emoji, to="user")
