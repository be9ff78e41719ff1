"""Every kind of content between a phone with WhatsApp and the topic, both ways: silent drops 0, bytes as they were.

the name of a kind   arrives as that kind
a                    answered: it cannot be passed on, and its sender is told so, beside the message
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.playground.chats import Topic
from bot.playground.graph.messages import WhatsAppMessage
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.messages import Message
from tests.fidelity.stage import REFUSALS
from tests.flows.conftest import Office, office_at
from tests.flows.on_whatsapp import ticket
from tests.flows.way import value

FROM_WHATSAPP = {
    "text": "text",
    "image": "photo",
    "document": "document",
    "video": "video",
    "audio": "audio",
    "voice": "voice",
    "sticker": "sticker",
    "location": "location",
    "contacts": "contact",
    "order": "a",
    "unsupported": "a",
    "hologram": "a",  # a type of tomorrow
}
FROM_TELEGRAM = {
    "text": "text",
    "photo": "image",
    "document": "document",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "animation": "video",
    "video_note": "video",
    "sticker": "sticker",
    "location": "location",
    "venue": "location",
    "contact": "contacts",
    "poll": "a",
    "dice": "text",  # what it shows, in words
    "giveaway": "a",
}
FILES = ("image", "photo", "document", "video", "audio", "voice", "animation", "video_note", "sticker")
TOLD = (*REFUSALS["officer"], "BELUM sampai")
CAPTIONED = ("image", "photo", "document", "video")
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 isi"


class Bridge:
    """An office with an open ticket of somebody on WhatsApp."""

    def __init__(self, office: Office, topic: Topic) -> None:
        self.office, self.topic, self.phone = office, topic, office.phone
        self.said = 0

    def content(self, kind: str) -> bytes:
        """A file nobody has sent yet."""
        self.said += 1
        head = WEBP if kind == "sticker" else b"isi "
        return head + kind.encode() + str(self.said).encode()

    def in_topic(self) -> list[Message]:
        return [message for message in self.office.telegram.staff.messages if message.by_bot]

    def on_phone(self) -> list[WhatsAppMessage]:
        return [message for message in self.phone.chat if message.by_business]

    async def done(self) -> None:
        await self.office.graph.hooks.all_taken()
        await self.office.settled()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bridge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Bridge]:
    """One office for all kinds, whose groups take a thousand messages a minute."""
    folder: Path = tmp_path_factory.mktemp("bridge")
    pace = {"pace": {"group_messages": 1000, "bot_per_second": 1000}}
    async with office_at(folder / "meja.db", whatsapp=True, telegram=pace) as office, office.open():
        _, topic = await ticket(office)
        await office.settled()
        yield Bridge(office, topic)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", FROM_WHATSAPP)
async def test_what_somebody_sends_on_whatsapp_reaches_the_topic(bridge: Bridge, kind: str) -> None:
    content, before = bridge.content(kind), len(bridge.in_topic())
    sent = await _send(bridge.phone, kind, content)
    await bridge.done()
    fresh = bridge.in_topic()[before:]
    if FROM_WHATSAPP[kind] == "a":
        told = bridge.on_phone()[-1]
        assert told.reply_to == sent.wamid and "belum dapat diteruskan" in told.text
        return
    (copy,) = fresh
    assert copy.kind == FROM_WHATSAPP[kind]
    if kind in FILES:
        assert _bytes(bridge.office, copy) == content
    if kind in CAPTIONED:
        assert copy.text == "Keterangan"


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("kind", FROM_TELEGRAM)
async def test_what_an_officer_sends_reaches_the_phone(bridge: Bridge, kind: str) -> None:
    content, before, officer = bridge.content(kind), len(bridge.on_phone()), bridge.office.officer
    caption = {"caption": "Keterangan"} if kind in CAPTIONED else {}
    details = {"content": content, **caption} if kind in FILES else {}
    if kind == "text":
        sent = await officer.say("Halo dari petugas", topic=bridge.topic)
    else:
        sent = await officer.send(kind, topic=bridge.topic, **details)
    await bridge.done()
    fresh = bridge.on_phone()[before:]
    if FROM_TELEGRAM[kind] == "a":
        told = [message.text for message in bridge.in_topic() if message.reply_to == sent.id]
        assert fresh == [] and any(refusal in text for text in told for refusal in TOLD), told
        return
    (copy,) = fresh
    assert copy.kind == FROM_TELEGRAM[kind]
    if kind in FILES:
        assert copy.file is not None and copy.file.content == content
    if kind in CAPTIONED:
        assert copy.text == "Keterangan"


@pytest.mark.asyncio(loop_scope="module")
async def test_replies_and_reactions_find_their_message_both_ways(bridge: Bridge) -> None:
    office, phone, officer = bridge.office, bridge.phone, bridge.office.officer
    asked = await phone.say("Yang mana tabelnya?")
    await bridge.done()
    copy = bridge.in_topic()[-1]
    answer = await officer.say("Tabel 3.", topic=bridge.topic, reply_to=copy)
    seen = await phone.sees("Tabel 3.")
    assert seen.reply_to == asked.wamid
    await officer.react(copy, "🙏", topic=bridge.topic)
    await phone.react(seen, "😂")
    await office.telegram.until(lambda: "🤣" in answer.reactions.values() or None)
    await office.graph.until(lambda: asked.reactions.get("business") == "🙏" or None)
    await phone.say("Terima kasih", reply_to=seen)
    await bridge.done()
    assert bridge.in_topic()[-1].reply_to == answer.id
    await phone.react(seen, None)
    await office.telegram.until(lambda: "🤣" not in answer.reactions.values() or None)


@pytest.mark.asyncio(loop_scope="module")
async def test_marks_and_links_read_the_same_on_whatsapp(bridge: Bridge) -> None:
    bold = [{"type": "bold", "offset": 0, "length": 5}, {"type": "italic", "offset": 10, "length": 6}]
    await bridge.office.officer.say("Tebal dan miring", topic=bridge.topic, entities=bold)
    assert (await bridge.phone.sees("dan")).text == "*Tebal* dan _miring_"


@pytest.mark.asyncio(loop_scope="module")
async def test_an_edit_of_the_officer_is_said_anew_where_nothing_can_be_edited(bridge: Bridge) -> None:
    answer = await bridge.office.officer.say("Tabel 4.", topic=bridge.topic)
    await bridge.phone.sees("Tabel 4.")
    await bridge.office.officer.edit(answer, text="Tabel 5.", topic=bridge.topic)
    assert "Pembetulan" in (await bridge.phone.sees("Tabel 5.")).text


@pytest.mark.asyncio(loop_scope="module")
async def test_an_album_of_the_officer_arrives_whole_and_in_order(bridge: Bridge) -> None:
    before = len(bridge.on_phone())
    await bridge.office.officer.album(["photo", "photo", "document"], caption="Tiga berkas", topic=bridge.topic)
    await bridge.done()
    kinds = [message.kind for message in bridge.on_phone()[before:]]
    assert kinds == ["image", "image", "document"]
    assert await value(bridge.office, "SELECT count(*) FROM media WHERE state = 'failed'") == 0


async def _send(phone: WhatsAppPhone, kind: str, content: bytes) -> WhatsAppMessage:
    if kind == "text":
        return await phone.say("Halo dari WhatsApp")
    if kind not in FILES:
        details: dict[str, Any] = {"id": "1"} if kind == "hologram" else {}
        return await phone.send(kind, **details)
    return await phone.send(kind, content=content, caption="Keterangan" if kind in CAPTIONED else "")


def _bytes(office: Office, message: Message) -> bytes | None:
    file = office.telegram.world.files.by_id(message.file_id or "")
    return file.content if file is not None else None
