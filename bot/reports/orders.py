"""Files that admins order in the chat. One order is one run of the workshop, however many files it has."""

import asyncio
import multiprocessing
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from typing import Any

from bot.channels.base import Document
from bot.desk.context import Context
from bot.reports.workshop import Wish, make
from bot.settings import Settings
from storage.base import Reader
from storage.outbox import OutboxRow

Make = Callable[[Settings, datetime, Wish, tuple[str, ...]], dict[str, Document]]
# Orders whose files are kept until they are sent; an older one is made once more.
KEPT = 4


class Orders:
    """Makes each order once, in a process that ends with it; its files are kept in memory until they are sent."""

    def __init__(self, settings: Settings, work: Make = make) -> None:
        self._settings = settings
        self._work = work
        self._made: dict[str, dict[str, Document]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def write(self, reader: Reader, ctx: Context, row: OutboxRow) -> Document:
        """The file of an outbox row: `payload` holds order, wish, kinds, and which of them (kind)."""
        files = await self._files(ctx, row.payload)
        return files[row.payload["kind"]]

    async def all(self, ctx: Context, order: Mapping[str, Any]) -> list[Document]:
        """Every file of an order, for a mail."""
        return list((await self._files(ctx, order)).values())

    async def _files(self, ctx: Context, order: Mapping[str, Any]) -> dict[str, Document]:
        async with self._one_at_a_time:
            if order["order"] not in self._made:
                self._keep(order["order"], await self._run(ctx.now, Wish(**order["wish"]), tuple(order["kinds"])))
            return self._made[order["order"]]

    async def _run(self, now: datetime, wish: Wish, kinds: tuple[str, ...]) -> dict[str, Document]:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as process:
            return await asyncio.get_running_loop().run_in_executor(
                process, self._work, self._settings, now, wish, kinds
            )

    def _keep(self, order: str, files: dict[str, Document]) -> None:
        self._made[order] = files
        for old in list(self._made)[:-KEPT]:
            del self._made[old]
