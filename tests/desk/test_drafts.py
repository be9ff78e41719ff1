"""What is typed before it is sent: kept, reminded of, opened by itself, or forgotten as promised (DOMAIN.md §6)."""

from pathlib import Path

from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.flows.way import QUESTION, ROAD, drafts, seen_by, staff_words, state_of, swift, to, value


async def test_rule_02_text_photo_and_file_typed_before_registration_are_the_first_messages(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        user = office.user
        await user.say("Pertama: saya butuh data")
        await user.send("photo", caption="Kedua: contoh tabel")
        await user.send("document", caption="Ketiga: surat")
        await user.sees("Setuju? Tekan")
        for state in ("email", "code", "name", "origin", "use", "type", "question", "ticket"):
            await ROAD[state](office, user)
        await office.settled()
        words = staff_words(office)
        assert words.index("Pertama") < words.index("Kedua") < words.index("Ketiga")
        kinds = [message.kind for message in office.telegram.staff.messages if message.by_bot]
        assert "photo" in kinds and "document" in kinds


async def test_an_edit_before_sending_is_what_the_officers_read(office: Office) -> None:
    user = office.user
    first = await user.say("Data tahun 2O24")
    await user.sees("Setuju? Tekan")
    await user.edit(first, text="Data tahun 2024")
    for state in ("email", "code", "name", "origin", "use", "type", "question", "ticket"):
        await ROAD[state](office, user)
    assert "Data tahun 2024" in staff_words(office)
    assert "2O24" not in staff_words(office)


async def test_rule_02_refusing_the_consent_deletes_every_word_typed(office: Office) -> None:
    user = office.user
    await user.say("RAHASIA satu")
    await user.sees("Setuju? Tekan")
    await user.say("RAHASIA dua")
    await user.send("photo", caption="RAHASIA tiga")
    await user.sees("Pesan Anda sudah kami simpan")
    await user.say("Tidak setuju")
    await user.sees("data Anda tidak kami simpan")
    await office.settled()
    assert office.app is not None
    assert not await _found(office, "RAHASIA")
    assert await value(office, "SELECT count(*) FROM inbox WHERE raw != ''") == 0
    await user.say("/mulai")
    await user.sees("Setuju? Tekan")
    assert await drafts(office) == []


async def _found(office: Office, word: str) -> list[str]:
    """The tables in which that word stands."""
    assert office.app is not None
    found = []
    async with office.app.store.reader() as reader:
        for table, column in (
            ("inbox", "raw"),
            ("messages", "content"),
            ("message_versions", "content"),
            ("outbox", "payload"),
            ("dialogues", "data"),
        ):
            if await reader.value(f"SELECT count(*) FROM {table} WHERE {column} LIKE '%{word}%'"):
                found.append(table)
    return found


async def test_who_agrees_after_refusing_begins_anew(office: Office) -> None:
    user = await to(office, "consent")
    await user.press("Tidak setuju")
    await user.sees("data Anda tidak kami simpan")
    await user.press("Setuju")
    await user.sees_answer("tidak berlaku")
    await user.say("Saya berubah pikiran, boleh?")
    await user.sees("Setuju? Tekan")
    await user.press("Setuju")
    await user.sees("alamat e-mail")
    assert await drafts(office) == ["Saya berubah pikiran, boleh?"]


async def test_rule_28_a_question_not_sent_is_reminded_of_once_and_opened_by_itself(office: Office) -> None:
    user = await to(office, "question")
    await office.move(minutes=4)
    assert "belum dikirim" not in seen_by(user)
    await office.move(minutes=1, seconds=5)
    await user.sees("belum dikirim")
    await office.move(minutes=20)
    await office.move(minutes=4)
    assert seen_by(user).count("belum dikirim") == 1
    await office.move(minutes=2)
    assert "(Data)" in (await user.sees("dibuka")).text


async def test_rule_28_without_a_type_it_is_opened_as_unsure(office: Office) -> None:
    user = await to(office, "type")
    await office.move(minutes=31)
    assert "Belum yakin" in (await user.sees("dibuka")).text
    assert await value(office, "SELECT type FROM tickets") == "unsure"


async def test_the_skippable_questions_hold_up_no_question(office: Office) -> None:
    """Verified and named, but the two taps never came: the question is opened all the same."""
    user = await to(office, "origin")
    await office.move(minutes=6)
    await user.sees("belum dikirim")
    await office.move(minutes=26)
    await user.sees("dibuka")
    assert await value(office, "SELECT count(*) FROM tickets") == 1


async def test_the_reminder_can_be_answered_at_once(office: Office) -> None:
    user = await to(office, "use")
    await office.move(minutes=6)
    await user.sees("belum dikirim")
    await user.press("Kirim")
    await user.sees("dibuka")


async def test_nothing_typed_is_not_opened(office: Office) -> None:
    user = await to(office, "idle")
    await user.say("/mulai")
    await user.sees("jenis konsultasi")
    await user.press("Data")
    await user.sees("Tuliskan pertanyaan")
    await user.say("Kirim")
    await user.sees("Belum ada pertanyaan")
    await office.move(hours=1)
    assert await state_of(office) == "question"
    assert await value(office, "SELECT count(*) FROM tickets") == 0


async def test_rule_28_an_unfinished_registration_is_reminded_of_next_morning_once(office: Office) -> None:
    user = await to(office, "code")
    await office.move(hours=21)
    assert "belum selesai" not in seen_by(user)
    await office.move(hours=1, minutes=1)
    await user.sees("belum selesai")
    for _ in range(3):
        await office.move(days=1)
    assert seen_by(user).count("belum selesai") == 1


async def test_rule_28_an_unfinished_registration_is_erased_after_thirty_days(office: Office) -> None:
    for number, state in enumerate(("consent", "email", "code", "name")):
        await to(office, state, Person(office.telegram, id=3000 + number, first_name=state))
    await office.move(days=29)
    assert await value(office, "SELECT count(*) FROM messages WHERE ticket_id IS NULL") == 4
    await office.move(days=2)
    await office.settled()
    assert await value(office, "SELECT count(*) FROM messages") == 0
    assert await value(office, "SELECT count(*) FROM dialogues WHERE state IN ('new', 'erased')") == 4
    assert not await _found(office, QUESTION)


async def test_who_comes_back_after_the_erasure_registers_anew(office: Office) -> None:
    user = await to(office, "name")
    await office.move(days=31)
    await user.say("/mulai")
    await user.sees("Setuju? Tekan")
    for state in ("email", "code", "name", "origin", "use", "type"):
        await ROAD[state](office, user)
    assert await state_of(office) == "type"


async def test_a_verified_person_without_a_question_is_never_erased(office: Office) -> None:
    user = await to(office, "name")
    await user.say("Siti Aminah")
    await user.sees("lembaga apa")
    await user.say("/batal")
    await user.sees("dihapus")
    await office.move(days=31)
    assert await state_of(office) == "origin"
    assert "belum ada pertanyaan" not in seen_by(user).lower()


async def test_a_draft_of_somebody_whose_ticket_was_reopened_goes_there(office: Office) -> None:
    """The officer reopened the ticket while the user was asked: continue or new? One ticket takes it all."""
    user = await to(office, "after_close")
    topic = office.telegram.topics[0]
    await office.admin.say("Ada tambahan dari kami", topic=topic)
    await office.admin.sees("sudah ditutup", topic=topic)
    await office.admin.press("Buka kembali", topic=topic)
    await user.sees("Ada tambahan dari kami")
    await office.settled()
    assert await value(office, "SELECT status FROM tickets") == "waiting_user"
    await user.say("Baik, saya tunggu")
    await office.officer.sees("Satu hal lagi", topic=topic)
    await office.officer.sees("Baik, saya tunggu", topic=topic)
    assert await state_of(office) == "idle"
    assert await value(office, "SELECT status FROM tickets") == "waiting_officer"


async def test_a_new_question_sent_with_no_room_for_another_ticket_joins_the_open_one(office: Office) -> None:
    user = await to(office, "after_close")
    topic = office.telegram.topics[0]
    await user.press("Buat tiket baru")
    await user.sees("jenis konsultasi")
    await office.admin.say("Ada tambahan dari kami", topic=topic)
    await office.admin.sees("sudah ditutup", topic=topic)
    await office.admin.press("Buka kembali", topic=topic)
    await user.sees("dibuka kembali")
    await user.press("Metadata")
    await user.sees("tersimpan")
    await user.press("Kirim")
    await office.officer.sees("Satu hal lagi", topic=topic)
    assert await value(office, "SELECT count(*) FROM tickets") == 1
