"""What comes too late: to a closed ticket, from somebody who was away, or to be taken back."""

from bot.playground.chats import Topic
from bot.playground.faults import Fault
from tests.flows.conftest import Office
from tests.flows.matrix import Matrix
from tests.flows.way import value


async def _closed(office: Office) -> Topic:
    _, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.settled()
    return topic


async def test_an_album_to_a_closed_ticket_goes_whole_with_one_button(office: Office) -> None:
    topic = await _closed(office)
    album = await office.admin.album(["photo", "photo", "photo"], caption="Tiga tabel", topic=topic)
    await office.admin.sees("sudah ditutup", topic=topic)
    await office.settled()
    assert len([message for message in topic.messages if "sudah ditutup" in message.text]) == 1
    await office.admin.press("Buka kembali", topic=topic)
    copy = await office.user.sees("Tiga tabel")
    await office.settled()
    copies = [message for message in office.user.chat if message.album == copy.album]
    assert [message.file_id for message in copies] == [part.file_id for part in album]


async def test_a_part_marked_as_a_note_keeps_the_late_album_inside(office: Office) -> None:
    topic = await _closed(office)
    await office.admin.album(["photo", "photo"], caption="// hanya untuk kita", topic=topic)
    await office.settled()
    assert not [message for message in topic.messages if "sudah ditutup" in message.text]


async def test_two_late_messages_both_arrive_with_their_own_buttons(office: Office) -> None:
    topic = await _closed(office)
    for word in ("Tambahan pertama", "Tambahan kedua"):
        await office.admin.say(word, topic=topic)
        await office.admin.sees("sudah ditutup", topic=topic)
    first, second = (message for message in topic.messages if "sudah ditutup" in message.text)
    await office.admin.press("Buka kembali", topic=topic, message=second)
    await office.user.sees("Tambahan kedua")
    await office.admin.press("Buka kembali", topic=topic, message=first)
    await office.user.sees("Tambahan pertama")
    await office.admin.press("Buka kembali", topic=topic, message=first)
    await office.admin.sees_answer("tidak berlaku")
    await office.settled()
    assert len([message for message in office.user.chat if "Tambahan" in message.text]) == 2


async def test_an_album_of_the_user_after_the_close_goes_on_whole(office: Office) -> None:
    topic = await _closed(office)
    await office.user.album(["photo", "photo", "photo"], caption="Maksud saya ini")
    await office.user.sees("sudah ditutup")
    await office.settled()
    await office.user.press("Lanjutkan tiket itu")
    copy = await office.officer.sees("Maksud saya ini", topic=topic)
    await office.settled()
    assert len([message for message in topic.messages if message.album == copy.album]) == 3


async def test_an_edit_of_somebody_whose_return_is_not_known_yet_is_answered(office: Office) -> None:
    """The news of joining comes in another lane: the edit may be handled first."""
    _, topic = await office.ticket()
    said = await office.officer.say("Angkanya 10", topic=topic)
    await office.user.sees("Angkanya 10")
    await office.officer.leave()
    await office.settled()
    matrix = Matrix(office)
    edited = {**said.body, "text": "Angkanya 11", "edit_date": int(office.clock.now().timestamp()) + 5}
    effect = await matrix.effect("edited_message", edited)
    assert effect.staff == ("staff_left",)
    await office.officer.sees("Bila baru saja masuk lagi", topic=topic)
    await office.officer.join()
    await office.settled()
    await office.officer.edit(said, text="Angkanya 12", topic=topic)
    await office.user.sees("Angkanya 12")


async def test_a_message_that_telegram_does_not_delete_is_said_to_the_officer(office: Office) -> None:
    _, topic = await office.ticket()
    wrong = await office.officer.say("Salah kirim", topic=topic)
    await office.user.sees("Salah kirim")
    refusal = "Bad Request: message can't be deleted for everyone"
    office.telegram.break_with(Fault(method="deleteMessage", status=400, description=refusal))
    await office.officer.say("/tarik", topic=topic, reply_to=wrong)
    said = await office.officer.sees("TIDAK dapat ditarik", topic=topic)
    assert "balasan" in said.text
    assert said.reply_to == wrong.id


async def test_after_48_hours_the_officer_is_told_what_to_do_instead(office: Office) -> None:
    _, topic = await office.ticket()
    wrong = await office.officer.say("Salah kirim", topic=topic)
    await office.user.sees("Salah kirim")
    await office.move(hours=49)
    await office.officer.say("/tarik", topic=topic, reply_to=wrong)
    assert "48 jam" in (await office.officer.sees("TIDAK dapat ditarik", topic=topic)).text
    assert any("Salah kirim" in message.text for message in office.user.chat)


async def test_what_was_taken_back_loses_its_mark(office: Office) -> None:
    _, topic = await office.ticket()
    wrong = await office.officer.say("Salah kirim", topic=topic)
    await office.user.sees("Salah kirim")
    await office.telegram.until(lambda: "👌" in str(wrong.reactions))
    await office.officer.say("/tarik", topic=topic, reply_to=wrong)
    await office.telegram.until(lambda: "👌" not in str(wrong.reactions))
    assert await value(office, "SELECT count(*) FROM ticket_events WHERE kind = 'withdrawn'") == 1


async def test_every_copy_is_taken_back(office: Office) -> None:
    """An edit that could not stand in place left an older copy, and a long caption one of its own."""
    _, topic = await office.ticket()
    wrong = await office.officer.send("sticker", topic=topic)
    await office.user.sees(kind="sticker")
    await office.officer.edit(wrong, kind="document", caption="Data orang lain " * 80, topic=topic)
    await office.user.sees("Data orang lain", kind="text")
    await office.settled()
    await office.officer.say("/tarik", topic=topic, reply_to=wrong)
    await office.settled()
    left = [message.kind for message in office.user.chat if message.by_bot and message.kind != "text"]
    assert left == []
    assert not any("Data orang lain" in message.text for message in office.user.chat)
