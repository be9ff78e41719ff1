"""Transactions are functions: many in one commit, none hurt by its neighbour, nothing half done."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.base import DatabaseBusy, SchemaTooNew, StorageUnavailable, Tx
from storage.sqlite import GROUP, SqliteStore

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


async def _park(tx: Tx, chat: str, *, fail: bool = False) -> str:
    await tx.execute("INSERT INTO parks (office, chat, until) VALUES ('1207', $1, $2)", chat, NOW)
    tx.signal("parks", chat)
    if fail:
        raise LookupError(chat)
    return chat


def _parked(store: SqliteStore) -> set[str]:
    """As another program sees it: only what is committed."""
    connection = sqlite3.connect(store.path)
    try:
        return {chat for (chat,) in connection.execute("SELECT chat FROM parks")}
    finally:
        connection.close()


async def test_what_run_returned_from_is_committed(store: SqliteStore) -> None:
    assert await store.run(_park, "1") == "1"
    assert _parked(store) == {"1"}


async def test_one_that_fails_takes_nothing_of_its_neighbours_with_it(store: SqliteStore) -> None:
    chats = [str(number) for number in range(GROUP * 3)]
    jobs = (store.run(_park, chat, fail=chat.endswith("7")) for chat in chats)
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [chat for chat, result in zip(chats, results, strict=True) if isinstance(result, LookupError)] == [
        chat for chat in chats if chat.endswith("7")
    ]
    assert _parked(store) == {chat for chat in chats if not chat.endswith("7")}


async def test_a_broken_rule_of_the_database_is_the_callers_own_error(store: SqliteStore) -> None:
    await store.run(_park, "1")
    one, two = await asyncio.gather(store.run(_park, "1"), store.run(_park, "2"), return_exceptions=True)
    assert isinstance(one, sqlite3.IntegrityError)
    assert two == "2"


async def test_a_use_case_that_waits_for_something_else_is_refused(store: SqliteStore) -> None:
    async def sleepy(tx: Tx) -> None:
        await _park(tx, "1")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="other than its transaction"):
        await store.run(sleepy)
    assert _parked(store) == set()


async def test_signals_come_after_the_commit_and_only_then(store: SqliteStore) -> None:
    heard: list[tuple[str, set[str]]] = []
    store.listen("parks", lambda chat: heard.append((chat, _parked(store))))
    with pytest.raises(LookupError):
        await store.run(_park, "1", fail=True)
    await store.run(_park, "2")
    assert heard == [("2", {"2"})]


async def test_a_caller_who_went_away_leaves_the_transaction_whole(store: SqliteStore) -> None:
    task = asyncio.create_task(store.run(_park, "1"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await store.run(_park, "2")
    assert _parked(store) == {"1", "2"}


@contextmanager
def _locked(store: SqliteStore) -> Iterator[None]:
    store._connection.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def test_locked_by_another_program_nothing_is_written_and_it_goes_on_after(store: SqliteStore) -> None:
    with _locked(store):
        results = await asyncio.gather(*(store.run(_park, str(n)) for n in range(100)), return_exceptions=True)
        assert all(isinstance(result, StorageUnavailable) for result in results)
    assert _parked(store) == set()
    await store.run(_park, "1")
    assert _parked(store) == {"1"}


async def test_a_full_disk_undoes_the_group_and_keeps_what_still_fits(store: SqliteStore) -> None:
    async def big(tx: Tx, size: int) -> None:
        await tx.execute(
            "INSERT INTO audit (office, at, actor, action, data) VALUES ('1207', $1, '', '', $2)", NOW, "x" * size
        )

    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    small, large = await asyncio.gather(store.run(_park, "1"), store.run(big, 100_000), return_exceptions=True)
    assert small == "1"
    assert isinstance(large, StorageUnavailable)
    store._connection.execute("PRAGMA max_page_count = 1073741823")
    await store.run(big, 100_000)
    assert _parked(store) == {"1"}


async def test_one_process_holds_the_file(store: SqliteStore) -> None:
    second = SqliteStore(store.path)
    with pytest.raises(DatabaseBusy, match="another process"):
        await second.open()
    await store.run(_park, "1")


async def test_a_store_that_could_not_open_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    path.write_bytes(b"not a database" * 100)
    for _ in range(2):
        with pytest.raises(StorageUnavailable, match="restore it from your backup"):
            await SqliteStore(path).open()
    path.unlink()
    store = SqliteStore(path)
    await store.open()
    await store.close()


async def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable, match="cannot be written"):
        await SqliteStore(tmp_path / "file" / "meja.db").open()


async def test_files_are_for_the_owner_only(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "var" / "meja.db")
    await store.open()
    assert store.path.stat().st_mode & 0o777 == 0o600
    assert store.path.parent.stat().st_mode & 0o777 == 0o700
    await store.close()


async def test_a_newer_database_is_refused_and_let_go(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    store = SqliteStore(path)
    await store.open()
    await store.close()
    with sqlite3.connect(path) as beside:
        beside.execute("INSERT INTO migrations (number, name, checksum) VALUES (9999, 'later', '')")
    beside.close()
    for _ in range(2):
        with pytest.raises(SchemaTooNew):
            await SqliteStore(path).open()
