"""An office whose desk runs as a process of its own, against a stand-in that lives in the test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.playground.chats import Topic
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.people import Person
from tests.checker import Report, check, settled
from tests.crash.launch import Desk, write_configuration
from tests.flows import on_whatsapp
from tests.flows.conftest import Office, office_at

# As quick as the stand-in is without limits.
QUICK = {"telegram": {"pace": {"group_messages": 100_000, "bot_per_second": 100_000}}}


class Scene:
    """The office and the process of its desk; `path` is the database."""

    def __init__(self, office: Office, path: Path) -> None:
        self.office = office
        self.path = path
        self.graph = getattr(office, "graph", None)
        self.desk = Desk(write_configuration(path.with_suffix(".toml"), office.settings))

    async def ticket_of(self, user: Person) -> Topic:
        """A registered person with a ticket, and its topic; made by a desk that is closed again."""
        office = self.office
        await office.register(user)
        number = await office.ask(f"Pertanyaan [u{user.id}/0]", user=user)
        await office.telegram.until(lambda: [topic for topic in office.telegram.topics if number in topic.name])
        topic = await office.telegram.opened(number)
        await office.officer.sees(f"[u{user.id}/0]", topic=topic)
        return topic

    async def whatsapp_ticket(self, phone: WhatsAppPhone) -> Topic:
        """The same for somebody on WhatsApp."""
        mark = f"[w{phone.number}/0]"
        await on_whatsapp.register(self.office, phone)
        number = await on_whatsapp.ask(self.office, f"Pertanyaan {mark}", phone=phone)
        await self.office.telegram.until(lambda: [one for one in self.office.telegram.topics if number in one.name])
        topic = await self.office.telegram.opened(number)
        await self.office.officer.sees(mark, topic=topic)
        return topic

    async def settled(self, *, within: float = 60.0) -> None:
        """Everything has come to rest on both channels."""
        await settled(self.office.telegram, self.path, within=within, graph=self.graph)

    def check(self) -> Report:
        """See checker.check."""
        return check(self.office.telegram, self.path, graph=self.graph)


def person(office: Office, number: int) -> Person:
    return Person(office.telegram, id=3000 + number, first_name=f"Warga{number}")


@asynccontextmanager
async def scene_at(path: Path, **settings: Any) -> AsyncIterator[Scene]:
    async with office_at(path, start=datetime.now(UTC), **{**QUICK, **settings}) as office:
        scene = Scene(office, path)
        try:
            yield scene
        finally:
            await scene.desk.end()


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Nothing runs yet."""
    async with scene_at(tmp_path / "meja.db") as scene:
        yield scene
