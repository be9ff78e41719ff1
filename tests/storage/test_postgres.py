"""What `Store` promises, kept by PostgreSQL: nothing half done, nothing twice, and its own troubles are survived."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from bot.domain.ids import InboxId
from storage import open_beside, open_store, parks, trail
from storage.base import DatabaseBusy, OwnershipLost, StorageUnavailable, Tx
from storage.database import Database
from storage.postgres import GROUP, PostgresStore
from tests.postgres import ROLE, named
from tests.storage.test_sqlite import NOW, _park


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[PostgresStore]:
    store = await _open(postgres_url)
    yield store
    await store.close()


async def _open(url: str, office: str = "1207") -> PostgresStore:
    store = await open_store(url, office)
    assert isinstance(store, PostgresStore)
    return store


async def parked(store: PostgresStore) -> set[str]:
    """As another connection sees it: only what is committed."""
    async with store.reader() as reader:
        return {park.chat for park in await parks.after(reader, store.office, NOW.replace(year=2000))}


async def test_what_run_returned_from_is_committed(store: PostgresStore) -> None:
    assert await store.run(_park, "1") == "1"
    assert await parked(store) == {"1"}


async def test_one_that_fails_takes_nothing_of_its_neighbours_with_it(store: PostgresStore) -> None:
    chats = [str(number) for number in range(70)]
    jobs = (store.run(_park, chat, fail=chat.endswith("7")) for chat in chats)
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [chat for chat, result in zip(chats, results, strict=True) if isinstance(result, LookupError)] == [
        chat for chat in chats if chat.endswith("7")
    ]
    assert await parked(store) == {chat for chat in chats if not chat.endswith("7")}


async def test_a_broken_rule_of_the_database_is_the_callers_own_error(store: PostgresStore) -> None:
    await store.run(_park, "1")
    one, two = await asyncio.gather(store.run(_park, "1"), store.run(_park, "2"), return_exceptions=True)
    assert isinstance(one, asyncpg.UniqueViolationError)
    assert two == "2"


async def test_signals_come_after_the_commit_and_only_then(store: PostgresStore) -> None:
    heard: list[str] = []
    store.listen("parks", heard.append)
    with pytest.raises(LookupError):
        await store.run(_park, "1", fail=True)
    await store.run(_park, "2")
    assert heard == ["2"]


async def test_what_waits_is_committed_together(store: PostgresStore) -> None:
    await asyncio.gather(*(store.run(_park, str(number)) for number in range(2 * GROUP)))
    async with store.reader() as reader:
        assert 1 < await reader.value("SELECT count(DISTINCT xmin::text) FROM parks") < GROUP


async def test_one_that_is_undone_with_others_signals_once(store: PostgresStore) -> None:
    heard: list[str] = []
    store.listen("parks", heard.append)
    jobs = (store.run(_park, "1"), store.run(_park, "2", fail=True), store.run(_park, "3"))
    await asyncio.gather(*jobs, return_exceptions=True)
    assert heard == ["1", "3"]


async def test_a_caller_who_went_away_leaves_the_transaction_whole(store: PostgresStore) -> None:
    task = asyncio.create_task(store.run(_park, "1"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.run(_park, "2")
    assert await parked(store) == {"1", "2"}


async def test_use_cases_of_one_office_see_what_those_before_them_did(store: PostgresStore) -> None:
    """None is run between what another reads and what it writes by it."""

    async def one_more(tx: Tx) -> None:
        count = await tx.value("SELECT count(*) FROM parks WHERE office = '1207'")
        await _park(tx, str(count))

    await asyncio.gather(*(store.run(one_more) for _ in range(50)))
    assert await parked(store) == {str(number) for number in range(50)}


async def test_a_search_that_fails_leaves_the_transaction_whole(store: PostgresStore) -> None:
    async def search_and_write(tx: Tx) -> int:
        assert await tx.attempt(parks.Park, "SELECT 1 / 0") is None
        assert await tx.attempt(parks.Park, "SELECT pg_sleep(2)") is None
        return await tx.execute("INSERT INTO parks (office, chat, until) VALUES ('1207', 'a', 'b')")

    assert await store.run(search_and_write) == 1


async def test_a_letter_that_the_database_does_not_know_is_replaced(store: PostgresStore) -> None:
    await store.run(_park, "a\0b")
    assert await parked(store) == {"a\ufffdb"}


async def test_who_woke_the_writer_is_not_behind_what_others_do(store: PostgresStore) -> None:
    """What the desk does by itself follows from no update, whoever waits beside it (storage/trail.py)."""
    met = asyncio.Event()

    async def first(tx: Tx) -> InboxId | None:
        await met.wait()
        return trail.event()

    async def other(tx: Tx) -> InboxId | None:
        return trail.event()

    with trail.following(InboxId(77)):
        waking = asyncio.create_task(store.run(first))
        await asyncio.sleep(0)
    beside = asyncio.create_task(store.run(other))
    met.set()
    assert await asyncio.gather(waking, beside) == [None, None]


async def test_an_office_is_run_once(store: PostgresStore, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.leases.PATIENCE", 0.1)
    with pytest.raises(DatabaseBusy, match="another process runs office 1207"):
        await _open(postgres_url)
    other = await _open(postgres_url, "1208")
    await other.close()
    await store.run(_park, "1")


async def test_an_office_that_was_handed_over_is_free_at_once(postgres_url: str) -> None:
    for number in range(3):
        store = await _open(postgres_url)
        await store.run(_park, str(number))
        await store.close()


async def _take_over(url: str, office: str) -> None:
    """As a process does that takes the owner for dead."""
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE leases SET owner = 'another', epoch = epoch + 1 WHERE office = $1", office)
    await connection.close()


async def test_who_is_not_the_owner_any_more_cannot_commit(store: PostgresStore, postgres_url: str) -> None:
    await store.run(_park, "1")

    async def slow(tx: Tx) -> None:
        await _park(tx, "2")
        await _take_over(postgres_url, "1207")

    with pytest.raises(OwnershipLost):
        await store.run(slow)
    with pytest.raises(OwnershipLost):
        await store.run(_park, "3")
    assert await parked(store) == {"1"}


async def test_a_report_reads_beside_the_desk_and_writes_little(store: PostgresStore, postgres_url: str) -> None:
    beside = await open_beside(postgres_url, "1207")
    await beside.run(_park, "1")
    await store.run(_park, "2")
    async with beside.reader() as reader:
        assert await reader.value("SELECT count(*) FROM parks") == 2
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await reader.value("DELETE FROM parks RETURNING 1")
    await beside.close()


async def test_no_statement_reaches_another_office(store: PostgresStore, postgres_url: str) -> None:
    """Not even one that forgets to name its own."""
    other = await _open(postgres_url, "1208")
    await store.run(_park, "1")

    async def greedy(tx: Tx) -> tuple[int, int, int]:
        seen = await tx.value("SELECT count(*) FROM parks")
        return seen, await tx.execute("UPDATE parks SET chat = 'x'"), await tx.execute("DELETE FROM parks")

    assert await other.run(greedy) == (0, 0, 0)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await other.run(_park, "2")  # in the name of office 1207
    assert await parked(store) == {"1"}
    await other.close()


async def test_every_table_is_protected(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    open_tables = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND NOT (relrowsecurity AND relforcerowsecurity)"
    )
    assert {row[0] for row in open_tables} == {"migrations", "processes", "leases"}
    await connection.close()


async def test_a_database_that_is_not_there_is_said(postgres_server: str) -> None:
    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        await open_store(named(postgres_server, "nowhere", ROLE), "1207")
    with pytest.raises(StorageUnavailable, match="cannot be opened"):
        await open_store("postgresql://meja@127.0.0.1:1/meja", "1207")


async def test_a_role_whom_row_security_does_not_bind_is_named_at_each_start(
    postgres_server: str, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    for url, said in ((postgres_url, 0), (named(postgres_server, urlsplit(postgres_url).path[1:]), 1)):
        database = Database(url)
        await database.open()
        await database.close()
        assert caplog.text.count("use one that is no superuser") == said
