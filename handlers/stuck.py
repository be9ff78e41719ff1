"""/antrean: what is stuck, page by page; admins try it again or drop it, by a press or by typing, and say why."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.channels.base import Inbound, Place
from bot.desk import say, stuck
from bot.desk.context import Context
from bot.desk.say import Button
from storage import asked, tickets
from storage.asked import Asked
from storage.base import Tx

AGAIN, DROP = ("ulang", "again"), ("buang", "drop")
# So long the next message of the admin is the reason.
WAITS_FOR = timedelta(minutes=10)
REASON_LONGEST = 500
KEEP = ((Button("not_dropped", "stuck_keep", "- 0"),),)


@dataclass(frozen=True)
class Where:
    """An admin in a chat: "staff" or the id of their own; the topic of the group, if any."""

    chat: str
    sender: str
    thread: str | None

    @classmethod
    def of(cls, inbound: Inbound) -> "Where":
        chat = "staff" if inbound.place is Place.STAFF else inbound.chat
        return cls(chat, inbound.sender.id, inbound.thread)

    @property
    def actor(self) -> str:
        return f"admin:{self.sender}"


async def command(tx: Tx, ctx: Context, rest: str, where: Where) -> None:
    """/antrean [page] · ulang KEY · buang KEY reason."""
    verb, _, arguments = rest.partition(" ")
    key, _, reason = arguments.strip().partition(" ")
    if not rest or rest.isdecimal():
        await _show(tx, ctx, where, int(rest or 1) - 1)
    elif verb.lower() in AGAIN and key:
        done = await stuck.again(tx, ctx, key.lower(), actor=where.actor)
        await _say(tx, ctx, where, "admin_stuck_again" if done else "admin_stuck_gone", row=key.lower())
    elif verb.lower() in DROP and reason.strip():
        await _drop(tx, ctx, where, key.lower(), reason)
    else:
        await _say(tx, ctx, where, "staff_usage", command="antrean")


async def _say(tx: Tx, ctx: Context, where: Where, key: str, **params: Any) -> None:
    await say.to_chat(tx, ctx, where.chat, key, thread=where.thread, **params)


async def _show(tx: Tx, ctx: Context, where: Where, page: int, *, target: str | None = None) -> None:
    """The list as it is now: a new one, or in the place of the one that stands in `target`."""
    params, buttons = await stuck.overview(tx, ctx, page)
    if target is None:
        await say.to_chat(tx, ctx, where.chat, "admin_queue", thread=where.thread, buttons=buttons, **params)
    else:
        await say.redraw(tx, ctx, where.chat, "admin_queue", target=target, buttons=buttons, **params)


async def _drop(tx: Tx, ctx: Context, where: Where, key: str, reason: str) -> None:
    dropped = await stuck.drop(tx, ctx, key, actor=where.actor, reason=reason.strip()[:REASON_LONGEST])
    if dropped is None:
        await _say(tx, ctx, where, "admin_stuck_gone", row=key)
        return
    number = dropped.ticket.number if dropped.ticket else None
    await _say(tx, ctx, where, "admin_stuck_dropped", row=key, what=dropped.what, number=number)


async def reason(tx: Tx, ctx: Context, inbound: Inbound) -> bool:
    """Whether this message is the reason an admin was asked for, and so drops what it is about."""
    where = Where.of(inbound)
    text = inbound.content.text.strip() if inbound.content is not None else ""
    if where.sender not in ctx.admins or inbound.sender.anonymous or not text or text.startswith("/"):
        return False
    question = await asked.of_sender(tx, ctx.office, chat=where.chat, sender=where.sender)
    if question is None or question.thread != where.thread or inbound.at - question.at > WAITS_FOR:
        return False
    await asked.forget(tx, ctx.office, chat=where.chat, sender=where.sender)
    if ctx.texts.same(text, "button.not_dropped"):
        await _say(tx, ctx, where, "admin_stuck_kept", row=question.stuck)
        return True
    await _drop(tx, ctx, where, question.stuck, text)
    await _show(tx, ctx, where, question.page, target=question.list)
    return True


# Presses.


@dataclass(frozen=True)
class Press:
    """A button of the list: what it is about, the page it stood on, and the message it stands under."""

    where: Where
    key: str
    page: int
    list: str


async def press(tx: Tx, ctx: Context, inbound: Inbound, button: dict[str, str]) -> None:
    """Only admins; what is stuck no more is said to be so, and the list is shown as it is now."""
    where = Where.of(inbound)
    if where.sender not in ctx.admins:
        await say.toast(tx, ctx, inbound.query, "toast_admins")
        return
    key, _, page = button["arg"].partition(" ")
    done = await ACTIONS[button["action"]](tx, ctx, Press(where, key, int(page), inbound.ref))
    await say.toast(tx, ctx, inbound.query, *(() if done else ("toast_stuck_gone",)))


async def _turn(tx: Tx, ctx: Context, press: Press) -> bool:
    await _show(tx, ctx, press.where, press.page, target=press.list)
    return True


async def _again(tx: Tx, ctx: Context, press: Press) -> bool:
    done = await stuck.again(tx, ctx, press.key, actor=press.where.actor)
    await _show(tx, ctx, press.where, press.page, target=press.list)
    return done


async def _ask(tx: Tx, ctx: Context, press: Press) -> bool:
    """In a ticket's topic what an admin writes next may be an answer for the user: there only the command counts."""
    where = press.where
    if await stuck.find(tx, ctx, press.key) is None:
        await _show(tx, ctx, where, press.page, target=press.list)
        return False
    in_topic = where.thread is not None and await tickets.of_topic(tx, ctx.office, where.thread) is not None
    if not in_topic:
        await asked.put(
            tx, Asked(ctx.office, where.chat, where.sender, where.thread, press.key, press.list, press.page, ctx.now)
        )
    await say.to_chat(
        tx,
        ctx,
        where.chat,
        "admin_stuck_why",
        thread=where.thread,
        buttons=() if in_topic else KEEP,
        row=press.key,
        next_message=not in_topic,
    )
    return True


async def _keep(tx: Tx, ctx: Context, press: Press) -> bool:
    question = await asked.of_sender(tx, ctx.office, chat=press.where.chat, sender=press.where.sender)
    if question is None:
        return False
    await asked.forget(tx, ctx.office, chat=press.where.chat, sender=press.where.sender)
    await _say(tx, ctx, press.where, "admin_stuck_kept", row=question.stuck)
    return True


ACTIONS: dict[str, Callable[[Tx, Context, Press], Awaitable[bool]]] = {
    "stuck_page": _turn,
    "stuck_again": _again,
    "stuck_drop": _ask,
    "stuck_keep": _keep,
}
