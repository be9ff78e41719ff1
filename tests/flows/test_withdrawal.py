"""/tarik: what an officer wrote by mistake is gone from the user's chat, or never comes there; and it is said."""

import pytest

from bot.playground.chats import Topic
from bot.playground.messages import Message
from bot.reports.person import collect
from storage import identities
from tests.flows.conftest import Office
from tests.flows.way import seen_by, value

WRONG = "Salah kirim"


async def taken_back(office: Office, topic: Topic, message: Message) -> None:
    await office.officer.say("/tarik", topic=topic, reply_to=message)
    await office.settled()


@pytest.mark.postgres
async def test_an_answer_taken_back_is_gone_kept_audited_and_shown_as_withdrawn(office: Office) -> None:
    _, topic = await office.ticket()
    wrong = await office.officer.say(WRONG, topic=topic)
    await office.user.sees(WRONG)
    await office.settled()
    await office.officer.edit(wrong, text=f"{WRONG} lagi", topic=topic)
    await office.user.sees("lagi")
    await taken_back(office, topic, wrong)
    assert WRONG not in seen_by(office.user) and "👌" not in str(wrong.reactions)
    await office.officer.say("/riwayat", topic=topic)
    assert "pesan ditarik" in (await office.officer.sees("Riwayat", topic=topic)).text
    await office.officer.say("/riwayat", topic=topic, reply_to=wrong)
    versions = (await office.officer.sees("Versi pesan", topic=topic)).text
    assert WRONG in versions and f"{WRONG} lagi" in versions and "Ditarik dari pengguna" in versions
    assert await value(office, "SELECT actor FROM audit WHERE action = 'take_back'") == "officer:1"
    assert await value(office, "SELECT actor FROM ticket_events WHERE kind = 'withdrawn'") == "officer:1"
    await taken_back(office, topic, wrong)
    await office.officer.sees("tidak mengubah apa pun", topic=topic)


@pytest.mark.postgres
async def test_what_was_taken_back_comes_neither_with_the_copy_of_one_s_data_nor_as_a_precedent(office: Office) -> None:
    _, topic = await office.ticket()
    wrong = await office.officer.say(WRONG, topic=topic)
    await office.user.sees(WRONG)
    await office.settled()
    await taken_back(office, topic, wrong)
    assert office.app is not None
    async with office.app.store.reader() as reader:
        (person,) = await identities.present(reader, "1207")
        copy = await collect(reader, office.app.context(), person)
    taken = [message for message in copy["tickets"][0]["messages"] if message["taken_back"]]
    assert len(taken) == 1 and WRONG not in str(copy)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan")
    assert await value(office, "SELECT count(*) FROM precedents") == 0


@pytest.mark.postgres
async def test_an_edit_of_what_was_taken_back_does_not_bring_it_again(office: Office) -> None:
    _, topic = await office.ticket()
    wrong = await office.officer.say(WRONG, topic=topic)
    await office.user.sees(WRONG)
    await office.settled()
    await taken_back(office, topic, wrong)
    await office.officer.edit(wrong, text=f"{WRONG}, diperbaiki", topic=topic)
    await office.settled()
    assert WRONG not in seen_by(office.user)
    assert await value(office, "SELECT count(*) FROM message_versions") == 1


async def test_an_album_is_taken_back_whole(office: Office) -> None:
    _, topic = await office.ticket()
    parts = await office.officer.album(["photo", "photo", "photo"], caption=WRONG, topic=topic)
    await office.user.sees(WRONG, kind="photo")
    await office.settled()
    await taken_back(office, topic, parts[1])
    assert {message.kind for message in office.user.chat} == {"text"}
    assert await value(office, "SELECT count(*) FROM ticket_events WHERE kind = 'withdrawn'") == 1


async def test_what_still_waits_never_goes_out(office: Office) -> None:
    _, topic = await office.ticket()
    await office.user.block()
    wrong = await office.officer.send("photo", caption=WRONG, topic=topic)
    await office.officer.sees("BELUM sampai", topic=topic)
    await office.officer.say("Ini yang benar.", topic=topic)
    await office.settled()
    await office.move(days=3)  # no matter how old: nothing of it stands with the user
    await taken_back(office, topic, wrong)
    await office.officer.sees("tidak jadi dikirim", topic=topic)
    await office.officer.press("Kirim lagi", topic=topic, message=_failure(topic))
    await office.officer.sees_answer("tidak berlaku")
    await office.user.unblock()
    await office.user.say("Saya kembali")
    await office.user.sees("Ini yang benar.")
    await office.settled()
    assert WRONG not in seen_by(office.user)
    assert await value(office, "SELECT count(*) FROM ticket_events WHERE kind = 'withdrawn'") == 1


def _failure(topic: Topic) -> Message:
    return next(message for message in topic.messages if "BELUM sampai" in message.text)


async def test_an_answer_that_went_by_mail_is_said_to_be_there(office: Office) -> None:
    _, topic = await office.ticket()
    await office.user.block()
    wrong = await office.officer.say(WRONG, topic=topic)
    await office.mailbox.mail_to("user1001@contoh.go.id")
    await office.settled()
    await taken_back(office, topic, wrong)
    await office.officer.sees("lewat e-mail dan tidak dapat ditarik", topic=topic)


async def test_without_its_answer_the_ticket_waits_for_the_officers_again(office: Office) -> None:
    number, topic = await office.ticket()
    wrong = await office.officer.say(WRONG, topic=topic)
    await office.user.sees(WRONG)
    await office.settled()
    assert await office.status(number) == "waiting_user"
    await taken_back(office, topic, wrong)
    await office.officer.sees("giliran petugas", topic=topic)
    assert await office.status(number) == "waiting_officer"
    await office.move(days=8)
    await office.settled()
    assert await office.status(number) == "waiting_officer"  # nobody closes for a silence that was ours


async def test_another_answer_that_stands_keeps_the_turn_with_the_user(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic, "Ini jawabannya.")
    wrong = await office.officer.say(WRONG, topic=topic)
    await office.user.sees(WRONG)
    await office.settled()
    await taken_back(office, topic, wrong)
    assert await office.status(number) == "waiting_user"


async def test_a_question_taken_back_ends_the_pause(office: Office) -> None:
    number, topic = await office.ticket()
    wrong = await office.officer.say("/tanya Salah tanya?", topic=topic)
    await office.user.sees("Salah tanya?")
    await office.settled()
    assert await office.status(number) == "paused"
    await taken_back(office, topic, wrong)
    assert await office.status(number) == "waiting_officer"
    assert await value(office, "SELECT paused_at FROM tickets") is None


async def test_only_what_officers_sent_can_be_taken_back(office: Office) -> None:
    _, topic = await office.ticket()
    await office.user.say("Pesan pengguna")
    theirs = await office.officer.sees("Pesan pengguna", topic=topic)
    note = await office.officer.say("// catatan", topic=topic)
    for message in (theirs, note):
        await taken_back(office, topic, message)
        await office.officer.sees("Cara pakai: /tarik", topic=topic)
    await office.officer.say("/tarik", topic=topic)
    await office.officer.sees("Cara pakai: /tarik", topic=topic)
