"""A machine's clock that goes wrong closes nothing, and the admins are told (QUALITY.md F17)."""

import pytest

from tests.flows.conftest import Office


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
