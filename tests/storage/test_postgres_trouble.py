"""PostgreSQL goes away, breaks off in a COMMIT, or has two in each other's way: nothing is lost, nothing doubled."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from storage import database
from storage.base import OwnershipLost, StorageUnavailable, Tx
from storage.database import Database
from storage.leases import Holding, Leases
from storage.migrate import Migration, postgres_migrations
from storage.postgres import PostgresStore
from tests.postgres import OwnServer, new_database
from tests.storage.test_postgres import _open, parked
from tests.storage.test_sqlite import _park
from tests.storage.wire import Line, line_to, pooler_to


@pytest.fixture
async def cuttable(postgres_url: str) -> AsyncIterator[tuple[PostgresStore, Line]]:
    async with line_to(postgres_url) as (url, line):
        store = await _open(url)
        yield store, line
        await store.close()


@pytest.fixture(scope="module")
def server() -> Iterator[OwnServer]:
    server = OwnServer()
    yield server
    server.close()


async def _log(tx: Tx, action: str) -> None:
    """Something that would be seen twice."""
    await tx.execute("INSERT INTO audit (office, at, actor, action) VALUES ('1207', '', '', $1)", action)


async def _logged(store: PostgresStore) -> list[str]:
    async with store.reader() as reader:
        count = await reader.value("SELECT string_agg(action, ',' ORDER BY id) FROM audit")
    return str(count or "").split(",")


@pytest.mark.parametrize("told", [True, False], ids=["answer lost", "never arrived"])
async def test_a_cut_in_the_middle_of_commit_is_neither_lost_nor_doubled(
    cuttable: tuple[PostgresStore, Line], told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    store, line = cuttable
    await store.run(_log, "a")
    line.cut_at("fence(", told=told)
    await asyncio.gather(store.run(_log, "b"), store.run(_log, "c"))
    assert line.cuts == 1
    assert await _logged(store) == ["a", "b", "c"]
    assert [record.__dict__["arrived"] for record in caplog.records if record.message.startswith("a cut COMMIT")] == [
        told
    ]


async def test_a_commit_that_is_still_on_its_way_when_it_is_asked_for_changes_nothing_any_more(
    cuttable: tuple[PostgresStore, Line],
) -> None:
    """What stands between may deliver it after all; by then the use case has been carried out once more."""
    store, line = cuttable
    line.late = asyncio.Event()
    line.cut_at("fence(", told=True)
    await store.run(_log, "a")
    line.late.set()
    await store.run(_log, "b")
    await line.delivered.wait()
    assert await _logged(store) == ["a", "b"]
    await store.run(_log, "c")
    assert await _logged(store) == ["a", "b", "c"]


async def test_a_cut_before_commit_begins_the_use_case_once_more(cuttable: tuple[PostgresStore, Line]) -> None:
    store, line = cuttable
    line.cut_at("INSERT INTO audit", told=True)
    await store.run(_log, "a")
    assert await _logged(store) == ["a"]


async def test_two_in_each_others_way_are_tried_again(postgres_url: str) -> None:
    store = await _open(postgres_url)
    tries = 0

    async def clumsy(tx: Tx) -> None:
        nonlocal tries
        tries += 1
        await _log(tx, "a")
        if tries < 3:
            code = "40001" if tries == 1 else "40P01"
            await tx.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END $$")

    await store.run(clumsy)
    assert tries == 3
    assert await _logged(store) == ["a"]
    await store.close()


async def test_one_that_ends_its_connection_each_time_takes_nobody_with_it(postgres_url: str) -> None:
    """Its neighbours are committed without it, once."""
    store = await _open(postgres_url)

    async def deadly(tx: Tx) -> None:
        await _log(tx, "never")
        await tx.value("SELECT pg_terminate_backend(pg_backend_pid())")

    jobs = (store.run(_log, "a"), store.run(deadly), store.run(_log, "b"))
    one, two, three = await asyncio.gather(*jobs, return_exceptions=True)
    assert (one, three) == (None, None)
    assert isinstance(two, StorageUnavailable)
    assert await _logged(store) == ["a", "b"]
    await store.close()


async def test_what_finds_no_room_takes_nobody_with_it(postgres_url: str) -> None:
    store = await _open(postgres_url)

    async def great(tx: Tx) -> None:
        await tx.execute("DO $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$")

    one, two = await asyncio.gather(store.run(_log, "a"), store.run(great), return_exceptions=True)
    assert one is None
    assert isinstance(two, StorageUnavailable)
    assert await _logged(store) == ["a"]
    await store.close()


async def test_a_restart_of_the_server_is_survived(server: OwnServer) -> None:
    async with new_database(server.url) as url:
        store = await _open(url)
        await store.run(_log, "a")
        await asyncio.to_thread(server.control, "stop", "-m", "immediate")
        with pytest.raises(StorageUnavailable):
            await store.run(_log, "b")
        with pytest.raises(StorageUnavailable):
            async with store.reader():
                pass
        await asyncio.to_thread(server.control, "start")
        await store.run(_log, "c")
        assert await _logged(store) == ["a", "c"]
        await store.close()


async def test_kill_9_of_backends_under_load_loses_and_doubles_nothing(server: OwnServer) -> None:
    """The server ends all connections then, and recovers; who was told "unavailable" finds nothing written."""
    async with new_database(server.url) as url:
        store = await _open(url)
        killed = 0

        async def one(number: int) -> bool:
            try:
                await store.run(_log, f"{number}")
            except StorageUnavailable:
                return False
            return True

        async def kill() -> None:
            nonlocal killed
            for _ in range(3):
                await asyncio.sleep(0.05)
                async with store.reader() as reader:
                    pid = await reader.value("SELECT pg_backend_pid()")
                    os.kill(pid, signal.SIGKILL)
                    killed += 1

        killing = asyncio.create_task(kill())
        told: dict[str, bool] = {}
        for number in range(0, 3_000, 20):
            results = await asyncio.gather(*(one(number + step) for step in range(20)))
            told |= {str(number + step): result for step, result in enumerate(results)}
        await asyncio.gather(killing, return_exceptions=True)
        assert killed
        for _ in range(100):
            if await one(3_000):
                break
            await asyncio.sleep(0.1)
        logged = await _logged(store)
        assert len(logged) == len(set(logged))
        assert set(logged) - {"3000"} == {number for number, done in told.items() if done}
        await store.close()


async def test_an_owner_that_was_cut_off_silently_knows_by_itself_and_another_takes_over(
    cuttable: tuple[PostgresStore, Line], postgres_url: str
) -> None:
    """No goodbye and no error: each side counts on its own clock, and the one that is cut off counts faster."""
    store, line = cuttable
    await store.run(_log, "a")
    line.silent = True
    other = await _open(postgres_url)  # it gives up after a few seconds
    with pytest.raises(StorageUnavailable):
        await store.run(_log, "b")
    line.silent = False
    await other.run(_log, "c")
    with pytest.raises(StorageUnavailable):
        await store.run(_log, "d")
    await store.until_lost()
    with pytest.raises(OwnershipLost):
        await store.run(_log, "e")
    assert await _logged(other) == ["a", "c"]
    await other.close()


async def test_a_silent_line_keeps_no_process_from_ending(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 600.0)
    async with line_to(postgres_url) as (url, line):
        store = await _open(url)
        await asyncio.gather(*(store.run(_log, action) for action in "abcdef"), _logged(store), _logged(store))
        line.hush_at("BEGIN")
        waiting = asyncio.gather(*(store.run(_log, action) for action in "ghi"), return_exceptions=True)
        while not line.silent:  # noqa: ASYNC110 - the line's other end
            await asyncio.sleep(0.01)
        async with asyncio.timeout(60):
            await store.close()
            assert [type(error) for error in await waiting] == [StorageUnavailable] * 3


async def test_a_change_of_the_tables_that_waits_for_a_reader_holds_up_nobody(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup reads for an hour, and a new program starts: the desks beside it go on."""
    store = await _open(postgres_url)
    step = Migration(9999, "9999_next.sql", "ALTER TABLE audit ADD COLUMN next BIGINT;", "")
    monkeypatch.setattr(database, "LOCK_REST", 0.1)
    monkeypatch.setattr(database, "postgres_migrations", lambda: [*postgres_migrations(), step])
    backup = await asyncpg.connect(postgres_url)
    await backup.execute("BEGIN; SELECT count(*) FROM audit")
    newer = Database(postgres_url)
    opening = asyncio.create_task(newer.open())
    waits = "SELECT count(*) FROM pg_locks WHERE relation = 'audit'::regclass AND NOT granted"
    while not await backup.fetchval(waits):  # noqa: ASYNC110 (another connection waits there)
        await asyncio.sleep(0.01)
    await store.run(_log, "a")
    assert not opening.done()
    await backup.execute("COMMIT")
    await opening
    await store.run(_log, "b")
    assert await _logged(store) == ["a", "b"]
    for one in (newer, backup, store):
        await one.close()


async def test_an_owner_that_falls_silent_while_it_renews_keeps_nobody_waiting(
    cuttable: tuple[PostgresStore, Line], postgres_url: str
) -> None:
    """What it holds on the server for a renewal would else be held until the server looks for it, hours later."""
    store, line = cuttable
    line.hush_at("UPDATE processes SET until")
    line.drop()  # it connects again, and says everything for the first time
    while not line.silent:  # noqa: ASYNC110 - with the next beat
        await asyncio.sleep(0.01)
    other = await _open(postgres_url)  # it gives up after a few seconds
    await other.run(_log, "a")
    assert not store.owns()
    await other.close()


async def test_an_owner_that_falls_silent_between_two_statements_lets_go_of_its_rows(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server counts nobody as idle who has prepared a statement: whoever takes the office ends that."""
    monkeypatch.setattr(database, "STATEMENT_SECONDS", 600.0)  # nor does the silent one hang up

    async def two_steps(tx: Tx) -> None:
        await _park(tx, "1")
        await _log(tx, "a")

    async with line_to(postgres_url) as (url, line):
        store = await _open(url)
        line.hush_at("INSERT INTO audit")
        working = asyncio.create_task(store.run(two_steps))
        while not line.silent:  # noqa: ASYNC110 - the line's other end
            await asyncio.sleep(0.01)
        other = await _open(postgres_url)
        async with asyncio.timeout(60):
            await other.run(two_steps)
        assert await _logged(other) == ["a"]
        line.drop()
        line.silent, line.last_word = False, b""
        with pytest.raises((StorageUnavailable, OwnershipLost)):
            await working
        await other.close()
        await store.close()


async def test_an_office_whose_hand_over_was_cut_off_is_handed_over_with_the_next_beat(
    cuttable: tuple[PostgresStore, Line], postgres_url: str
) -> None:
    """Who lives and does not run an office may not keep it from the others."""
    store, line = cuttable
    others = Database(postgres_url)
    await others.open()
    holding = store._ownership
    assert isinstance(holding, Holding)
    line.cut_at("UPDATE leases SET owner = NULL", told=False)
    await holding.release()
    assert line.cuts == 1
    leases = Leases(others)
    await leases.start()
    assert await leases.claim_soon("1207") is not None
    await leases.stop()
    await others.close()


async def test_a_pooler_by_the_transaction_may_stand_between(postgres_url: str) -> None:
    """Each transaction comes to another connection: nothing may be left behind on one."""
    async with pooler_to(postgres_url) as (url, pooler):
        store = await _open(url)
        for number in range(30):
            await store.run(_park, str(number))
        assert await parked(store) == {str(number) for number in range(30)}
        other = await _open(url, "1208")
        assert await parked(other) == set()
        for number in range(30):
            await store.run(_log, str(number))
        with pytest.raises(asyncpg.UniqueViolationError):
            await store.run(_park, "1")
        await other.close()
        await store.close()
        assert pooler.transactions > 60


async def test_who_was_away_for_a_moment_goes_on_where_nobody_took_the_office(
    cuttable: tuple[PostgresStore, Line],
) -> None:
    store, line = cuttable
    line.silent = True
    while store.owns():  # noqa: ASYNC110 - by its own clock
        await asyncio.sleep(0.05)
    with pytest.raises(StorageUnavailable) as told:  # it may come back, so nobody is told that it is lost
        await store.run(_log, "never")
    assert not isinstance(told.value, OwnershipLost)
    line.drop()
    line.silent = False
    while not store.owns():  # noqa: ASYNC110 - with the next beat
        await asyncio.sleep(0.05)
    await store.run(_log, "a")
    assert await _logged(store) == ["a"]
