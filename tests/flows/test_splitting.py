"""Rule 18: a conversation about two things becomes two tickets, and nothing goes to the wrong one."""

import json
from datetime import datetime, timedelta

import pytest

from bot.playground.chats import Topic
from bot.playground.messages import Message
from tests.flows.conftest import Office
from tests.flows.way import value

NEW = "1207-2611-0002"


async def _post(office: Office, topic: Topic, text: str) -> Message:
    """The officers' copy of what the user wrote."""
    return await office.officer.sees(text, topic=topic)


async def _two_questions(office: Office) -> tuple[str, Topic, Message]:
    """An answered question, and another one asked on the same ticket a day later; its post in the topic."""
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.move(days=1)
    await office.user.say("Lalu berapa jumlah penduduk?")
    return number, topic, await _post(office, topic, "jumlah penduduk")


async def _split(office: Office, topic: Topic, post: Message, command: str = "/pisah") -> Topic:
    await office.officer.say(command, topic=topic, reply_to=post)
    await office.user.sees(NEW)
    await office.officer.sees(NEW, topic=topic)
    return await office.telegram.opened(NEW)


def _said(topic: Topic, text: str) -> Message:
    return next(message for message in topic.messages if message.by_bot and text in message.text)


async def test_rule_18_a_split_keeps_the_original_times_and_counts_from_there(office: Office) -> None:
    number, topic, post = await _two_questions(office)
    asked = office.clock.now()
    await office.move(days=1)
    new = await _split(office, topic, post, "/pisah metadata")
    told = await office.user_message("tiket tersendiri")
    assert "Metadata" in told.text
    assert number in told.text
    assert "Jumat, 27 November 2026 pukul 16.00 WIB" in told.text
    await office.settled()
    when = "SELECT (SELECT at FROM messages WHERE ticket_id = t.id) = opened_at FROM tickets t WHERE number = $1"
    assert await value(office, when, NEW) == 1
    since = await value(office, "SELECT opened_at FROM tickets WHERE number = $1", NEW)
    assert timedelta() <= asked - datetime.fromisoformat(since) < timedelta(minutes=1)
    assert "Lalu berapa jumlah penduduk?" in _said(new, "Metadata").text


async def test_rule_18_both_topics_lead_to_each_other_and_both_tickets_tell_of_it(office: Office) -> None:
    number, topic, post = await _two_questions(office)
    new = await _split(office, topic, post)
    await office.settled()
    here, there = _said(topic, "Pertanyaan lain dari pengguna ini"), _said(new, "Dipisahkan oleh Rina")
    assert f"/{new.id}" in json.dumps(here.body["entities"])
    assert f"/{topic.id}" in json.dumps(there.body["entities"])
    assert number in there.text
    kinds = "SELECT group_concat(kind) FROM ticket_events WHERE ticket_id = (SELECT id FROM tickets WHERE number = $1)"
    assert "split" in str(await value(office, kinds, number))
    assert "opened" in str(await value(office, kinds, NEW))
    assert await value(office, "SELECT count(*) FROM audit WHERE action = 'split'") == 1
    await office.officer.say("/riwayat", topic=topic)
    await office.officer.sees("sebagian dipisahkan", topic=topic)


async def test_rule_18_quotes_and_edits_follow_what_moved(office: Office) -> None:
    _, topic, post = await _two_questions(office)
    new = await _split(office, topic, post)
    question = await office.user_message("jumlah penduduk")
    await office.user.say("Yang tahun 2025", reply_to=question)
    await office.officer.sees("Yang tahun 2025", topic=new)
    first = await office.user_message("Ini jawabannya")
    await office.user.say("Yang inflasi sudah jelas", reply_to=first)
    await office.officer.sees("Yang inflasi sudah jelas", topic=topic)
    await office.user.edit(question, text="Lalu berapa jumlah penduduk laki-laki?")
    await office.officer.sees("laki-laki", topic=new)
    await office.settled()
    assert "laki-laki" not in post.text


async def test_rule_18_a_reply_in_the_old_topic_to_what_moved_is_not_sent(office: Office) -> None:
    """QUALITY.md T26: on any doubt do not send, ask."""
    _, topic, post = await _two_questions(office)
    await _split(office, topic, post)
    await office.officer.say("Penduduknya 500 ribu", topic=topic, reply_to=post)
    assert NEW in (await office.officer.sees("TIDAK dikirim", topic=topic)).text
    await office.officer.say("/jawab Penduduknya 500 ribu", topic=topic, reply_to=post)
    await office.officer.say("Ini tetap soal inflasi", topic=topic)
    await office.user.sees("tetap soal inflasi")
    await office.settled()
    assert not any("500 ribu" in message.text for message in office.user.chat)


async def test_rule_18_an_answer_in_the_new_topic_quotes_the_question(office: Office) -> None:
    _, topic, post = await _two_questions(office)
    new = await _split(office, topic, post)
    card = await office.officer.sees("jumlah penduduk", topic=new)
    await office.officer.say("Penduduknya 500 ribu", topic=new, reply_to=card)
    answer = await office.user.sees("500 ribu")
    question = await office.user_message("Lalu berapa jumlah penduduk")
    assert answer.body["reply_to_message"]["message_id"] == question.id


async def test_rule_18_with_one_ticket_allowed_both_are_reached(office: Office) -> None:
    """The split is the officer's act: it opens a second ticket where the office allows one, and the switcher works."""
    number, topic, post = await _two_questions(office)
    new = await _split(office, topic, post)
    await office.user.say("Tambahan")
    await office.officer.sees("Tambahan", topic=new)
    await office.user.say("/status")
    await office.user.sees("2 tiket terbuka")
    await office.user.press(number)
    await office.user.sees(f"masuk ke tiket {number}")
    await office.user.say("Kembali ke inflasi")
    await office.officer.sees("Kembali ke inflasi", topic=topic)
    await office.user.say("/mulai")
    await office.user.sees("masih memiliki tiket aktif")


async def test_rule_18_the_rest_waits_for_the_user_again_and_is_never_called_late(office: Office) -> None:
    number, topic, post = await _two_questions(office)
    await _split(office, topic, post)
    assert await office.status(number) == "waiting_user"
    assert await office.status(NEW) == "waiting_officer"
    await office.move(days=4)
    await office.user.sees(f"tiket {NEW} melewati tenggat")
    assert not any(f"tiket {number} melewati tenggat" in message.text for message in office.user.chat)
    await office.move(days=1, minutes=1)
    assert number in (await office.user.sees("menunggu balasan Anda")).text


async def test_rule_18_what_still_waits_for_an_answer_stays_with_the_officer(office: Office) -> None:
    number, topic = await office.ticket()
    await office.user.say("Untuk tahun 2025")
    await office.user.say("Satu lagi: apa arti PDRB?")
    post = await _post(office, topic, "arti PDRB")
    await _split(office, topic, post)
    assert await office.status(number) == "waiting_officer"


async def test_rule_18_onwards_takes_all_that_was_written_later_and_albums_whole(office: Office) -> None:
    number, topic, post = await _two_questions(office)
    await office.user.album(["photo", "photo"], caption="Contoh tabelnya")
    await office.user.say("Terlampir")
    await _post(office, topic, "Terlampir")
    await office.settled()
    new = await _split(office, topic, post, "/pisah lanjut")
    await office.officer.sees("Contoh tabelnya", topic=new)
    await office.officer.sees("Terlampir", topic=new)
    await office.settled()
    said = (
        "SELECT count(*) FROM messages WHERE side = 'user' AND ticket_id = (SELECT id FROM tickets WHERE number = $1)"
    )
    assert (await value(office, said, number), await value(office, said, NEW)) == (1, 4)
    assert sum("photo" in message.body for message in new.messages) == 2


@pytest.mark.parametrize("words", ["Berapa inflasi Oktober", "Ini jawabannya", None])
async def test_rule_18_the_first_question_and_what_is_no_question_stay(office: Office, words: str | None) -> None:
    _, topic, _ = await _two_questions(office)
    post = next(message for message in topic.messages if words in message.text) if words else None
    await office.officer.say("/pisah", topic=topic, reply_to=post)
    await office.officer.sees("/pisah lanjut", topic=topic)
    await office.settled()
    assert await value(office, "SELECT count(*) FROM tickets") == 1
