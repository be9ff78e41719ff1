"""The public's commands: they work in every state, and lose no draft (DOMAIN.md §6 rule 17)."""

from collections.abc import Awaitable, Callable

from bot.desk import complaints, questions, registration, say, status
from bot.desk.context import Context
from bot.desk.say import Button
from handlers.turn import Turn
from storage import dialogues, messages, tickets
from storage.base import Tx
from storage.identities import Identity

Command = Callable[[Tx, Context, Turn, str], Awaitable[None]]

PROFILE = ("name", "origin", "use")
READ_ALL = ((Button("read_all", "read_standard"),),)


def named(text: str) -> tuple[str, str]:
    """ "/mulai@meja_bot besok" -> ("mulai", "besok")."""
    head, _, rest = text[1:].partition(" ")
    first, newline, more = head.partition("\n")
    return first.partition("@")[0].lower(), (more + " " + rest if newline else rest).strip()


async def start(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    """Begin, or say where the person stands."""
    if turn.identity.account_id is None or turn.state in PROFILE:
        await RESUME.get(turn.state, registration.welcome)(tx, ctx, turn.identity)
    elif (ticket := await tickets.open_of(tx, turn.identity.id)) is not None:
        await say.to_user(tx, ctx, turn.identity, "ticket_busy", ticket=ticket)
    else:
        await questions.choose_type(tx, ctx, turn.identity)


async def _name_again(tx: Tx, ctx: Context, identity: Identity) -> None:
    await say.to_user(tx, ctx, identity, "verified")


RESUME = {
    "email": registration.ask_email,
    "code": registration.resend,
    "name": _name_again,
    "origin": registration.ask_origin,
    "use": registration.ask_use,
}


async def show_status(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    await status.show_tickets(tx, ctx, turn.identity)


async def standard(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    await say.to_user(tx, ctx, turn.identity, "standard", buttons=READ_ALL)


async def complaint(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    if rest:
        await complaints.file(tx, ctx, turn.identity, rest, anonymous=False)
    else:
        await complaints.ask(tx, ctx, turn.identity)


async def privacy(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    await status.show_privacy(tx, ctx, turn.identity)


async def language(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    buttons = ((Button("indonesian", "language", "id"), Button("english", "language", "en")),)
    await say.to_user(tx, ctx, turn.identity, "language", buttons=buttons)


async def help(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    await say.to_user(tx, ctx, turn.identity, "help")


async def cancel(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    """Leave the complaint, drop the draft, or ask about cancelling the ticket: whatever comes first."""
    identity = turn.identity
    if turn.dialogue is not None and turn.dialogue.overlay is not None:
        await dialogues.set_overlay(tx, identity.id, None)
        await say.to_user(tx, ctx, identity, "cancel_nothing")
    elif turn.state == "idle" and (ticket := await tickets.open_of(tx, identity.id)) is not None:
        buttons = ((Button("cancel_ticket", "cancel_ticket"), Button("keep", "keep")),)
        await say.to_user(tx, ctx, identity, "cancel_sure", buttons=buttons, ticket=ticket, number=ticket.number)
    elif turn.state in ("new", "idle"):
        await say.to_user(tx, ctx, identity, "cancel_nothing")
    else:
        await _drop(tx, ctx, turn)


async def _drop(tx: Tx, ctx: Context, turn: Turn) -> None:
    """What was typed is forgotten. A verified person finishes the profile all the same; others begin anew."""
    await messages.drop_draft(tx, turn.identity.id)
    if turn.state not in PROFILE:
        state = "new" if turn.identity.account_id is None else "idle"
        await dialogues.go(tx, ctx.office, turn.identity.id, state, at=ctx.now)
    await say.to_user(tx, ctx, turn.identity, "draft_dropped")


def _with_aliases(*rows: tuple[str, str, Command]) -> dict[str, Command]:
    return {name: command for indonesian, english, command in rows for name in (indonesian, english)}


PUBLIC: dict[str, Command] = _with_aliases(
    ("mulai", "start", start),
    ("status", "status", show_status),
    ("standar", "standard", standard),
    ("pengaduan", "complaint", complaint),
    ("privasi", "privacy", privacy),
    ("bahasa", "language", language),
    ("bantuan", "help", help),
    ("batal", "cancel", cancel),
)
