"""The steps of the registration: what is typed while the desk waits for consent, address, code, name."""

from email_validator import EmailNotValidError, validate_email

from bot.desk import questions, registration, say
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.addresses import did_you_mean, is_plain, masked
from bot.domain.codes import typed_code
from handlers.turn import Turn
from storage import accounts, email_codes
from storage.base import Tx

NAME_LONGEST = 100
# What is longer than any address or name, or has several words, is a question typed too early: it is kept.
PROSE_FROM = 25


async def hello(tx: Tx, ctx: Context, turn: Turn) -> None:
    """The first message of somebody new is kept and becomes the first of their ticket (DOMAIN.md §6 rule 2)."""
    await _keep(tx, ctx, turn)
    await registration.welcome(tx, ctx, turn.identity)


async def consent(tx: Tx, ctx: Context, turn: Turn) -> None:
    await _keep(tx, ctx, turn)
    await say.to_user(tx, ctx, turn.identity, "consent_needed", dedup=_burst(ctx, turn))


async def email(tx: Tx, ctx: Context, turn: Turn) -> None:
    typed = turn.text.strip()
    if "@" not in typed:
        await _keep_prose(tx, ctx, turn, else_say="bad_email")
    elif not _is_address(typed):
        await say.to_user(tx, ctx, turn.identity, "bad_email")
    else:
        await take_address(tx, ctx, turn, typed)


async def take_address(tx: Tx, ctx: Context, turn: Turn, typed: str) -> None:
    """An address with a common slip is asked about first."""
    better = did_you_mean(typed)
    if better is None:
        await registration.request_code(tx, ctx, turn.identity, typed)
        return
    choice = ((Button("yes", "email", better), Button("no", "email", typed)),)
    await say.to_user(tx, ctx, turn.identity, "email_hint", buttons=choice, state=turn.state, suggestion=better)


def _is_address(typed: str) -> bool:
    try:
        validate_email(typed, check_deliverability=False)
    except EmailNotValidError:
        return False
    return is_plain(typed)


async def code(tx: Tx, ctx: Context, turn: Turn) -> None:
    """Six digits are a code; an address is a change of mind; a question is kept."""
    typed = turn.text.strip()
    digits = typed_code(typed)
    if digits is not None:
        await registration.try_code(tx, ctx, turn.identity, digits)
    elif "@" in typed and _is_address(typed):
        await take_address(tx, ctx, turn, typed)
    else:
        await _keep_prose(tx, ctx, turn, else_say="code_hint")


async def name(tx: Tx, ctx: Context, turn: Turn) -> None:
    typed = " ".join(turn.text.split())
    if not 2 <= len(typed) <= NAME_LONGEST or not any(char.isalpha() for char in typed):
        await say.to_user(tx, ctx, turn.identity, "bad_name")
        return
    assert turn.identity.account_id is not None
    await accounts.set_name(tx, turn.identity.account_id, typed)
    await registration.ask_origin(tx, ctx, turn.identity)


async def origin(tx: Tx, ctx: Context, turn: Turn) -> None:
    await _keep_prose(tx, ctx, turn, else_say=None)
    await registration.ask_origin(tx, ctx, turn.identity)


async def use(tx: Tx, ctx: Context, turn: Turn) -> None:
    await _keep_prose(tx, ctx, turn, else_say=None)
    await registration.ask_use(tx, ctx, turn.identity)


async def _keep_prose(tx: Tx, ctx: Context, turn: Turn, *, else_say: str | None) -> None:
    """Keep a question that came too early and say what is needed first; anything short gets the hint."""
    if turn.content.kind != "text" or len(turn.text.strip()) >= PROSE_FROM or "\n" in turn.text:
        await _keep(tx, ctx, turn)
        else_say = {"bad_email": "ask_email"}.get(else_say or "", else_say)
    if else_say == "code_hint":
        await _hint_code(tx, ctx, turn)
    elif else_say is not None:
        await say.to_user(tx, ctx, turn.identity, else_say)


async def _hint_code(tx: Tx, ctx: Context, turn: Turn) -> None:
    row = await email_codes.latest(tx, turn.identity.id)
    shown = masked(row.address) if row else ""
    await say.to_user(tx, ctx, turn.identity, "code_hint", buttons=registration.RESEND, state="code", masked=shown)


async def _keep(tx: Tx, ctx: Context, turn: Turn) -> None:
    await questions.keep_draft(tx, ctx, turn.inbound, turn.content, inbox_id=turn.inbox_id, identity=turn.identity)


def _burst(ctx: Context, turn: Turn) -> str:
    """One answer to several messages sent at once."""
    return f"burst:{turn.identity.id}:{int(ctx.now.timestamp()) // 10}"
