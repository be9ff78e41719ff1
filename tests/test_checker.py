"""The checker that the crash, fault and load tests trust: it sees each of the wrongs it looks for."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.playground.chats import Topic
from bot.playground.faults import Fault
from tests.checker import check, settled
from tests.flows.conftest import Office, office_at


class Case:
    def __init__(self, office: Office, path: Path) -> None:
        self.office = office
        self.path = path

    async def ticket(self) -> Topic:
        _, topic = await self.office.ticket("Tanya [user/0]")
        return topic

    async def post(self, chat: int, text: str, topic: Topic | None = None) -> None:
        """As the bot, past the desk."""
        params = {"chat_id": chat, "text": text} | ({"message_thread_id": topic.id} if topic else {})
        await self.office.telegram.call(self.office.telegram.token, "sendMessage", params)

    async def verdict(self) -> str:
        await settled(self.office.telegram, self.path)
        try:
            check(self.office.telegram, self.path)
        except AssertionError as error:
            return str(error)
        return ""


@pytest.fixture
async def case(tmp_path: Path) -> AsyncIterator[Case]:
    path = tmp_path / "meja.db"
    async with office_at(path) as office, office.open():
        yield Case(office, path)


async def test_all_is_well_when_all_is_well(case: Case) -> None:
    topic = await case.ticket()
    await case.office.user.say("Kata [user/1]")
    await case.office.officer.say("Jawab [officer/1]", topic=topic)
    await case.office.officer.say("// catatan [officer/2]", topic=topic)
    assert await case.verdict() == ""


async def test_a_lost_message_is_seen(case: Case) -> None:
    await case.ticket()
    case.office.telegram.break_with(Fault(method="sendMessage", phase="swallow", times=None))
    await case.office.user.say("Hilang [user/1]")
    assert "'lost': ['[user/1]']" in await case.verdict()


async def test_a_second_copy_without_a_reason_is_seen(case: Case) -> None:
    topic = await case.ticket()
    await case.office.user.say("Dua kali [user/1]")
    await case.office.officer.sees("[user/1]", topic=topic)
    await case.post(case.office.telegram.staff.id, "Dua kali [user/1]", topic)
    verdict = await case.verdict()
    assert "'unexplained': ['[user/1] x2']" in verdict
    assert "made without a row: 1 > 0" in verdict


async def test_a_message_in_somebody_elses_chat_is_seen(case: Case) -> None:
    topic = await case.ticket()
    await case.office.supervisor.say("/bantuan")
    await case.office.officer.say("Untuk Siti [officer/1]", topic=topic)
    await case.post(case.office.supervisor.id, "Untuk Siti [officer/1]")
    assert "'strayed': ['[officer/1] in (333, 0)']" in await case.verdict()


async def test_a_note_that_left_the_topic_is_seen(case: Case) -> None:
    topic = await case.ticket()
    await case.office.officer.say("// rahasia [officer/1]", topic=topic)
    await case.post(case.office.user.id, "rahasia [officer/1]")
    assert "'strayed': ['[officer/1]']" in await case.verdict()


async def test_another_order_is_seen(case: Case) -> None:
    topic = await case.ticket()
    case.office.telegram.break_with(Fault(method="sendMessage", phase="swallow", times=2))
    await case.office.user.say("Satu [user/1]")
    await case.office.user.say("Dua [user/2]")
    await settled(case.office.telegram, case.path)
    await case.post(case.office.telegram.staff.id, "[user/2]", topic)
    await case.post(case.office.telegram.staff.id, "[user/1]", topic)
    assert "disordered" in await case.verdict()


async def test_a_ticket_with_two_topics_is_seen(case: Case) -> None:
    topic = await case.ticket()
    await case.office.officer.create_topic(topic.name)
    assert "2 live topics" in await case.verdict()
