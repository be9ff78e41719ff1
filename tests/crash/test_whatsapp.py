"""Killed under WhatsApp traffic: nothing lost either way; a second copy only where no news of the first one came."""

import asyncio
import random
from pathlib import Path

import pytest

from bot.playground.chats import Topic
from bot.playground.graph.faults import GraphFault
from bot.playground.graph.phone import WhatsAppPhone
from tests.crash.conftest import Scene, scene_at

pytestmark = pytest.mark.crash
# The first one: the webhook is kept, and not yet answered with 200.
POINTS = ("after-commit", "before-whatsapp", "after-whatsapp")
KILLS = 4
WORDS = 6


async def _dies_at(point: str, path: Path) -> None:
    async with scene_at(path, whatsapp=True) as scene:
        phone, officer = scene.office.phone, scene.office.officer
        scene.office.graph.hooks.in_order = True
        async with scene.office.open():
            topic = await scene.whatsapp_ticket(phone)
            await scene.office.settled()
        await scene.desk.start(point=point, mark="/2]")
        for number in (1, 2, 3):
            await phone.say(f"Tanya [user/{number}]")
            await officer.say(f"Jawab [officer/{number}]", topic=topic)
        assert await scene.desk.ended() == -9, point
        await scene.desk.start()
        await phone.say("Sesudahnya [user/4]")
        await scene.settled(within=60)
        report = scene.check()
        assert report.said == 8, point
        arrived = [message.text for message in phone.chat if message.by_business and "Jawab" in message.text]
        assert arrived == [f"Jawab [officer/{number}]" for number in (1, 2, 3)], point


@pytest.mark.parametrize("points", [POINTS], ids=["each-point"])
async def test_dying_at_a_point_loses_and_doubles_nothing(tmp_path: Path, points: tuple[str, ...]) -> None:
    """After the send too: the status that comes names the row, so nothing is sent again."""
    async with asyncio.TaskGroup() as tasks:
        for point in points:
            tasks.create_task(_dies_at(point, tmp_path / f"{point}.db"), name=point)


async def _phone_talks(phone: WhatsAppPhone, chance: random.Random) -> None:
    for number in range(1, WORDS + 1):
        await asyncio.sleep(chance.uniform(0.0, 1.2))
        await phone.say(f"Kata ke-{number} [w{phone.number}/{number}]")


async def _officer_answers(scene: Scene, topic: Topic, mark: str, chance: random.Random) -> None:
    for number in range(1, WORDS + 1):
        await asyncio.sleep(chance.uniform(0.0, 1.2))
        await scene.office.officer.say(f"Jawab ke-{number} [{mark}/{number}]", topic=topic)


async def _kill_often(scene: Scene, chance: random.Random) -> None:
    for _ in range(KILLS):
        await scene.desk.start()
        await asyncio.sleep(chance.uniform(0.0, 0.8))
        await scene.desk.kill()
    await scene.desk.start()


async def test_killed_at_random_moments_under_whatsapp_traffic(tmp_path: Path) -> None:
    async with scene_at(tmp_path / "meja.db", whatsapp=True) as scene:
        office, chance = scene.office, random.Random(1)
        phones = [office.phone, WhatsAppPhone(office.graph, 6281260001002, "Budi Hartono", shows_number=False)]
        async with office.open():
            topics = [await scene.whatsapp_ticket(phone) for phone in phones]
            await office.settled()
        # Answers that take their time, so that many a kill finds a request under way; webhooks that come twice.
        office.graph.break_with(GraphFault("messages", "delay", "after", delay=0.1, chance=0.5, times=None))
        hooks = office.graph.hooks
        hooks.duplicate, hooks.batch, hooks.in_order = 0.2, 10, True
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_kill_often(scene, random.Random(1)))
            for phone, topic in zip(phones, topics, strict=True):
                tasks.create_task(_phone_talks(phone, random.Random(chance.random())))
                mark = f"o{phone.number}"
                tasks.create_task(_officer_answers(scene, topic, mark, random.Random(chance.random())))
        await scene.settled(within=60)
        report = scene.check()
        assert report.said == len(phones) * (2 * WORDS + 1)
        assert report.doubled <= KILLS * 2 * len(phones)
