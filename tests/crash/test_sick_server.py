"""From outside: a PostgreSQL whose tables are locked, or whose disk is full. Nothing is confirmed that is not kept, the
process stays, and all goes on by itself (QUALITY.md P14)."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from bot.playground.chats import Topic
from bot.playground.demo import free_port
from tests.crash.conftest import Scene, scene_at
from tests.crash.test_sick import says
from tests.postgres import named, new_database

pytestmark = pytest.mark.crash
Sickness = Callable[[Any], AbstractAsyncContextManager[None]]
MESSAGES = 6
# All but those that say who runs an office: without them nobody would.
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('leases', 'processes')"


@asynccontextmanager
async def _locked(server: Any) -> AsyncIterator[None]:
    """Somebody has the table for themselves, as a careless VACUUM FULL would."""
    async with server.transaction():
        await server.execute("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE")
        yield


@asynccontextmanager
async def _full(server: Any) -> AsyncIterator[None]:
    """To every row the server says what it says without room on its disk."""
    await server.execute(
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE 'No space left on device' USING ERRCODE = 'disk_full'; END $$"
    )
    tables = [row["tablename"] for row in await server.fetch(_TABLES)]
    for table in tables:
        await server.execute(
            f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION no_room()"
        )
    yield
    for table in tables:
        await server.execute(f"DROP TRIGGER no_room ON {table}")


@pytest.mark.parametrize("sick", [_locked, _full])
async def test_a_sick_server_stops_nothing_for_good(tmp_path: Path, postgres_server: str, sick: Sickness) -> None:
    port = free_port()
    async with new_database(postgres_server) as url:
        parts = {"storage": {"url": url}, "security": {"secret_file": str(tmp_path / "meja.secret")}}
        server = await asyncpg.connect(named(postgres_server, urlsplit(url).path[1:]))
        try:
            async with scene_at(tmp_path / "meja.db", web={"port": port}, **parts) as scene:
                async with scene.office.open():
                    topic = await scene.ticket_of(scene.office.user)
                    await scene.office.settled()
                await scene.desk.start()
                await _is_sick_and_recovers(scene, topic, sick(server), port)
        finally:
            await server.close()


async def _is_sick_and_recovers(
    scene: Scene, topic: Topic, sickness: AbstractAsyncContextManager[None], port: int
) -> None:
    office = scene.office
    await says(port, [], within=60)
    lives, known = office.telegram.ledger.updates, len(office.telegram.ledger.updates)
    async with sickness:
        for number in range(1, MESSAGES + 1):
            await office.user.say(f"Tanya [user/{number}]")
            await office.officer.say(f"Jawab [officer/{number}]", topic=topic)
        await says(port, ["database"], within=60)
        assert not [life for life in list(lives.values())[known:] if life.confirmed]
        assert scene.desk.process.returncode is None
    await says(port, [], within=60)
    await office.officer.sees(f"[user/{MESSAGES}]", topic=topic, within=60)
    await office.user.sees(f"[officer/{MESSAGES}]", within=60)
    for chat, who in ((topic.messages, "user"), (office.user.chat, "officer")):
        texts = [message.text for message in chat if message.by_bot and f"[{who}/" in message.text]
        assert [number for number in range(1, MESSAGES + 1) for text in texts if f"[{who}/{number}]" in text] == [
            *range(1, MESSAGES + 1)
        ]
    assert scene.desk.process.returncode is None
