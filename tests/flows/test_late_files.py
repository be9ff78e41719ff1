"""Files that a platform does not hand out for hours: nothing waits for them, and they follow by themselves."""

from datetime import timedelta

from bot.playground.chats import Topic
from bot.playground.faults import Fault
from tests.flows.conftest import Office
from tests.flows.on_whatsapp import ticket
from tests.flows.trouble import time_flies
from tests.flows.way import value

HALF_A_MINUTE, TEN_MINUTES = timedelta(seconds=30), timedelta(minutes=10)


def _count(topic: Topic, text: str) -> int:
    return sum(text in message.text for message in topic.messages if message.by_bot)


async def _photo_is_late(office: Office) -> Topic:
    """Somebody's photo cannot be fetched for some minutes."""
    _, topic = await ticket(office)
    office.graph.break_with(Fault("download", "bad gateway", times=None))
    await office.phone.send("image", caption="Foto ini")
    await time_flies(office, lambda: _count(topic, "menyusul otomatis"), step=HALF_A_MINUTE)
    return topic


async def test_a_users_late_file_is_said_once_holds_up_nothing_and_follows(whatsapp_office: Office) -> None:
    office = whatsapp_office
    topic = await _photo_is_late(office)
    await office.phone.say("Apa artinya?")
    await office.officer.sees("Apa artinya?", topic=topic)
    for _ in range(18):
        await office.move(minutes=10)
        await office.settled()
    tries = await value(office, "SELECT tries FROM media")
    assert tries >= 8, "it goes on"
    assert not [message for message in topic.messages if "photo" in message.body]
    office.graph.faults.clear()
    await time_flies(office, lambda: any("photo" in m.body for m in topic.messages), step=TEN_MINUTES)
    await office.settled()
    (photo,) = [message for message in topic.messages if "photo" in message.body]
    assert photo.body["caption"] == "Foto ini"
    assert _count(topic, "menyusul otomatis") == 1
    assert not [message for message in office.phone.chat if "belum dapat diteruskan" in message.text]


async def test_an_officers_late_file_follows_and_counts_when_it_arrives(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    office.telegram.break_with(Fault("getFile", times=None))
    sent = await office.officer.send("photo", topic=topic, caption="Grafiknya")
    await time_flies(office, lambda: _count(topic, "menyusul otomatis"), step=HALF_A_MINUTE)
    note = await office.officer.sees("menyusul otomatis", topic=topic)
    assert note.reply_to == sent.id and "BELUM sampai" in note.text
    await office.officer.say("Sementara itu: tiga persen.", topic=topic)
    await office.phone.sees("tiga persen")
    await office.settled()
    assert "👌" not in str(sent.reactions)
    office.telegram.faults.clear()
    await office.move(hours=1, minutes=1)
    await office.phone.sees("Grafiknya")
    await office.telegram.until(lambda: "👌" in str(sent.reactions))


async def test_after_six_days_it_is_given_up_as_any_other(whatsapp_office: Office) -> None:
    office = whatsapp_office
    topic = await _photo_is_late(office)
    await office.move(days=5, hours=23)
    await time_flies(office, lambda: _count(topic, "Foto ini") > 1, step=TEN_MINUTES)
    assert await value(office, "SELECT state FROM media") == "failed"


async def test_what_never_matches_its_digest_is_not_tried_for_days(whatsapp_office: Office) -> None:
    office = whatsapp_office
    _, topic = await ticket(office)
    office.graph.break_with(Fault("download", body=b"etwas anderes", status=200, times=None))
    await office.phone.send("image", caption="Foto ini")
    await time_flies(office, lambda: _count(topic, "Foto ini"), step=HALF_A_MINUTE)
    assert await value(office, "SELECT tries FROM media") == 3
    assert _count(topic, "menyusul otomatis") == 0
