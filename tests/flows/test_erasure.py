"""Being forgotten: asked twice, a receipt, then nothing is left, in no table and in no byte of the database's files."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from bot.desk import erasure
from bot.playground.faults import Fault
from bot.playground.people import Person
from bot.reports.report import report_params
from tests.flows.conftest import Office, office_at
from tests.flows.way import seen_by, staff_words, state_of, to, value

FAST = {"telegram": {"pace": {"group_messages": 1000, "bot_per_second": 1000}}}
SENDER = 7_766_554_433
ADDRESS = "zubaidah.unik@contoh.go.id"
TYPO = "zubaidah.salah@gmial.com"
SECRETS = (
    str(SENDER),
    "Zubaidah",
    ADDRESS,
    "unik@contoh",
    TYPO,
    "zirkonia",
    "surat-izin",
    "-standin",
    "menyesal",
    "keluhan",
)


@asynccontextmanager
async def _office(path: Path, **settings: Any) -> AsyncIterator[Office]:
    async with office_at(path, **FAST | settings) as office:
        office.user = Person(office.telegram, id=SENDER, first_name="Zubaidah", last_name="Unik")
        yield office


async def _life(office: Office) -> str:
    """A person who leaves strings wherever one can, mistyped, edited, answered, rated, complained; their ticket."""
    user = office.user
    await office.supervisor.say("/bantuan")
    await user.say("/mulai")
    await user.sees("Setuju")
    await user.press("Setuju")
    await user.sees("alamat e-mail")
    await user.say(TYPO)
    await user.sees("gmail.com")
    await user.press("Tidak")
    await office.mailbox.mail_to(TYPO)
    await user.sees("Kode sudah dikirim")
    await user.say(ADDRESS)
    code = (await office.mailbox.mail_to(ADDRESS)).code
    await user.sees("z***")
    await user.say(code)
    await user.sees("Siapa nama")
    await user.say("Zubaidah Unik")
    await user.sees("lembaga apa")
    await user.press("Lewati")
    await user.sees("digunakan")
    await user.press("Lewati")
    await user.sees("jenis konsultasi")
    number = await office.ask("Pertanyaan zirkonia satu", "zirkonia dua")
    await office.telegram.until(lambda: bool(office.telegram.topics))
    topic = office.telegram.topics[-1]
    await office.officer.sees("zirkonia dua", topic=topic)
    sent = await user.send("document", caption="zirkonia tiga", name="surat-izin.pdf")
    await office.officer.sees("zirkonia tiga", topic=topic)
    await user.edit(sent, caption="zirkonia empat")
    await office.officer.say("Ibu Zubaidah, ini jawaban zirkonia", topic=topic)
    await user.sees("jawaban zirkonia")
    await office.officer.say("// Zubaidah orang zirkonia", topic=topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await user.sees("Bagaimana layanan")
    await user.press("2")
    await user.sees("perbaiki")
    await user.say("Saya menyesal")
    await user.sees("sudah tercatat")
    await user.say("/pengaduan keluhan Zubaidah")
    await user.sees("Pengaduan tercatat")
    await user.press("Selesai")
    await office.settled()
    return number


async def _ask_for_erasure(office: Office) -> None:
    user = office.user
    await user.say("/privasi")
    await user.sees("Data Anda pada")
    await user.press("Hapus data saya")
    await user.sees("Yang dihapus")
    await user.press("Lanjut menghapus")
    await user.sees("Langkah terakhir")
    await user.press("Hapus sekarang")


async def _erased(office: Office) -> str:
    """The receipt's number, once everything is done but for the nightly cleaning of the file."""
    await _ask_for_erasure(office)
    receipt = await office.user.sees("penghapusan Anda tercatat")
    await office.settled()
    await office.move(minutes=1)
    await office.settled()
    return next(word for word in receipt.text.split() if word.startswith("H-1207-"))


def _found(path: Path, *words: str) -> set[tuple[str, str]]:
    """Which of the words stand in which of the database's files, in bytes."""
    files = [file for file in path.parent.iterdir() if file.name.startswith(path.name) and file.suffix != ".lock"]
    return {(file.name, word) for file in files for word in words if word.encode() in file.read_bytes()}


async def _figures(office: Office) -> dict[str, Any]:
    assert office.app is not None
    ctx = office.app.context()
    async with office.app.store.reader() as reader:
        found: dict[str, Any] = await report_params(
            reader, office="1207", calendar=ctx.calendar, now=ctx.now, period="2026-11"
        )
        return found


async def test_an_erased_person_stands_in_no_byte_of_the_files_and_the_figures_stay(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    async with _office(path) as office, office.open():
        number = await _life(office)
        before = await _figures(office)
        assert {word for _, word in _found(path, *SECRETS)} == set(SECRETS)
        receipt = await _erased(office)
        assert await value(office, "SELECT count(*) FROM messages") == 0
        assert await value(office, "SELECT count(*) FROM ticket_events") > 5
        assert (
            await value(office, "SELECT number || stars FROM tickets JOIN ratings ON ticket_id = tickets.id")
            == f"{number}2"
        )
        assert await _figures(office) | {"now": ""} == before | {"now": ""}
        assert await value(office, "SELECT receipt || coalesce(identity_id, '') FROM erasures") == receipt
        await office.move(hours=16)  # 02.01 at night
        assert await value(office, "SELECT count(*) FROM erasures WHERE clean_at IS NOT NULL") == 1
        assert _found(path, *SECRETS) == set()
        assert "Zubaidah" not in office.telegram.topics[0].name
        card = next(message for message in office.telegram.staff.messages if number in message.text)
        assert "Zubaidah" not in card.text and "zirkonia" not in card.text
        assert "meminta datanya dihapus" in seen_by(office.supervisor)
    assert _found(path, *SECRETS) == set()


async def test_who_was_erased_is_a_stranger_and_the_old_topic_reaches_nobody(tmp_path: Path) -> None:
    async with _office(tmp_path / "meja.db") as office, office.open():
        await _life(office)
        topic = office.telegram.topics[0]
        await _erased(office)
        before = len(office.user.chat)
        await office.admin.say("Apa kabar?", topic=topic)
        await office.admin.say("// dulu ia bertanya soal zirkonia", topic=topic)
        await office.settled()
        assert staff_words(office).count("sudah dihapus atas permintaannya") == 2
        assert await value(office, "SELECT count(*) FROM messages") == 0
        await office.admin.say("/blokir kata kasar", topic=topic)  # nobody is there to be blocked
        await office.admin.sees("tidak mengubah apa pun", topic=topic)
        assert "(data dihapus)" in staff_words(office)
        assert len(office.user.chat) == before
        await office.user.press("Buka kembali")
        await office.user.sees_answer("tidak berlaku")
        await office.user.say("Halo")
        await office.user.sees("Sebelum mulai")
        await office.user.say("/privasi")
        await office.user.sees("Tiket: 0")
        await office.user.press("Hapus data saya")
        await office.user.sees("dapat diminta mulai besok")


async def test_words_that_came_to_others_go_too_answers_to_complaints_and_precedents(tmp_path: Path) -> None:
    """The supervisor's reply carries the complaint; an officer read in another topic how this person was answered."""
    path = tmp_path / "meja.db"
    async with _office(path) as office, office.open():
        number = await _life(office)
        await office.supervisor.say("Kami perbaiki", reply_to=office.supervisor.chat[-1])
        await office.user.sees("Kami perbaiki")
        colleague = Person(office.telegram, id=1002, first_name="Budi")
        await office.register(colleague, name="Budi Lubis", address="budi@contoh.go.id")
        await office.ask("Pertanyaan zirkonia", user=colleague)
        await office.settled()
        topic = office.telegram.topics[-1]
        await office.officer.say("/baku", topic=topic)
        assert number in (await office.officer.sees("ini jawaban zirkonia", topic=topic)).text
        await _erased(office)
        await office.officer.say("/baku", topic=topic)
        await office.officer.sees("Belum ada jawaban baku", topic=topic)
        await office.move(hours=16)
        assert _found(path, *(word for word in SECRETS if word != "zirkonia"), "jawaban zirkonia") == set()


async def test_officers_note_nothing_more_about_an_erased_person(tmp_path: Path) -> None:
    async with _office(tmp_path / "meja.db") as office, office.open():
        _, topic = await office.ticket("Pertanyaan zirkonia")
        await office.officer.say("/tutup selesai", topic=topic)
        await office.user.sees("selesai")
        await _erased(office)
        await office.admin.say("/ringkas nama Siti", topic=topic)
        await office.officer.sees("sudah dihapus", topic=topic)
        assert await value(office, "SELECT count(*) FROM tickets WHERE summary IS NOT NULL") == 0


async def test_an_open_ticket_is_closed_first_and_the_officers_know(tmp_path: Path) -> None:
    async with _office(tmp_path / "meja.db") as office, office.open():
        number, topic = await office.ticket("Pertanyaan zirkonia")
        await office.user.say("/privasi")
        await office.user.sees("Data Anda pada")
        await office.user.press("Hapus data saya")
        assert number in (await office.user.sees("Yang dihapus")).text
        await office.user.press("Lanjut menghapus")
        await office.user.sees("Langkah terakhir")
        await office.user.say("hapus sekarang")
        await office.user.sees("penghapusan Anda tercatat")
        await office.officer.sees("menarik persetujuan", topic=topic)
        assert await value(office, "SELECT close_reason FROM tickets") == "withdrawn"


async def test_topics_are_deleted_where_the_office_wants_that(tmp_path: Path) -> None:
    async with _office(tmp_path / "meja.db", privacy={"delete_topics": True}) as office, office.open():
        await office.admin.set_bot_status("administrator", rights={"can_manage_topics", "can_delete_messages"})
        await _life(office)
        await _erased(office)
        assert office.telegram.topics == [] or office.telegram.topics[0].deleted


async def test_a_topic_the_bot_may_not_delete_loses_the_name(tmp_path: Path) -> None:
    async with _office(tmp_path / "meja.db", privacy={"delete_topics": True}) as office, office.open():
        await office.admin.set_bot_status("administrator", rights={"can_manage_topics"})
        await _life(office)
        await _erased(office)
        assert "Zubaidah" not in office.telegram.topics[0].name
        assert "bot tidak" not in seen_by(office.admin)


@pytest.mark.parametrize("held", ["office", "ticket"])
async def test_what_the_law_wants_kept_is_answered_with_a_person_to_talk_to(tmp_path: Path, held: str) -> None:
    privacy = {"hold": held == "office", "dpo_contact": "ppid1207@bps.go.id"}
    async with _office(tmp_path / "meja.db", privacy=privacy) as office, office.open():
        await office.admin.say("/bantuan")
        number, _ = await office.ticket("Pertanyaan zirkonia")
        if held == "ticket":
            await office.admin.say(f"/tahan {number}")
            await office.admin.sees("ditahan")
        await office.user.say("/privasi")
        await office.user.sees("Data Anda pada")
        await office.user.press("Hapus data saya")
        assert "ppid1207@bps.go.id" in (await office.user.sees("belum dapat dihapus")).text
        await office.admin.sees("meminta penghapusan data")
        if held == "ticket":
            await office.admin.say(f"/tahan {number} lepas")
            await office.admin.sees("tidak lagi ditahan")
            await office.user.press("Hapus data saya")
            await office.user.sees("Yang dihapus")


async def test_a_hold_set_before_the_erasure_is_worked_off_stops_it_until_it_is_lifted(tmp_path: Path) -> None:
    async with _office(tmp_path / "meja.db") as office, office.open():
        number, _ = await office.ticket("Pertanyaan zirkonia")
        await office.admin.say("/bantuan")
        await office.user.say("/privasi")
        await office.user.sees("Data Anda pada")
        await office.user.press("Hapus data saya")
        await office.user.sees("Yang dihapus")
        await office.user.press("Lanjut menghapus")
        last = await office.user.sees("Langkah terakhir")
        office.telegram.break_with(Fault("sendMessage", chat_id=office.user.id, status=500, times=10_000))
        await office.user.press("Hapus sekarang", message=last)
        await office.admin.say(f"/tahan {number}")
        await office.admin.sees("ditahan")
        await office.move(hours=50)  # longer than a receipt is waited for
        assert await value(office, "SELECT count(*) FROM erasures WHERE done_at IS NOT NULL") == 0
        assert await value(office, "SELECT count(*) FROM messages WHERE content LIKE '%zirkonia%'") == 1
        await office.admin.say(f"/tahan {number} lepas")
        await office.admin.sees("tidak lagi ditahan")
        await office.move(minutes=1)
        assert await value(office, "SELECT count(*) FROM erasures WHERE done_at IS NOT NULL") == 1


async def test_admins_hear_of_an_erasure_that_does_not_end(tmp_path: Path) -> None:
    """The receipt cannot go out for two days, and the file cannot be cleaned."""
    async with _office(tmp_path / "meja.db") as office, office.open():
        await to(office, "idle")
        assert office.app is not None
        await office.admin.say("/bantuan")

        async def busy(*, whole: bool) -> bool:
            return False

        office.app.store.compact = busy  # type: ignore[method-assign]
        await _ask_for_erasure(office)
        await office.user.sees("penghapusan Anda tercatat")
        await office.move(hours=59)
        assert "belum selesai setelah" not in seen_by(office.admin)
        await office.move(hours=2)
        await office.admin.sees("belum selesai setelah 61 jam")
        await office.move(hours=24)
        assert seen_by(office.admin).count("belum selesai setelah") == 1


async def test_a_blocked_bot_holds_up_no_erasure(tmp_path: Path) -> None:
    async with _office(tmp_path / "meja.db") as office, office.open():
        await _life(office)
        user = office.user
        await user.say("/privasi")
        await user.sees("Data Anda pada")
        await user.press("Hapus data saya")
        await user.sees("Yang dihapus")
        await user.press("Lanjut menghapus")
        message = await user.sees("Langkah terakhir")
        await user.press("Hapus sekarang", message=message)
        await user.block()
        await office.settled()
        await office.move(minutes=1)
        assert await value(office, "SELECT count(*) FROM erasures WHERE done_at IS NOT NULL") == 1


async def test_rule_13_who_leaves_a_shared_mailbox_takes_only_their_own(tmp_path: Path) -> None:
    async with _office(tmp_path / "meja.db") as office, office.open():
        await _life(office)
        colleague = Person(office.telegram, id=1002, first_name="Budi")
        await office.register(colleague, name="Budi Lubis", address=ADDRESS)
        await office.ask("Pertanyaan Budi", user=colleague)
        await office.settled()
        await _erased(office)
        assert await value(office, "SELECT count(*) FROM accounts WHERE email = $1", ADDRESS) == 1
        assert await value(office, "SELECT count(*) FROM messages") == 1
        assert "Budi" in staff_words(office)
        of_nobody = "SELECT count(*) FROM tickets JOIN accounts ON accounts.id = account_id WHERE accounts.email = ''"
        assert await value(office, of_nobody) == 1


def _restore(backup: Path, path: Path) -> None:
    for file in path.parent.glob("meja.db*"):
        file.unlink()
    backup.rename(path)


async def test_a_restored_backup_is_erased_again(tmp_path: Path) -> None:
    path, backup = tmp_path / "meja.db", tmp_path / "backup"
    async with _office(path) as office:
        async with office.open() as app:
            await _life(office)
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("VACUUM INTO ?", (str(backup),))
            await _erased(office)
            async with app.store.reader() as reader:
                hashes = {str(await reader.value("SELECT hash FROM erasures"))}
        _restore(backup, path)
        async with office.open() as app:
            assert await value(office, "SELECT count(*) FROM messages") > 0
            assert await app.store.run(erasure.apply_list, app.context(), hashes) == 1
            before = len(office.user.chat)
            await office.move(hours=17)
            await office.settled()
            assert _found(path, *SECRETS) == set()
            assert len(office.user.chat) == before
            assert await app.store.run(erasure.apply_list, app.context(), hashes) == 0


# Refusing (rules 2 and 28), giving up, and age.


async def test_rule_02_who_refuses_leaves_no_byte_behind(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    async with _office(path) as office, office.open() as app:
        user = office.user
        await user.say("Pertanyaan zirkonia satu")
        await user.sees("Setuju? Tekan")
        await user.send("document", caption="zirkonia dua", name="surat-izin.pdf")
        await user.sees("simpan sementara")
        await user.press("Tidak setuju")
        await user.sees("data Anda tidak kami simpan")
        await office.settled()
        await app.store.compact(whole=True)
        assert {word for _, word in _found(path, *SECRETS)} == {str(SENDER)}  # the answer is to reach them
        await office.move(hours=25)
        await office.settled()
        await app.store.compact(whole=True)
        assert _found(path, *SECRETS) == set()


async def test_rule_28_an_address_typed_and_given_up_vanishes(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    async with _office(path) as office, office.open() as app:
        user = office.user
        await user.say("/mulai")
        await user.sees("Setuju")
        await user.press("Setuju")
        await user.sees("alamat e-mail")
        await user.say(TYPO)
        await user.sees("gmail.com")
        await user.press("Tidak")
        await office.mailbox.mail_to(TYPO)
        await user.sees("Kode sudah dikirim")
        await office.settled()
        await office.move(days=31)
        await office.settled()
        await office.move(hours=1)
        await app.store.compact(whole=True)
        assert _found(path, *SECRETS) == set()
        assert await state_of(office) == "new"


async def test_a_code_s_address_goes_after_a_day_and_still_counts_against_flooding_when_forgotten(
    tmp_path: Path,
) -> None:
    """Erasing oneself is no way to send more codes to somebody else's mailbox (T8)."""
    async with _office(tmp_path / "meja.db") as office, office.open():
        for number in range(3):
            user = Person(office.telegram, id=4000 + number, first_name="X")
            office.user = user
            await user.say("/mulai")
            await user.sees("Setuju")
            await user.press("Setuju")
            await user.sees("alamat e-mail")
            await user.say("korban@contoh.go.id")
            await user.sees("Kode sudah dikirim")
            await _erased(office)
        office.user = Person(office.telegram, id=4100, first_name="Y")
        await to(office, "email")
        await office.user.say("korban@contoh.go.id")
        await office.settled()
        assert "Kode sudah dikirim" not in seen_by(office.user)
        assert await value(office, "SELECT count(*) FROM email_codes WHERE address LIKE 'korban%'") == 0
        await office.move(hours=40)
        assert await value(office, "SELECT count(*) FROM email_codes") == 0


async def test_old_conversations_and_old_people_go_by_themselves(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    async with (
        _office(path, privacy={"keep": {"conversation_days": 30, "complaint_days": 60}}) as office,
        office.open() as app,
    ):
        await _life(office)
        before = await _figures(office)
        await office.move(days=29)
        assert await value(office, "SELECT count(*) FROM messages") > 0
        await office.move(days=3)
        assert await value(office, "SELECT count(*) FROM messages") == 0
        assert await value(office, "SELECT count(*) FROM ratings WHERE feedback IS NOT NULL") == 0
        assert (
            await value(office, "SELECT count(*) FROM identities WHERE chat != ''") >= 1
        )  # the complaint is not answered
        await office.supervisor.say("Sudah kami tindak lanjuti", reply_to=office.supervisor.chat[-1])
        await office.settled()
        await office.move(days=70)
        await office.settled()
        await office.move(days=95)
        await office.settled()
        await app.store.compact(whole=True)
        assert _found(path, str(SENDER), "Zubaidah", ADDRESS, "zirkonia", "menyesal", "keluhan") == set()
        assert {key: value for key, value in (await _figures(office)).items() if key != "now"} == {
            key: value for key, value in before.items() if key != "now"
        }


async def test_nothing_goes_by_age_while_evidence_is_kept(tmp_path: Path) -> None:
    keep = {"hold": True, "keep": {"conversation_days": 30}}
    async with _office(tmp_path / "meja.db", privacy=keep) as office, office.open():
        await _life(office)
        await office.move(days=32)
        await office.settled()
        assert await value(office, "SELECT count(*) FROM messages") > 0
        assert await value(office, "SELECT count(*) FROM ratings WHERE feedback IS NOT NULL") == 1


async def test_an_answer_to_an_erased_complaint_is_not_kept_and_the_supervisor_knows(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    async with _office(path) as office, office.open():
        await _life(office)
        complaint = office.supervisor.chat[-1]
        await _erased(office)
        await office.supervisor.say("Baik, Ibu Zubaidah", reply_to=complaint)
        await office.settled()
        assert "tanggapan tidak dapat dikirim lagi" in office.supervisor.chat[-1].text
        assert "dikirim kepada pelapor" not in seen_by(office.supervisor)
        await office.move(hours=16)
        assert _found(path, *SECRETS) == set()


async def test_of_a_stranger_who_blocks_presses_or_edits_nothing_is_noted(tmp_path: Path) -> None:
    """Many who were erased block the bot next: that must not bring their id back."""
    async with _office(tmp_path / "meja.db") as office, office.open():
        await _life(office)
        said = next(message for message in office.user.chat if message.text == "Pertanyaan zirkonia satu")
        await _erased(office)
        await office.user.press("Buka kembali")
        await office.user.sees_answer("tidak berlaku")
        await office.user.edit(said, text="zirkonia lima")
        await office.user.block()
        await office.settled()
        assert await value(office, "SELECT count(*) FROM identities WHERE sender = $1", str(SENDER)) == 0


# Killed at any moment.


async def test_a_kill_between_any_two_steps_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each start does at most one step of the erasure before the process is gone; then one is left to finish."""
    monkeypatch.setattr(erasure, "BATCH", 2)
    path = tmp_path / "meja.db"
    original = erasure.work_off
    async with _office(path) as office:
        async with office.open():
            await _life(office)

            async def never(*_: Any) -> bool:
                return False

            monkeypatch.setattr(erasure, "work_off", never)
            await _ask_for_erasure(office)
            await office.user.sees("penghapusan Anda tercatat")
            await office.settled()
        steps = 0

        async def once(tx: Any, ctx: Any, erasure_id: int) -> bool:
            nonlocal steps
            steps += 1
            await original(tx, ctx, erasure_id)
            return False

        monkeypatch.setattr(erasure, "work_off", once)
        while steps < 4:
            async with office.open():
                await office.settled()
        monkeypatch.setattr(erasure, "work_off", original)
        async with office.open():
            await office.move(minutes=1)
            await office.move(hours=16)
            await office.settled()
            assert _found(path, *SECRETS) == set()
            assert seen_by(office.user).count("penghapusan Anda tercatat") == 1
