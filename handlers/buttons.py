"""Presses of buttons, and labels typed instead: the same thing (a press older than 150 s is lost by Telegram).

Callback data is a token and an index. Who may press, in which state and for which cycle stands in the database; what
does not fit is answered as no longer valid and does nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.channels.base import Inbound
from bot.desk import closing, complaints, conversation, feedback, questions, registration, relay, say
from bot.desk.context import Context
from bot.domain.ids import InboxId, MessageId, OutboxId
from bot.domain.lifecycle import Status, may_reopen
from handlers import officer, turn
from handlers.turn import StaffTurn, Turn
from storage import accounts, dialogues, identities, keyboards, messages, outbox
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.keyboards import Keyboard
from storage.tickets import Ticket

LABEL_LONGEST = 40


@dataclass(frozen=True)
class Press:
    """A button of the public: `arg` as it was stored, the ticket it belongs to."""

    turn: Turn
    arg: str
    ticket: Ticket | None

    @property
    def its_ticket(self) -> Ticket:
        assert self.ticket is not None
        return self.ticket


Action = Callable[[Tx, Context, Press], Awaitable[bool]]


async def public_press(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    person = await turn.of_person(tx, ctx, inbound, inbox_id, lane)
    found = await _find(tx, ctx, inbound.button)
    if found is None:
        await _toast(tx, ctx, person, "toast_stale")
        return
    keyboard, button = found
    if keyboard.identity_id != person.identity.id:
        await _toast(tx, ctx, person, "toast_not_yours")
    elif await _press(tx, ctx, person, keyboard, button):
        await say.toast(tx, ctx, inbound.query)
    else:
        await _toast(tx, ctx, person, "toast_stale")


async def _toast(tx: Tx, ctx: Context, person: Turn, key: str) -> None:
    await say.toast(tx, ctx, person.inbound.query, key, lang=person.identity.lang)


async def _find(tx: Tx, ctx: Context, data: str) -> tuple[Keyboard, dict[str, str]] | None:
    token, _, index = data.partition(":")
    keyboard = await keyboards.of_token(tx, ctx.office, token)
    if keyboard is None or not index.isdecimal() or int(index) >= len(keyboard.buttons):
        return None
    return keyboard, keyboard.buttons[int(index)]


async def typed(tx: Tx, ctx: Context, person: Turn, *, only: str = "") -> bool:
    """Whether the text was the label of a live button (with `only`: of that action), and was handled as a press."""
    text = person.text.strip()
    if not text or len(text) > LABEL_LONGEST:
        return False
    for keyboard in await keyboards.live(tx, person.identity.id):
        for button in keyboard.buttons:
            if only and button["action"] != only:
                continue
            if ctx.texts.same(text, label_key(button["key"])) and await _press(tx, ctx, person, keyboard, button):
                return True
    return False


def label_key(key: str) -> str:
    return key if "." in key else f"button.{key}"


async def _press(tx: Tx, ctx: Context, person: Turn, keyboard: Keyboard, button: dict[str, str]) -> bool:
    """Do what the button says if it still counts; whether it did."""
    if keyboard.state is not None and keyboard.state != person.state:
        return False
    ticket = await ticket_rows.need(tx, keyboard.ticket_id) if keyboard.ticket_id is not None else None
    if ticket is not None and (ticket.cycle != keyboard.cycle or ticket.identity_id != person.identity.id):
        return False
    return await ACTIONS[button["action"]](tx, ctx, Press(person, button["arg"], ticket))


# Registration.


async def _agree(tx: Tx, ctx: Context, press: Press) -> bool:
    await registration.agree(tx, ctx, press.turn.identity)
    return True


async def _decline(tx: Tx, ctx: Context, press: Press) -> bool:
    await registration.decline(tx, ctx, press.turn.identity, press.turn.lane)
    return True


async def _language(tx: Tx, ctx: Context, press: Press) -> bool:
    """Change the language; whoever stands at the consent reads it anew."""
    identity = replace(press.turn.identity, lang=press.arg)
    await identities.set_lang(tx, identity.id, press.arg)
    if press.turn.state == "consent":
        await registration.ask_consent(tx, ctx, identity)
    else:
        await say.to_user(tx, ctx, identity, "language_set")
    return True


async def _email(tx: Tx, ctx: Context, press: Press) -> bool:
    await registration.request_code(tx, ctx, press.turn.identity, press.arg)
    return True


async def _resend(tx: Tx, ctx: Context, press: Press) -> bool:
    await registration.resend(tx, ctx, press.turn.identity)
    return True


async def _change_email(tx: Tx, ctx: Context, press: Press) -> bool:
    await registration.ask_email(tx, ctx, press.turn.identity)
    return True


async def _origin(tx: Tx, ctx: Context, press: Press) -> bool:
    account_id = press.turn.identity.account_id
    if press.arg and account_id is not None:
        await accounts.set_origin(tx, account_id, press.arg)
    await registration.ask_use(tx, ctx, press.turn.identity)
    return True


async def _use(tx: Tx, ctx: Context, press: Press) -> bool:
    account_id = press.turn.identity.account_id
    if press.arg and account_id is not None:
        await accounts.set_use(tx, account_id, press.arg)
    await questions.choose_type(tx, ctx, press.turn.identity)
    return True


# The question and the ticket.


async def _type(tx: Tx, ctx: Context, press: Press) -> bool:
    await questions.ask_question(tx, ctx, press.turn.identity, press.arg)
    return True


async def _send(tx: Tx, ctx: Context, press: Press) -> bool:
    assert press.turn.dialogue is not None
    await questions.send(tx, ctx, press.turn.identity, press.turn.dialogue, received=press.turn.inbound.at)
    return True


async def _still_needed(tx: Tx, ctx: Context, press: Press) -> bool:
    if press.its_ticket.silence_from is None:
        return False
    await conversation.still_needed(tx, ctx, press.its_ticket, at=press.turn.inbound.at)
    return True


async def _answered(tx: Tx, ctx: Context, press: Press) -> bool:
    if press.its_ticket.silence_from is None:
        return False
    await conversation.said_answered(tx, ctx, press.its_ticket, at=press.turn.inbound.at)
    return True


async def _cancel_ticket(tx: Tx, ctx: Context, press: Press) -> bool:
    if press.its_ticket.status == Status.CLOSED:
        return False
    if not await closing.cancel(tx, ctx, press.its_ticket):
        await conversation.said_answered(tx, ctx, press.its_ticket, at=press.turn.inbound.at)
    return True


async def _keep(tx: Tx, ctx: Context, press: Press) -> bool:
    return True


async def _reopen(tx: Tx, ctx: Context, press: Press) -> bool:
    """Reopen within the days the office allows, unless another ticket is open by now."""
    ticket, identity = press.its_ticket, press.turn.identity
    if ticket.closed_at is None or await ticket_rows.open_of(tx, identity.id) is not None:
        return False
    if not may_reopen(ticket.closed_at, ctx.now, days=ctx.settings.service.reopen_within_days):
        await say.to_user(tx, ctx, identity, "reopen_over", number=ticket.number)
        return True
    await closing.reopen(tx, ctx, ticket, actor="user", received=press.turn.inbound.at)
    if press.turn.state == "feedback":
        await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)
    return True


async def _continue_ticket(tx: Tx, ctx: Context, press: Press) -> bool:
    """The closed ticket goes on, with what was typed after its close."""
    identity = press.turn.identity
    draft = await messages.draft(tx, identity.id)
    if not await _reopen(tx, ctx, press):
        return False
    await dialogues.go(tx, ctx.office, identity.id, "idle", at=ctx.now)
    ticket = await ticket_rows.need(tx, press.its_ticket.id)
    await messages.adopt_draft(tx, identity.id, ticket.id)
    for message in draft:
        await relay.pass_on(tx, ctx, ticket, message)
    return True


async def _new_ticket(tx: Tx, ctx: Context, press: Press) -> bool:
    await questions.choose_type(tx, ctx, press.turn.identity)
    return True


async def _rate(tx: Tx, ctx: Context, press: Press) -> bool:
    return await feedback.rate(tx, ctx, press.turn.identity, press.its_ticket, int(press.arg))


async def _skip_feedback(tx: Tx, ctx: Context, press: Press) -> bool:
    await feedback.end(tx, ctx, press.turn.identity)
    return True


async def _anonymous(tx: Tx, ctx: Context, press: Press) -> bool:
    """The complaint that follows goes without a name."""
    dialogue = press.turn.dialogue
    if dialogue is None or dialogue.overlay not in complaints.OVERLAYS:
        return False
    await dialogues.set_overlay(tx, press.turn.identity.id, complaints.ANONYMOUS)
    await say.to_user(tx, ctx, press.turn.identity, "complaint_anonymous")
    return True


async def _read_standard(tx: Tx, ctx: Context, press: Press) -> bool:
    await say.to_user(tx, ctx, press.turn.identity, "standard_full")
    return True


ACTIONS: dict[str, Action] = {
    "agree": _agree,
    "decline": _decline,
    "language": _language,
    "email": _email,
    "resend": _resend,
    "change_email": _change_email,
    "origin": _origin,
    "use": _use,
    "type": _type,
    "send": _send,
    "still_needed": _still_needed,
    "answered": _answered,
    "cancel_ticket": _cancel_ticket,
    "keep": _keep,
    "reopen": _reopen,
    "continue_ticket": _continue_ticket,
    "new_ticket": _new_ticket,
    "rate": _rate,
    "skip_feedback": _skip_feedback,
    "anonymous": _anonymous,
    "read_standard": _read_standard,
}


# The officers' buttons.

StaffAction = Callable[[Tx, Context, StaffTurn, str], Awaitable[bool]]


async def staff_press(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    found = await _find(tx, ctx, inbound.button)
    if found is None or found[0].identity_id is not None or found[0].ticket_id is None:
        await say.toast(tx, ctx, inbound.query, "toast_stale")
        return
    keyboard, button = found
    ticket = await ticket_rows.need(tx, keyboard.ticket_id) if keyboard.ticket_id is not None else None
    staff = await turn.of_officer(tx, ctx, inbound, inbox_id, ticket)
    if await STAFF_ACTIONS[button["action"]](tx, ctx, staff, button["arg"]):
        await say.toast(tx, ctx, inbound.query)
    else:
        await say.toast(tx, ctx, inbound.query, "toast_stale")


async def _take(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    return await officer.take(tx, ctx, staff, "")


async def _mark_answered(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    return await officer.answered(tx, ctx, staff, "")


async def _ask(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    await say.to_topic(tx, ctx, staff.here, "staff_usage", command="tanya")
    return staff.here.status != Status.CLOSED


async def _close(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    """Without a reason: offer the reasons; with one: close."""
    if staff.here.status == Status.CLOSED:
        return False
    await officer.close(tx, ctx, staff, arg)
    return True


async def _staff_reopen(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    """Reopen and deliver the message that found the ticket closed (DOMAIN.md §6 rule 12)."""
    ticket = staff.here
    if ticket.closed_at is None or await ticket_rows.open_of(tx, ticket.identity_id) is not None:
        return False
    again = await closing.reopen(tx, ctx, ticket, actor=f"officer:{staff.officer.id}", received=staff.inbound.at)
    message = await messages.need(tx, MessageId(int(arg)))
    await relay.pass_on(tx, ctx, again, message, follow_up="answer")
    return True


async def _send_again(tx: Tx, ctx: Context, staff: StaffTurn, arg: str) -> bool:
    row = await outbox.get(tx, OutboxId(int(arg)))
    if row is None or row.state not in ("failed", "held"):
        return False
    await outbox.requeue(tx, row, ctx.now)
    return True


STAFF_ACTIONS: dict[str, StaffAction] = {
    "take": _take,
    "mark_answered": _mark_answered,
    "ask": _ask,
    "close": _close,
    "staff_reopen": _staff_reopen,
    "send_again": _send_again,
}
