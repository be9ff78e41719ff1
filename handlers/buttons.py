"""Presses of buttons, and labels typed instead: the same thing (a press older than 150 s is lost by Telegram).

Callback data is a token and an index. Who may press, in which state and for which cycle stands in the database; what
does not fit is answered as no longer valid and does nothing.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.channels.base import Inbound
from bot.desk import (
    closing,
    complaints,
    consent,
    conversation,
    feedback,
    moving,
    new_email,
    newcomers,
    offers,
    questions,
    registration,
    say,
    status,
    survey,
    tickets,
)
from bot.desk.complaints import Overlay
from bot.desk.context import Context
from bot.domain.ids import IdentityId, InboxId, TicketId
from bot.domain.lifecycle import Status, may_reopen
from bot.domain.numbers import Number
from handlers import admin_buttons, commands, privacy, turn
from handlers.elsewhere import is_elsewhere
from handlers.turn import Turn
from storage import accounts, dialogues, identities, keyboards
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.keyboards import Keyboard
from storage.tickets import Ticket

LABEL_LONGEST = 64
LOOKED_AT = 10  # of the newest keyboards, for a label that was typed
INDEX_LONGEST = 3
# What a person is asked after a close: a reopened ticket ends it, and takes what was typed.
AFTERWARDS = ("feedback", "survey", "after_close")
# Questions with a list of choices, to which a number is no other answer.
NUMBERED = ("origin", "use", "type")
# These stand beside the conversation: they leave a complaint open, and a blocked person may use them.
BESIDES = (
    *("anonymous", "finish", "language", "read_standard", "earlier", "show_held"),
    *("new_email", "new_email_resend", "new_email_leave"),
    *privacy.ACTIONS,
)
# These need no agreement to the notice as it is now.
FREE = ("agree", "decline", *BESIDES)


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
    person = await turn.known(tx, ctx, inbound, inbox_id, lane)
    found = await find(tx, ctx, inbound.button)
    elsewhere = found is not None and await is_elsewhere(tx, inbound, found[0])
    if found is not None and not elsewhere and found[0].state == say.ADMINS and ctx.traits(inbound.channel).staff:
        await admin_buttons.press(tx, ctx, inbound, found[1])
        return
    if person is None:
        await say.toast(tx, ctx, inbound.query, "toast_stale", lang=_lang(ctx, inbound, person))
        return
    if found is None or (elsewhere and found[0].identity_id is None):
        await _toast(tx, ctx, person, "toast_stale")
        return
    keyboard, button = found
    if keyboard.identity_id != person.identity.id:
        await _toast(tx, ctx, person, "toast_not_yours")
    elif elsewhere:
        await _toast(tx, ctx, person, "toast_stale")
    elif not _may_press(ctx, person, button):
        await _toast(tx, ctx, person, "toast_consent")
        dedup = turn.burst(ctx, person.identity, "consent_again")
        await consent.ask_again(tx, ctx, person.identity, person.dialogue, dedup=dedup)
    elif await _press(tx, ctx, person, keyboard, button):
        await say.toast(tx, ctx, inbound.query)
    else:
        await _toast(tx, ctx, person, "toast_stale")


def _lang(ctx: Context, inbound: Inbound, person: Turn | None) -> str:
    return person.identity.lang if person else turn.language_of(ctx, inbound)


def _may_press(ctx: Context, person: Turn, button: dict[str, str]) -> bool:
    """Whether the person agreed to what the button begins; while they are being erased no button counts at all."""
    return button["action"] in FREE or person.state == "erasing" or consent.has_agreed(ctx, person.dialogue)


async def _toast(tx: Tx, ctx: Context, person: Turn, key: str) -> None:
    """Where a press waits for no answer, it is a message, once for several presses."""
    if person.inbound.query:
        await say.toast(tx, ctx, person.inbound.query, key, lang=person.identity.lang)
    else:
        await say.to_user(tx, ctx, person.identity, key, dedup=turn.burst(ctx, person.identity, key))


async def find(tx: Tx, ctx: Context, data: str) -> tuple[Keyboard, dict[str, str]] | None:
    """The keyboard and the button that callback data names; None for what was never ours."""
    token, _, index = data.partition(":")
    keyboard = await keyboards.of_token(tx, ctx.office, token)
    if keyboard is None or not (index.isdecimal() and len(index) <= INDEX_LONGEST):
        return None
    if int(index) >= len(keyboard.buttons):
        return None
    return keyboard, keyboard.buttons[int(index)]


async def typed(tx: Tx, ctx: Context, person: Turn, *, only: tuple[str, ...] = ()) -> bool:
    """Whether the text was the label of a live button (with `only`: of those actions), and was handled as a press."""
    text = person.typed
    if not text or len(text) > LABEL_LONGEST:
        return False
    if not only and await _numbered(tx, ctx, person, text):
        return True
    if not (ctx.texts.is_label(text) or Number.parse(text)):  # the public's buttons say nothing else
        return False
    for place, keyboard in enumerate(await keyboards.live(tx, person.identity.id, LOOKED_AT)):
        if not (only or await _may_be_typed(tx, person, keyboard, newest=place == 0)):
            continue
        for button in keyboard.buttons:
            if only and button["action"] not in only:
                continue
            if _is_label(ctx, text, button["key"]) and await _press(tx, ctx, person, keyboard, button):
                return True
    return False


async def _numbered(tx: Tx, ctx: Context, person: Turn, text: str) -> bool:
    """Whether the text was the number of a choice in the list that was asked last, and was handled as a press."""
    if person.state not in NUMBERED or not (text.isascii() and text.isdigit() and len(text) <= INDEX_LONGEST):
        return False
    newest = next(iter(await keyboards.live(tx, person.identity.id, 1)), None)
    if newest is None or newest.state != person.state or not 0 < int(text) <= len(newest.buttons):
        return False
    return await _press(tx, ctx, person, newest, newest.buttons[int(text) - 1])


async def _may_be_typed(tx: Tx, person: Turn, keyboard: Keyboard, *, newest: bool) -> bool:
    """Whether a word can mean a button here: "2" answers the officer's question rather than rates an older ticket."""
    if keyboard.state is not None:
        return keyboard.state == person.state
    if any(button["action"] == "rate" for button in keyboard.buttons):
        return person.state in ("idle", "feedback") and await ticket_rows.open_of(tx, person.identity.id) is None
    return newest or keyboard.ticket_id is not None


def _is_label(ctx: Context, text: str, key: str) -> bool:
    """Whether the text is what stands on that button, in any language."""
    return text == key[1:] if key.startswith("=") else ctx.texts.same(text, say.label_key(key))


async def _press(tx: Tx, ctx: Context, person: Turn, keyboard: Keyboard, button: dict[str, str]) -> bool:
    """Do what the button says if it still counts; whether it did."""
    beside = button["action"] in BESIDES
    if person.state == "erasing" or (person.identity.banned_at is not None and not beside):
        return False
    if not _may_press(ctx, person, button):
        return False
    if keyboard.state is not None and not _stands_in(keyboard.state, person.state, button["action"]):
        return False
    ticket = await ticket_rows.need(tx, keyboard.ticket_id) if keyboard.ticket_id is not None else None
    if ticket is not None and (ticket.cycle != keyboard.cycle or ticket.identity_id != person.identity.id):
        return False
    done = await ACTIONS[button["action"]](tx, ctx, Press(person, button["arg"], ticket))
    if done and not beside and complaints.lies_over(person.dialogue):
        await dialogues.set_overlay(tx, person.identity.id, None)
    return done


def _stands_in(shown: str, now: str, action: str) -> bool:
    """Whether a button shown in one state counts in another: who said "Sudah terjawab" may think better of it."""
    return now == shown or (shown, now, action) == ("offer", "answered", "ask_officer")


# Registration.


async def _agree(tx: Tx, ctx: Context, press: Press) -> bool:
    await consent.agree(tx, ctx, press.turn.identity)
    return True


async def _decline(tx: Tx, ctx: Context, press: Press) -> bool:
    await consent.decline(tx, ctx, press.turn.identity, press.turn.lane)
    return True


async def _language(tx: Tx, ctx: Context, press: Press) -> bool:
    """Change the language, and say in it once more what is awaited."""
    identity = replace(press.turn.identity, lang=press.arg)
    if press.turn.state != "consent" or press.turn.identity.lang == press.arg:
        dedup = turn.burst(ctx, identity, f"language:{press.arg}")
        await say.to_user(tx, ctx, identity, "language_set", dedup=dedup)
    if press.turn.identity.lang != press.arg:
        await identities.set_lang(tx, identity.id, press.arg)
        await commands.say_again(tx, ctx, replace(press.turn, identity=identity))
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


async def _new_email(tx: Tx, ctx: Context, press: Press) -> bool:
    """Without an address: ask for one."""
    if press.turn.identity.account_id is None:
        return False
    if not press.arg:
        await new_email.ask(tx, ctx, press.turn.identity)
        return True
    if not _changes_email(press):
        return False
    await new_email.request_code(tx, ctx, press.turn.identity, press.arg)
    return True


async def _new_email_resend(tx: Tx, ctx: Context, press: Press) -> bool:
    if not _changes_email(press):
        return False
    await new_email.resend(tx, ctx, press.turn.identity)
    return True


async def _new_email_leave(tx: Tx, ctx: Context, press: Press) -> bool:
    if not _changes_email(press):
        return False
    await new_email.leave(tx, ctx, press.turn.identity)
    return True


def _changes_email(press: Press) -> bool:
    return new_email.Overlay.of(press.turn.dialogue, press.turn.inbound.at) is not None


async def _earlier(tx: Tx, ctx: Context, press: Press) -> bool:
    return await status.show_earlier(tx, ctx, press.turn.identity)


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
    await offers.submit(tx, ctx, press.turn.identity, press.turn.dialogue, received=press.turn.inbound.at)
    return True


async def _self_answered(tx: Tx, ctx: Context, press: Press) -> bool:
    assert press.turn.dialogue is not None
    await offers.answered(tx, ctx, press.turn.identity, press.turn.dialogue)
    return True


async def _ask_officer(tx: Tx, ctx: Context, press: Press) -> bool:
    assert press.turn.dialogue is not None
    if press.turn.state == "answered":
        return await _need_officer(tx, ctx, press)
    await offers.go_on(tx, ctx, press.turn.identity, press.turn.dialogue)
    return True


async def _need_officer(tx: Tx, ctx: Context, press: Press) -> bool:
    """The way back from "Sudah terjawab", with what was typed."""
    assert press.turn.dialogue is not None
    at = press.turn.inbound.at
    await offers.need_officer(tx, ctx, press.turn.identity, press.turn.dialogue, received=at)
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
    if ticket.closed_at is None or not await tickets.has_room(tx, ctx, identity.id):
        return False
    if not may_reopen(ticket.closed_at, ctx.now, days=ctx.settings.service.reopen_within_days):
        await say.to_user(tx, ctx, identity, "reopen_over", number=ticket.number)
        return True
    again = await closing.reopen(tx, ctx, ticket, actor="user", received=press.turn.inbound.at)
    if press.turn.state.partition(":")[0] in AFTERWARDS:
        await questions.join(tx, ctx, identity, again, at=press.turn.inbound.at)
    return True


async def _continue_ticket(tx: Tx, ctx: Context, press: Press) -> bool:
    """The closed ticket goes on, with what was typed after its close; too late for that, a new one begins with it."""
    done = await _reopen(tx, ctx, press)
    if done and (await ticket_rows.need(tx, press.its_ticket.id)).closed_at is not None:
        await questions.choose_type(tx, ctx, press.turn.identity)
    return done


async def _new_ticket(tx: Tx, ctx: Context, press: Press) -> bool:
    await questions.choose_type(tx, ctx, press.turn.identity)
    return True


async def _rate(tx: Tx, ctx: Context, press: Press) -> bool:
    return await feedback.rate(tx, ctx, press.turn.identity, press.its_ticket, int(press.arg))


async def _skip_feedback(tx: Tx, ctx: Context, press: Press) -> bool:
    await feedback.end(tx, ctx, press.turn.identity, press.its_ticket)
    return True


async def _anonymous(tx: Tx, ctx: Context, press: Press) -> bool:
    """The complaint that follows goes without a name."""
    overlay = Overlay.of(press.turn.dialogue, press.turn.inbound.at)
    return overlay is not None and await complaints.without_name(tx, ctx, press.turn.identity, overlay)


async def _finish(tx: Tx, ctx: Context, press: Press) -> bool:
    """The complaint is complete: back to the conversation."""
    overlay = Overlay.of(press.turn.dialogue, press.turn.inbound.at)
    if overlay is None:
        return False
    await complaints.leave(tx, ctx, press.turn.identity, overlay)
    return True


async def _survey(tx: Tx, ctx: Context, press: Press) -> bool:
    """Begin the survey, unless the person is in the middle of something else."""
    if press.turn.state != "idle":
        return False
    await survey.begin(tx, ctx, press.turn.identity, press.its_ticket)
    return True


async def _survey_answer(tx: Tx, ctx: Context, press: Press) -> bool:
    assert press.turn.dialogue is not None
    await survey.answer(tx, ctx, press.turn.identity, press.turn.dialogue, int(press.arg))
    return True


async def _survey_skip(tx: Tx, ctx: Context, press: Press) -> bool:
    if press.turn.state != "idle" and not press.turn.state.startswith("survey:"):
        return False
    await survey.end(tx, ctx, press.turn.identity)
    return True


async def _switch(tx: Tx, ctx: Context, press: Press) -> bool:
    """Plain messages go to this ticket from now on."""
    if press.its_ticket.status == Status.CLOSED:
        return False
    await identities.set_active_ticket(tx, press.turn.identity.id, press.its_ticket.id)
    await say.to_user(tx, ctx, press.turn.identity, "ticket_active", number=press.its_ticket.number)
    return True


async def _move_here(tx: Tx, ctx: Context, press: Press) -> bool:
    ticket = await ticket_rows.get(tx, TicketId(int(press.arg)))
    return ticket is not None and await moving.here(tx, ctx, press.turn.identity, ticket, at=press.turn.inbound.at)


async def _move_away(tx: Tx, ctx: Context, press: Press) -> bool:
    receiver, at = IdentityId(int(press.arg)), press.turn.inbound.at
    return await moving.away(tx, ctx, press.turn.identity, press.its_ticket, receiver, at=at)


async def _bring_along(tx: Tx, ctx: Context, press: Press) -> bool:
    return await newcomers.choose(tx, ctx, press.turn.identity, int(press.arg), bring=True)


async def _begin_afresh(tx: Tx, ctx: Context, press: Press) -> bool:
    return await newcomers.choose(tx, ctx, press.turn.identity, int(press.arg), bring=False)


async def _show_held(tx: Tx, ctx: Context, press: Press) -> bool:
    """What was held goes out with the press itself; a tap that comes later has nothing left to show."""
    return True


async def _read_standard(tx: Tx, ctx: Context, press: Press) -> bool:
    dedup = turn.burst(ctx, press.turn.identity, "standard_full")
    await say.to_user(tx, ctx, press.turn.identity, "standard_full", dedup=dedup)
    return True


def _privacy(step: privacy.Step) -> Action:
    """The rights over one's own data: they stand beside the conversation, whatever it is at."""

    async def action(tx: Tx, ctx: Context, press: Press) -> bool:
        return await step(tx, ctx, press.turn, press.arg)

    return action


ACTIONS: dict[str, Action] = {
    "agree": _agree,
    "decline": _decline,
    "language": _language,
    "email": _email,
    "resend": _resend,
    "change_email": _change_email,
    "new_email": _new_email,
    "new_email_resend": _new_email_resend,
    "new_email_leave": _new_email_leave,
    "earlier": _earlier,
    "origin": _origin,
    "use": _use,
    "type": _type,
    "send": _send,
    "self_answered": _self_answered,
    "ask_officer": _ask_officer,
    "need_officer": _need_officer,
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
    "finish": _finish,
    "survey": _survey,
    "survey_answer": _survey_answer,
    "survey_skip": _survey_skip,
    "switch": _switch,
    "move_here": _move_here,
    "move_away": _move_away,
    "bring_along": _bring_along,
    "begin_afresh": _begin_afresh,
    "show_held": _show_held,
    "read_standard": _read_standard,
    **{action: _privacy(step) for action, step in privacy.ACTIONS.items()},
}
