"""Complaints from anywhere, also without a name: to the supervisor, and never a word of them to the staff group."""

from pathlib import Path

import pytest

from bot.playground.people import Person
from tests.flows.conftest import ADMIN, Office, office_at
from tests.flows.way import STATES, drafts, seen_by, staff_words, state_of, to, value

WORDS = "Petugas PENGADUAN1 tidak sopan"
RECEIPT = "P-1207-2611-0001"


async def _listening(office: Office) -> None:
    """The supervisor has spoken to the bot before, so that it may write."""
    await office.supervisor.say("/bantuan")
    await office.supervisor.sees("/mulai")


@pytest.mark.parametrize("state", [state for state in STATES if state != "complaint"])
async def test_rule_17_a_complaint_in_every_state_leaves_the_state_and_the_draft(office: Office, state: str) -> None:
    await _listening(office)
    user = await to(office, state)
    before = await state_of(office), await drafts(office)
    await user.say("/pengaduan")
    await user.sees("Pengaduan dan saran")
    await user.say(WORDS)
    await user.sees(RECEIPT)
    await office.supervisor.sees("PENGADUAN1")
    await user.press("Selesai")
    await user.sees("sudah lengkap kami catat")
    assert (await state_of(office), await drafts(office)) == before
    await office.settled()
    assert "PENGADUAN1" not in staff_words(office)
    assert RECEIPT not in staff_words(office)


async def test_a_complaint_in_several_messages_is_one_complaint(office: Office) -> None:
    """People write "I want to complain" first, and long texts are cut by Telegram: none of it reaches the topic."""
    await _listening(office)
    user = await to(office, "ticket")
    await user.say("/complaint")
    await user.sees("Pengaduan dan saran")
    parts = ("Saya mau mengadu PENGADUAN0", "x" * 4096, "soal petugas PENGADUAN2")
    for part in parts:
        await user.say(part)
    await user.album(["photo", "photo"], caption="bukti PENGADUAN3")
    await user.sees("Hanya tulisannya")
    await office.settled()
    assert await value(office, "SELECT count(*) FROM complaints") == 1
    text = await value(office, "SELECT text FROM complaints")
    assert all(part in text for part in (*parts, "bukti PENGADUAN3"))
    told = "".join(message.text for message in office.supervisor.chat if message.by_bot)
    assert told.count("x" * 100) >= 40 and "PENGADUAN2" in told and "PENGADUAN3" in told
    assert "PENGADUAN" not in staff_words(office)
    assert not [message for message in office.telegram.staff.messages if message.kind == "photo"]


async def test_after_a_while_the_talk_with_the_officers_goes_on(office: Office) -> None:
    user = await to(office, "ticket")
    await user.say("/pengaduan Antrean terlalu lama")
    await user.sees(RECEIPT)
    await office.move(minutes=6)
    await user.say("Kembali ke pertanyaan saya")
    await office.officer.sees("Kembali ke pertanyaan saya", topic=office.telegram.topics[0])


async def test_a_complaint_never_written_swallows_nothing_the_next_day(office: Office) -> None:
    user = await to(office, "ticket")
    await user.say("/pengaduan")
    await user.sees("Pengaduan dan saran")
    await office.move(hours=20)
    await user.say("Terima kasih atas jawabannya")
    await office.officer.sees("Terima kasih atas jawabannya", topic=office.telegram.topics[0])
    assert await value(office, "SELECT count(*) FROM complaints") == 0


async def test_leaving_says_that_nothing_was_recorded(office: Office) -> None:
    user = await to(office, "code")
    await user.say("/pengaduan")
    await user.sees("Pengaduan dan saran")
    await user.say("/batal")
    await user.sees("tidak ada pengaduan yang dicatat")
    assert await state_of(office) == "code"
    await user.say(office.mailbox.mails[0].code)
    await user.sees("Siapa nama")


async def test_going_on_with_the_registration_ends_the_complaint(office: Office) -> None:
    """Else the address typed next would be filed as a complaint."""
    user = await to(office, "consent")
    await user.say("/pengaduan")
    await user.sees("Pengaduan dan saran")
    await user.press("Setuju")
    await user.sees("alamat e-mail")
    await user.say("siti@contoh.go.id")
    await user.sees("Kode sudah dikirim")
    await user.say("/pengaduan")
    await user.sees("Pengaduan dan saran")
    await user.say("/mulai")
    await user.sees("6 angka")
    await user.say(office.mailbox.mails[0].code)
    await user.sees("Siapa nama")
    assert await value(office, "SELECT count(*) FROM complaints") == 0


@pytest.mark.parametrize("words", ["Tanpa nama", "without my name"])
async def test_without_a_name_by_a_typed_word(office: Office, words: str) -> None:
    await _listening(office)
    user = await to(office, "ticket")
    await user.say("/pengaduan")
    await user.sees("Pengaduan dan saran")
    await user.say(words)
    await user.sees("tidak akan disampaikan")
    await user.say(WORDS)
    await user.sees(RECEIPT)
    posted = await office.supervisor.sees("PENGADUAN1")
    assert "anonim" in posted.text and "Siti" not in posted.text
    assert await value(office, "SELECT anonymous FROM complaints") == 1


async def test_without_a_name_holds_for_words_behind_the_command_too(office: Office) -> None:
    await _listening(office)
    user = await to(office, "ticket")
    await user.say("/pengaduan")
    await user.sees("Pengaduan dan saran")
    await user.press("Tanpa nama")
    await user.sees("tidak akan disampaikan")
    await user.say(f"/pengaduan {WORDS}")
    await user.sees(RECEIPT)
    assert "Siti" not in (await office.supervisor.sees("PENGADUAN1")).text
    await user.say("dan satu hal lagi")
    assert "Siti" not in (await office.supervisor.sees("satu hal lagi")).text


async def test_a_registered_person_who_does_not_mind_is_named(office: Office) -> None:
    await _listening(office)
    user = await to(office, "ticket")
    await user.say(f"/pengaduan@meja_demo_bot {WORDS}")
    await user.sees(RECEIPT)
    assert "Siti Aminah" in (await office.supervisor.sees("PENGADUAN1")).text
    await user.press("Selesai")
    await user.sees("sudah lengkap")
    await user.press("Selesai")
    await user.sees_answer("tidak berlaku")


async def test_nothing_to_read_is_no_complaint(office: Office) -> None:
    user = await to(office, "complaint")
    for attempt in ("\u200b\u200b", "ㅤ"):
        await user.say(attempt)
        await user.sees("Belum ada isi pengaduan")
    await user.send("voice")
    await user.sees("Belum ada isi pengaduan")
    await user.album(["photo", "photo"])
    await user.say("/pengaduan \u200b")
    await user.sees("Pengaduan dan saran")
    assert await value(office, "SELECT count(*) FROM complaints") == 0


async def test_the_words_under_a_photo_are_taken_and_the_loss_of_the_photo_is_said(office: Office) -> None:
    user = await to(office, "complaint")
    await user.send("photo", caption=WORDS)
    await user.sees(RECEIPT)
    await user.sees("Hanya tulisannya")


async def test_by_mail_as_well_with_no_words_of_the_person_in_the_subject(tmp_path: Path) -> None:
    supervisor = {"chat_id": 333, "email": "kepala@bps.go.id"}
    async with office_at(tmp_path / "meja.db", supervisor=supervisor) as office, office.open():
        await _listening(office)
        evil = "=?UTF-8?Q?=0A?=Bcc: x@evil.id"
        await office.user.say(f"/pengaduan {evil}\nBcc: x@evil.id")
        mail = await office.mailbox.mail_to("kepala@bps.go.id")
        assert mail.subject == f"Pengaduan {RECEIPT}"
        assert evil in mail.text
        assert mail.rcpt == ["kepala@bps.go.id"]
        await office.supervisor.sees(RECEIPT)


@pytest.mark.parametrize("chat", [None, -1001234567890])
async def test_without_a_supervisor_it_goes_to_the_admins_privately(tmp_path: Path, chat: int | None) -> None:
    """Also when somebody wrote the staff group's own id into the configuration."""
    async with office_at(tmp_path / "meja.db", supervisor={"chat_id": chat}) as office, office.open():
        await office.admin.say("/bantuan")
        await office.user.say(f"/pengaduan {WORDS}")
        await office.user.sees(RECEIPT)
        await office.admin.sees("PENGADUAN1")
        await office.settled()
        assert office.admin.id == ADMIN
        assert "PENGADUAN1" not in staff_words(office)


async def test_a_blocked_person_may_still_complain(office: Office) -> None:
    """The text that tells them of the block names this way."""
    await _listening(office)
    user = await to(office, "ticket")
    await office.officer.say("/blokir kata kasar", topic=office.telegram.topics[0])
    await user.sees("ditutup")
    await user.say("Halo?")
    assert "/pengaduan" in (await user.sees("tidak dapat kami terima")).text
    await user.say("/pengaduan")
    await user.sees("Pengaduan dan saran")
    await user.say(WORDS)
    await user.sees(RECEIPT)
    await office.supervisor.sees("PENGADUAN1")
    await user.say("/mulai")
    await office.settled()
    assert "PENGADUAN1" not in staff_words(office)
    assert "jenis konsultasi" not in seen_by(user)[seen_by(user).index(RECEIPT) :]


async def test_a_command_given_as_a_reply_is_no_answer_to_the_complaint(office: Office) -> None:
    await _listening(office)
    await office.user.say(f"/pengaduan {WORDS}")
    posted = await office.supervisor.sees("PENGADUAN1")
    await office.supervisor.say("/bantuan", reply_to=posted)
    await office.supervisor.sees("kami menuntun")
    assert await value(office, "SELECT answer FROM complaints") is None


async def test_complaints_are_numbered_apart_from_tickets(office: Office) -> None:
    await to(office, "ticket")
    other = Person(office.telegram, id=1002, first_name="Budi")
    for number in (1, 2):
        await other.say(f"/pengaduan yang ke-{number}")
        await other.sees(f"P-1207-2611-000{number}")
    assert await value(office, "SELECT count(*) FROM tickets") == 1


async def _complain(office: Office) -> None:
    user = await to(office, "new")
    await user.say(f"/pengaduan {WORDS}")
    await user.sees(RECEIPT)


async def test_a_supervisor_who_never_pressed_start_gets_it_when_they_do(office: Office) -> None:
    """Until then the admins know its number and the reason, and nobody reads its words."""
    await office.admin.say("/bantuan")
    await office.admin.sees("/mulai")
    await _complain(office)
    told = await office.admin.sees(RECEIPT)
    assert "belum menekan Start" in told.text and "e-mail" not in told.text
    await office.user.say("Dan satu hal lagi PENGADUAN2")
    await office.user.sees("Ditambahkan")
    await office.settled()
    assert seen_by(office.admin).count(RECEIPT) == 1
    assert "PENGADUAN" not in seen_by(office.admin) + staff_words(office)
    await office.supervisor.say("/start")
    first = await office.supervisor.sees("PENGADUAN1")
    await office.supervisor.sees("PENGADUAN2")
    await office.supervisor.say("Akan kami tindak lanjuti", reply_to=first)
    await office.user.sees("Akan kami tindak lanjuti")


async def test_where_no_admin_can_be_told_the_group_learns_of_it_and_no_word_more(tmp_path: Path) -> None:
    mail = {"chat_id": 333, "email": "kepala@bps.go.id"}
    async with office_at(tmp_path / "meja.db", supervisor=mail) as office, office.open():
        await _complain(office)
        told = await office.officer.sees(RECEIPT, topic=None)
        assert "juga ke e-mail" in told.text
        assert "PENGADUAN1" in (await office.mailbox.mail_to("kepala@bps.go.id")).text
        await office.settled()
        assert "PENGADUAN1" not in staff_words(office)
        await office.admin.say("/start")
        await office.admin.sees(RECEIPT)


async def test_without_a_supervisor_the_only_admin_who_is_deaf_is_made_up_for_by_the_group(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", supervisor={"chat_id": None}) as office, office.open():
        await _complain(office)
        await office.officer.sees(RECEIPT, topic=None)
        await office.admin.say("/start")
        await office.admin.sees("PENGADUAN1")
        assert "PENGADUAN1" not in staff_words(office)


async def test_a_complaint_that_is_held_is_listed_without_its_words(office: Office) -> None:
    await office.admin.say("/bantuan")
    await _complain(office)
    await office.admin.sees(RECEIPT)
    await office.admin.say("/antrean")
    shown = await office.admin.sees("Tertahan: 1")
    assert "pengaduan" in shown.text and "belum menekan Start" in shown.text and "PENGADUAN1" not in shown.text
