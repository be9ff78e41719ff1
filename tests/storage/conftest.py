"""A real database, one of each kind; `file` where a test is about SQLite's file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.base import Store
from storage.sqlite import SqliteStore


@pytest.fixture
def store(both: Store) -> Store:
    return both


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "meja.db")
    await store.open()
    yield store
    await store.close()
