"""Everything the desk says: a row in the outbox, stored as key and parameters and drawn when it is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.desk.context import Context
from bot.domain.ids import OutboxId, TicketId
from storage import keyboards, outbox
from storage.base import Tx
from storage.identities import Identity
from storage.outbox import NOTICE, PROMPT
from storage.rows import stamp
from storage.tickets import Ticket

STAFF_LANG = "id"
ADMINS = "admins"  # the state of a keyboard that only they may press


@dataclass(frozen=True)
class Button:
    """`key`: its label, without "button.", or "=" and the words; `action`: what a press does; `arg`: to what."""

    key: str
    action: str
    arg: str = ""


Buttons = tuple[tuple[Button, ...], ...]


def label_key(key: str) -> str:
    return key if "." in key else f"button.{key}"


def user_lane(identity: Identity) -> str:
    return f"u:{identity.id}"


def topic_lane(ticket: Ticket) -> str:
    return f"t:{ticket.id}"


def setup_lane(ticket_id: TicketId) -> str:
    """Makes the topic; the topic's own lane waits for it."""
    return f"n:{ticket_id}"


def cosmetic_lane(ticket: Ticket) -> str:
    """Marks, card edits, closing of topics: they may come late, and never hold up a message."""
    return f"k:{ticket.id}"


def is_setup(lane: str) -> bool:
    return lane.startswith("n:")


def followers(lane: str) -> tuple[str, ...]:
    """The lanes that wait for what this one sets up."""
    kind, _, ticket = lane.partition(":")
    return (f"t:{ticket}", f"k:{ticket}") if kind == "n" else ()


def plain(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters as JSON: moments become UTC text."""
    return {key: stamp(value) if isinstance(value, datetime) else value for key, value in params.items()}


def words(key: str, **params: Any) -> dict[str, Any]:
    """The payload of a text for the officers without buttons."""
    return {"key": key, "params": plain(params), "lang": STAFF_LANG, "buttons": []}


async def to_user(
    tx: Tx,
    ctx: Context,
    identity: Identity,
    key: str,
    *,
    buttons: Buttons = (),
    ticket: Ticket | None = None,
    state: str | None = None,
    rank: int = PROMPT,
    follow_up: str | None = None,
    dedup: str | None = None,
    reply_to: str | None = None,
    **params: Any,
) -> OutboxId | None:
    """Say `key` to a person. `state`: the dialogue state in which its buttons count (None: in any)."""
    drawn = draw(ctx, buttons)
    payload = {"key": key, "params": plain(params), "lang": identity.lang, "buttons": drawn.rows, "reply_to": reply_to}
    row_id = await outbox.add(
        tx,
        ctx.office,
        lane=user_lane(identity),
        dest="user",
        kind="text",
        payload=payload,
        at=ctx.now,
        rank=rank,
        identity_id=identity.id,
        ticket_id=ticket.id if ticket else None,
        follow_up=follow_up,
        dedup=dedup,
    )
    await keep(tx, ctx, drawn, row_id, identity=identity, ticket=ticket, state=state)
    return row_id


async def to_topic(
    tx: Tx,
    ctx: Context,
    ticket: Ticket,
    key: str,
    *,
    buttons: Buttons = (),
    reply_to: str | None = None,
    rank: int = NOTICE,
    dedup: str | None = None,
    **params: Any,
) -> OutboxId | None:
    """Say `key` to the officers, in the ticket's topic. `reply_to`: the message there that it answers."""
    drawn = draw(ctx, buttons)
    payload = {"key": key, "params": plain(params), "lang": STAFF_LANG, "buttons": drawn.rows, "reply_to": reply_to}
    row_id = await outbox.add(
        tx,
        ctx.office,
        lane=topic_lane(ticket),
        dest="topic",
        kind="text",
        payload=payload,
        at=ctx.now,
        rank=rank,
        ticket_id=ticket.id,
        dedup=dedup,
    )
    await keep(tx, ctx, drawn, row_id, ticket=ticket)
    return row_id


async def to_chat(
    tx: Tx,
    ctx: Context,
    chat: str,
    key: str,
    *,
    lang: str = STAFF_LANG,
    reply_to: str | None = None,
    thread: str | None = None,
    follow_up: str | None = None,
    about: int | None = None,
    dedup: str | None = None,
    buttons: Buttons = (),
    **params: Any,
) -> None:
    """Say `key` in a chat known by its id: an admin's, the supervisor's, or the staff group ("staff").

    `about`: what `follow_up` is told it concerns. `buttons` are for admins.
    """
    drawn = draw(ctx, buttons)
    dest = "staff" if chat == "staff" else f"chat:{chat}"
    row_id = await outbox.add(
        tx,
        ctx.office,
        lane=f"c:{chat}",
        dest=dest,
        kind="text",
        payload={
            "key": key,
            "params": plain(params),
            "lang": lang,
            "buttons": drawn.rows,
            "reply_to": reply_to,
            "thread": thread,
            "about": about,
        },
        at=ctx.now,
        rank=PROMPT,
        follow_up=follow_up,
        dedup=dedup,
    )
    await keep(tx, ctx, drawn, row_id, state=ADMINS)


async def redraw(
    tx: Tx, ctx: Context, chat: str, key: str, *, target: str, buttons: Buttons = (), **params: Any
) -> None:
    """Show `key` in place of what stands in message `target` of such a chat."""
    drawn = draw(ctx, buttons)
    row_id = await outbox.add(
        tx,
        ctx.office,
        lane=f"c:{chat}",
        dest="staff" if chat == "staff" else f"chat:{chat}",
        kind="redraw",
        payload={"key": key, "params": plain(params), "lang": STAFF_LANG, "buttons": drawn.rows, "target": target},
        at=ctx.now,
        rank=PROMPT,
    )
    await keep(tx, ctx, drawn, row_id, state=ADMINS)


async def drawn_later(
    tx: Tx,
    ctx: Context,
    chat: str,
    kind: str,
    *,
    thread: str | None = None,
    target: str | None = None,
    buttons: Buttons = (),
    **asked: Any,
) -> None:
    """Figures take a while: the sender draws them from a reading connection (bot/reports/draws.py).

    `target`: the message in whose place they are shown. `buttons` are for admins.
    """
    drawn = draw(ctx, buttons)
    row_id = await outbox.add(
        tx,
        ctx.office,
        lane=f"c:{chat}",
        dest="staff" if chat == "staff" else f"chat:{chat}",
        kind=kind,
        payload={**asked, "thread": thread, "target": target, "buttons": drawn.rows},
        at=ctx.now,
        rank=PROMPT,
    )
    await keep(tx, ctx, drawn, row_id, state=ADMINS)


async def to_admins(tx: Tx, ctx: Context, key: str, *, dedup: str | None = None, **params: Any) -> None:
    for admin in ctx.admins:
        await to_chat(tx, ctx, admin, key, dedup=f"{dedup}:{admin}" if dedup else None, **params)


async def to_supervisor(tx: Tx, ctx: Context, key: str, *, mailed: bool = False, **params: Any) -> None:
    """To the supervisor's chat; without one, to the admins' private chats. Never to the staff group, even if set so.

    `mailed`: also as the mail `key`, if the supervisor has an address.
    """
    chat, address = ctx.settings.supervisor.chat_id, ctx.settings.supervisor.email
    if mailed and address:
        await by_mail(tx, ctx, address, key, lang=STAFF_LANG, **params)
    if chat is None or chat == ctx.settings.telegram.staff_chat_id:
        await to_admins(tx, ctx, key, **params)
    else:
        await to_chat(tx, ctx, str(chat), key, **params)


async def by_mail(
    tx: Tx,
    ctx: Context,
    address: str,
    key: str,
    *,
    lang: str,
    ticket: Ticket | None = None,
    identity: Identity | None = None,
    follow_up: str | None = None,
    dedup: str | None = None,
    code_id: int | None = None,
    about: int | None = None,
    files: dict[str, Any] | None = None,
    **params: Any,
) -> None:
    """Queue a mail. `code_id`: a code is drawn when the mail is handed over; it never stands in the row.

    `files`: the order of what goes with it (bot/reports/orders.py).
    """
    await outbox.add(
        tx,
        ctx.office,
        lane=f"m:{address}",
        dest=f"mail:{address}",
        kind="mail",
        payload={
            "key": key,
            "params": plain(params),
            "lang": lang,
            "code_id": code_id,
            "about": about,
            **({"files": files} if files else {}),
        },
        at=ctx.now,
        rank=PROMPT,
        identity_id=identity.id if identity else None,
        ticket_id=ticket.id if ticket else None,
        follow_up=follow_up,
        dedup=dedup,
    )


async def toast(tx: Tx, ctx: Context, query: str, key: str = "", *, lang: str = STAFF_LANG, **params: Any) -> None:
    """Answer the press of a button, if the platform waits for that; without `key` only the waiting sign goes away."""
    if not query:
        return
    await outbox.add(
        tx,
        ctx.office,
        lane=f"q:{query}",
        dest="query",
        kind="toast",
        payload={"key": key, "params": plain(params), "lang": lang, "query": query},
        at=ctx.now,
        rank=PROMPT,
    )


async def cosmetic(tx: Tx, ctx: Context, ticket: Ticket, kind: str, *, dest: str = "topic", **payload: Any) -> None:
    """A mark, a card edit, the opening or closing of the topic."""
    await outbox.add(
        tx,
        ctx.office,
        lane=cosmetic_lane(ticket),
        dest=dest,
        kind=kind,
        payload=payload,
        at=ctx.now,
        rank=outbox.COSMETIC,
        identity_id=ticket.identity_id if dest == "user" else None,
        ticket_id=ticket.id,
    )


@dataclass(frozen=True)
class Drawn:
    """Buttons as they go out: rows of [label key, callback data]; `meant`: what each says, to be kept beside."""

    token: str
    meant: list[dict[str, str]]
    rows: list[list[list[str]]]


def draw(ctx: Context, buttons: Buttons) -> Drawn:
    flat = [button for row in buttons for button in row]
    if not flat:
        return Drawn("", [], [])
    token = ctx.token()
    index = {id(button): n for n, button in enumerate(flat)}
    meant = [{"key": button.key, "action": button.action, "arg": button.arg} for button in flat]
    return Drawn(token, meant, [[[button.key, f"{token}:{index[id(button)]}"] for button in row] for row in buttons])


async def keep(
    tx: Tx,
    ctx: Context,
    drawn: Drawn,
    row_id: OutboxId | None,
    *,
    identity: Identity | None = None,
    ticket: Ticket | None = None,
    state: str | None = None,
) -> None:
    """What the buttons mean, and which row of the outbox brings them: only under its message do they count."""
    if not drawn.meant:
        return
    await keyboards.add(
        tx,
        ctx.office,
        token=drawn.token,
        identity_id=identity.id if identity else None,
        ticket_id=ticket.id if ticket else None,
        cycle=ticket.cycle if ticket else None,
        state=state,
        buttons=drawn.meant,
        outbox_id=row_id,
        at=ctx.now,
    )
