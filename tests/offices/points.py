"""Where a process may fall asleep: SLEEPS hooks a SIGSTOP into the running desk, once."""

import os
import signal
from typing import Any

from bot.channels.base import Outgoing, Sent
from bot.channels.telegram.channel import TelegramChannel
from bot.delivery.outbox import Outbox

_SLEPT: list[str] = []


def _sleep(mark: str, message: Outgoing) -> None:
    if message.content is not None and mark in message.content.text and not _SLEPT:
        _SLEPT.append(mark)
        os.kill(os.getpid(), signal.SIGSTOP)


def after_the_claim(mark: str) -> None:
    """The row is marked as being sent; whether the office is still ours is looked at when the process wakes."""
    original = Outbox._request

    async def request(self: Outbox, row: Any, place: Any, message: Outgoing) -> Any:
        _sleep(mark, message)
        return await original(self, row, place, message)

    Outbox._request = request  # type: ignore[method-assign]


def before_the_request(mark: str) -> None:
    """The last look said that the office is ours; the request goes out when the process wakes."""
    original = TelegramChannel.send

    async def send(self: TelegramChannel, message: Outgoing) -> Sent:
        _sleep(mark, message)
        return await original(self, message)

    TelegramChannel.send = send  # type: ignore[method-assign]


SLEEPS = {"after-the-claim": after_the_claim, "before-the-request": before_the_request}
