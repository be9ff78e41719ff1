"""A desk on PostgreSQL as a process: the server goes away for longer than a lease lasts; the process is killed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.crash.conftest import Scene, scene_at
from tests.postgres import OwnServer, new_database

pytestmark = pytest.mark.crash


@pytest.fixture
async def server() -> AsyncIterator[OwnServer]:
    server = OwnServer()
    yield server
    server.close()


async def _consulted(scene: Scene, text: str) -> None:
    """A word of the user reaches the officers, and theirs the user."""
    office = scene.office
    topic = office.telegram.topics[-1]
    await office.user.say(text)
    await office.officer.sees(text, topic=topic, within=60)
    sent = await office.officer.say(f"Jawaban: {text}", topic=topic)
    await office.user.sees(f"Jawaban: {text}", within=60)
    await office.telegram.until(lambda: "👌" in str(sent.reactions), within=60)


async def test_a_server_that_was_away_and_a_killed_desk(server: OwnServer, tmp_path: Path) -> None:
    async with new_database(server.url) as url:
        secret = {"secret_file": str(tmp_path / "meja.secret")}
        async with scene_at(tmp_path / "meja.db", storage={"url": url}, security=secret) as scene:
            await scene.desk.start()
            await scene.office.ticket()
            await _consulted(scene, "sebelum")

            await asyncio.to_thread(server.control, "stop", "-m", "immediate")
            await scene.office.user.say("Ditulis selagi server mati")
            await asyncio.sleep(5)  # a lease lasts four seconds
            await asyncio.to_thread(server.control, "start")
            topic = scene.office.telegram.topics[-1]
            await scene.office.officer.sees("Ditulis selagi server mati", topic=topic, within=60)
            await _consulted(scene, "sesudah")

            await scene.desk.kill()
            await scene.office.user.say("Ditulis selagi meja mati")
            await scene.desk.start()  # it waits until the dead one's lease is over
            await scene.office.officer.sees("Ditulis selagi meja mati", topic=topic, within=60)
            await _consulted(scene, "akhir")
            assert await scene.desk.stop() == 0
            texts = [message.text for message in scene.office.user.chat]
            assert len([text for text in texts if text == "Jawaban: sesudah"]) == 1
