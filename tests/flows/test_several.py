"""Several open tickets of one person, where the office allows it: nothing goes to the wrong one."""

from pathlib import Path

import pytest

from tests.flows.conftest import Office, office_at


async def _two_tickets(office: Office) -> None:
    await office.ticket("Pertanyaan tentang inflasi")
    await office.user.say("/mulai")
    await office.user.sees("jenis konsultasi")
    await office.ask("Pertanyaan tentang penduduk")
    await office.telegram.until(lambda: len(office.telegram.topics) == 2)
    await office.officer.sees("penduduk", topic=office.telegram.topics[1])


async def test_plain_messages_go_to_the_active_ticket_and_quotes_to_theirs(tmp_path: Path) -> None:
    service = {"max_open_tickets": 2}
    async with office_at(tmp_path / "meja.db", service=service) as office, office.open():
        await _two_tickets(office)
        inflation, people = office.telegram.topics
        await office.user.say("Tambahan untuk yang baru")
        await office.officer.sees("Tambahan untuk yang baru", topic=people)
        await office.officer.say("Jawaban inflasi", topic=inflation)
        await office.user.sees("Pesan Anda berikutnya masuk ke tiket")
        answer = await office.user.sees("Jawaban inflasi")
        await office.user.say("Terima kasih untuk inflasi")
        await office.officer.sees("Terima kasih untuk inflasi", topic=inflation)
        await office.officer.say("Jawaban penduduk", topic=people)
        await office.user.sees("Jawaban penduduk")
        await office.user.say("Lanjutan inflasi", reply_to=answer)
        await office.officer.sees("Lanjutan inflasi", topic=inflation)


@pytest.mark.parametrize("how", ["press", "say"])
async def test_the_active_ticket_is_switched_by_a_button_or_its_number(tmp_path: Path, how: str) -> None:
    service = {"max_open_tickets": 2}
    async with office_at(tmp_path / "meja.db", service=service) as office, office.open():
        await _two_tickets(office)
        await office.user.say("/status")
        await office.user.sees("2 tiket terbuka")
        await getattr(office.user, how)("1207-2611-0001")
        await office.user.sees("Pesan Anda berikutnya")
        await office.user.say("Ini untuk yang pertama")
        await office.officer.sees("Ini untuk yang pertama", topic=office.telegram.topics[0])


async def test_with_one_ticket_allowed_a_second_one_waits(office: Office) -> None:
    await office.ticket()
    await office.user.say("/mulai")
    await office.user.sees("masih memiliki tiket aktif")
