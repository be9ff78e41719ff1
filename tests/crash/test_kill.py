"""kill -9 at any moment, again and again under traffic: nothing lost, nobody else's, in order, twice only if marked."""

import asyncio
import random

import pytest

from bot.playground.chats import Topic
from bot.playground.faults import Fault
from bot.playground.people import Person
from tests.checker import check, settled
from tests.crash.conftest import Scene, person

pytestmark = pytest.mark.crash
KILLS = 5
WORDS = 8


async def _talk(who: Person, mark: str, topic: Topic | None, chance: random.Random) -> None:
    """Write now and then, whether the desk lives or not."""
    for number in range(1, WORDS + 1):
        await asyncio.sleep(chance.uniform(0.0, 1.4))
        await who.say(f"Kata ke-{number} [{mark}/{number}]", topic=topic or "private")


async def _kill_often(scene: Scene, chance: random.Random) -> None:
    for _ in range(KILLS):
        await scene.desk.start()
        await asyncio.sleep(chance.uniform(0.0, 0.8))
        await scene.desk.kill()
    await scene.desk.start()


async def _newcomer(scene: Scene, user: Person) -> None:
    """Registers while the desk dies around them; a code may come twice, and then the last one counts."""
    office, address = scene.office, "baru@contoh.go.id"
    await user.say("/mulai")
    await user.sees("Setuju", within=60)
    await user.press("Setuju")
    await user.sees("alamat e-mail", within=60)
    await user.say(address)
    name_asked = asyncio.create_task(user.sees("Siapa nama", within=60))
    while not name_asked.done():
        mail = asyncio.create_task(office.mailbox.mail_to(address, within=60))
        await asyncio.wait((mail, name_asked), return_when=asyncio.FIRST_COMPLETED)
        if mail.done():
            await user.say(mail.result().code)
        mail.cancel()
    await user.say("Warga Baru")


@pytest.mark.parametrize("seed", [1])
async def test_killed_at_random_moments_under_traffic(scene: Scene, seed: int) -> None:
    office, chance = scene.office, random.Random(seed)
    users = [person(office, number) for number in range(4)]
    async with office.open():
        topics = [await scene.ticket_of(user) for user in users]
        await office.settled()
    # Telegram's answers take their time, so that many a kill finds a request under way.
    office.telegram.break_with(Fault(what="delay", phase="after", delay=0.15, chance=0.5, times=None))
    newcomer = person(office, 9)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_kill_often(scene, random.Random(seed)))
        tasks.create_task(_newcomer(scene, newcomer))
        for user, topic in zip(users, topics, strict=True):
            tasks.create_task(_talk(user, f"u{user.id}", None, random.Random(chance.random())))
            tasks.create_task(_talk(office.officer, f"o{user.id}", topic, random.Random(chance.random())))
    await newcomer.sees("lembaga apa", within=60)
    await settled(office.telegram, scene.path)
    report = check(office.telegram, scene.path)
    print("DBG", report)
    assert report.said == len(users) * (2 * WORDS + 1)
    assert report.doubled <= KILLS * (2 * len(users) + 1)
