"""Killed between two steps, wherever it is, the desk loses nothing and says nothing twice without reason."""

import asyncio
from pathlib import Path

import pytest

from tests.checker import check, settled
from tests.crash.conftest import scene_at
from tests.crash.points import POINTS

pytestmark = pytest.mark.crash
# Before anything is sent there is nothing to double; after, one more copy of each under way is the price of no loss.
CERTAIN = ("after-get-updates", "after-commit", "in-a-step")
MAILED = ("before-mail", "after-mail")  # in test_verification.py
WHATSAPP = ("before-whatsapp", "after-whatsapp")  # in test_whatsapp.py
DOUBTFUL = ("before-send", "after-send", "between-mark-and-links")


async def _dies_at(point: str, path: Path, *, doubled: int) -> None:
    async with scene_at(path) as scene:
        user, officer = scene.office.user, scene.office.officer
        async with scene.office.open():
            topic = await scene.ticket_of(user)
            await scene.office.settled()
        await scene.desk.start(point=point, mark="/2]")
        for number in (1, 2, 3):
            await user.say(f"Tanya [user/{number}]")
            await officer.say(f"Jawab [officer/{number}]", topic=topic)
        assert await scene.desk.ended() == -9, point
        await scene.desk.start()
        await user.say("Sesudahnya [user/4]")
        await settled(scene.office.telegram, scene.path)
        report = check(scene.office.telegram, scene.path)
        assert report.said == 8, point
        assert report.doubled <= doubled, point


def test_every_point_is_tried() -> None:
    assert set(CERTAIN + DOUBTFUL + MAILED + WHATSAPP) == set(POINTS)


@pytest.mark.parametrize(("points", "doubled"), [(CERTAIN, 0), (DOUBTFUL, 2)], ids=["nothing-sent", "perhaps-sent"])
async def test_dying_at_a_point_loses_nothing(tmp_path: Path, points: tuple[str, ...], doubled: int) -> None:
    async with asyncio.TaskGroup() as tasks:
        for point in points:
            tasks.create_task(_dies_at(point, tmp_path / f"{point}.db", doubled=doubled), name=point)
