"""The desk's database without threads: the same SQL, the same file, the same groups, committed in the loop."""

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from random import Random
from typing import Concatenate

from storage.base import Reader, StorageUnavailable, Tx
from storage.migrate import migrate
from storage.sqlite import P, Result, SqliteStore, _Job, _WriterTx
from tests.simulation.life import Life

# How long a commit takes, in seconds.
COMMIT = (0.0002, 0.02)


class InlineStore(SqliteStore):
    """`SqliteStore` whose writer is a callback of the loop. Its process can die before a commit and after it.

    Nothing is flushed to disk: only the process dies here, never the machine.
    """

    def __init__(self, path: Path, life: Life, random: Random) -> None:
        super().__init__(path)
        self._life = life
        self._random = random
        self._is_due = False

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._lock = self._take_lock()
        self._connection = self._prepare()
        self._connection.execute("PRAGMA synchronous = OFF")
        self._life.at_end(self._lock.close)

    async def run(
        self, use_case: Callable[Concatenate[Tx, P], Awaitable[Result]], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        self._schedule()
        return await super().run(use_case, *args, **kwargs)

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Reader]:
        await self._life.passes()
        yield _WriterTx(self._connection)

    async def compact(self, *, whole: bool) -> bool:
        await self._life.passes()
        return not isinstance(self._compact(whole), StorageUnavailable)

    async def close(self) -> None:
        while not self._jobs.empty() and not self._life.dead.is_set():  # a dead process writes no more
            self._write_group()
        self._lock.close()
        self._connection.close()

    def scrap(self) -> None:
        """Let go of the file of a dead process."""
        self._connection.close()

    def _schedule(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._loop.call_later(self._random.uniform(*COMMIT), self._write_group)

    def _write_group(self) -> None:
        """What the writer's thread does: as many as wait, one commit, and only then are the callers told."""
        self._is_due = False
        if self._jobs.empty() or not self._life.survives():
            return
        jobs = [job for job in self._next_group() if isinstance(job, _Job)]
        self._commit(jobs)
        if not self._life.survives():
            return
        self._deliver(jobs)
        if not self._jobs.empty():
            self._schedule()


class Blank:
    """An empty database with all its tables, copied for each world: making it takes longer than copying it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "blank.db"
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            migrate(connection, self._path)

    def copy_to(self, path: Path) -> None:
        shutil.copyfile(self._path, path)
