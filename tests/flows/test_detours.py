"""Detours: another command, an old screen or a block between two steps costs nothing, and nothing goes astray."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.flows.conftest import Office, office_at
from tests.flows.test_offers import ASKED, OFFERED, offered, opened, tickets
from tests.flows.way import another, ask_for_code, drafts, seen_by, state_of, to, value

NEW = "baru@contoh.go.id"
ADDRESS = "SELECT email FROM accounts"


@pytest.fixture
async def offering(tmp_path: Path) -> AsyncIterator[Office]:
    """A desk that offers answers before a ticket."""
    async with office_at(tmp_path / "meja.db", catalogue={"offer": True}) as office, office.open():
        yield office


async def test_answered_twice_and_then_an_officer_after_all(offering: Office) -> None:
    user = await offered(offering)
    cards = await offering.user_message(OFFERED)
    token = cards.keyboard[0][0]["callback_data"].partition(":")[0]
    for _ in range(2):
        await user.press_data(cards, f"{token}:0")
    await user.sees("Tiket tidak dibuka")
    await user.press_data(cards, f"{token}:1")
    number = await opened(offering, user)
    await offering.telegram.until(lambda: bool(offering.telegram.topics))
    await offering.officer.sees(ASKED, topic=await offering.telegram.opened(number))
    assert await tickets(offering) == 1
    assert await value(offering, "SELECT type FROM tickets") == "classification"


@pytest.mark.parametrize("label", ["Kirim", "tetap tanya petugas", "ask an OFFICER"])
async def test_after_answered_the_way_on_may_be_typed_and_is_no_part_of_the_question(
    offering: Office, label: str
) -> None:
    user = await offered(offering)
    await user.press("Sudah terjawab")
    await user.sees("Tiket tidak dibuka")
    await user.say("sudah terjawab")
    await user.sees("Sama-sama")
    await user.say(label)
    await opened(offering, user)
    assert await value(offering, "SELECT group_concat(json_extract(content, '$.text')) FROM messages") == ASKED


async def test_a_blocked_person_s_offer_is_neither_reminded_of_nor_opened(offering: Office) -> None:
    user = await offering.register()
    number = await offering.ask("Berapa populasi sapi perah Labuhanbatu tahun 2025?")
    await offering.telegram.until(lambda: bool(offering.telegram.topics))
    topic = await offering.telegram.opened(number)
    await offering.officer.sees(number, topic=topic)
    await offering.answer(topic)
    await offering.officer.say("/tutup selesai", topic=topic)
    await user.sees("Bagaimana layanan")
    await user.say("/mulai")
    await user.sees("jenis konsultasi")
    await user.press("Klasifikasi")
    await user.sees("pertanyaan")
    await user.say(ASKED)
    await user.sees("Kirim")
    await user.press("Kirim")
    await user.sees(OFFERED)
    await offering.admin.say("/blokir kata kasar", topic=topic)
    await user.sees("tidak dapat kami terima")
    for minutes in (6, 31):
        await offering.move(minutes=minutes)
        await offering.settled()
    assert await tickets(offering) == 1 and "Apakah pertanyaan Anda sudah terjawab" not in seen_by(user)


async def _waits_for_new_address(office: Office) -> str:
    """Registered, /email, the new address typed; the code that came."""
    await to(office, "type")
    await office.user.say("/email")
    await office.user.sees("alamat yang baru")
    return await ask_for_code(office, office.user, NEW)


async def _complains(office: Office) -> None:
    await office.user.say("/pengaduan Kode lama sekali tidak datang")
    await office.user.sees("Pengaduan tercatat")


async def _complains_and_finishes(office: Office) -> None:
    await _complains(office)
    await office.user.press("Selesai")
    await office.user.sees("sudah lengkap")


async def _starts(office: Office) -> None:
    await office.user.say("/mulai")
    await office.user.sees("jenis konsultasi")


async def _asks_again(office: Office) -> None:
    await office.user.say("/email")
    await office.user.sees("alamat yang baru")


async def _renames(office: Office) -> None:
    await office.user.say("/privasi")
    await office.user.sees("Data Anda pada")
    await office.user.press("Perbaiki nama")
    await office.user.sees("nama Anda yang benar")
    await office.user.say("Siti Baru")
    await office.user.sees("Sudah benar?")
    await office.user.press("Ya")
    await office.user.sees("sudah diperbaiki")


@pytest.mark.parametrize("detour", [_complains, _complains_and_finishes, _starts, _asks_again, _renames])
async def test_rule_17_a_detour_before_the_code_of_a_new_address_costs_nothing(
    office: Office, detour: Callable[[Office], Awaitable[None]]
) -> None:
    code = await _waits_for_new_address(office)
    kept = await drafts(office)
    await detour(office)
    await office.user.say(another(code))
    await office.user.sees("belum sesuai")
    await office.user.say(code)
    await office.user.sees("b***@contoh.go.id")
    await office.settled()
    assert await value(office, ADDRESS) == NEW
    assert await drafts(office) == kept and await state_of(office) == "type"
    assert await value(office, "SELECT count(*) FROM complaints WHERE text LIKE $1", f"%{code}%") == 0


async def test_rule_17_a_code_after_a_complaint_is_no_part_of_it(office: Office) -> None:
    user = await to(office, "code")
    code = (await office.mailbox.mail_to(f"user{user.id}@contoh.go.id")).code
    await _complains(office)
    await user.say(code)
    await user.sees("Siapa nama")
    await user.say("Siti Aminah")
    await user.sees("lembaga apa")
    assert await value(office, "SELECT text FROM complaints") == "Kode lama sekali tidak datang"


async def test_who_keeps_the_old_address_has_no_use_for_the_code(office: Office) -> None:
    code = await _waits_for_new_address(office)
    await office.user.say("/batal")
    await office.user.sees("tetap")
    await office.user.say(code)
    await office.settled()
    assert await value(office, ADDRESS) != NEW and code in await drafts(office)
