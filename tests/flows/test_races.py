"""Two people act at once (QUALITY.md F27): one wins, nothing that was written is lost, nothing is asked twice."""

import asyncio

import pytest

from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.flows.way import value


@pytest.mark.postgres
async def test_what_is_written_while_the_officer_closes_reaches_the_topic_all_the_same(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    for n in range(3):
        await asyncio.gather(office.officer.say("/tutup selesai", topic=topic), office.user.say(f"Tambahan {n}"))
        await office.settled()
        await office.move(minutes=31)
        await office.officer.sees(f"Tambahan {n}", topic=topic)
        assert await office.status(number) in ("closed", "waiting_officer")
    prompts = "SELECT count(*) = count(DISTINCT dedup) FROM outbox WHERE json_extract(payload, '$.key') = 'rate'"
    assert await value(office, prompts) == 1


@pytest.mark.postgres
async def test_of_two_closings_one_counts(office: Office) -> None:
    other = Person(office.telegram, id=2002, first_name="Joko", staff="member")
    _, topic = await office.ticket()
    await office.answer(topic)
    closings = (office.officer.say("/tutup selesai", topic=topic), other.say("/tutup rujuk Dinas", topic=topic))
    await asyncio.gather(*closings)
    await office.settled()
    assert await value(office, "SELECT count(*) FROM ticket_events WHERE kind = 'closed'") == 1
    assert sum("Bagaimana layanan kami" in message.text for message in office.user.chat) == 1


@pytest.mark.postgres
async def test_a_question_and_then_the_close_leave_no_pause_behind(office: Office) -> None:
    """Closed while the office waited: outside the figures, its due moment settled, and the next cycle starts afresh."""
    number, topic = await office.ticket()
    await office.officer.say("/tanya Untuk tahun berapa?", topic=topic)
    await office.officer.sees("Tenggat berhenti sementara", topic=topic)
    await office.move(days=1)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    due = "SELECT json_extract(data, '$.due_at') FROM ticket_events WHERE kind = 'closed'"
    assert str(await value(office, due)).startswith("2026-11-27T")
    await office.user.press("Buka kembali")
    assert "Jumat, 27 November 2026 pukul 16.00" in (await office.user.sees("dibuka kembali")).text
    await office.user.say("Tahun 2025")
    await office.officer.sees("Tahun 2025", topic=topic)
    assert await office.status(number) == "waiting_officer"
    assert await value(office, "SELECT count(*) FROM ticket_events WHERE kind = 'resumed'") == 0


@pytest.mark.postgres
async def test_words_of_somebody_blocked_meanwhile_open_nothing(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.user.say("Kasar sekali")
    await office.user.sees("belum dikirim ke petugas:")
    await office.admin.say("/blokir kata-kata kasar", topic=topic)
    await office.admin.sees("blokir", topic=topic)
    await office.move(minutes=6)
    await office.move(minutes=30)
    await office.settled()
    assert await office.status(number) == "closed"
    assert not any("Kasar sekali" in message.text for message in topic.messages)
