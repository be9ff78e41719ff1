"""One office, one owner: a second desk on the same database leaves at once, and the first does not notice."""

import asyncio

import pytest

from bot.errors import Exit
from tests.crash.conftest import Scene
from tests.crash.launch import Desk, write_configuration

pytestmark = pytest.mark.crash
LEAVES_WITHIN = 5.0


async def test_the_second_instance_exits_75_with_a_clear_line(scene: Scene) -> None:
    office = scene.office
    async with office.open():
        topic = await scene.ticket_of(office.user)
    await scene.desk.start()
    second = Desk(write_configuration(scene.path.with_name("second.toml"), office.settings))
    async with asyncio.timeout(LEAVES_WITHIN):
        await second.begin()
        assert await second.ended() == Exit.BUSY
    (line,) = second.lines
    assert line.startswith(f"meja: proses lain sedang berjalan di atas {scene.path}. Hentikan dahulu")
    await office.user.say("Masih di sana? [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    assert not [line for line in scene.desk.lines if "poll" in line or "error" in line.lower()]
