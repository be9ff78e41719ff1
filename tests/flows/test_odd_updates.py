"""Updates as no one would send them: too often, out of shape, numbered anew. The next one is handled all the same."""

import pytest

from bot.channels.telegram.parse import raw_update
from bot.playground.replies import Json
from storage import inbox
from tests.flows.conftest import Office
from tests.flows.trouble import at_rest, texts

PERSON = {"id": 1001, "is_bot": False, "first_name": "Siti"}
CHAT = {"id": 1001, "type": "private", "first_name": "Siti"}
ODD: tuple[Json, ...] = (
    {"message": {}},
    {"message": 5},
    {"message": None},
    {"message": {"message_id": 1, "chat": CHAT, "from": PERSON, "text": "tanpa waktu"}},
    {"message": {"message_id": "x", "date": "y", "chat": "z"}},
    {"message": {"message_id": 1, "date": 10**30, "chat": CHAT, "from": PERSON, "text": "jauh"}},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": [1]}, "from": PERSON, "text": "a"}},
    {"message": {"message_id": 1, "date": 1, "chat": CHAT, "from": PERSON, "photo": []}},
    {"edited_message": {"message_id": 1}},
    {"callback_query": {"id": "1", "from": PERSON}},
    {"message_reaction": {"chat": CHAT}},
    {"my_chat_member": {"chat": CHAT}},
    {"something_new_in_2031": {"chat": CHAT, "deep": {"deeper": [1, 2, {"x": "y" * 1_000}]}}},
    {},
)


async def _quarantined(office: Office) -> int:
    assert office.app is not None
    await office.app.drained()
    return await office.app.store.run(inbox.quarantined, "1207")


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
async def test_an_update_out_of_shape_holds_up_nothing(office: Office, odd: Json) -> None:
    _, topic = await office.ticket()
    office.telegram.world.updates.put_raw(odd)
    await office.user.say("Sesudah yang aneh [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    assert await _quarantined(office) <= 1


async def test_half_a_character_of_a_broken_client_is_passed_on_as_one_that_is_missing(office: Office) -> None:
    _, topic = await office.ticket()
    said = {"message_id": 900, "date": int(office.clock.now().timestamp()), "chat": CHAT, "from": PERSON}
    lost = {**said, "chat": {**CHAT, "id": "\ud800"}, "text": "Dari mana?"}
    updates = ({"update_id": 1, "message": {**said, "text": "Halo \ud83d [user/1]"}}, {"update_id": 2, "message": lost})
    assert office.app is not None
    await office.app.inbox.receive([raw_update(update) for update in updates])
    await office.officer.sees("Halo \ufffd [user/1]", topic=topic)
    assert await _quarantined(office) <= 1


async def test_admins_hear_of_what_was_set_aside(office: Office) -> None:
    await office.admin.say("/bantuan")
    await office.admin.sees("konsultasi baru")
    office.telegram.world.updates.put_raw(ODD[3])
    await office.admin.sees("dikarantina")
    await office.admin.say("/antrean")
    await office.admin.sees("dikarantina 0 menit")


async def test_who_sent_it_is_told_once_too(office: Office) -> None:
    _, topic = await office.ticket()
    for _ in range(2):
        office.telegram.world.updates.put_raw(ODD[3])
    group = {"id": -1001234567890, "type": "supergroup", "is_forum": True}
    odd = {"message_id": 1, "chat": group, "from": {"id": 2001, "is_bot": False}, "text": "tanpa waktu"}
    office.telegram.world.updates.put_raw({"message": {**odd, "message_thread_id": topic.id, "is_topic_message": True}})
    await office.user.sees("langkah terakhir belum berhasil")
    await office.officer.sees("TIDAK diteruskan", topic=topic)
    await office.settled()
    assert len(texts(office.user, "langkah terakhir")) == 1


async def test_each_update_delivered_three_times_does_what_one_does(office: Office) -> None:
    _, topic = await office.ticket()
    for number in range(1, 6):
        await office.user.say(f"Kata [user/{number}]")
        newest = list(office.telegram.ledger.updates)[-1]
        for _ in range(2):
            office.telegram.world.updates.serve_again(newest)
        await office.officer.say(f"Jawab [officer/{number}]", topic=topic)
    report = await at_rest(office)
    assert (report.said, report.doubled) == (10, 0)


async def test_numbers_that_start_anew_lose_nothing(office: Office) -> None:
    """After a week without updates Telegram may choose any number (TELEGRAM.md §2)."""
    _, topic = await office.ticket()
    await at_rest(office)
    office.telegram.world.updates.skip_ids(-600_000_000)
    await office.user.say("Nomor kecil [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    office.telegram.world.updates.skip_ids(900_000_000)
    await office.user.say("Nomor besar [user/2]")
    await office.officer.sees("[user/2]", topic=topic)
    assert len(texts(topic, "[user/")) == 2
