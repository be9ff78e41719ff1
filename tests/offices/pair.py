"""Two offices of one PostgreSQL that know each other, for stories in which one refers a ticket to the other."""

import asyncio
from dataclasses import dataclass
from typing import Any

from bot.offices.house import House
from bot.playground.chats import Topic
from bot.playground.messages import Message
from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.offices.processes import Registry

WHY = "data wilayah itu ada di sana"
BRING, AFRESH = "Bawa percakapan saya", "Mulai dari awal"


@dataclass
class Pair:
    """`registry`: the database, for somebody who may see everything; `house`: where they run."""

    one: Office
    two: Office
    registry: Registry
    house: House | None = None

    async def plan(self, topic: Topic, *, reason: str = WHY) -> None:
        """The officer refers the ticket, and means it."""
        await self.one.officer.say(f"/rujuk 1202 {reason}", topic=topic)
        await self.one.officer.sees("Rujuk tiket ini ke BPS Kabupaten 1202", topic=topic)
        await self.one.officer.press("Kirim tautan", topic=topic)

    async def offer(self, topic: Topic) -> str:
        """The same; the token of the link that the person got."""
        await self.plan(topic)
        await self.one.officer.sees("sedang dikirim", topic=topic)
        return await self.token()

    async def token(self) -> str:
        while "url" not in str((invitation := await self.one.user.sees()).keyboard):
            pass
        return token_under(invitation)

    async def tap(self, token: str, user: Person | None = None) -> None:
        """Somebody new taps the link, agrees to the notice and is asked."""
        user = user or self.two.user
        await user.say(f"/start {token}")
        await user.sees("Setuju?")
        await user.press("Setuju")
        await user.sees("Bawa percakapan")

    async def choose(self, label: str = BRING) -> None:
        await self.two.user.press(label)

    async def arrived(self) -> Topic:
        """The conversation is there; its topic."""
        await self.two.user.sees("sudah kami terima")
        await self.two.telegram.until(lambda: bool(self.two.telegram.topics))
        topic = self.two.telegram.topics[-1]
        await self.two.officer.sees("Dirujuk dari BPS Kabupaten 1201", topic=topic)
        return topic

    async def value(self, sql: str, *args: Any) -> Any:
        return await self.registry.value(sql, *args)

    async def eventually(self, sql: str, wanted: Any, *args: Any) -> None:
        """Wait until the database says so."""
        async with asyncio.timeout(60):
            while (await self.value(sql, *args)) != wanted:  # noqa: ASYNC110 (others write what is waited for)
                await asyncio.sleep(0.02)

    async def swept(self, sql: str, wanted: Any, *args: Any) -> None:
        """The same of what a tick does."""
        assert self.house is not None
        async with asyncio.timeout(60):
            while (await self.value(sql, *args)) != wanted:
                for desk in self.house.desks.values():
                    if desk.app is not None:
                        await desk.app.jobs.sweep()
                await asyncio.sleep(0.02)

    async def known(self) -> None:
        """They have shown themselves to each other."""
        await self.eventually("SELECT count(*) FROM neighbours", 2)

    async def ticket(self, number: str, column: str) -> Any:
        return await self.value(f"SELECT {column} FROM tickets WHERE number = $1", number)

    async def between(self) -> int:
        """How much lies between the offices."""
        return int(await self.value("SELECT (SELECT count(*) FROM letters) + (SELECT count(*) FROM letter_parts)"))


def token_under(invitation: Message) -> str:
    (button,) = (button for row in invitation.keyboard for button in row)
    address, _, token = button["url"].partition("?start=")
    assert address == "https://t.me/meja_demo_bot" and len(token) == 32
    return str(token)


def text_of(message: Message, mark: dict[str, Any]) -> str:
    """The words under a mark."""
    raw = message.text.encode("utf-16-le")
    return raw[2 * mark["offset"] : 2 * (mark["offset"] + mark["length"])].decode("utf-16-le")
