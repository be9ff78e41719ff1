"""Telegram and a mail server as a clerk finds them: nothing is set up, and the group is not yet what it has to be."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from bot.clock import SystemClock
from bot.playground.mailbox import Mailbox
from bot.playground.people import Person
from bot.playground.server import serve
from bot.playground.telegram import Telegram
from tests.wizard.terminal import Terminal, terminal


class Desk:
    """The clerk's place: a folder, a phone, and whatever runs at the other ends."""

    def __init__(self, telegram: Telegram, mailbox: Mailbox, url: str, folder: Path) -> None:
        self.telegram, self.mailbox, self.url, self.folder = telegram, mailbox, url, folder
        self.config = folder / "config.toml"
        self.draft = folder / ".config.toml.draft"
        self.clerk = Person(telegram, id=111, first_name="Ucok", staff="administrator")

    @asynccontextmanager
    async def wizard(self, *more: str) -> AsyncIterator[Terminal]:
        async with terminal("init", "--api-url", self.url, *more, cwd=self.folder) as running:
            yield running

    async def code(self, address: str) -> str:
        return (await self.mailbox.mail_to(address)).code


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        telegram = Telegram(clock)
        mailbox = await stack.enter_async_context(Mailbox(clock))
        yield Desk(telegram, mailbox, await stack.enter_async_context(serve(telegram)), tmp_path)
