"""Helpers for days on which things go wrong: time that flies, alarms counted, rows looked at."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.playground.bell import PATIENCE
from bot.playground.chats import Topic
from bot.playground.messages import Message
from bot.playground.people import Person
from storage import file_of
from tests.checker import Report, check, is_at_rest
from tests.flows.conftest import Office

STEP = timedelta(seconds=5)
MOST = 400


async def time_flies(office: Office, until: Callable[[], Any], *, step: timedelta = STEP) -> Any:
    """Move the clock on in steps until something is true; what is under way between two steps is let go on."""
    for _ in range(MOST):
        if found := until():
            return found
        await office.move(seconds=step.total_seconds())
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def becomes_true(predicate: Callable[[], Any], *, within: float = PATIENCE) -> None:
    """For what rings no bell: look again and again."""
    async with asyncio.timeout(within):
        while not predicate():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def row(office: Office, where: str, column: str = "state") -> Any:
    """The newest outbox row of that kind, once there is one."""
    assert office.app is not None
    sql = f"SELECT {column} FROM outbox WHERE {where} ORDER BY id DESC"
    async with asyncio.timeout(PATIENCE), office.app.store.reader() as reader:
        while (found := await reader.value(sql)) is None:  # noqa: ASYNC110 (the row is what is waited for)
            await asyncio.sleep(0.01)
    return found


async def at_rest(office: Office) -> Report:
    """The checker's report, once nothing waits any more, however much time that takes."""
    path = file_of(office.settings.storage.url)
    await time_flies(office, lambda: is_at_rest(office.telegram, path))
    return check(office.telegram, path)


def has(place: Person | Topic, text: str) -> Callable[[], list[Message]]:
    """Whether the bot's messages there hold this text."""
    return lambda: texts(place, text)


def texts(place: Person | Topic, text: str = "") -> list[Message]:
    """The bot's messages with this text in a chat or a topic, oldest first."""
    messages = place.chat if isinstance(place, Person) else place.messages
    return [message for message in messages if message.by_bot and text in message.text and not message.is_service]


def live(office: Office) -> list[Topic]:
    """The topics that are there and open."""
    return [topic for topic in office.telegram.topics if not (topic.deleted or topic.closed)]
