"""The public's commands: they work in every state, and lose no draft (DOMAIN.md §6 rule 17)."""

import re
from collections.abc import Awaitable, Callable

from bot.desk import (
    catalogue,
    complaints,
    consent,
    moving,
    new_email,
    newcomers,
    offers,
    questions,
    registration,
    say,
    status,
)
from bot.desk import privacy as desk_privacy
from bot.desk import tickets as desk_tickets
from bot.desk.complaints import Overlay
from bot.desk.context import Context
from bot.desk.privacy import Rename
from bot.desk.say import Button
from handlers.turn import Turn, burst, shown
from storage import dialogues, inbox, messages, tickets
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
    """Begin, or say again where the person stands. It ends a complaint that is being written.

    Behind a link of another office stands a token (QUALITY.md T3: whose it is, and whether it counts, the desk knows).
    """
    if turn.dialogue is not None and turn.dialogue.overlay is not None:
        await dialogues.set_overlay(tx, turn.identity.id, None)
    if TOKEN.fullmatch(rest) and await _referred(tx, ctx, turn, rest):
        return
    if turn.state in ("new", "consent"):
        await registration.welcome(tx, ctx, turn.identity)
    elif not consent.has_agreed(ctx, turn.dialogue):
        await consent.ask_again(tx, ctx, turn.identity, turn.dialogue, dedup=burst(ctx, turn.identity, "consent_again"))
    elif turn.state in AWAITED:
        await say_again(tx, ctx, turn)
    elif not await desk_tickets.has_room(tx, ctx, turn.identity.id):
        await say.to_user(tx, ctx, turn.identity, "ticket_busy")
    else:
        if turn.state == "answered":
            await offers.forget(tx, ctx, turn.identity)
        await questions.choose_type(tx, ctx, turn.identity)


TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


async def _referred(tx: Tx, ctx: Context, turn: Turn, token: str) -> bool:
    """Whether the person is asked about what another office is to pass on; who has not agreed yet is welcomed first."""
    if turn.inbox_id is not None:
        await inbox.blank(tx, turn.inbox_id)  # tokens are kept nowhere
    if not await newcomers.arrive(tx, ctx, turn.identity, token):
        return False
    if turn.state in ("new", "consent") or not consent.has_agreed(ctx, turn.dialogue):
        await newcomers.greet(tx, ctx, turn.identity)
        return False
    return await newcomers.ask(tx, ctx, turn.identity)


async def say_again(tx: Tx, ctx: Context, turn: Turn) -> None:
    """Ask once more for what is awaited, if anything is."""
    if turn.state in AWAITED:
        await AWAITED[turn.state](tx, ctx, turn.identity)


async def _name_again(tx: Tx, ctx: Context, identity: Identity) -> None:
    await say.to_user(tx, ctx, identity, "verified")


AWAITED: dict[str, Callable[[Tx, Context, Identity], Awaitable[None]]] = {
    "consent": registration.ask_consent,
    "email": registration.ask_email,
    "code": registration.remind_of_code,
    "name": _name_again,
    "origin": registration.ask_origin,
    "use": registration.ask_use,
    "type": questions.choose_type,
    "question": questions.ask_again,
    "offer": offers.ask_again,
    newcomers.STATE: newcomers.ask_again,
}


async def show_status(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    await status.show_tickets(tx, ctx, turn.identity)


async def move(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    """/pindahkan: an open ticket of the same account on another channel comes here, if the person says so again."""
    ticket = await moving.open_elsewhere(tx, turn.identity)
    if ticket is None:
        await say.to_user(tx, ctx, turn.identity, "move_none")
    else:
        await moving.offer(tx, ctx, turn.identity, ticket)


async def standard(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    await say.to_user(tx, ctx, turn.identity, "standard", buttons=READ_ALL)


async def complaint(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    """Words behind the command are the complaint; "without my name" holds for them as well."""
    if not shown(rest):
        await complaints.ask(tx, ctx, turn.identity)
        return
    before = Overlay.of(turn.dialogue, turn.inbound.at)
    anonymous = before is not None and before.anonymous
    await complaints.take(tx, ctx, turn.identity, rest, Overlay(anonymous, "", ctx.now))


async def privacy(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    await desk_privacy.show(tx, ctx, turn.identity)


async def email(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    """Another address; who is not registered yet is asked for the first one."""
    if turn.identity.account_id is not None:
        await new_email.ask(tx, ctx, turn.identity)
    elif turn.state in ("email", "code"):
        await registration.ask_email(tx, ctx, turn.identity)
    else:
        await registration.welcome(tx, ctx, turn.identity)


async def search(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    """/cari WORDS: what the office has answered or published. It opens no ticket and loses no draft."""
    lang = turn.identity.lang
    if not shown(rest):
        await say.to_user(tx, ctx, turn.identity, "search_how")
        return
    found = await catalogue.search(tx, ctx, rest, lang)
    cards = await catalogue.cards(tx, ctx, ((entry.source, entry.key) for entry in found), lang)
    await say.to_user(tx, ctx, turn.identity, "search", cards=cards)


async def language(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    buttons = ((Button("indonesian", "language", "id"), Button("english", "language", "en")),)
    await say.to_user(tx, ctx, turn.identity, "language", buttons=buttons)


async def help(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    await say.to_user(tx, ctx, turn.identity, "help")


async def cancel(tx: Tx, ctx: Context, turn: Turn, rest: str) -> None:
    """Leave the complaint, drop the draft, or ask about cancelling the ticket: whatever comes first."""
    identity = turn.identity
    overlay = Overlay.of(turn.dialogue, turn.inbound.at)
    if overlay is not None:
        await complaints.leave(tx, ctx, identity, overlay)
    elif new_email.Overlay.of(turn.dialogue, turn.inbound.at) is not None:
        await new_email.leave(tx, ctx, identity)
    elif Rename.of(turn.dialogue, turn.inbound.at) is not None:
        await desk_privacy.leave(tx, ctx, identity)
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
    if turn.state in PROFILE:
        await say_again(tx, ctx, turn)


def _with_aliases(*rows: tuple[str, str, Command]) -> dict[str, Command]:
    return {name: command for indonesian, english, command in rows for name in (indonesian, english)}


PUBLIC: dict[str, Command] = _with_aliases(
    ("mulai", "start", start),
    ("status", "status", show_status),
    ("pindahkan", "move", move),
    ("cari", "search", search),
    ("standar", "standard", standard),
    ("pengaduan", "complaint", complaint),
    ("privasi", "privacy", privacy),
    ("email", "email", email),
    ("bahasa", "language", language),
    ("bantuan", "help", help),
    ("batal", "cancel", cancel),
)
