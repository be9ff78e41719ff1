"""Presses in the staff group: only buttons meant for officers, only by those who are still in it."""

from collections.abc import Awaitable, Callable

from bot.channels.base import Inbound
from bot.desk import closing, consent, conversation, referral, relay, say, tickets
from bot.desk.context import Context
from bot.desk.stuck import send_again
from bot.domain.ids import InboxId, MessageId, OfficerId, OutboxId
from bot.domain.lifecycle import Status
from handlers import admin_buttons, officer, presses, referring, turn
from handlers.elsewhere import is_elsewhere
from handlers.officer import once
from handlers.turn import StaffTurn
from storage import messages, officers, outbox
from storage import tickets as ticket_rows
from storage.base import Tx

Action = Callable[[Tx, Context, StaffTurn, str], Awaitable[bool]]


async def press(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    found = await presses.find(tx, ctx, inbound.button)
    if found is not None and await is_elsewhere(tx, inbound, found[0]):
        found = None
    gone = await turn.has_left(tx, ctx, inbound)
    if found is not None and not gone and found[0].state == say.ADMINS:
        await admin_buttons.press(tx, ctx, inbound, found[1])
        return
    if found is None or gone or found[0].identity_id is not None or found[0].ticket_id is None:
        await say.toast(tx, ctx, inbound.query, "toast_stale")
        return
    keyboard, button = found
    assert keyboard.ticket_id is not None
    staff = await turn.of_officer(tx, ctx, inbound, inbox_id, await ticket_rows.need(tx, keyboard.ticket_id))
    if await ACTIONS[button["action"]](tx, ctx, staff, button["arg"]):
        await say.toast(tx, ctx, inbound.query)
    else:
        await say.toast(tx, ctx, inbound.query, "toast_stale")


async def _take(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    return await officer.take(tx, ctx, staff, "")


async def _take_over(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    """Only who asked confirms, and only while the ticket is with the same colleague."""
    holder, asker = map(int, arg.split(":"))
    if asker != staff.officer.id:
        await say.toast(tx, ctx, staff.inbound.query, "toast_not_yours")
        return True
    return await officer.take_over(tx, ctx, staff, holder)


async def _give_to(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    receiver = await officers.get(tx, OfficerId(int(arg)))
    return receiver is not None and await officer.give_to(tx, ctx, staff, receiver)


async def _retype(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    return staff.here.type != arg and await officer.retype(tx, ctx, staff, arg)


async def _mark_answered(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    return await officer.answered(tx, ctx, staff, "")


async def _ask(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    if staff.here.status == Status.CLOSED:
        return False
    await say.to_topic(tx, ctx, staff.here, "staff_usage", command="tanya", dedup=once(ctx, staff, "tanya"))
    return True


async def _close(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    """Without a reason: offer the reasons; with one: close."""
    if staff.here.status == Status.CLOSED:
        return False
    await officer.close(tx, ctx, staff, arg)
    return True


async def _staff_reopen(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    """Reopen and deliver the message that found the ticket closed (DOMAIN.md §6 rule 12).

    Another one's button may have reopened it by then: its own message is still to go.
    """
    ticket = staff.here
    if await consent.is_over(tx, ticket) is not None:
        return False
    message = await messages.need(tx, MessageId(int(arg)))
    if await relay.is_on_its_way(tx, ctx, ticket, message):
        return False
    if ticket.closed_at is not None:
        if not await tickets.has_room(tx, ctx, ticket.identity_id):
            return False
        ticket = await closing.reopen(tx, ctx, ticket, actor=f"officer:{staff.officer.id}", received=staff.inbound.at)
    await conversation.late_words(tx, ctx, ticket, message)
    return True


async def _send_again(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    row = await outbox.get(tx, OutboxId(int(arg)))
    if row is None or row.state not in ("failed", "held"):
        return False
    await send_again(tx, ctx, row)
    return True


async def _refer_send(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    return await referring.confirm(tx, ctx, staff, int(arg))


async def _refer_leave(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    return await referral.leave(tx, ctx, staff.here, int(arg))


ACTIONS: dict[str, Action] = {
    "take": _take,
    "take_over": _take_over,
    "give_to": _give_to,
    "retype": _retype,
    "unblock": officer.unblock,
    "mark_answered": _mark_answered,
    "ask": _ask,
    "close": _close,
    "staff_reopen": _staff_reopen,
    "send_again": _send_again,
    "refer_send": _refer_send,
    "refer_leave": _refer_leave,
}
