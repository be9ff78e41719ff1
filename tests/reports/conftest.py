"""A desk for each test, on a database file of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.texts import Texts
from storage import open_store
from tests.reports.cast import Desk
from tests.templates.samples import OFFICE


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = await open_store(f"sqlite:///{tmp_path}/meja.db")
    yield Desk(store)
    await store.close()


@pytest.fixture(scope="session")
def texts() -> Texts:
    return Texts(OFFICE)
