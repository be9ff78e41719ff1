"""SIGTERM under load: the desk ends in time with exit code 0, loses nothing and doubles nothing."""

import asyncio
import random

import pytest

from bot.playground.faults import Fault
from tests.checker import check, settled
from tests.crash.conftest import Scene, person

pytestmark = pytest.mark.crash
ENDS_WITHIN = 10.0
STOPS = 2
WORDS = 20


async def test_stopped_under_load_and_started_again(scene: Scene) -> None:
    office, chance = scene.office, random.Random(5)
    users = [person(office, number) for number in range(4)]
    async with office.open():
        for user in users:
            await scene.ticket_of(user)
        await office.settled()
    office.telegram.break_with(Fault("sendMessage", what="delay", phase="after", delay=0.1, times=None))

    async def talk() -> None:
        for number in range(1, WORDS + 1):
            for user in users:
                await user.say(f"Kata [u{user.id}/{number}]")
            await asyncio.sleep(0.15)

    async def stop_and_start() -> None:
        for _ in range(STOPS):
            await scene.desk.start()
            await asyncio.sleep(chance.uniform(0.1, 0.5))
            async with asyncio.timeout(ENDS_WITHIN):
                assert await scene.desk.stop() == 0
            assert scene.desk.lines[-1] == "meja: stopped"
        await scene.desk.start()

    await asyncio.gather(talk(), stop_and_start())
    await settled(office.telegram, scene.path)
    report = check(office.telegram, scene.path)
    assert report.doubled == 0
    assert report.said == len(users) * (WORDS + 1)
