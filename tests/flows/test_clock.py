"""A machine's clock that goes wrong closes nothing, and the admins are told (QUALITY.md F17)."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import MovedClock
from bot.playground.faults import Fault
from bot.playground.people import Person
from tests.checker import check
from tests.flows.conftest import MONDAY, HandClock, Office, office_at
from tests.flows.trouble import becomes_true, row

GROUP = -1001234567890


@pytest.mark.postgres
@pytest.mark.parametrize("days", [8, -1])
async def test_a_leap_of_the_clock_closes_nothing_and_is_told(office: Office, days: int) -> None:
    number, topic = await office.ticket()
    await office.admin.say("/bantuan")
    await office.answer(topic)
    office.jump(days=days)
    assert office.app is not None
    await office.app.jobs.sweep()
    await office.admin.sees("Jam mesin melompat")
    await office.app.jobs.sweep()
    assert await office.status(number) == "waiting_user"
    assert not any("ditutup" in message.text for message in topic.messages)


async def test_a_clock_that_is_set_back_makes_nobody_wait_longer(tmp_path: Path) -> None:
    """A day back, as the machine's time service does it: parks and rows that wait keep their true length."""
    file, right = tmp_path / "clock", (MONDAY - datetime.now(UTC)).total_seconds()

    async def show(seconds: float) -> None:
        file.write_text(str(right + seconds))
        await becomes_true(lambda: abs((office.clock.now() - datetime.now(UTC)).total_seconds() - right - seconds) < 1)

    async with office_at(tmp_path / "meja.db") as office:
        true, office.clock = office.clock, MovedClock(file)
        assert isinstance(true, HandClock)
        async with office.open() as app:
            await show(0)
            _, topic = await office.ticket()
            office.telegram.break_with(Fault("sendMessage", "flood", chat_id=GROUP, retry_after=300))
            await office.user.say("Sebelum mundur [user/1]")
            await row(office, "error = 'flood'")
            await office.user.say("Juga sebelum mundur [user/2]")
            await app.drained()
            await show(-86_400)
            true.jump(timedelta(seconds=301))
            await show(-86_400 + 301)
            await office.officer.sees("[user/2]", topic=topic)
        assert office.telegram.ledger.inside_penalty == 0


@pytest.mark.parametrize("days", [8, -1])
async def test_traffic_goes_on_while_the_clock_leaps(tmp_path: Path, days: int) -> None:
    """Several tickets, people who go on writing, a leap in the middle: nothing is lost and nobody is closed."""
    async with AsyncExitStack() as stack:
        office = await stack.enter_async_context(office_at(tmp_path / "meja.db"))
        office.clock = HandClock(office.clock.now())  # the machine's own: Telegram's goes on as ever
        app = await stack.enter_async_context(office.open())
        users = [Person(office.telegram, id=3000 + n, first_name=f"Warga{n}") for n in range(3)]
        numbers = []
        for user in users:
            await office.register(user)
            numbers.append(await office.ask(f"Pertanyaan [u{user.id}/0]", user=user))
        await office.telegram.until(lambda: len(office.telegram.topics) == len(users))
        await office.settled()
        for turn in range(1, 7):
            for user in users:
                await user.say(f"Kata [u{user.id}/{turn}]")
            if turn == 3:
                office.jump(days=days)
                await app.jobs.sweep()
        await office.settled()
        await app.jobs.sweep()
        assert [await office.status(number) for number in numbers] == ["waiting_officer"] * len(users)
        report = check(office.telegram, tmp_path / "meja.db")
        assert report.said == 7 * len(users) and report.doubled == 0
