"""What each button of the public does (ACTIONS), once `handlers/presses.py` has found that the press counts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

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
from bot.domain.ids import IdentityId, TicketId
from bot.domain.lifecycle import Status, may_reopen
from handlers import commands, privacy, turn
from handlers.turn import Turn
from storage import accounts, identities
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.tickets import Ticket

# What a person is asked after a close: a reopened ticket ends it, and takes what was typed.
AFTERWARDS = ("feedback", "survey", "after_close")


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
