"""A change of the e-mail address: what is typed while the desk waits for the new one, or for its code."""

import re

from bot.desk import new_email, say
from bot.desk.context import Context
from bot.desk.new_email import ADDRESS, CODE, LEAVE, RESEND, Overlay
from bot.desk.say import Button
from bot.domain.addresses import masked
from bot.domain.codes import typed_code
from bot.domain.slips import did_you_mean
from handlers.registering import is_address
from handlers.turn import Turn, trimmed
from storage import email_codes
from storage.base import Tx

ATTEMPTS = {ADDRESS: re.compile(r"\S*@\S*"), CODE: re.compile(r"[\d .\-]{4,12}")}


async def take(tx: Tx, ctx: Context, turn: Turn) -> bool:
    """Whether the text was an address or a code, or tried to be; anything else goes on to the conversation."""
    overlay = Overlay.of(turn.dialogue, turn.inbound.at)
    if overlay is None:
        return await _take_code(tx, ctx, turn)
    digits, address = typed_code(turn.typed), trimmed(turn.text)
    if is_address(address):
        await _take_address(tx, ctx, turn, address)
    elif digits is not None and (overlay.awaits == CODE or await new_email.has_code(tx, ctx, turn.identity)):
        await new_email.try_code(tx, ctx, turn.identity, digits)
    elif ATTEMPTS[overlay.awaits].fullmatch(turn.typed):
        await _hint(tx, ctx, turn, overlay)
    else:
        return False
    return True


async def is_code(tx: Tx, ctx: Context, turn: Turn) -> bool:
    """Whether the text is a code and one is awaited, of a registration or of a change."""
    if typed_code(turn.typed) is None:
        return False
    return turn.state == "code" or await new_email.has_code(tx, ctx, turn.identity)


async def _take_code(tx: Tx, ctx: Context, turn: Turn) -> bool:
    """A complaint, another name or /mulai came between: the code is no question for the officers (rule 17)."""
    digits = typed_code(turn.typed)
    if digits is None or not await new_email.has_code(tx, ctx, turn.identity):
        return False
    await new_email.take_up(tx, ctx, turn.identity)
    await new_email.try_code(tx, ctx, turn.identity, digits)
    return True


async def _take_address(tx: Tx, ctx: Context, turn: Turn, typed: str) -> None:
    """An address with a common slip is asked about first."""
    better = did_you_mean(typed)
    if better is None:
        await new_email.request_code(tx, ctx, turn.identity, typed)
        return
    choice = ((Button("yes", "new_email", better), Button("no", "new_email", typed)),)
    await say.to_user(tx, ctx, turn.identity, "email_hint", buttons=choice, suggestion=better)


async def _hint(tx: Tx, ctx: Context, turn: Turn, overlay: Overlay) -> None:
    newest = await email_codes.latest(tx, turn.identity.id, new_email.CHANGE.name)
    if overlay.awaits == ADDRESS or newest is None:
        await say.to_user(tx, ctx, turn.identity, "bad_email", buttons=LEAVE)
    else:
        shown = masked(newest.address)
        await say.to_user(tx, ctx, turn.identity, "code_hint", buttons=RESEND, masked=shown, kept=0)
