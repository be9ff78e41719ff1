"""A ticket is referred to another office of one PostgreSQL: the link, the choice there, and what comes along."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.playground.chats import Topic
from bot.playground.messages import Message
from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.offices.conftest import Town, run
from tests.offices.processes import Registry
from tests.postgres import named

WHY = "data wilayah itu ada di sana"
BIG = bytes(range(256)) * 9000  # several parts in the database
MARKED = "Yang tebal 😀 dan yang miring"
MARKS = [
    {"type": "bold", "offset": 5, "length": 5},
    {"type": "italic", "offset": 23, "length": 6},
    {"type": "text_link", "offset": 0, "length": 4, "url": "https://bps.go.id/"},
]


@dataclass
class Pair:
    """Two offices that are open, and the database as somebody sees it who may see everything."""

    one: Office
    two: Office
    registry: Registry

    async def offer(self, topic: Topic, *, reason: str = WHY) -> str:
        """The officer refers the ticket; the token of the link that the person got."""
        await self.plan(topic, reason=reason)
        return await self.token()

    async def plan(self, topic: Topic, *, reason: str = WHY) -> None:
        await self.one.officer.say(f"/rujuk 1202 {reason}", topic=topic)
        await self.one.officer.sees("Rujuk tiket ini ke BPS Kabupaten 1202", topic=topic)
        await self.one.officer.press("Kirim tautan", topic=topic)
        await self.one.officer.sees("sedang dikirim", topic=topic)

    async def token(self, user: Person | None = None) -> str:
        invitation = await (user or self.one.user).sees("tiket")
        while "url" not in str(invitation.keyboard):
            invitation = await (user or self.one.user).sees()
        return token_under(invitation)

    async def closed(self, number: str) -> str | None:
        reason: str | None = await self.registry.value("SELECT close_reason FROM tickets WHERE number = $1", number)
        return reason

    async def between(self) -> int:
        """How much lies between the offices."""
        return int(
            await self.registry.value("SELECT (SELECT count(*) FROM letters) + (SELECT count(*) FROM letter_parts)")
        )


def token_under(invitation: Message) -> str:
    (button,) = (button for row in invitation.keyboard for button in row)
    address, _, token = button["url"].partition("?start=")
    assert address == "https://t.me/meja_demo_bot" and len(token) == 32
    return str(token)


@pytest.fixture
async def pair(city: Town, postgres_server: str) -> AsyncIterator[Pair]:
    one, two = await city.found("1201"), await city.found("1202")
    registry = Registry(named(postgres_server, city.database))
    async with run(city):
        await becomes_known(registry, 2)
        yield Pair(one, two, registry)


async def becomes_known(registry: Registry, count: int) -> None:
    await eventually(registry, "SELECT count(*) FROM neighbours", count)


async def eventually(registry: Registry, sql: str, wanted: Any, *args: Any) -> None:
    """Wait until the database says so."""
    import asyncio

    async with asyncio.timeout(60):
        while (await registry.value(sql, *args)) != wanted:  # noqa: ASYNC110 (other tasks write what is waited for)
            await asyncio.sleep(0.02)


async def test_tap_consent_and_the_whole_conversation_is_there(pair: Pair) -> None:
    one, two = pair.one, pair.two
    number, topic = await one.ticket("Berapa penduduk Asahan?")
    await one.user.say(MARKED, entities=MARKS)
    await one.user.send("document", file_name="kuesioner.xlsx", mime="application/vnd.ms-excel", content=BIG)
    await one.user.send("document", file_name="besar.zip", size=30_000_000)
    await one.user.send("location")
    await one.officer.sees(kind="location", topic=topic)
    await one.officer.say("// rahasia kantor", topic=topic)
    await one.answer(topic, "Sebentar, kami periksa.")
    token = await pair.offer(topic)
    assert await pair.closed(number) is None

    await two.user.say(f"/start {token}")
    await two.user.sees(f"merujuk tiket {number}")
    await two.user.sees("Setuju")
    await two.user.press("Setuju")
    asked = await two.user.sees("Bawa percakapan")
    assert "tidak perlu mendaftar lagi" in asked.text
    assert not await pair.registry.value("SELECT count(*) FROM letters WHERE kind <> 'offer'")
    await two.user.press("Bawa percakapan saya")
    await two.user.sees("sedang diambil")
    opened = await two.user.sees("sudah kami terima")
    assert "1202-" in opened.text

    there = two.telegram.topics[-1]
    await two.officer.sees(f"Dirujuk dari BPS Kabupaten 1201, tiket {number}", topic=there)
    history = await two.officer.sees("Berapa penduduk Asahan?", topic=there)
    file = await two.officer.sees(kind="document", topic=there)
    assert [part in history.text for part in (MARKED, "Sebentar, kami periksa.", "kuesioner.xlsx")] == [True] * 3
    assert "besar.zip (lebih dari 20 MB, tidak dapat dibawa)" in history.text
    assert "2.1009, 99.8321" in history.text and "rahasia" not in history.text
    assert "Petugas PST 1, BPS Kabupaten 1201" in history.text
    shown = {(mark["type"], text_of(history, mark)) for mark in history.entities if mark["type"] != "bold"}
    assert shown >= {("italic", "miring"), ("text_link", "Yang")}
    assert ("bold", "tebal") in {(mark["type"], text_of(history, mark)) for mark in history.entities}
    carried = two.telegram.world.files.by_id(file.body["document"]["file_id"])
    assert carried is not None and carried.content == BIG and carried.name == "kuesioner.xlsx"

    await one.officer.sees("melanjutkan di BPS Kabupaten 1202; percakapan ini diteruskan", topic=topic)
    closing = await one.user.sees("selesai. Hasil: Dirujuk")
    assert "BPS Kabupaten 1202" in closing.text
    assert await pair.closed(number) == "referred"
    assert await pair.between() == 0
    assert await pair.registry.value("SELECT count(*) FROM media WHERE office = '1201'") == 0
    await two.answer(there, "Jawaban dari kantor yang tepat.")
    await two.user.say("Terima kasih!")
    await two.officer.sees("Terima kasih!", topic=there)


def text_of(message: Message, mark: dict[str, Any]) -> str:
    raw = message.text.encode("utf-16-le")
    return raw[2 * mark["offset"] : 2 * (mark["offset"] + mark["length"])].decode("utf-16-le")
