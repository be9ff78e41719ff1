"""Telegram and a mail server as a clerk finds them: nothing is set up, and the group is not yet what it has to be."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.playground.graph.graph import Graph
from bot.playground.graph.server import serve_graph
from bot.playground.mailbox import Mailbox
from bot.playground.people import Person
from bot.playground.server import serve
from bot.playground.telegram import Telegram
from tests.wizard.terminal import Terminal, terminal


class Desk:
    """The clerk's place: a folder, a phone, and whatever runs at the other ends."""

    def __init__(self, telegram: Telegram, mailbox: Mailbox, graph: Graph, urls: tuple[str, str], folder: Path) -> None:
        self.telegram, self.mailbox, self.graph, self.folder = telegram, mailbox, graph, folder
        self.url, self.graph_url = urls
        self.config = folder / "config.toml"
        self.draft = folder / ".config.toml.draft"
        self.clerk = Person(telegram, id=111, first_name="Ucok", staff="administrator")

    @asynccontextmanager
    async def wizard(self, *more: str) -> AsyncIterator[Terminal]:
        stand_ins = ("--api-url", self.url, "--graph-url", self.graph_url)
        async with terminal("init", *stand_ins, *more, cwd=self.folder) as running:
            yield running

    async def code(self, address: str) -> str:
        return (await self.mailbox.mail_to(address)).code


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        telegram = Telegram(clock)
        mailbox = await stack.enter_async_context(Mailbox(clock))
        graph = Graph(clock)
        url = await stack.enter_async_context(serve(telegram))
        graph_url = await stack.enter_async_context(serve_graph(graph, "http://127.0.0.1:9/"))
        yield Desk(telegram, mailbox, graph, (url, graph_url), tmp_path)
