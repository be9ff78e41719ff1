"""The steps of the registration: what is typed while the desk waits for consent, address, code, name.

Nothing typed is lost: what is no attempt at the answer (more than one word, a photo, a file) is kept for the ticket.
"""

from email_validator import EmailNotValidError, validate_email

from bot.desk import consent as consents
from bot.desk import newcomers, questions, registration, say, status
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.addresses import is_plain
from bot.domain.codes import typed_code
from bot.domain.names import NameFault, name_fault
from bot.domain.slips import did_you_mean
from handlers.turn import Turn, burst, trimmed
from storage import identities
from storage.base import Tx


async def hello(tx: Tx, ctx: Context, turn: Turn) -> None:
    """The first message of somebody new is kept and becomes the first of their ticket (DOMAIN.md §6 rule 2)."""
    await _keep(tx, ctx, turn)
    await registration.welcome(tx, ctx, turn.identity)


async def consent(tx: Tx, ctx: Context, turn: Turn) -> None:
    await _keep(tx, ctx, turn)
    await say.to_user(tx, ctx, turn.identity, "consent_needed", dedup=burst(ctx, turn.identity, "consent_needed"))


async def consent_again(tx: Tx, ctx: Context, turn: Turn) -> None:
    """The notice has changed: what came is held, and goes on once the person agrees (rule 2)."""
    await _keep(tx, ctx, turn)
    dedup = burst(ctx, turn.identity, "consent_again")
    await consents.ask_again(tx, ctx, turn.identity, turn.dialogue, dedup=dedup)


async def referred(tx: Tx, ctx: Context, turn: Turn) -> None:
    """The choice about what another office passes on is awaited, or what it passes on."""
    await _keep(tx, ctx, turn)
    await newcomers.ask_again(tx, ctx, turn.identity, dedup=burst(ctx, turn.identity, "referred"))


async def email(tx: Tx, ctx: Context, turn: Turn) -> None:
    address = trimmed(turn.text)
    if is_address(address):
        await take_address(tx, ctx, turn, address)
    elif _is_attempt(turn):
        await say.to_user(tx, ctx, turn.identity, "bad_email")
    else:
        await _keep(tx, ctx, turn)
        await registration.ask_email(tx, ctx, turn.identity, dedup=burst(ctx, turn.identity, "ask_email"))


async def take_address(tx: Tx, ctx: Context, turn: Turn, typed: str) -> None:
    """An address with a common slip is asked about first."""
    better = did_you_mean(typed)
    if better is None:
        await registration.request_code(tx, ctx, turn.identity, typed)
        return
    choice = ((Button("yes", "email", better), Button("no", "email", typed)),)
    await say.to_user(tx, ctx, turn.identity, "email_hint", buttons=choice, state=turn.state, suggestion=better)


def is_address(typed: str) -> bool:
    """Whether this can be an address that mail is sent to."""
    if not is_plain(typed):
        return False
    try:
        validate_email(typed, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


async def code(tx: Tx, ctx: Context, turn: Turn) -> None:
    """Six digits are a code; an address is a change of mind; a question is kept."""
    digits, address = typed_code(turn.typed), trimmed(turn.text)
    if digits is not None:
        await registration.try_code(tx, ctx, turn.identity, digits)
    elif is_address(address):
        await take_address(tx, ctx, turn, address)
    elif _is_attempt(turn):
        await registration.remind_of_code(tx, ctx, turn.identity)
    else:
        await _keep(tx, ctx, turn)
        await registration.remind_of_code(tx, ctx, turn.identity, dedup=burst(ctx, turn.identity, "code_hint"))


async def name(tx: Tx, ctx: Context, turn: Turn) -> None:
    typed = turn.typed
    fault = name_fault(turn.text, shown=typed)
    if fault is not None:
        if fault is NameFault.QUESTION or not _is_attempt(turn):
            await _keep(tx, ctx, turn)
        dedup = burst(ctx, turn.identity, "bad_name") if turn.content.album else None
        await say.to_user(tx, ctx, turn.identity, "bad_name", dedup=dedup, fault=fault.value)
        return
    await identities.set_name(tx, turn.identity.id, " ".join(typed.split()))
    await status.offer_earlier(tx, ctx, turn.identity)
    await registration.ask_origin(tx, ctx, turn.identity)


async def origin(tx: Tx, ctx: Context, turn: Turn) -> None:
    await _keep(tx, ctx, turn)
    await registration.ask_origin(tx, ctx, turn.identity, dedup=burst(ctx, turn.identity, "origin"))


async def use(tx: Tx, ctx: Context, turn: Turn) -> None:
    await _keep(tx, ctx, turn)
    await registration.ask_use(tx, ctx, turn.identity, dedup=burst(ctx, turn.identity, "use"))


def _is_attempt(turn: Turn) -> bool:
    """One word: somebody tried to answer, and it did not fit."""
    return turn.content.kind == "text" and len(turn.typed.split()) <= 1


async def _keep(tx: Tx, ctx: Context, turn: Turn) -> None:
    if not turn.is_blank:
        await questions.keep_draft(tx, ctx, turn.inbound, turn.content, inbox_id=turn.inbox_id, identity=turn.identity)
