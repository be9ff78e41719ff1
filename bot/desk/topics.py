"""The ticket's topic in the staff group: made, made anew when it was deleted, and its header card."""

from typing import Any

from bot.desk import parties, relay, say
from bot.desk.context import Context
from bot.desk.say import Button
from bot.domain.ids import OutboxId
from storage import carried, messages, offices, outbox
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.messages import Message
from storage.rows import stamp
from storage.tickets import Ticket

CARD_QUESTION_MOST = 1500
HISTORY_SHOWN = 10
PASSED_MOST = 1000
SUPERGROUP = "-100"
CARD_BUTTONS = (
    (Button("take", "take"), Button("mark_answered", "mark_answered")),
    (Button("ask", "ask"), Button("close", "close")),
)


async def make_topic(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """Ask for a forum topic. The ticket's number is the first word of its name."""
    owner = await parties.owner(tx, ticket)
    name = f"{ticket.number} {ctx.texts.label(f'type.{ticket.type}', say.STAFF_LANG)}"
    await outbox.add(
        tx,
        ctx.office,
        lane=say.setup_lane(ticket.id),
        dest="staff",
        kind="topic_create",
        payload={"name": f"{name} · {_plain_name(owner.name)}"[:128]},
        at=ctx.now,
        rank=outbox.RELAY,
        ticket_id=ticket.id,
        follow_up="topic_created",
    )


async def stands(tx: Tx, ctx: Context, ticket: Ticket, thread: str) -> None:
    """A topic of the ticket was made. The first one known is its own; one made twice, because an answer was lost, is
    closed (QUALITY.md F5)."""
    await ticket_rows.add_topic(tx, ctx.office, ticket.id, thread)
    if ticket.topic is None:
        await ticket_rows.change(tx, ticket.id, topic=thread)
    elif ticket.topic != thread:
        await outbox.add(
            tx,
            ctx.office,
            lane=say.cosmetic_lane(ticket),
            dest="staff",
            kind="topic_close",
            payload={"thread": thread},
            at=ctx.now,
            rank=outbox.COSMETIC,
            ticket_id=ticket.id,
            dedup=f"spare:{thread}",
        )


async def found(tx: Tx, ctx: Context, name: str, thread: str) -> Ticket | None:
    """Somebody writes in a topic that the desk made under this name and never heard of again: its answer was lost, and
    the news of it expired (TELEGRAM.md §2). It is the ticket's, whose officers are told where they are."""
    number = name.split(" ", 1)[0]
    ticket = await ticket_rows.of_number(tx, ctx.office, number)
    if ticket is None:
        dedup = f"lost_topic:{thread}"
        await say.to_chat(tx, ctx, "staff", "staff_lost_topic", thread=thread, dedup=dedup, number=number)
        return None
    if ticket.topic is not None:
        link = link_to(await offices.staff_chat(tx, ctx.office), ticket.topic)
        await say.cosmetic(
            tx,
            ctx,
            ticket,
            "text",
            dest="staff",
            thread=thread,
            **say.words("staff_spare_topic", number=ticket.number, link=link),
        )
    await stands(tx, ctx, ticket, thread)
    return ticket


async def new_topic(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """The topic was deleted: another one, with the reason, a short history, a card, and what another
    office passed on; what waits follows in order."""
    await ticket_rows.change(tx, ticket.id, topic=None, card=None)
    await make_topic(tx, ctx, ticket)
    waiting = await carried.in_lane(tx, ctx.office, say.topic_lane(ticket))
    history = [
        {"at": stamp(message.at), "who": message.side, "text": message.content["text"] or message.kind}
        for message in await messages.of_ticket(tx, ticket.id, HISTORY_SHOWN)
        if message.side != "note" and message.id not in waiting
    ]
    await _set_up(tx, ctx, ticket, "text", say.words("staff_recreated", number=ticket.number, history=history))
    drawn = say.draw(ctx, CARD_BUTTONS)
    card = {"message": None, "buttons": drawn.rows, "lang": say.STAFF_LANG}
    row_id = await _set_up(tx, ctx, ticket, "card", card, follow_up="card_posted")
    await say.keep(tx, ctx, drawn, row_id, ticket=ticket)
    for message in await messages.of_ticket(tx, ticket.id, PASSED_MOST):
        if is_passed(message) and message.id not in waiting:
            await _set_up(tx, ctx, ticket, "relay", {"message": message.id})
    if ticket.closed_at is not None:
        await _set_up(tx, ctx, ticket, "topic_close", {})


def is_passed(message: Message) -> bool:
    """Whether it is part of what another office passed on with the ticket (bot/desk/newcomers.py)."""
    return "referred" in message.content["data"]


async def open_topic(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    await _set_up(tx, ctx, ticket, "topic_reopen", {})


async def _set_up(
    tx: Tx, ctx: Context, ticket: Ticket, kind: str, payload: dict[str, Any], follow_up: str | None = None
) -> OutboxId | None:
    return await outbox.add(
        tx,
        ctx.office,
        lane=say.setup_lane(ticket.id),
        dest="topic",
        kind=kind,
        payload=payload,
        at=ctx.now,
        rank=outbox.RELAY,
        ticket_id=ticket.id,
        follow_up=follow_up,
    )


def _plain_name(name: str) -> str:
    """Without characters that turn the text around or hide (QUALITY.md T14)."""
    return "".join(char for char in name if char.isprintable())


async def post_card(
    tx: Tx, ctx: Context, ticket: Ticket, draft: list[Message], *, follow_up: str = "card_posted"
) -> None:
    """The header card, with the first question in the same post when it is a text that fits; then the rest."""
    first = draft[0] if draft and fits_card(draft[0]) else None
    drawn = say.draw(ctx, CARD_BUTTONS)
    row_id = await outbox.add(
        tx,
        ctx.office,
        lane=say.topic_lane(ticket),
        dest="topic",
        kind="card",
        payload={"message": first.id if first else None, "buttons": drawn.rows, "lang": say.STAFF_LANG},
        at=ctx.now,
        rank=outbox.RELAY,
        ticket_id=ticket.id,
        follow_up=follow_up,
    )
    await say.keep(tx, ctx, drawn, row_id, ticket=ticket)
    for message in draft[1:] if first else draft:
        await relay.pass_on(tx, ctx, ticket, message)


def fits_card(message: Message) -> bool:
    """Whether nothing is lost when the text stands in the card: no marks, not long, answers nothing."""
    content = message.content
    return (
        message.kind == "text"
        and not content["entities"]
        and len(content["text"]) <= CARD_QUESTION_MOST
        and message.reply_to is None
        and not content.get("frame")
    )


async def refresh_card(tx: Tx, ctx: Context, ticket: Ticket, *, dedup: str | None = None) -> None:
    """Draw the header card anew; two refreshes that wait are one. `dedup`: not again for the same."""
    await outbox.add(
        tx,
        ctx.office,
        lane=say.cosmetic_lane(ticket),
        dest="topic",
        kind="card_edit",
        payload={"lang": say.STAFF_LANG},
        at=ctx.now,
        rank=outbox.COSMETIC,
        ticket_id=ticket.id,
        dedup=dedup,
    )


def link_to(staff_chat: str, topic: str | None) -> str | None:
    """Where Telegram's apps open a topic; None without one, and for a group that has no such links."""
    internal = staff_chat.removeprefix(SUPERGROUP)
    return f"https://t.me/c/{internal}/{topic}" if topic and internal != staff_chat else None
