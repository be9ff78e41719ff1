"""Self-service first (DOMAIN.md §6 rule 1): found there, no ticket and counted; not found, a ticket as ever."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground.people import Person
from storage.base import Tx
from tests.flows.conftest import MONDAY, Office, office_at
from tests.flows.way import drafts, seen_by, staff_words, state_of, value

ASKED = "Bagaimana mencari kode KBLI untuk usaha saya?"
OFFERED = "Mungkin jawabannya sudah ada"
TALLY = "SELECT count(*) || ' ' || count(answered_at) || ' ' || count(asked_at) FROM offers"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """The desk as an office runs it: answers are offered before a ticket."""
    async with office_at(tmp_path / "meja.db", catalogue={"offer": True}) as office, office.open():
        yield office


async def ask(office: Office, *texts: str, type: str = "Klasifikasi", send: str = "Kirim") -> Person:
    """A registered person's question, "Kirim" pressed."""
    user = await office.register()
    await user.press(type)
    await user.sees("pertanyaan")
    for text in texts:
        await user.say(text)
    await user.sees("Kirim")
    await user.say(send)
    return user


async def offered(office: Office, *texts: str) -> Person:
    user = await ask(office, *(texts or (ASKED,)))
    await user.sees(OFFERED)
    return user


async def opened(office: Office, user: Person) -> str:
    return next(word for word in (await user.sees("dibuka")).text.split() if word.startswith("1207-"))


async def tickets(office: Office) -> int:
    await office.settled()
    return int(await value(office, "SELECT count(*) FROM tickets"))


async def test_rule_01_an_answer_found_opens_no_ticket_and_is_counted(office: Office) -> None:
    user = await offered(office)
    card = await office.user_message(OFFERED)
    assert "kode KBLI usaha saya?" in card.text and "kegiatan utama usaha" in card.text
    await user.press("Sudah terjawab")
    await user.sees("Tiket tidak dibuka")
    assert await tickets(office) == 0
    assert await value(office, TALLY) == "1 1 0"
    assert office.telegram.topics == []


async def test_rule_01_one_tap_goes_on_to_an_officer(office: Office) -> None:
    user = await offered(office)
    await user.press("Tetap tanya petugas")
    number = await opened(office, user)
    await office.telegram.until(lambda: bool(office.telegram.topics))
    await office.officer.sees(number, topic=await office.telegram.opened(number))
    assert ASKED in staff_words(office) and await value(office, TALLY) == "1 0 1"
    assert await value(office, "SELECT type FROM tickets") == "classification"


async def test_nothing_found_opens_the_ticket_at_once(office: Office) -> None:
    user = await ask(office, "Berapa produksi kelapa sawit Labuhanbatu tahun 2025?", type="Data")
    await opened(office, user)
    assert OFFERED not in seen_by(user) and await value(office, TALLY) == "0 0 0"


async def test_any_further_text_goes_on_and_is_part_of_the_ticket(office: Office) -> None:
    user = await offered(office)
    await user.say("Usahanya kopi keliling dengan gerobak.")
    number = await opened(office, user)
    await office.telegram.until(lambda: bool(office.telegram.topics))
    await office.officer.sees("kopi keliling", topic=await office.telegram.opened(number))
    words = staff_words(office)
    assert words.index(ASKED) < words.index("kopi keliling")
    assert await state_of(office) == "idle" and await value(office, TALLY) == "1 0 1"


async def test_a_photo_goes_on_too(office: Office) -> None:
    user = await offered(office)
    await user.send("photo", caption="Ini gerobaknya")
    number = await opened(office, user)
    await office.telegram.until(lambda: bool(office.telegram.topics))
    await office.officer.sees("Ini gerobaknya", topic=await office.telegram.opened(number), kind="photo")


@pytest.mark.parametrize(
    ("label", "then"), [("sudah terjawab", "Tiket tidak dibuka"), ("TETAP TANYA PETUGAS", "dibuka")]
)
async def test_the_labels_may_be_typed(office: Office, label: str, then: str) -> None:
    user = await offered(office)
    await user.say(label)
    await user.sees(then)
    assert label not in staff_words(office)


async def test_the_way_back_keeps_what_was_typed(office: Office) -> None:
    user = await offered(office)
    await user.press("Sudah terjawab")
    await user.sees("Tiket tidak dibuka")
    await office.move(minutes=29)
    await user.press("Masih perlu petugas")
    number = await opened(office, user)
    await office.telegram.until(lambda: bool(office.telegram.topics))
    await office.officer.sees(ASKED, topic=await office.telegram.opened(number))
    assert await value(office, TALLY) == "1 1 1"


async def test_after_the_way_back_what_was_typed_is_deleted(office: Office) -> None:
    user = await offered(office, "Kode KBLI untuk usaha XYZZY?")
    await user.press("Sudah terjawab")
    await user.sees("Tiket tidak dibuka")
    await office.move(minutes=31)
    assert await drafts(office) == [] and await state_of(office) == "idle"
    assert await value(office, "SELECT count(*) FROM inbox WHERE raw LIKE '%XYZZY%'") == 0
    await user.press("Masih perlu petugas")
    await user.sees_answer("tidak berlaku")
    assert await tickets(office) == 0


async def test_thanks_open_nothing_and_a_further_question_does(office: Office) -> None:
    user = await offered(office)
    await user.press("Sudah terjawab")
    await user.sees("Tiket tidak dibuka")
    await user.say("Terima kasih banyak, Pak!")
    await user.sees("Sama-sama")
    await user.say("Lalu kode untuk gerobak kopi apa?")
    kept = (await user.sees("Pilih jenis konsultasi")).text
    assert kept.startswith("2 pesan")
    assert await drafts(office) == [ASKED, "Lalu kode untuk gerobak kopi apa?"]


async def test_rule_28_a_silent_person_is_reminded_and_the_ticket_opens_by_itself(office: Office) -> None:
    user = await offered(office)
    await office.move(minutes=5, seconds=5)
    await user.sees("Apakah pertanyaan Anda sudah terjawab?")
    await office.move(minutes=24)
    assert await tickets(office) == 0
    await office.move(minutes=1)
    await opened(office, user)
    assert seen_by(user).count("Apakah pertanyaan Anda sudah terjawab?") == 1
    assert await value(office, TALLY) == "1 0 1"


async def test_looking_at_the_cards_does_not_move_the_due_date(office: Office) -> None:
    """Sent at 10.00 on Monday: due on Thursday, also when the officer is asked after midnight."""
    user = await offered(office)
    sent = await value(office, "SELECT json_extract(data, '$.received') FROM dialogues")
    await office.move(minutes=20)
    await user.press("Tetap tanya petugas")
    await opened(office, user)
    assert await value(office, "SELECT opened_at FROM tickets") == sent


async def test_the_reminder_can_be_answered(office: Office) -> None:
    user = await offered(office)
    await office.move(minutes=6)
    await user.sees("Apakah pertanyaan Anda sudah terjawab?")
    await user.press("Sudah terjawab")
    await user.sees("Tiket tidak dibuka")


async def test_a_kill_between_the_steps_costs_nothing(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", catalogue={"offer": True}) as office:
        async with office.open():
            user = await offered(office)
        await user.press("Sudah terjawab")
        async with office.open():
            await user.sees("Tiket tidak dibuka")
        async with office.open():
            await user.press("Masih perlu petugas")
            await opened(office, user)
            assert await value(office, TALLY) == "1 1 1"


async def test_english_and_a_change_of_language(office: Office) -> None:
    user = await offered(office)
    await user.say("/language")
    await user.sees("Choose a language")
    await user.press("English")
    card = await user.sees("The answer may already be here")
    assert "KBLI code of my business" in card.text
    await user.press("Answered")
    await user.sees("No ticket was opened")


async def test_commands_lose_nothing(office: Office) -> None:
    user = await offered(office)
    await user.say("/status")
    await user.say("/bantuan")
    await user.sees("/mulai: konsultasi baru")
    assert await state_of(office) == "offer" and await drafts(office) == [ASKED]
    await user.say("/mulai")
    await office.settled()
    assert seen_by(user).count(OFFERED) == 2
    await user.say("/batal")
    await user.sees("dihapus")
    assert await drafts(office) == [] and await tickets(office) == 0


async def test_a_new_consultation_leaves_the_answered_one_behind(office: Office) -> None:
    user = await offered(office)
    await user.press("Sudah terjawab")
    await user.sees("Tiket tidak dibuka")
    await user.say("/mulai")
    await office.settled()
    assert await drafts(office) == [] and await state_of(office) == "type"


async def test_out_of_hours_the_answer_is_there_all_the_same(tmp_path: Path) -> None:
    saturday = MONDAY - timedelta(days=2)
    async with office_at(tmp_path / "meja.db", start=saturday, catalogue={"offer": True}) as office, office.open():
        user = await offered(office)
        await user.press("Sudah terjawab")
        await user.sees("Tiket tidak dibuka")


async def test_without_words_there_is_nothing_to_look_for(office: Office) -> None:
    user = await office.register()
    await user.press("Data")
    await user.sees("pertanyaan")
    await user.send("photo")
    await user.sees("Kirim")
    await user.press("Kirim")
    await opened(office, user)


async def test_a_broken_index_is_never_in_the_way(office: Office) -> None:
    assert office.app is not None

    async def spoil(tx: Tx) -> None:
        await tx.execute("DROP TABLE catalogue_index")

    await office.app.store.run(spoil)
    user = await ask(office, ASKED)
    await opened(office, user)
    assert OFFERED not in seen_by(user)


async def test_an_office_may_switch_it_off(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", catalogue={"offer": False}) as office, office.open():
        user = await ask(office, ASKED)
        await opened(office, user)
        assert OFFERED not in seen_by(user)


async def test_the_row_says_neither_who_nor_what(office: Office) -> None:
    user = await offered(office, "RAHASIA kode KBLI usaha Siti")
    await user.press("Sudah terjawab")
    await user.sees("Tiket tidak dibuka")
    await office.settled()
    row = await value(office, "SELECT json_array(office, type, lang, entries) FROM offers")
    assert row == '["1207","classification","id","[\\"starter kbli\\"]"]'


async def test_cari_finds_without_a_ticket_in_any_state(office: Office) -> None:
    user = office.user
    await user.say("/cari kode kbli")
    found = await user.sees("kegiatan utama usaha")
    assert "Belum menemukannya?" in found.text
    await user.say("/search asdfgh")
    await user.sees("Tidak ada yang cocok")
    await user.say("/cari")
    await user.sees("di belakang perintah")
    for hostile in (
        '/cari "',
        "/cari NEAR(a b) OR *",
        "/cari kbli') --",
        "/cari title_stems: kbli",
        "/cari " + "kbli " * 700,
    ):
        await user.say(hostile)
    await office.settled()
    assert await state_of(office) == "new" and await tickets(office) == 0
    assert await value(office, "SELECT count(*) FROM inbox WHERE state = 'quarantined'") == 0
