"""Offices in one PostgreSQL, several processes: each office has one owner, and any process takes its calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import asyncpg
import pytest

from bot.channels.telegram import webhook
from bot.offices.house import House
from bot.playground import webhooks
from bot.playground.demo import free_port
from tests.flows.trouble import becomes_true
from tests.offices.conftest import Town, run
from tests.offices.test_house import consult, still_works


def owned(house: House) -> set[str]:
    return {code for code, desk in house.desks.items() if desk.app is not None}


async def test_offices_are_shared_out_fairly_and_handed_over(city: Town) -> None:
    offices = {code: await city.found(code) for code in ("1201", "1202", "1203")}
    async with run(city) as first:
        await becomes_true(lambda: owned(first) == set(offices))
        for code, office in offices.items():
            await consult(office, code)
        async with run(city) as second:
            await becomes_true(lambda: (len(owned(first)), len(owned(second))) == (2, 1))
            assert not owned(first) & owned(second)
            for code, office in offices.items():
                await still_works(office, f"Berdua {code}")
        await becomes_true(lambda: owned(first) == set(offices))
        for code, office in offices.items():
            await still_works(office, f"Sendiri lagi {code}")


async def test_each_process_may_know_other_offices_and_none_is_left_alone(city: Town) -> None:
    """Fair shares alone would leave two of these without anybody."""
    for code in ("1201", "1202", "1203"):
        await city.found(code)
    async with run(city) as first:
        for code in ("1202", "1203"):
            city.file(code).unlink()
        await city.found("1204")
        async with run(city) as second:
            await becomes_true(lambda: owned(first) | owned(second) == {"1201", "1202", "1203", "1204"})
            await asyncio.sleep(3 * 0.5)  # and nothing is handed to and fro
            assert owned(first) >= {"1202", "1203"}


async def test_a_call_may_reach_any_process(city: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "LOOK_SECONDS", 0.2)
    monkeypatch.setattr(webhooks, "FIRST_WAIT", 0.05)
    monkeypatch.setattr(webhooks, "LONGEST_WAIT", (0.1, 0.2))
    ports = [free_port(), free_port()]
    office = await city.found("1201", telegram={"mode": "webhook"})
    async with AsyncExitStack() as stack:
        houses = []
        for port in ports:
            monkeypatch.setenv("MEJA_WEB__PORT", str(port))
            # Whoever runs the office has the other one called: as behind a balancer that always chooses wrong.
            monkeypatch.setenv("MEJA_WEB__PUBLIC_URL", f"http://127.0.0.1:{ports[1]}")
            houses.append(await stack.enter_async_context(House(city.folder).open()))
            await becomes_true(lambda: owned(houses[0]) == {"1201"})
        assert owned(houses[1]) == set()
        await consult(office, "lewat pintu lain")
        await asyncio.gather(*(office.user.say(f"Pesan {n}") for n in range(20)))
        topic = office.telegram.topics[-1]
        for n in range(20):
            await office.officer.sees(f"Pesan {n}", topic=topic)
        async with aiohttp.ClientSession() as session:  # the pages that mails lead to are the owner's
            found = [(await session.get(f"http://127.0.0.1:{port}/nilai/1201/zonk")).status for port in ports]
            assert found == [404, 503]
            text = await (await session.get(f"http://127.0.0.1:{ports[0]}/metrics")).text()
            assert 'office="1201"' in text
        lives = office.telegram.ledger.updates.values()
        await becomes_true(lambda: all(life.confirmed for life in lives))
        assert not office.telegram.ledger.of("getUpdates")


async def test_without_hints_the_table_is_looked_at(city: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a pooler nothing can be listened to (DESIGN.md §5)."""
    from bot.offices.commons import Commons

    async def deaf(*_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Commons, "_listen", deaf)
    await test_a_call_may_reach_any_process(city, monkeypatch)


class Queue:
    """Before the offices of a city: whoever wants to take one waits, as behind 500 others."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def holds_somebody(self) -> None:
        waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND NOT granted"
        async with asyncio.timeout(60):
            while not await self._connection.fetchval(waits):  # noqa: ASYNC110 (another connection waits there)
                await asyncio.sleep(0.01)

    async def end(self) -> None:
        await self._connection.execute("COMMIT")


@asynccontextmanager
async def queue_before(city: Town) -> AsyncIterator[Queue]:
    connection = await asyncpg.connect(city.url)
    try:
        await connection.execute("BEGIN; SELECT pg_advisory_xact_lock(x'6D656A62'::bigint)")
        yield Queue(connection)
    finally:
        await connection.close()


async def test_files_read_again_while_an_office_is_being_taken(city: Town) -> None:
    """It is not run as the old file said, beside nobody who could end that."""
    office, gone = await city.found("1201"), await city.found("1202")
    async with queue_before(city) as queue, run(city) as house:
        await queue.holds_somebody()
        changed = office.settings.office.model_copy(update={"phone": "(0624) 99999"})
        office.settings = office.settings.model_copy(update={"office": changed})
        city.write(office)
        city.file("1202").unlink()
        await house.reload()
        await queue.end()
        await becomes_true(lambda: owned(house) == {"1201"}, within=60)
        await office.user.say("/bantuan")
        await office.user.sees("(0624) 99999")
        await becomes_true(lambda: next(iter(house._commons.values())).leases.holdings.keys() == {"1201"}, within=60)
    assert not gone.telegram.ledger.of("getUpdates")


async def test_offices_that_wait_to_be_opened_do_not_keep_a_process_from_ending(
    city: Town, capsys: pytest.CaptureFixture[str]
) -> None:
    offices = [await city.found(code) for code in ("1201", "1202", "1203")]
    connection = await asyncpg.connect(city.url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE offices")
        house = House(city.folder)
        house._shared.opening = asyncio.Semaphore(1)
        opened = house.open()
        await opened.__aenter__()
        await becomes_true(lambda: sum(desk.lives for desk in house.desks.values()) == len(offices), within=60)
        closing = asyncio.create_task(opened.__aexit__(None, None, None))
        await becomes_true(lambda: all(desk.closing for desk in house.desks.values()), within=60)
    await closing
    await connection.close()
    assert capsys.readouterr().err.count(" is open") <= 1


async def test_a_call_before_the_first_desk_is_open_is_asked_to_come_again(
    city: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The office's key is made by the first desk; so it is where one machine lacks it: 503, and a balancer goes on."""
    await city.found("1201", telegram={"mode": "webhook"})
    port = free_port()
    monkeypatch.setenv("MEJA_WEB__PORT", str(port))
    monkeypatch.setenv("MEJA_WEB__PUBLIC_URL", f"http://127.0.0.1:{port}")
    async with queue_before(city) as queue, run(city) as house, aiohttp.ClientSession() as session:
        await queue.holds_somebody()
        assert (await session.post(f"http://127.0.0.1:{port}/telegram/1201")).status == 503
        await queue.end()
        await becomes_true(lambda: owned(house) == {"1201"}, within=60)
        assert (await session.post(f"http://127.0.0.1:{port}/telegram/1201")).status == 403


async def test_offices_that_know_nothing_of_each_other(city: Town) -> None:
    """The same people, the same numbers of groups, topics and messages: only the bots differ."""
    offices = [await city.found(code) for code in ("1201", "1202")]
    async with run(city):
        for office in offices:
            await consult(office, f"rahasia-{office.settings.office.code}")
        for office in offices:
            other = next(code for code in ("1201", "1202") if code != office.settings.office.code)
            await office.user.say("/status")
            await office.user.say("/privasi")
            await office.officer.say("/riwayat", topic=office.telegram.topics[-1])
            for command in ("/laporan", "/sla", "/antrean", "/petugas"):
                await office.admin.say(command)
            await office.admin.sees("Antrean")
            await asyncio.sleep(0.5)
            chats = [office.user.chat, office.admin.chat, *(topic.messages for topic in office.telegram.topics)]
            said = "\n".join(message.text for chat in chats for message in chat)
            assert f"rahasia-{office.settings.office.code}" in said
            assert f"rahasia-{other}" not in said and f"{other}-" not in said
