"""From outside: no room on the disk, a locked database. Nothing is confirmed, the process stays, all goes on by itself
(QUALITY.md P14)."""

import asyncio
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import aiohttp
import pytest

from bot.playground.demo import free_port
from tests.checker import check, settled
from tests.crash.conftest import Scene, scene_at
from tests.flows.trouble import becomes_true

pytestmark = pytest.mark.crash
Sickness = Callable[[Scene], AbstractContextManager[None]]
LONG = "x" * 4000
MESSAGES = 8
WELL_AGAIN = 60.0  # the promise is 10 seconds (P14), on a machine that has the time
NOT_KEPT = "could not be kept"


@contextmanager
def _full(scene: Scene) -> Iterator[None]:
    """No file of the process may grow."""
    pid, none = scene.desk.process.pid, resource.RLIM_INFINITY
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, none))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (none, none))


@contextmanager
def _locked(scene: Scene) -> Iterator[None]:
    """Another program writes, and takes its time."""
    other = sqlite3.connect(scene.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def says(port: int, reasons: list[str], *, within: float) -> None:
    """Until /readyz names these reasons."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(within):
        while True:
            async with session.get(f"http://127.0.0.1:{port}/readyz") as response:
                body = await response.json()
                assert (response.status == 200) is body["ready"]
            if body["not_ready"].get("1207", []) == reasons:
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("sick", [_full, _locked])
async def test_a_sick_database_stops_nothing_for_good(tmp_path: Path, sick: Sickness) -> None:
    port = free_port()
    async with scene_at(tmp_path / "meja.db", web={"port": port}) as scene:
        await _is_sick_and_recovers(scene, port, sick)


async def _is_sick_and_recovers(scene: Scene, port: int, sick: Sickness) -> None:
    office = scene.office
    async with office.open():
        topic = await scene.ticket_of(office.user)
        await office.settled()
    await scene.desk.start()
    await says(port, [], within=60)
    lives, known = office.telegram.ledger.updates, len(office.telegram.ledger.updates)
    with sick(scene):
        for number in range(1, MESSAGES + 1):
            await office.user.say(f"[u1001/{number}] {LONG}")
        waiting = list(lives.values())[known:]
        # Not kept, and asked for again, and not kept: so Telegram was not told in between that it was.
        await becomes_true(lambda: sum(NOT_KEPT in line for line in scene.desk.lines) >= 2, within=60)
        assert not [life for life in waiting if life.confirmed]
        assert scene.desk.process.returncode is None
        await says(port, ["database"], within=60)
    await says(port, [], within=WELL_AGAIN)
    await office.officer.sees(f"[u1001/{MESSAGES}]", topic=topic, within=60)
    await settled(office.telegram, scene.path)
    report = check(office.telegram, scene.path)
    assert report.said == MESSAGES + 1
    assert report.doubled == 0
    assert scene.desk.process.returncode is None
