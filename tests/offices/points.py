"""Where a process may fall asleep or die: SLEEPS and DEATHS hook a SIGSTOP or a SIGKILL into the running desk, once."""

import importlib
import os
import signal
from typing import Any

from bot.channels.base import Outgoing, Sent
from bot.channels.telegram.channel import TelegramChannel
from bot.delivery.outbox import Outbox
from bot.delivery.post import READERS
from storage.postgres import PostgresStore
from tests.crash.points import die

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


def inside(mark: str) -> None:
    """`mark` names a function of a transaction, "module:function": it has done its work, which is not committed."""
    _wrap(mark, die)


def behind(mark: str) -> None:
    """The same, and its transaction is committed."""
    done: list[str] = []
    _wrap(mark, lambda: done.append(mark))
    original = PostgresStore.run

    async def run(self: PostgresStore, use_case: Any, *args: Any, **kwargs: Any) -> Any:
        result = await original(self, use_case, *args, **kwargs)
        if done:
            die()
        return result

    PostgresStore.run = run  # type: ignore[method-assign]


def _wrap(mark: str, after: Any) -> None:
    place, _, name = mark.partition(":")
    module = importlib.import_module(place)
    original = getattr(module, name)

    async def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = await original(*args, **kwargs)
        after()
        return result

    setattr(module, name, wrapped)
    for kind, reader in READERS.items():
        if reader is original:
            READERS[kind] = wrapped


DEATHS = {"inside": inside, "behind": behind}
