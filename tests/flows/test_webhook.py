"""Telegram calls instead of being asked: a consultation, changes of mode, outages, and calls of others."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import App
from bot.channels.telegram import webhook
from bot.channels.telegram.webhook import SECRET_HEADER
from bot.delivery import health
from bot.playground import webhooks
from bot.playground.demo import free_port
from bot.playground.updates import Hook
from storage.base import StorageUnavailable
from tests.flows.conftest import MONDAY, Office, office_at
from tests.flows.trouble import becomes_true

JSON = {"Content-Type": "application/json"}
SECRET = "rahasia-rahasia-rahasia-rahasia-rahasia-rahasia"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for seconds elsewhere waits for hundredths here."""
    monkeypatch.setattr(webhooks, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(webhooks, "LONGEST_WAIT", (0.1, 0.2))
    monkeypatch.setattr(webhooks, "LONGEST_RETRY_AFTER", 0.1)
    monkeypatch.setattr(webhook, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(webhook, "FIRST_PAUSE", 0.05)


@asynccontextmanager
async def called(path: Path, **telegram: Any) -> AsyncIterator[tuple[Office, str]]:
    """An office that is called, not open yet, and the address that Telegram calls."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    hooked = {"mode": "webhook", "webhook_secret": SECRET} | telegram
    async with office_at(path, telegram=hooked, web={"port": port, "public_url": url}) as office:
        yield office, f"{url}/telegram/1207"


async def test_a_consultation_by_webhook(tmp_path: Path) -> None:
    async with called(tmp_path / "meja.db") as (office, _), office.open():
        _, topic = await office.ticket()
        await office.answer(topic)
        await office.settled()
        assert not office.telegram.ledger.of("getUpdates")
        assert all(life.times_served == 1 and life.confirmed for life in office.telegram.ledger.updates.values())


async def test_modes_change_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    async with called(path) as (office, _):
        hooked = office.settings
        polled = hooked.model_copy(update={"telegram": hooked.telegram.model_copy(update={"mode": "polling"})})
        async with office.open():
            _, topic = await office.ticket("Satu?")
        for number, settings in enumerate((polled, hooked, polled)):
            await office.user.say(f"Pesan [{number}a]")  # nobody is there
            office.settings = settings
            async with office.open():
                await office.user.say(f"Pesan [{number}b]")
                await office.officer.sees(f"[{number}b]", topic=topic)
                await office.settled()
        said = [message.text for message in topic.messages if "Pesan" in message.text]
        found = [part for text in said for part in text.replace("]", "[").split("[")[1::2]]
        assert found == ["0a", "0b", "1a", "1b", "2a", "2b"]
        assert not [request for request in office.telegram.ledger.requests if "drop_pending_updates" in request.params]


async def test_a_database_that_is_away_is_said_and_telegram_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with called(tmp_path / "meja.db") as (office, _), office.open() as app:
        _, topic = await office.ticket()
        run = app.store.run

        async def away(*_: Any) -> None:
            raise StorageUnavailable("disk full")

        monkeypatch.setattr(app.store, "run", away)
        said = await office.user.say("Masih di sana? [user/1]")
        life = list(office.telegram.ledger.updates.values())[-1]
        await becomes_true(lambda: life.times_served > 2)
        assert said and not life.confirmed
        monkeypatch.setattr(app.store, "run", run)
        await office.officer.sees("[user/1]", topic=topic)


@pytest.mark.parametrize("given", [None, "", "x" * 47, SECRET[:-1], SECRET.upper(), "é"])
async def test_a_call_without_the_secret_is_refused_and_nothing_is_kept(tmp_path: Path, given: str | None) -> None:
    headers = JSON | ({} if given is None else {SECRET_HEADER: given})
    async with called(tmp_path / "meja.db") as (office, url), office.open() as app, aiohttp.ClientSession() as session:
        async with session.post(url, data=b'{"update_id":1}', headers=headers) as response:
            assert response.status == 403
        async with app.store.reader() as reader:
            assert await reader.value("SELECT count(*) FROM inbox") == 0


async def test_a_call_with_the_secret_must_still_be_an_update(tmp_path: Path) -> None:
    headers = {SECRET_HEADER: SECRET}
    bodies = {
        b"": 400,
        b"{": 400,
        b"[]": 400,
        b'{"update_id":"7"}': 400,
        b'{"update_id":true}': 400,
        b"[" * 100_000: 400,
        b'{"update_id":7,"x":"' + b"x" * (1 << 20) + b'"}': 413,
        b'{"update_id":7,"message":5}': 200,
    }
    async with called(tmp_path / "meja.db") as (office, url), office.open() as app, aiohttp.ClientSession() as session:
        for body, status in bodies.items():
            async with session.post(url, data=io.BytesIO(body), headers=headers | JSON) as response:
                assert response.status == status, body[:40]
        assert (await session.post(url, data=b"update_id=7", headers=headers)).status in (400, 415)
        assert (await session.get(url, headers=headers)).status == 405
        async with app.store.reader() as reader:
            assert await reader.value("SELECT count(*) FROM inbox") == 1


async def test_order_within_a_chat_holds_when_calls_come_out_of_order(tmp_path: Path) -> None:
    """Telegram keeps the order of one kind of update only: a press may overtake the message before it (F8)."""
    async with called(tmp_path / "meja.db") as (office, url), office.open() as app, aiohttp.ClientSession() as session:
        _, topic = await office.ticket()
        await office.settled()
        chat = {"id": office.user.account.id, "type": "private", "first_name": "Siti"}
        lane = app.inbox
        async with asyncio.timeout(60):
            await lane.idle()
        numbers = [5, 2, 9, 1, 7, 3]

        async def post(number: int) -> None:
            message = {"message_id": 9000 + number, "date": int(MONDAY.timestamp()), "chat": chat, "from": chat}
            update = {"update_id": 800_000_000 + number, "message": message | {"text": f"ke-{number}"}}
            async with session.post(url, json=update, headers={SECRET_HEADER: SECRET}) as response:
                assert response.status == 200

        handle = lane._handle

        async def slowly(row: Any) -> bool:
            await asyncio.sleep(0.2)
            return await handle(row)

        lane._handle = slowly  # type: ignore[method-assign]
        await post(0)  # the lane is at work while the others come
        for number in numbers:
            await post(number)
        await office.officer.sees("ke-9", topic=topic)
        await office.settled()
        said = [int(message.text[-1]) for message in topic.messages if "ke-" in message.text]
        assert said == [0, *sorted(numbers)]


async def test_who_takes_the_webhook_away_is_noticed_and_it_is_set_again(tmp_path: Path) -> None:
    async with called(tmp_path / "meja.db") as (office, url), office.open():
        await office.admin.say("/bantuan")
        updates = office.telegram.world.updates
        await becomes_true(lambda: updates.hook)
        updates.hook = Hook("http://127.0.0.1:1/lain")
        await becomes_true(lambda: updates.hook and updates.hook.url == url)
        await office.admin.sees("token")


async def test_an_outage_is_noted_though_nobody_polls(tmp_path: Path) -> None:
    async with called(tmp_path / "meja.db") as (office, _):
        async with office.open():
            await office.admin.say("/bantuan")
            await office.ticket()
        office.jump(hours=25)
        async with office.open() as app, app.store.reader() as reader:
            await office.admin.sees("selama 25 jam")
            assert await reader.value("SELECT count(*) FROM outages") == 1


async def test_a_proxy_that_does_not_let_telegram_through_is_an_outage_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(health, "LONGEST_SILENCE", 0.5)
    async with called(tmp_path / "meja.db") as (office, _), office.open() as app:
        _, topic = await office.ticket()
        site = app._site
        assert site is not None
        site.unmount("1207")  # what stands in between answers 404
        await office.user.say("Halo? [user/1]")
        await _becomes(app, ["webhook"])
        site.mount("1207", app.routes())
        await office.officer.sees("[user/1]", topic=topic)
        await _becomes(app, [])


async def _becomes(app: App, faults: list[str]) -> None:
    async with asyncio.timeout(60):
        while await app.health.faults() != faults:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
