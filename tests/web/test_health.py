"""/readyz of a running desk: what it says when something is wrong, and when it is over."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import App
from bot.delivery import health
from bot.playground.demo import free_port
from tests.flows.conftest import Office, office_at


async def _ready(port: int) -> Any:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/readyz") as response:
        body = await response.json()
        assert (response.status == 200) is body["ready"]
        return body["not_ready"].get("1207", [])


async def _becomes(port: int, reasons: list[str]) -> None:
    async with asyncio.timeout(60):
        while await _ready(port) != reasons:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _run(app: App, sql: str, *args: Any) -> None:
    async def write(tx: Any) -> None:
        await tx.execute(sql, *args)

    await app.store.run(write)


@pytest.fixture(autouse=True)
def _look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)


async def test_a_desk_says_what_keeps_it_from_working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    async with office_at(tmp_path / "meja.db", web={"port": port}) as office, office.open() as app:
        await office.settled()
        assert await _ready(port) == []
        with monkeypatch.context() as impatient:
            impatient.setattr(health, "LONGEST_SILENCE", -1.0)
            assert await _ready(port) == ["poll"]
        await _lost_group(office, port)
        await _backlog(office, app, port)
        await _older_schema(app, port)


async def _lost_group(office: Office, port: int) -> None:
    await office.admin.set_bot_status("kicked")
    await _becomes(port, ["group"])
    await office.admin.set_bot_status("administrator")
    await _becomes(port, [])


async def _backlog(office: Office, app: App, port: int) -> None:
    old = office.clock.now().isoformat().replace("2026", "2025")
    await _run(
        app,
        "INSERT INTO inbox (office, channel, update_id, lane, raw, received_at) VALUES ('1207', 'x', '1', 'y', '', $1)",
        old,
    )
    assert await _ready(port) == ["backlog"]
    await _run(app, "DELETE FROM inbox WHERE channel = 'x'")
    assert await _ready(port) == []


async def _older_schema(app: App, port: int) -> None:
    await _run(app, "UPDATE migrations SET number = -number")
    assert await _ready(port) == ["schema"]
    await _run(app, "UPDATE migrations SET number = -number")
