"""Where a process may die: POINTS hooks a SIGKILL into the running desk. The product knows nothing of it."""

import os
import signal
from collections.abc import Callable
from typing import Any

from bot.channels.base import Outgoing, RawUpdate, Sent
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.poller import Poller
from bot.channels.whatsapp.channel import WhatsAppChannel
from bot.delivery import marks
from bot.delivery.inbox import Inbox
from bot.delivery.mail import Mailer
from bot.texts import Mail
from storage import inbox


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def after_get_updates(mark: str) -> None:
    """Telegram has given the updates; nothing is kept, nothing confirmed."""
    original = Poller._updates

    async def updates(self: Poller) -> list[dict[str, Any]]:
        found = await original(self)
        if mark in str(found):
            die()
        return found

    Poller._updates = updates  # type: ignore[method-assign]


def after_commit(mark: str) -> None:
    """The updates are kept; Telegram does not know it."""
    original = Inbox.receive

    async def receive(self: Inbox, updates: list[RawUpdate], channel: str = "") -> None:
        await original(self, updates, channel)
        if any(mark in update.raw for update in updates):
            die()

    Inbox.receive = receive  # type: ignore[method-assign]


def in_a_step(mark: str) -> None:
    """An update is being handled: its transaction is open."""
    original = inbox.done

    async def done(tx: Any, row: Any) -> str | None:
        handled = await original(tx, row)
        if mark in str(await tx.value("SELECT raw FROM inbox WHERE id = $1", row)):
            die()
        return handled

    inbox.done = done


def before_send(mark: str) -> None:
    """The row is marked as being sent; the request has not gone out."""
    _wrap_send(TelegramChannel, mark, before=die, after=lambda: None)


def after_send(mark: str) -> None:
    """Telegram has the message; the row does not say so."""
    _wrap_send(TelegramChannel, mark, before=lambda: None, after=die)


def before_whatsapp(mark: str) -> None:
    """The same on WhatsApp: the request has not gone out."""
    _wrap_send(WhatsAppChannel, mark, before=die, after=lambda: None)


def after_whatsapp(mark: str) -> None:
    """WhatsApp has the message; the row does not say so, but news of it will come."""
    _wrap_send(WhatsAppChannel, mark, before=lambda: None, after=die)


def _wrap_send(channel: Any, mark: str, *, before: Callable[[], None], after: Callable[[], None]) -> None:
    original = channel.send

    async def send(self: Any, message: Outgoing) -> Sent:
        marked = message.content is not None and mark in message.content.text
        if marked:
            before()
        sent: Sent = await original(self, message)
        if marked:
            after()
        return sent

    channel.send = send


def before_mail(mark: str) -> None:
    """The code is drawn and its hash is kept; the mail server knows nothing of it."""
    _wrap_mail(mark, before=die, after=lambda: None)


def after_mail(mark: str) -> None:
    """The mail server has the mail; the row does not say so."""
    _wrap_mail(mark, before=lambda: None, after=die)


def _wrap_mail(mark: str, *, before: Callable[[], None], after: Callable[[], None]) -> None:
    original = Mailer.send

    async def send(self: Mailer, address: str, mail: Mail, *, key: str) -> None:
        if address == mark:
            before()
        await original(self, address, mail, key=key)
        if address == mark:
            after()

    Mailer.send = send  # type: ignore[method-assign]


def between_mark_and_links(mark: str) -> None:
    """The row is marked as sent, its copies are not linked yet: the transaction is half done."""
    original = marks._link

    async def link(tx: Any, ctx: Any, row: Any, place: Any, sent: Any) -> None:
        if row.kind == "relay":
            die()
        await original(tx, ctx, row, place, sent)

    marks._link = link


POINTS: dict[str, Callable[[str], None]] = {
    "after-get-updates": after_get_updates,
    "after-commit": after_commit,
    "in-a-step": in_a_step,
    "before-send": before_send,
    "after-send": after_send,
    "before-mail": before_mail,
    "after-mail": after_mail,
    "between-mark-and-links": between_mark_and_links,
    "before-whatsapp": before_whatsapp,
    "after-whatsapp": after_whatsapp,
}
