"""Files that admins order in the chat. One order is one run of the workshop, however many files it has."""

import asyncio
import multiprocessing
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from bot.channels.base import Document
from bot.desk.context import Context
from bot.reports.workshop import Wish, make
from bot.settings import Settings
from storage.base import Store
from storage.outbox import OutboxRow

Files = dict[str, Document]
Make = Callable[[Settings, datetime, Wish, tuple[str, ...]], Files]
# Orders whose files are kept until they are sent; an older one is made once more.
KEPT = 4
# A year of 10,000 tickets takes seconds: whoever takes this long does not come to an end.
LONGEST = 300.0


class NotMade(Exception):
    """The workshop gave no files: it failed, died, or came to no end."""


class Orders:
    """Makes each order once, in a process that ends with it; its files are kept in memory until they are sent."""

    def __init__(self, settings: Settings, work: Make = make, *, longest: float = LONGEST) -> None:
        self._settings = settings
        self._work = work
        self._longest = longest
        self._made: dict[str, Files] = {}
        self._one_at_a_time = asyncio.Lock()

    async def write(self, store: Store, ctx: Context, row: OutboxRow) -> Document:
        """The file of an outbox row: `payload` holds order, wish, kinds, and which of them (kind). Raises NotMade."""
        files = await self._files(ctx, row.payload)
        return files[row.payload["kind"]]

    async def all(self, ctx: Context, order: Mapping[str, Any]) -> list[Document]:
        """Every file of an order, for a mail. Raises NotMade."""
        return list((await self._files(ctx, order)).values())

    async def _files(self, ctx: Context, order: Mapping[str, Any]) -> Files:
        async with self._one_at_a_time:
            if order["order"] not in self._made:
                self._keep(order["order"], await self._run(ctx.now, Wish(**order["wish"]), tuple(order["kinds"])))
            return self._made[order["order"]]

    async def _run(self, now: datetime, wish: Wish, kinds: tuple[str, ...]) -> Files:
        """The process is never waited for in the event loop: not when it ends, nor when the desk is to stop."""
        spawn = multiprocessing.get_context("spawn")
        here, there = spawn.Pipe(duplex=False)
        with tempfile.TemporaryDirectory() as room, here:
            work = (self._work, self._settings, now, wish, kinds)
            process = spawn.Process(target=_workshop, args=(there, room, work), daemon=True)
            process.start()
            there.close()
            answer = asyncio.create_task(asyncio.to_thread(here.recv))
            try:
                await asyncio.wait({answer}, timeout=self._longest)
            finally:
                process.kill()  # what it had to say is here, or never will be
                await asyncio.wait({answer})  # a dead process ends the reading
                await asyncio.to_thread(process.join)
                process.close()
        return _received(answer)

    def _keep(self, order: str, files: Files) -> None:
        self._made[order] = files
        for old in list(self._made)[:-KEPT]:
            del self._made[old]


def _received(answer: "asyncio.Task[Files | str]") -> Files:
    if isinstance(answer.exception(), (EOFError, OSError)):
        raise NotMade("it ended without a word")
    files = answer.result()
    if isinstance(files, str):
        raise NotMade(files)
    return files


def _workshop(there: Connection, room: str, work: tuple[Make, Settings, datetime, Wish, tuple[str, ...]]) -> None:
    """In the process of its own. All its temporary files lie in `room`, which whoever kills it takes away."""
    tempfile.tempdir = room
    make, settings, now, wish, kinds = work
    try:
        there.send(make(settings, now, wish, kinds))
    except Exception as error:
        there.send(f"{type(error).__name__}: {error}")
