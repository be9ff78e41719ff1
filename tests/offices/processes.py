"""Real processes that share the offices of a city, and their rows as the checker reads them."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import asyncpg

from storage.sqlite import SqliteStore
from tests.checker import Report, check
from tests.crash.launch import Desk

if TYPE_CHECKING:
    from tests.offices.conftest import Town

AT_REST = (
    "SELECT (SELECT count(*) FROM inbox WHERE state = 'new') + (SELECT count(*) FROM outbox WHERE state = ANY($1))"
)


class Process(Desk):
    """`meja run` on the city's directory."""

    async def launch(self, *, point: str = "", mark: str = "") -> None:
        """Start it, and return when it serves the directory, whether it has an office or not."""
        before = len(self.lines)
        await self.begin(point=point, mark=mark)
        await self.says("offices of", since=before)

    async def says(self, words: str, *, within: float = 60.0, since: int = 0) -> float:
        """Wait for a line; the seconds that took."""
        began = monotonic()
        while not any(words in line for line in self.lines[since:]):
            assert monotonic() - began < within, f"never said {words!r}:\n" + "\n".join(self.lines)
            await asyncio.sleep(0.01)
        return monotonic() - began


@asynccontextmanager
async def processes(town: "Town", count: int) -> AsyncIterator[list[Process]]:
    """Not started yet."""
    ones = [Process(town.folder) for _ in range(count)]
    try:
        yield ones
    finally:
        for one in ones:
            await one.end()


class Registry:
    """The database of a city, for somebody who may read everything."""

    def __init__(self, url: str) -> None:
        self.url = url

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        connection = await asyncpg.connect(self.url)
        try:
            yield connection
        finally:
            await connection.close()

    async def value(self, sql: str, *args: Any) -> Any:
        async with self.connection() as connection:
            return await connection.fetchval(sql, *args)

    async def settled(self, town: "Town", *, within: float = 60.0) -> None:
        """Every update of every office is confirmed and handled, and nothing waits to be sent."""
        async with asyncio.timeout(within), self.connection() as connection:
            while any(  # noqa: ASYNC110 (other processes write what is waited for)
                len(office.telegram.world.updates) for office in town.offices.values()
            ) or await connection.fetchval(AT_REST, ["queued", "sending", "unknown"]):
                await asyncio.sleep(0.05)

    async def check(self, town: "Town", code: str, path: Path) -> Report:
        """The checker's report on one office."""
        async with self.connection() as connection:
            await _copy(connection, code, path)
        return check(town.offices[code].telegram, path)


async def _copy(connection: Any, code: str, path: Path) -> None:
    """The office's rows in a file, with the tables that the desk makes there."""
    store = SqliteStore(path)
    await store.open()
    await store.close()
    with _writing(path) as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
            if "office" in columns and "catalogue" not in table:
                rows = await connection.fetch(
                    f"SELECT {', '.join(map(_quoted, columns))} FROM {table} WHERE office = $1", code
                )
                marks = ", ".join("?" * len(columns))
                file.executemany(f"INSERT INTO {table} VALUES ({marks})", [tuple(row) for row in rows])


def _quoted(name: str) -> str:
    return f'"{name}"'


@contextmanager
def _writing(path: Path) -> Iterator[sqlite3.Connection]:
    file = sqlite3.connect(path)
    try:
        file.execute("PRAGMA foreign_keys = OFF")
        yield file
        file.commit()
    finally:
        file.close()
