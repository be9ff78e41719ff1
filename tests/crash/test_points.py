"""Killed between two steps, wherever it is, the desk loses nothing and says nothing twice without reason."""

import pytest

from tests.checker import check, settled
from tests.crash.conftest import Scene
from tests.crash.points import POINTS

pytestmark = pytest.mark.crash
# Where a message may have gone out already: one more copy of each under way is the price of not losing it.
DOUBTFUL = ("before-send", "after-send", "between-mark-and-links")


@pytest.mark.parametrize("point", POINTS)
async def test_dying_at_a_point_loses_nothing(scene: Scene, point: str) -> None:
    user, officer = scene.office.user, scene.office.officer
    async with scene.office.open():
        topic = await scene.ticket_of(user)
        await scene.office.settled()
    await scene.desk.start(point=point, mark="/2]")
    for number in (1, 2, 3):
        await user.say(f"Tanya [user/{number}]")
        await officer.say(f"Jawab [officer/{number}]", topic=topic)
    assert await scene.desk.ended() == -9
    await scene.desk.start()
    await user.say("Sesudahnya [user/4]")
    await settled(scene.office.telegram, scene.path)
    report = check(scene.office.telegram, scene.path)
    assert report.said == 8
    assert report.doubled <= 2 * (point in DOUBTFUL)
