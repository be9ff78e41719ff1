"""Many people at once: nothing lost, doubled, in a wrong chat or out of order, with Telegram's limits off and on."""

import asyncio
from pathlib import Path

from bot.playground.budgets import Limits
from bot.playground.chats import Topic
from bot.playground.people import Person
from tests.checker import Report, check, settled
from tests.flows.conftest import Office, office_at

FAST = {"group_messages": 100_000, "bot_per_second": 100_000}


async def _consultation(office: Office, number: int) -> None:
    """From the first word to the reply on the officer's second answer."""
    user = Person(office.telegram, id=4000 + number, first_name=f"Warga{number}")
    mark = f"u{user.id}"
    await office.register(user)
    ticket = await office.ask(*(f"Tanya [{mark}/{n}]" for n in (1, 2, 3)), user=user)
    topic = await office.telegram.until(lambda: _topic(office, ticket), within=60)
    await office.officer.say(f"Jawab [o{user.id}/1]", topic=topic)
    await office.officer.say(f"Jawab [o{user.id}/2]", topic=topic)
    await user.sees(f"[o{user.id}/2]", within=60)
    await user.say(f"Terima kasih [{mark}/4]")


def _topic(office: Office, number: str) -> Topic | None:
    return next((topic for topic in office.telegram.topics if topic.name.startswith(number)), None)


async def test_fifty_people_at_once(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    mail = {"codes_per_domain_per_hour": 50}  # all of them come from one domain
    async with office_at(path, telegram={"pace": FAST}, mail=mail) as office, office.open():
        async with asyncio.TaskGroup() as tasks:
            for number in range(50):
                tasks.create_task(_consultation(office, number))
        await settled(office.telegram, path)
        report = check(office.telegram, path)
        assert report == Report(said=50 * 6)


async def test_twelve_people_under_telegrams_limits(tmp_path: Path) -> None:
    """The group's minute lasts two seconds here; a chat takes one message a second after a burst of five."""
    path = tmp_path / "meja.db"
    pace = {"group_seconds": 2}
    async with office_at(path, limits=Limits(group_seconds=2), telegram={"pace": pace}) as office, office.open():
        async with asyncio.TaskGroup() as tasks:
            for number in range(12):
                tasks.create_task(_consultation(office, number))
        await settled(office.telegram, path)
        report = check(office.telegram, path)
        assert report == Report(said=12 * 6)
        ledger, group = office.telegram.ledger, office.telegram.staff.id
        assert ledger.inside_penalty == 0
        assert not [request for request in ledger.requests if request.status == 429 and request.chat_id == group]
