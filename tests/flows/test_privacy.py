"""Rights over one's own data: agreeing to each notice, seeing, copying, correcting, taking back (QUALITY.md §4)."""

import json
from pathlib import Path

import pytest

from bot.playground.people import Person
from tests.flows.conftest import Office, office_at
from tests.flows.way import QUESTION, STATES, address_of, drafts, seen_by, staff_words, state_of, swift, to, value

FAST = {"telegram": {"pace": {"group_messages": 1000, "bot_per_second": 1000}}}


async def _renewed(office: Office) -> None:
    """From the next start on, another version of the notice holds."""
    privacy = office.settings.privacy.model_copy(update={"version": "2"})
    office.settings = office.settings.model_copy(update={"privacy": privacy})


async def _files(office: Office, user: Person) -> dict[str, bytes]:
    """The documents the bot sent this person, by their ending; an earlier one gives way to a later."""
    found: dict[str, bytes] = {}
    for message in user.chat:
        if message.by_bot and message.kind == "document":
            file = office.telegram.world.files.by_id(str(message.file_id))
            assert file is not None and file.content is not None
            found[file.name.rpartition(".")[2]] = file.content
    return found


# Consent.


async def test_rule_02_a_new_notice_holds_the_message_until_it_is_agreed_to(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", **FAST) as office:
        async with office.open():
            number, topic = await office.ticket()
            await office.answer(topic)
        await _renewed(office)
        async with office.open():
            await office.user.say("Bagaimana dengan Labura?")
            await office.user.sees("Pemberitahuan privasi kami berubah")
            await office.officer.sees("belum menyetujui", topic=topic)
            assert await drafts(office) == ["Bagaimana dengan Labura?"]
            assert "Labura" not in staff_words(office)
            assert await office.status(number) == "waiting_officer"  # they did write: silence closes nothing
            await office.user.press("Setuju")
            await office.officer.sees("Bagaimana dengan Labura?", topic=topic)
            await office.user.sees("persetujuan Anda sudah tercatat")
            assert await value(office, "SELECT group_concat(version) FROM consents") == "1,2"
            await office.user.say("Terima kasih")
            await office.officer.sees("Terima kasih", topic=topic)


async def test_who_refuses_a_new_notice_keeps_the_ticket_and_loses_nothing(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", **FAST) as office:
        async with office.open():
            number, topic = await office.ticket()
        await _renewed(office)
        async with office.open():
            await office.user.say("Satu hal lagi")
            await office.user.sees("Pemberitahuan privasi kami berubah")
            await office.user.press("Tidak setuju")
            await office.user.sees("tetap berjalan")
            await office.officer.sees("tidak menyetujui pemberitahuan privasi yang baru", topic=topic)
            await office.answer(topic, "Ini jawaban atas pertanyaan semula.")
            assert await drafts(office) == ["Satu hal lagi"]
            await office.user.say("Setuju")
            await office.officer.sees("Satu hal lagi", topic=topic)
            assert await office.status(number) != "closed"


@pytest.mark.parametrize("state", ["name", "type", "question"])
async def test_a_new_notice_in_the_middle_of_a_question_goes_on_where_it_was(tmp_path: Path, state: str) -> None:
    async with office_at(tmp_path / "meja.db", **FAST) as office:
        async with office.open():
            user = await to(office, state)
        await _renewed(office)
        async with office.open():
            await user.say("Lagi")
            await user.sees("Pemberitahuan privasi kami berubah")
            await user.press("Setuju")
            await office.settled()
            assert await state_of(office) == state
            assert await drafts(office) == [QUESTION, "Lagi"]


async def test_a_button_pressed_under_an_old_notice_asks_first(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", **FAST) as office:
        async with office.open():
            user = await to(office, "closed")
        await _renewed(office)
        async with office.open():
            await user.press("5")
            await user.sees_answer("setujui pemberitahuan privasi")
            await user.sees("Pemberitahuan privasi kami berubah")
            assert await value(office, "SELECT count(*) FROM ratings") == 0
            await user.press("Setuju")
            await user.sees("jenis konsultasi")
            await user.press("5")
            await user.sees("Terima kasih")
            assert await value(office, "SELECT stars FROM ratings") == 5


# The menu.


@pytest.mark.parametrize("state", STATES)
async def test_rule_17_the_menu_stands_beside_every_state_and_loses_no_draft(office: Office, state: str) -> None:
    user = await to(office, state)
    before = await state_of(office), await drafts(office)
    await user.say("/privasi")
    await user.sees("Data Anda pada")
    await user.press("Salinan data saya")
    await user.sees("Berikut salinan data Anda")
    await office.settled()
    assert set(await _files(office, user)) == {"html", "json"}
    assert (await state_of(office), await drafts(office)) == before


async def test_the_copy_holds_everything_and_stands_in_no_table(office: Office) -> None:
    user = await to(office, "closed")
    topic = office.telegram.topics[0]
    await office.admin.say("// catatan intern", topic=topic)
    await user.press("4")
    await user.say("Petugasnya <ramah>")
    await user.say("/pengaduan Antrean lama")
    await user.sees("Pengaduan tercatat")
    await user.press("Selesai")
    await user.say("/pengaduan")
    await user.sees("Pengaduan dan saran")
    await user.press("Tanpa nama")
    await user.say("Rahasia tanpa nama")
    await user.sees("P-1207-2611-0002")
    await office.admin.say("/riwayat", topic=topic)
    await office.settled()
    await user.say("/privasi")
    await user.sees("Data Anda pada")
    await user.press("Salinan data saya")
    await office.settled()
    files = await _files(office, user)
    data = json.loads(files["json"])
    assert data["person"]["email"] == address_of(user) and data["person"]["name"] == "Siti Aminah"
    assert data["consents"][0]["version"] == "1"
    [ticket] = data["tickets"]
    assert [row["text"] for row in ticket["messages"]] == [QUESTION, "Ini jawabannya."]
    assert ticket["messages"][1]["officer"] == "Petugas PST 1" and ticket["internal_notes"] == 1
    assert ticket["ratings"][0] | {"at": ""} == {"stars": 4, "feedback": "Petugasnya <ramah>", "at": ""}
    assert [row["text"] for row in data["complaints"]] == ["Antrean lama"]
    assert {"consent", "close", "view", "export"} <= {row["action"] for row in data["processing"]}
    page = files["html"].decode()
    assert "Ini jawabannya." in page and "Petugasnya &lt;ramah&gt;" in page and "Rina" not in page
    assert "http" not in page and "<script" not in page
    assert await value(office, "SELECT count(*) FROM outbox WHERE payload LIKE '%Ini jawabannya%'") == 0


async def test_the_copy_may_be_asked_for_three_times_a_day(office: Office) -> None:
    user = await to(office, "idle")
    await user.say("/privasi")
    await user.sees("Data Anda pada")
    for _ in range(5):
        await user.press("Salinan data saya")
    await user.sees("3 kali dalam 24 jam")
    await office.settled()
    assert sum(message.kind == "document" for message in user.chat) == 6
    await office.move(hours=25)
    await user.press("Salinan data saya")
    await office.settled()
    assert sum(message.kind == "document" for message in user.chat) == 8


async def test_rule_13_the_copy_shows_nothing_of_who_shares_the_mailbox(office: Office) -> None:
    await office.ticket("Pertanyaan milik Siti")
    colleague = Person(office.telegram, id=1002, first_name="Budi")
    await office.register(colleague, name="Budi Lubis", address=address_of(office.user))
    await colleague.say("/privasi")
    await colleague.sees("Data Anda pada")
    await colleague.press("Salinan data saya")
    await office.settled()
    files = await _files(office, colleague)
    assert json.loads(files["json"])["tickets"] == []
    assert "Pertanyaan milik Siti" not in str(files)


async def test_the_name_is_corrected_after_a_question_and_the_conversation_goes_on(office: Office) -> None:
    _, topic = await office.ticket()
    user = office.user
    await user.say("/privasi")
    await user.sees("Data Anda pada")
    await user.press("Perbaiki nama")
    await user.sees("nama Anda yang benar")
    await user.say("Siti Aminah Nasution")
    await user.sees("Sudah benar?")
    await user.say("ya")  # a label may be typed
    await user.sees("sudah diperbaiki menjadi")
    await office.settled()
    assert "Siti Aminah Nasution" in staff_words(office)
    await user.say("Kapan terbit?")
    await office.officer.sees("Kapan terbit?", topic=topic)
    assert await value(office, "SELECT count(*) FROM audit WHERE action = 'correction'") == 1
    assert await value(office, "SELECT count(*) FROM audit WHERE data LIKE '%Nasution%'") == 0


async def test_a_correction_can_be_left(office: Office) -> None:
    user = await to(office, "question")
    await user.say("/privasi")
    await user.sees("Data Anda pada")
    await user.press("Perbaiki nama")
    await user.sees("nama Anda yang benar")
    await user.say("12345")
    await user.sees("Nama")
    await user.say("/batal")
    await user.sees("tidak ada yang diubah")
    assert (await state_of(office), await drafts(office)) == ("question", [QUESTION])


# Withdrawing.


async def test_who_withdraws_is_asked_nothing_more_and_may_come_back(office: Office) -> None:
    number, topic = await office.ticket()
    user = office.user
    await user.say("/privasi")
    await user.sees("Data Anda pada")
    await user.press("Tarik persetujuan")
    assert number in (await user.sees("ditutup tanpa jawaban")).text
    await user.press("Ya, tarik persetujuan")
    await user.sees("berhenti memproses")
    await office.officer.sees("menarik persetujuan", topic=topic)
    assert await office.status(number) == "closed"
    assert await value(office, "SELECT close_reason FROM tickets") == "withdrawn"
    await office.admin.say("Halo, masih di sana?", topic=topic)
    await office.officer.sees("menarik persetujuan", topic=topic)
    before = len(user.chat)
    await office.move(days=12)
    await office.settled()
    assert len(user.chat) == before and "Halo, masih" not in seen_by(user)
    await user.say("Saya kembali")
    await user.sees("Sebelum mulai")
    await user.press("Setuju")
    await user.sees("jenis konsultasi")  # no address, no code, no name once more
    assert await drafts(office) == ["Saya kembali"]


async def test_an_old_question_of_the_menu_is_no_consent_to_act(office: Office) -> None:
    user = await to(office, "idle")
    await user.say("/privasi")
    await user.sees("Data Anda pada")
    await user.press("Tarik persetujuan")
    await user.sees("tidak lagi memproses")
    await office.move(hours=2)
    await user.press("Ya, tarik persetujuan")
    await user.sees_answer("tidak berlaku")
    assert await value(office, "SELECT count(*) FROM consents WHERE withdrawn_at IS NULL") == 1


# What leaves a trace (T25).

ACTS = {
    "view": lambda office, topic: office.officer.say("/riwayat", topic=topic),
    "taken": lambda office, topic: office.officer.say("/ambil", topic=topic),
    "retype": lambda office, topic: office.officer.say("/jenis metadata", topic=topic),
    "released": lambda office, topic: office.officer.say("/lepas", topic=topic),
    "hold": lambda office, topic: office.admin.say(f"/tahan {topic.name.split()[0]}", topic=topic),
    "lift": lambda office, topic: office.admin.say(f"/tahan {topic.name.split()[0]} lepas", topic=topic),
    "report": lambda office, topic: office.admin.say("/laporan", topic=topic),
    "close": lambda office, topic: office.officer.say("/tutup selesai", topic=topic),
    "reopen": lambda office, topic: office.user.press("Buka kembali"),
    "block": lambda office, topic: office.officer.say("/blokir iklan", topic=topic),
}


async def test_t25_each_act_leaves_one_entry(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        _, topic = await office.ticket()
        for action, act in ACTS.items():
            sql = f"SELECT count(*) FROM audit WHERE action = '{action}'"
            before = await value(office, sql)
            await act(office, topic)
            await office.settled()
            assert await value(office, sql) == before + 1, action
        actors = await value(office, "SELECT group_concat(DISTINCT substr(actor, 1, instr(actor, ':'))) FROM audit")
        assert set(str(actors).split(",")) == {"user:", "officer:", "admin:"}


async def test_admins_see_what_is_kept_and_what_went(office: Office) -> None:
    await to(office, "code")
    await office.move(days=3)
    await office.admin.say("/retensi")
    seen = await office.admin.sees("Penyimpanan data")
    assert "Kode dan alamat yang tidak jadi dipakai (disimpan 1 hari): 1 dihapus" in seen.text
