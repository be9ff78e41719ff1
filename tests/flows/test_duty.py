"""Who is on duty, what the morning says, and when the supervisor hears of a due date."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.playground.messages import Message
from bot.playground.people import Person
from tests.flows.conftest import Office, office_at
from tests.flows.way import value

FRIDAY_EVENING = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)  # 17.00 WIB
GENERAL = None


def mentioned(message: Message) -> set[str]:
    """The ids of the people whose phones ring."""
    urls = [entity.get("url", "") for entity in message.body.get("entities", [])]
    return {url.removeprefix("tg://user?id=") for url in urls if url.startswith("tg://user?id=")}


async def known(office: Office, *people: Person) -> None:
    """They write something in General, so that the desk knows them, in this order."""
    for person in people:
        await person.say("// hadir", topic=GENERAL)
    await office.settled()


def colleague(office: Office, id: int, name: str) -> Person:
    return Person(office.telegram, id=id, first_name=name, staff="member")


def posts(office: Office, words: str) -> list[Message]:
    """The posts of the desk in General with these words."""
    return [message for message in office.admin.view(GENERAL) if message.by_bot and words in message.text]


def of_supervisor(office: Office, words: str) -> list[Message]:
    return [message for message in office.supervisor.chat if message.by_bot and words in message.text]


# The roster.


async def test_the_roster_is_set_by_admins_and_seen_by_everybody(office: Office) -> None:
    joko = colleague(office, 2002, "Joko")
    await known(office, office.officer, joko)
    await office.admin.say("/piket senin 1, jok", topic=GENERAL)
    assert "Senin, 23 November 2026: Rina Lubis, Joko" in (await office.admin.sees("piket", topic=GENERAL)).text
    await office.admin.say("/piket 2026-11-24 2", topic=GENERAL)
    await office.admin.sees("Selasa, 24 November 2026: Joko", topic=GENERAL)
    await office.officer.say("/piket senin kosong", topic=GENERAL)
    shown = await office.officer.sees("Selasa, 24 November 2026: Joko", topic=GENERAL)
    assert "Senin, 23 November 2026: Rina Lubis, Joko" in shown.text and "Minggu, 29 November 2026: libur" in shown.text
    assert mentioned(shown) == set()
    for odd in ("/piket senin 9", "/piket kapan 1", "/piket senin", "/piket senin o,1"):
        await office.admin.say(odd, topic=GENERAL)
        await office.admin.sees("Cara pakai: /piket", topic=GENERAL)
    assert await value(office, "SELECT count(*) FROM audit WHERE action = 'roster'") == 2


async def test_a_new_ticket_mentions_those_on_duty_and_nobody_else(office: Office) -> None:
    joko = colleague(office, 2002, "Joko")
    await known(office, office.officer, joko)
    await office.admin.say("/piket senin 2", topic=GENERAL)
    await office.admin.sees("Joko", topic=GENERAL)
    number, topic = await office.ticket()
    await office.settled()
    card = next(message for message in topic.messages if number in message.text)
    assert mentioned(card) == {"2002"}
    await office.officer.press("Ambil", topic=topic)
    await office.settled()
    assert mentioned(card) == set() and "Rina Lubis" in card.text


async def test_nobody_on_duty_is_nobody_mentioned(office: Office) -> None:
    await known(office, office.officer)
    number, topic = await office.ticket()
    card = next(message for message in topic.messages if number in message.text)
    assert "belum ada petugas" in card.text and "piket" not in card.text and mentioned(card) == set()


async def test_a_closed_day_has_no_duty_unless_it_is_named(tmp_path: Path) -> None:
    roster = {"mon": [1], "wed": [1]}
    async with office_at(tmp_path / "meja.db", roster=roster) as office, office.open():
        await known(office, office.officer)
        await office.admin.say("/libur 2026-11-25 Hari jadi", topic=GENERAL)
        await office.admin.say("/piket", topic=GENERAL)
        shown = (await office.admin.sees("minggu ini", topic=GENERAL)).text
        assert "Senin, 23 November 2026: Rina Lubis" in shown and "Rabu, 25 November 2026: libur" in shown
        await office.admin.say("/piket 25-11-2026 Rina", topic=GENERAL)
        await office.admin.sees("Rabu, 25 November 2026: Rina Lubis", topic=GENERAL)
        await office.admin.say("/piket senin kosong", topic=GENERAL)
        await office.admin.sees("Senin, 23 November 2026: belum ada", topic=GENERAL)
        await office.admin.say("/piket senin hapus", topic=GENERAL)
        await office.admin.sees("Senin, 23 November 2026: Rina Lubis", topic=GENERAL)


async def test_whoever_leaves_is_on_duty_no_more_and_the_admins_are_told(office: Office) -> None:
    joko = colleague(office, 2002, "Joko")
    await known(office, office.officer, joko)
    await office.admin.say("/mulai")
    for setting in ("senin 1,2", "2026-12-01 2", "2026-11-20 2"):
        await office.admin.say(f"/piket {setting}", topic=GENERAL)
        await office.admin.sees("minggu ini", topic=GENERAL)
    await joko.leave()
    told = await office.admin.sees("2. Joko sudah keluar")
    assert "Senin, 1 Des 2026." in told.text
    await office.admin.say("/piket", topic=GENERAL)
    assert "Joko" not in (await office.admin.sees("Rina", topic=GENERAL)).text


# The morning.


async def test_the_morning_lists_what_waits_with_links_and_rings_those_on_duty(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    async with office_at(path, roster={"mon": [1], "tue": [1]}) as office, office.open():
        await known(office, office.officer)
        number, topic = await office.ticket()
        await office.move(hours=22, minutes=14)
        await office.settled()
        assert posts(office, "menunggu petugas") == []
        await office.move(minutes=2)
        post = await office.admin.sees("1 tiket menunggu petugas", topic=GENERAL)
        assert "Selasa, 24 November 2026" in post.text and "sisa 2 hari kerja" in post.text
        assert mentioned(post) == {"2001"} and "Siti" not in post.text and "inflasi" not in post.text
        links = {entity.get("url") for entity in post.body["entities"]}
        assert f"https://t.me/c/1234567890/{topic.id}" in links and number in post.text
        await office.move(hours=1)
        await office.settled()
        assert len(posts(office, "menunggu petugas")) == 1


async def test_the_morning_is_silent_when_nothing_waits_and_stays_so(office: Office) -> None:
    _, topic = await office.ticket()
    await office.answer(topic)
    await office.move(hours=22, minutes=30)
    await office.settled()
    await office.user.say("Satu hal lagi")
    await office.officer.sees("Satu hal lagi", topic=topic)
    await office.move(hours=1)
    await office.settled()
    assert posts(office, "menunggu petugas") == []
    await office.move(hours=23)
    assert "1 tiket menunggu" in (await office.admin.sees("menunggu petugas", topic=GENERAL)).text


async def test_after_a_late_start_the_morning_is_said_once_and_not_after_noon(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db") as office:
        async with office.open():
            await office.ticket()
        office.jump(hours=24)  # Tuesday 10.00
        for _ in range(2):
            async with office.open():
                await office.settled()
                await office.move(minutes=5)
                await office.settled()
        assert len(posts(office, "menunggu petugas")) == 1
        office.jump(hours=27)  # Wednesday 13.10
        async with office.open():
            await office.move(minutes=1)
            await office.settled()
        assert len(posts(office, "menunggu petugas")) == 1


async def test_no_morning_on_a_day_off_or_when_it_is_switched_off(tmp_path: Path) -> None:
    async with office_at(tmp_path / "a.db", start=FRIDAY_EVENING) as office, office.open():
        await office.ticket()
        await office.move(hours=16)  # Saturday 09.00
        await office.settled()
        assert posts(office, "menunggu petugas") == []
        await office.move(hours=48)
        await office.admin.sees("1 tiket menunggu", topic=GENERAL)
    async with office_at(tmp_path / "b.db", service={"reminder_at": ""}) as office, office.open():
        await office.ticket()
        await office.move(hours=24)
        await office.settled()
        assert posts(office, "menunggu petugas") == []


# Escalation: due on Thursday 26 November, 15.30; four working hours before is 11.30.


async def escalated(tmp_path: Path, **settings: Any) -> Any:
    return office_at(tmp_path / "meja.db", supervisor={"email": "kepala@bps.go.id"}, **settings)


async def test_the_supervisor_hears_of_it_four_working_hours_before_and_at_the_due_moment(tmp_path: Path) -> None:
    async with await escalated(tmp_path) as office, office.open():
        await office.supervisor.say("/mulai")
        number, topic = await office.ticket()
        await office.move(days=3, hours=1, minutes=29)
        await office.settled()
        assert of_supervisor(office, number) == []
        await office.move(minutes=2)
        soon = await office.supervisor.sees("jatuh tempo")
        assert number in soon.text and "26 November 2026 pukul 15.30" in soon.text
        assert not {"Siti", "inflasi", "user1001"} & set(soon.text.split())
        mail = await office.mailbox.mail_to("kepala@bps.go.id")
        assert number in mail.text and "Siti" not in mail.text
        await office.move(hours=4)
        await office.supervisor.sees("melewati tenggat")
        await office.user.sees("melewati tenggat")
        await office.officer.sees("melewati tenggat", topic=topic)
        for _ in range(3):
            await office.move(hours=6)
        await office.settled()
        assert len(of_supervisor(office, number)) == 2
        assert sum("melewati tenggat" in message.text for message in office.user.chat) == 1
        assert len(office.mailbox.to("kepala@bps.go.id")) == 2


async def test_a_paused_or_answered_ticket_is_not_escalated(office: Office) -> None:
    await office.supervisor.say("/mulai")
    number, topic = await office.ticket()
    await office.officer.say("/tanya Tahun berapa?", topic=topic)
    await office.user.sees("Tahun berapa?")
    await office.settled()
    await office.move(days=3, hours=2)  # Thursday 12.00: due would be 15.30
    await office.settled()
    assert of_supervisor(office, number) == []
    await office.user.say("Tahun 2025")  # 24.5 working hours later: due on Wednesday 2 December
    moved = await office.user.sees("berlanjut; jawaban")
    assert "2 Desember 2026 pukul 09.30" in moved.text
    await office.answer(topic)
    await office.officer.say("/jawab", topic=topic)
    await office.officer.sees("menandai jawaban", topic=topic)
    await office.move(days=5, hours=2)  # Tuesday 14.00
    await office.move(hours=20)
    await office.settled()
    assert of_supervisor(office, number) == []


async def test_the_pause_moves_the_escalation(office: Office) -> None:
    await office.supervisor.say("/mulai")
    number, topic = await office.ticket()
    await office.officer.say("/tanya Tahun berapa?", topic=topic)
    await office.user.sees("Tahun berapa?")
    await office.settled()
    await office.move(hours=2)
    await office.user.say("Tahun 2025")  # due on Friday 10.00, four hours before: Thursday 13.30
    await office.user.sees("27 November 2026 pukul 10.00")
    await office.move(days=3, hours=1, minutes=20)  # Thursday 13.20
    await office.settled()
    assert of_supervisor(office, number) == []
    await office.move(minutes=20)
    assert "27 November 2026 pukul 10.00" in (await office.supervisor.sees(number)).text


async def test_a_new_holiday_moves_the_escalation_and_it_is_told_once_a_cycle(office: Office) -> None:
    await office.supervisor.say("/mulai")
    number, _ = await office.ticket()
    await office.move(days=3, hours=2)
    await office.supervisor.sees("jatuh tempo")
    await office.admin.say("/libur 2026-11-25 Hari jadi", topic=GENERAL)
    await office.user.sees("27 November 2026")
    await office.move(days=1)
    await office.settled()
    assert len(of_supervisor(office, number)) == 1
    await office.move(hours=4)
    await office.supervisor.sees("melewati tenggat")


async def test_who_writes_again_shortly_before_the_due_moment_is_not_forgotten(office: Office) -> None:
    await office.supervisor.say("/mulai")
    number, topic = await office.ticket()
    await office.answer(topic, "Kami periksa dahulu.")
    await office.move(days=3, hours=2)  # Thursday 12.00, the officer spoke last
    await office.settled()
    assert of_supervisor(office, number) == []
    await office.user.say("Belum terjawab")
    await office.officer.sees("Belum terjawab", topic=topic)
    await office.move(minutes=1)
    await office.supervisor.sees("jatuh tempo")


async def test_escalation_before_the_due_moment_can_be_switched_off(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", service={"escalate_before_hours": 0}) as office, office.open():
        await office.supervisor.say("/mulai")
        number, _ = await office.ticket()
        await office.move(days=3, hours=5)
        await office.settled()
        assert of_supervisor(office, number) == []
