"""The user's silence (SK No. 107, procedure 4): warned twice, closed once, never while the officer owes the answer."""

from pathlib import Path

from bot.playground.chats import Topic
from tests.flows.conftest import Office, office_at


async def _answered_ticket(office: Office) -> tuple[str, Topic]:
    """A ticket with an officer's delivered answer; the user has the next word."""
    await office.register()
    number = await office.ask("Berapa inflasi Oktober?")
    await office.telegram.until(lambda: len(office.telegram.topics) == 1)
    topic = office.telegram.topics[0]
    await office.officer.sees(number, topic=topic)
    sent = await office.officer.say("Inflasi Oktober 0,3 persen.", topic=topic)
    await office.user.sees("0,3 persen")
    await office.telegram.until(lambda: "👌" in str(sent.reactions))
    return number, topic


def _count(office: Office, text: str) -> int:
    return sum(text in message.text for message in office.user.chat)


async def test_warned_on_day_5_and_6_and_closed_on_day_7(office: Office) -> None:
    number, topic = await _answered_ticket(office)
    await office.move(days=4, hours=23)
    assert _count(office, "menunggu balasan Anda") == 0
    await office.move(hours=1, minutes=1)
    await office.user.sees("menunggu balasan Anda")
    await office.move(days=1)
    await office.user.sees("Pengingat terakhir")
    await office.move(hours=23, minutes=50)
    assert _count(office, "belum ada balasan selama 7 hari") == 0
    await office.move(minutes=10)
    await office.user.sees("belum ada balasan selama 7 hari")
    await office.user.sees("Bagaimana layanan kami")
    await office.officer.sees("ditutup", topic=topic)
    await office.move(days=1)
    await office.move(days=7)
    assert _count(office, "belum ada balasan selama 7 hari") == 1
    assert _count(office, "Bagaimana layanan kami") <= 2
    assert await office.status(number) == "closed"


async def test_rule_03_never_closed_while_the_officer_owes_the_answer(office: Office) -> None:
    number, topic = await _answered_ticket(office)
    await office.user.say("Bagaimana dengan September?")
    await office.officer.sees("Bagaimana dengan September?", topic=topic)
    for _ in range(10):
        await office.move(days=1)
    assert _count(office, "menunggu balasan Anda") == 0
    assert await office.status(number) == "waiting_officer"


async def test_still_needed_stops_the_close_until_the_next_answer(office: Office) -> None:
    number, topic = await _answered_ticket(office)
    await office.move(days=5, minutes=1)
    await office.user.sees("menunggu balasan Anda")
    await office.user.press("Masih perlu")
    await office.officer.sees("masih", topic=topic)
    await office.move(days=3)
    assert await office.status(number) == "waiting_officer"


async def test_rule_03_said_answered_is_no_reply_and_closes_at_the_same_deadline(office: Office) -> None:
    number, topic = await _answered_ticket(office)
    await office.move(days=5, minutes=1)
    await office.user.sees("menunggu balasan Anda")
    await office.user.press("Sudah terjawab")
    await office.officer.sees("terjawab", topic=topic)
    await office.move(days=1)
    await office.move(days=1)
    await office.user.sees("Bagaimana layanan kami")
    assert await office.status(number) == "closed"


async def test_said_answered_confirms_what_was_delivered_in_time(office: Office) -> None:
    """Pressed on day 5, when the due moment is long past: the answer counts from its delivery."""
    await _answered_ticket(office)
    await office.move(days=5, minutes=1)
    await office.user.sees("menunggu balasan Anda")
    await office.user.press("Sudah terjawab")
    await office.user.sees("Terima kasih")
    await office.admin.say("/report")
    assert "100,0 % (1 dari 1)" in (await office.admin.sees("November 2026")).text


async def test_the_typed_label_does_the_same_as_the_button(office: Office) -> None:
    number, topic = await _answered_ticket(office)
    await office.move(days=5, minutes=1)
    await office.user.sees("menunggu balasan Anda")
    await office.user.say("masih perlu")
    await office.officer.sees("masih", topic=topic)
    assert await office.status(number) == "waiting_officer"


async def test_rule_04_a_reaction_does_not_reset_the_silence(office: Office) -> None:
    await _answered_ticket(office)
    await office.user.react(await office.user_message("0,3 persen"), "👍")
    await office.move(days=5, minutes=1)
    await office.user.sees("menunggu balasan Anda")


async def test_rule_04_an_edit_resets_the_silence(office: Office) -> None:
    number, topic = await _answered_ticket(office)
    await office.move(days=1)
    question = await office.user_message("Berapa inflasi")
    await office.user.edit(question, text="Berapa inflasi Oktober dan September?")
    await office.officer.sees("dan September?", topic=topic)
    for _ in range(8):
        await office.move(days=1)
    assert await office.status(number) == "waiting_officer"


async def test_rule_07_no_warning_at_night(tmp_path: Path) -> None:
    """Answered at 21.30: the warning of day 5 waits until 08.00."""
    from datetime import UTC, datetime

    night = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)
    async with office_at(tmp_path / "meja.db", start=night) as office, office.open():
        await _answered_ticket(office)
        await office.move(days=5, hours=1)
        assert _count(office, "menunggu balasan Anda") == 0
        await office.move(hours=9, minutes=40)
        await office.user.sees("menunggu balasan Anda")


async def test_rule_05_a_reply_that_waited_at_telegram_wins_against_the_close(tmp_path: Path) -> None:
    """The desk was down when the reply came and when the close fell due: the reply is read first."""
    async with office_at(tmp_path / "meja.db") as office:
        async with office.open():
            number, topic = await _answered_ticket(office)
            await office.move(days=5, minutes=1)
            await office.user.sees("menunggu balasan Anda")
            await office.move(days=1)
            await office.user.sees("Pengingat terakhir")
        office.jump(hours=23)
        await office.user.say("Maaf baru membalas")
        office.jump(hours=2)
        async with office.open():
            await office.officer.sees("Maaf baru membalas", topic=topic)
            assert await office.status(number) == "waiting_officer"


async def test_due_while_down_closes_after_the_start(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db") as office:
        async with office.open():
            number, _ = await _answered_ticket(office)
            await office.move(days=5, minutes=1)
            await office.user.sees("menunggu balasan Anda")
            await office.move(days=1)
            await office.user.sees("Pengingat terakhir")
        office.jump(hours=23, minutes=59, seconds=59)
        async with office.open():
            await office.user.sees("belum ada balasan selama 7 hari")
            assert await office.status(number) == "closed"


async def test_rule_05_a_long_outage_shifts_the_deadline(tmp_path: Path) -> None:
    """Telegram drops what waits for a day: two days down stop the silence clock for two days."""
    async with office_at(tmp_path / "meja.db") as office:
        async with office.open():
            number, _ = await _answered_ticket(office)
            await office.move(days=5, minutes=1)
            await office.user.sees("menunggu balasan Anda")
        office.jump(days=2)
        async with office.open():
            assert await office.status(number) == "waiting_user"
            await office.move(days=1)
            await office.user.sees("Pengingat terakhir")
            await office.move(days=1)
            await office.user.sees("belum ada balasan selama 7 hari")


async def test_rule_06_no_close_when_the_warning_could_not_reach_anybody_until_the_mail_did(office: Office) -> None:
    number, topic = await _answered_ticket(office)
    await office.user.block()
    await office.officer.sees("memblokir", topic=topic)
    await office.mailbox.break_with("421")
    await office.move(days=5, minutes=1)
    await office.move(days=1)
    await office.move(days=1)
    await office.move(hours=2)
    assert await office.status(number) != "closed"
    await office.mailbox.mend()
    await office.move(minutes=2)
    assert number in (await office.mailbox.mail_to("user1001@contoh.go.id")).subject
    await office.move(hours=2)
    await office.move(days=1)
    assert await office.status(number) == "closed"
