"""/antrean: what does not go on by itself is seen by admins and nobody else, and can be tried again or dropped."""

from datetime import datetime

import pytest

from bot.playground.chats import Topic
from bot.playground.faults import Fault
from bot.playground.messages import Message
from bot.playground.people import Person
from handlers import public
from storage.base import Tx
from tests.flows.conftest import Office
from tests.flows.trouble import at_rest, row, texts
from tests.flows.way import value

GROUP = -1001234567890
SECRET = "rahasia sekali"


async def _failed_answer(office: Office) -> tuple[str, Topic, Message]:
    """An officer's message that Telegram refuses for good: ticket number, topic, the message."""
    number, topic = await office.ticket()
    await office.admin.say("/bantuan")
    await office.admin.sees("konsultasi baru")
    refusal = Fault("sendMessage", chat_id=office.user.id, status=400, description="Bad Request: something new")
    office.telegram.break_with(refusal)
    said = await office.officer.say(f"Jawaban {SECRET} [officer/1]", topic=topic)
    await office.officer.sees("BELUM sampai", topic=topic)
    return number, topic, said


async def _key(office: Office, where: str = "state = 'failed'") -> str:
    return str(await row(office, where, "id"))


def _labels(message: Message) -> list[str]:
    return [label for line in message.buttons for label in line]


async def test_a_failed_answer_is_listed_without_its_words_and_sent_again_by_a_press(office: Office) -> None:
    number, *_ = await _failed_answer(office)
    key = await _key(office)
    await office.admin.say("/antrean")
    shown = await office.admin.sees("Tertahan: 1")
    assert number in shown.text and "pesan petugas untuk pengguna" in shown.text
    assert "ditolak oleh layanan pesan" in shown.text
    assert SECRET not in shown.text and "Siti" not in shown.text and "something new" not in shown.text
    assert _labels(shown) == [f"Kirim ulang {key}", f"Buang {key}"]
    await office.admin.press(f"Kirim ulang {key}")
    await office.user.sees("[officer/1]")
    await office.admin.sees("Tidak ada yang tertahan")
    assert len(texts(office.admin, "Antrean")) == 1
    assert await value(office, "SELECT actor || action || data FROM audit WHERE action LIKE 'stuck%'") == (
        'admin:111stuck_again{"row":"' + key + '"}'
    )
    await at_rest(office)


async def test_dropping_asks_why_and_the_officers_read_it_beside_the_message(office: Office) -> None:
    number, topic, said = await _failed_answer(office)
    key = await _key(office)
    await office.admin.say("/antrean")
    await office.admin.sees("Tertahan: 1")
    await office.admin.press(f"Buang {key}")
    await office.admin.sees("Tulis alasannya")
    await office.admin.say("Sudah dijawab lewat telepon")
    await office.admin.sees(f"Nomor {key} dibuang")
    told = await office.officer.sees("Alasan: Sudah dijawab lewat telepon", topic=topic)
    assert told.reply_to == said.id
    await office.admin.sees("Tidak ada yang tertahan")
    assert len(texts(office.admin, "Antrean")) == 1
    audit = await value(office, "SELECT data FROM audit WHERE action = 'stuck_dropped'")
    assert number in audit and "lewat telepon" in audit and f'"row":"{key}"' in audit
    await office.admin.say("Halo lagi")  # is no reason any more
    await office.settled()
    assert await row(office, f"id = {key}") == "dropped"
    assert await value(office, "SELECT count(*) FROM audit WHERE action LIKE 'stuck%'") == 1


async def test_what_is_kept_after_all_stays_in_the_list(office: Office) -> None:
    await _failed_answer(office)
    key = await _key(office)
    await office.admin.say("/antrean")
    await office.admin.sees("Tertahan: 1")
    await office.admin.press(f"Buang {key}")
    await office.admin.sees("Tulis alasannya")
    await office.admin.say("jangan buang")
    await office.admin.sees("tidak dibuang")
    assert await row(office, f"id = {key}") == "failed"


async def test_in_the_group_by_typing_and_a_users_words_are_shown_to_the_officers(office: Office) -> None:
    _, topic = await office.ticket()
    refusal = Fault("sendMessage", chat_id=GROUP, status=400, description="Bad Request: something new", times=2)
    office.telegram.break_with(refusal)
    await office.user.say("Tidak mau masuk ke topik")
    await office.user.sees("belum dapat diteruskan")
    key = await _key(office)
    await office.admin.say(f"/antrean buang {key}", topic=None)
    await office.admin.sees("Cara pakai", topic=None)
    await office.admin.say(f"/antrean buang {key} dobel & tidak perlu", topic=None)
    told = await office.officer.sees("Alasan: dobel & tidak perlu", topic=topic)
    assert "Tidak mau masuk ke topik" in told.text and "pesan pengguna untuk petugas" in told.text
    await office.admin.say(f"/antrean ulang {key}", topic=None)
    await office.admin.sees("sudah tidak tertahan", topic=None)


async def test_in_a_tickets_topic_the_next_message_is_an_answer_and_no_reason(office: Office) -> None:
    _, topic, _ = await _failed_answer(office)
    key = await _key(office)
    await office.admin.say("/antrean", topic=topic)
    await office.admin.sees("Tertahan: 1", topic=topic)
    await office.admin.press(f"Buang {key}", topic=topic)
    await office.admin.sees("Di topik tiket ini", topic=topic)
    await office.admin.say("Ini untuk pengguna [officer/2]", topic=topic)
    await office.user.sees("[officer/2]")
    assert await row(office, f"id = {key}") == "failed"


async def test_only_admins_press_and_an_old_list_does_nothing(office: Office) -> None:
    await _failed_answer(office)
    key = await _key(office)
    await office.admin.say("/antrean", topic=None)
    shown = await office.admin.sees("Tertahan: 1", topic=None)
    again, drop = (button["callback_data"] for button in shown.keyboard[0])
    for data in (again, drop):
        query = await office.officer.press_data(shown, data)
        await office.telegram.until(lambda query=query: query.answers)
        assert "hanya untuk admin" in query.answers[0]["text"]
    assert await row(office, f"id = {key}") == "failed"
    await office.admin.press_data(shown, again)
    await office.user.sees("[officer/1]")
    for data in (again, drop):
        query = await office.admin.press_data(shown, data)
        await office.telegram.until(lambda query=query: query.answers)
        assert "sudah tidak tertahan" in query.answers[0]["text"]
    assert len(texts(office.user, "[officer/1]")) == 1


async def _many(tx: Tx, at: datetime) -> None:
    await tx.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20)"
        " INSERT INTO outbox (office, lane, dest, kind, payload, class, state, not_before, created_at, error)"
        " SELECT '1207', 'c:9', 'chat:9', 'text', '{}', 2, 'failed', $1, $1, 'chat_gone: x' FROM n",
        at,
    )
    await tx.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10)"
        " INSERT INTO inbox (office, channel, update_id, lane, raw, state, received_at, error)"
        " SELECT '1207', 'telegram', 'x' || i, 'telegram:9', '{\"update_id\":1,\"message\":{}}', 'quarantined', $1,"
        " 'KeyError' FROM n",
        at,
    )


async def test_many_are_turned_page_by_page_in_the_same_message(office: Office) -> None:
    assert office.app is not None
    await office.app.store.run(_many, office.clock.now())
    await office.admin.say("/antrean")
    seen: list[str] = []
    for page in (1, 2, 3, 4):
        shown = await office.admin.sees(f"Tertahan: 30 (halaman {page} dari 4)")
        seen += [label.split()[-1] for label in _labels(shown) if label.startswith("Kirim ulang")]
        assert ("›" in _labels(shown), "‹" in _labels(shown)) == (page < 4, page > 1)
        if page < 4:
            await office.admin.press("›")
    assert len(texts(office.admin, "Antrean")) == 1
    assert (len(seen), len(set(seen))) == (30, 30)
    assert [key[0] == "m" for key in seen] == [True] * 10 + [False] * 20
    await office.admin.press("‹")
    await office.admin.sees("(halaman 3 dari 4)")


async def test_an_update_that_was_set_aside_is_handled_once_more(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a repair: the words arrive in the topic, and the person need not write again."""
    _, topic = await office.ticket()
    await office.admin.say("/bantuan")

    async def broken(*_: object) -> None:
        raise LookupError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setitem(public.STATES, "idle", broken)
        await office.user.say("Kena galat [user/1]")
        await office.user.sees("langkah terakhir belum berhasil")
    await office.admin.say("/antrean")
    shown = await office.admin.sees("Tertahan: 1")
    assert "pesan masuk" in shown.text and "LookupError" in shown.text and "[user/1]" not in shown.text
    await office.admin.press(_labels(shown)[0])
    await office.officer.sees("[user/1]", topic=topic)
    await office.admin.sees("Tidak ada yang tertahan")
    await at_rest(office)


async def test_an_update_that_makes_no_sense_is_dropped(office: Office) -> None:
    _, topic = await office.ticket()
    await office.admin.say("/bantuan")
    person = {"id": 1001, "is_bot": False, "first_name": "Siti"}
    chat = {"id": 1001, "type": "private", "first_name": "Siti"}
    office.telegram.world.updates.put_raw({"message": {"message_id": 1, "chat": chat, "from": person, "text": SECRET}})
    await office.user.sees("langkah terakhir belum berhasil")
    await office.admin.say("/antrean")
    key = _labels(await office.admin.sees("Tertahan: 1"))[1].split()[-1]
    await office.admin.say(f"/antrean buang {key.upper()} tidak ada waktunya")
    await office.admin.sees("dibuang: pesan masuk")
    told = await office.officer.sees("Alasan: tidak ada waktunya", topic=topic)
    assert SECRET not in told.text
    await office.admin.say("/antrean")
    await office.admin.sees("Tidak ada yang tertahan")


async def test_what_waits_for_long_is_listed_and_a_try_does_not_wait_for_its_moment(office: Office) -> None:
    _, topic = await office.ticket()
    await office.admin.say("/bantuan")
    office.telegram.break_with(Fault("sendMessage", "cut", "before", chat_id=office.user.id, times=8))
    await office.officer.say("Putus terus [officer/1]", topic=topic)
    while await row(office, "kind = 'relay'", "attempts") < 8:
        await office.move(minutes=10)
    key = await _key(office, "kind = 'relay'")
    await office.admin.say("/antrean")
    shown = await office.admin.sees("Tertahan: 1")
    assert "belum pasti 1 jam" in shown.text
    assert not texts(office.user, "[officer/1]")
    await office.admin.press(f"Kirim ulang {key}")
    await office.user.sees("[officer/1]")


async def test_what_is_held_is_tried_although_nobody_said_that_the_person_is_back(office: Office) -> None:
    _, topic = await office.ticket()
    office.user.account.blocked = True
    for number in (1, 2):
        await office.officer.say(f"Tertahan [officer/{number}]", topic=topic)
        await office.officer.sees("BELUM sampai", topic=topic)
    office.user.account.blocked = False
    key = await _key(office, "state = 'held'")
    await office.admin.say(f"/antrean ulang {key}", topic=None)
    await office.user.sees("[officer/1]")
    await office.user.sees("[officer/2]")


async def test_a_tickets_topic_and_card_cannot_be_dropped(office: Office) -> None:
    await office.register()
    Person(office.telegram, id=2002, first_name="Joko", staff="member")
    office.telegram.break_with(Fault("createForumTopic", "flood", chat_id=GROUP, retry_after=3_600))
    await office.ask("Pertanyaan [user/1]", topicless=True)
    key = await _key(office, "kind = 'topic_create'")
    await office.move(minutes=11)
    await office.admin.say("/antrean")
    shown = await office.admin.sees("Tertahan")
    assert "layanan pesan meminta jeda" in shown.text and "Grup petugas dijeda sampai" in shown.text
    assert f"Kirim ulang {key}" in _labels(shown) and f"Buang {key}" not in _labels(shown)
    await office.admin.say(f"/antrean buang {key} coba")
    await office.admin.sees("tidak dapat dibuang")
