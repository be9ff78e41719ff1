"""Databases for every test that wants one: a file, or a database of a real PostgreSQL."""

import logging
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from storage import open_store
from storage.base import Store
from tests.postgres import new_database, server_of

BOTH = ("sqlite", "postgres")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command that runs within a test sets logging up for a process of its own, and a stream that ends with it."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    yield
    root.setLevel(level)
    root.handlers[:] = [handler for handler in root.handlers if handler in handlers]


@pytest.fixture(scope="session")
def postgres_server(testrun_uid: str) -> str:
    """The URL of a running server, shared by all workers of this run."""
    return server_of(testrun_uid)


@pytest.fixture
async def postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """A database of its own, with the desk's tables."""
    async with new_database(postgres_server) as url:
        yield url


@pytest.fixture(params=BOTH)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """Where the desk keeps its rows: each test runs on both databases."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/meja.db"
        return
    async with new_database(request.getfixturevalue("postgres_server")) as url:
        yield url


EVERYWHERE = "MEJA_TEST_ALL_ON_POSTGRES" in os.environ


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of the whole desk run on a file; those marked `postgres`, a sample, on both databases."""
    if "storage" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker("postgres")
        kinds = ("postgres",) if EVERYWHERE else BOTH if marked else ()
        if kinds:
            metafunc.parametrize("storage", kinds, indirect=True)


@pytest.fixture
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[dict[str, Any]]:
    """What a desk's settings say of where it keeps things; nothing for a file."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield {}
        return
    async with new_database(request.getfixturevalue("postgres_server")) as url:
        yield {"storage": {"url": url}, "security": {"secret_file": str(tmp_path / "meja.secret")}}


@pytest.fixture
async def both(url: str) -> AsyncIterator[Store]:
    """A store on either database, for office 1207."""
    store = await open_store(url, "1207")
    yield store
    await store.close()
