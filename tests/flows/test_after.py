"""After the close: the rating, the feedback, the survey; and complaints, which have their own way."""

from bot.playground.chats import Topic
from tests.flows import on_whatsapp
from tests.flows.conftest import Office


async def _closed(office: Office) -> tuple[str, Topic]:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    return number, topic


async def _count(office: Office, sql: str) -> int:
    assert office.app is not None
    await office.settled()
    async with office.app.store.reader() as reader:
        return int(await reader.value(sql))


async def test_a_rating_may_be_changed_for_two_weeks_and_counts_once(office: Office) -> None:
    await _closed(office)
    await office.user.press("4")
    await office.user.sees("saran atau masukan")
    await office.user.press("Lewati")
    await office.user.sees("sudah tercatat")
    await office.move(days=13)
    await office.user.press("2")
    await office.user.sees("Mohon maaf")
    await office.user.press("Lewati")
    await office.move(days=2)
    await office.user.press("5")
    await office.user.sees("sudah berakhir")
    assert await _count(office, "SELECT count(*) FROM ratings") == 1
    assert await _count(office, "SELECT stars FROM ratings") == 2


async def test_five_stars_that_become_one_are_told_and_offer_the_complaint(office: Office) -> None:
    await office.supervisor.say("/bantuan")
    await _closed(office)
    await office.user.press("5")
    await office.user.sees("saran atau masukan")
    await office.user.press("1")
    assert "/pengaduan" in (await office.user.sees("Mohon maaf")).text
    await office.supervisor.sees("mendapat penilaian")


async def test_rule_08_the_rating_is_asked_for_once_and_reminded_of_once(office: Office) -> None:
    await _closed(office)
    for _ in range(16):
        await office.move(days=1)
    await office.settled()
    asked = [message for message in office.user.chat if message.buttons and message.buttons[0][0] == "1"]
    assert len(asked) == 2
    assert await _count(office, "SELECT count(*) FROM ratings") == 0


async def test_rule_08_who_has_rated_is_not_reminded(office: Office) -> None:
    await _closed(office)
    await office.user.press("3")
    await office.user.sees("saran atau masukan")
    for _ in range(5):
        await office.move(days=1)
    await office.settled()
    assert sum(bool(message.buttons) and message.buttons[0][0] == "1" for message in office.user.chat) == 1


async def test_rule_08_a_reopened_cycle_keeps_its_rating_and_the_next_one_has_its_own(office: Office) -> None:
    _, topic = await _closed(office)
    first = await office.user_message("Bagaimana layanan kami")
    await office.user.press("4")
    await office.user.sees("saran atau masukan")
    await office.user.press("Buka kembali")
    await office.user.sees("dibuka kembali")
    await office.user.press("1", message=first)
    await office.user.sees_answer("tidak berlaku")
    await office.answer(topic, "Jawaban kedua.")
    await office.officer.say("/tutup selesai", topic=topic)
    await office.settled()
    await office.user.press("5")
    await office.settled()
    assert await _count(office, "SELECT group_concat(cycle || ':' || stars) = '1:4,2:5' FROM ratings") == 1


async def test_the_survey_of_nine_taps(office: Office) -> None:
    await _closed(office)
    await office.user.press("5")
    await office.user.sees("saran atau masukan")
    await office.user.say("Bagus")
    await office.user.sees("Survei Kepuasan Masyarakat")
    await office.user.press("Isi survei")
    for number in range(1, 10):
        shown = await office.user.sees(f"Pertanyaan {number} dari 9")
        await office.user.press(shown.buttons[3][0])
    await office.user.sees("Survei Anda sudah tercatat")
    assert await _count(office, "SELECT count(*) FROM survey_answers WHERE value = 4") == 9
    await office.admin.say("/report")
    shown = await office.admin.sees("IKM: 100,00")
    assert "A" in shown.text


async def test_a_survey_left_midway_counts_what_was_answered(office: Office) -> None:
    await _closed(office)
    await office.user.press("5")
    await office.user.sees("saran atau masukan")
    await office.user.press("Lewati")
    await office.user.sees("Survei Kepuasan Masyarakat")
    await office.user.press("Isi survei")
    await office.user.sees("Pertanyaan 1 dari 9")
    await office.user.say("Sangat sesuai")
    await office.user.sees("Pertanyaan 2 dari 9")
    await office.user.say("Ada pertanyaan lagi tentang inflasi")
    await office.user.sees("sudah ditutup")
    assert await _count(office, "SELECT count(*) FROM survey_answers") == 1


async def test_the_supervisor_answers_a_complaint_by_a_reply(office: Office) -> None:
    await office.supervisor.say("/bantuan")
    await office.user.say("/pengaduan")
    await office.user.sees("Pengaduan dan saran")
    await office.user.press("Tanpa nama")
    await office.user.sees("tidak akan disampaikan")
    await office.user.say("Petugas lambat. " * 250)
    receipt = (await office.user.sees("P-1207-2611-0001")).text
    assert "30 November 2026" in receipt
    posted = await office.supervisor.sees("P-1207-2611-0001")
    assert "anonim" in posted.text
    await office.supervisor.sees("lanjutan")
    await office.supervisor.say("Mohon maaf, sudah kami perbaiki.", reply_to=posted)
    await office.user.sees("sudah kami perbaiki")
    await office.supervisor.sees("sudah dicatat")
    await office.settled()
    assert not any("P-1207" in message.text for message in office.telegram.staff.messages)


async def test_a_complaint_without_an_answer_is_reminded_of_when_it_is_late(office: Office) -> None:
    await office.supervisor.say("/bantuan")
    await office.user.say("/pengaduan Loket tutup lebih awal")
    await office.user.sees("P-1207-2611-0001")
    await office.move(days=8)
    await office.supervisor.sees("melewati batas tanggapan")


async def test_somebody_elses_reply_answers_no_complaint(office: Office) -> None:
    await office.supervisor.say("/bantuan")
    await office.user.say("/pengaduan Loket tutup lebih awal")
    receipt = await office.user.sees("P-1207-2611-0001")
    await office.user.say("Ini bukan tanggapan", reply_to=receipt)
    assert await _count(office, "SELECT count(*) FROM complaints WHERE answered_at IS NOT NULL") == 0


async def test_thanks_after_a_close_are_answered_and_reopen_nothing(office: Office) -> None:
    number, _ = await _closed(office)
    for words in ("Terima kasih", "makasih ya 🙏", "Thanks a lot!", "Ok, terima kasih banyak atas bantuannya, Bu"):
        await office.user.say(words)
        assert f"Tiket {number} tetap selesai" in (await office.user.sees("Sama-sama")).text
        await office.move(hours=1)  # whatever is typed after a close would go on by itself by now
    assert await office.status(number) == "closed"
    assert await _count(office, "SELECT count(*) FROM messages WHERE ticket_id IS NULL") == 0


async def test_thanks_with_a_question_after_a_close_are_asked_about_as_ever(office: Office) -> None:
    number, _ = await _closed(office)
    await office.user.say("Ok, terima kasih. Bagaimana dengan itu?")
    await office.user.sees("sudah ditutup")
    await office.user.say("makasih ya")  # beside a question they are part of it
    await office.settled()
    await office.move(minutes=31)
    assert await office.status(number) == "waiting_officer"
    await office.officer.sees("makasih ya", topic=office.telegram.topics[0])


async def test_thanks_after_a_close_on_whatsapp_too(whatsapp_office: Office) -> None:
    office, phone = whatsapp_office, whatsapp_office.phone
    number, topic = await on_whatsapp.ticket(office)
    await office.officer.say("Ini tabelnya.", topic=topic)
    await phone.sees("Ini tabelnya.")
    await office.officer.say("/tutup selesai", topic=topic)
    await phone.sees("Bagaimana layanan kami")
    await phone.say("Terima kasih banyak kak")
    assert f"{number} tetap selesai" in (await phone.sees("Sama-sama")).text.replace("*", "")
    await office.move(hours=1)
    assert await office.status(number) == "closed"
