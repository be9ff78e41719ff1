"""A town: several offices, each with its bot, group and people, and the directory that configures them all."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from bot.clock import SystemClock
from bot.offices.folder import SHARED
from bot.offices.house import House
from bot.playground.budgets import OFF
from bot.playground.mailbox import Mailbox
from bot.playground.server import serve
from bot.playground.spec import Spec
from bot.playground.telegram import Telegram
from bot.settings import Settings
from tests.crash.launch import toml, write_configuration
from tests.flows.conftest import Office, settings_for
from tests.offices.pair import Pair
from tests.offices.processes import Registry
from tests.postgres import named, new_database

QUICK = {"group_messages": 100_000, "bot_per_second": 100_000}


class Town:
    """`folder` is what `meja run --config` gets; nothing runs yet. `shared` stands in meja.toml."""

    def __init__(self, folder: Path, stack: AsyncExitStack, shared: dict[str, Any]) -> None:
        self.folder = folder
        self.offices: dict[str, Office] = {}
        self._stack = stack
        self._shared = shared
        (folder / SHARED).write_text(toml(shared), encoding="utf-8")

    async def found(self, code: str, **more: Any) -> Office:
        """A new office, and its file in the directory."""
        token = f"{code}:STANDIN"
        clock = SystemClock()
        telegram = Telegram(clock, token=token, limits=OFF, spec=Spec.find(), staff_title=f"Petugas {code}")
        mailbox = await self._stack.enter_async_context(Mailbox(clock, bell=telegram.bell))
        url = await self._stack.enter_async_context(serve(telegram))
        office = Office(telegram, mailbox, clock, self._settings(code, url, mailbox, token, more))
        self.offices[code] = office
        self.write(office)
        return office

    def _settings(self, code: str, url: str, mailbox: Mailbox, token: str, more: dict[str, Any]) -> Settings:
        own = {"office": {}, "telegram": {}} | more
        own["office"] = {"code": code, "name": f"BPS Kabupaten {code}"} | own["office"]
        own["telegram"] = {"token": token, "pace": QUICK} | own["telegram"]
        return settings_for(url, mailbox, self.folder / f"{code}.db", **own | self._stored(code))

    def _stored(self, code: str) -> dict[str, Any]:
        url = str(self._shared["storage"]["url"]).format(code=code)
        return {"storage": {"url": url}}

    def file(self, code: str) -> Path:
        return self.folder / f"{code}.toml"

    def write(self, office: Office) -> None:
        """Where it is kept stands in meja.toml."""
        own = office.settings.model_fields_set - {"storage"}
        settings = office.settings.model_construct(own, **{name: getattr(office.settings, name) for name in own})
        write_configuration(self.file(office.settings.office.code), settings)

    @property
    def url(self) -> str:
        return str(self._shared["storage"]["url"])

    @property
    def database(self) -> str:
        """The name of the database on its server."""
        return urlsplit(str(self._shared["storage"]["url"])).path[1:]


@asynccontextmanager
async def town_at(folder: Path, shared: dict[str, Any]) -> AsyncIterator[Town]:
    folder.mkdir()  # noqa: ASYNC240
    async with AsyncExitStack() as stack:
        town = Town(folder, stack, shared)
        yield town
        assert [fault for office in town.offices.values() for fault in office.telegram.violations] == []


@asynccontextmanager
async def run(town: Town) -> AsyncIterator[House]:
    async with House(town.folder).open() as house:
        yield house


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Offices with a file each."""
    async with town_at(tmp_path / "offices", {"storage": {"url": f"sqlite:///{tmp_path}/{{code}}.db"}}) as town:
        yield town


@pytest.fixture
async def city(tmp_path: Path, postgres_server: str) -> AsyncIterator[Town]:
    """Offices in one PostgreSQL database."""
    async with new_database(postgres_server) as url:
        shared = {"storage": {"url": url}, "security": {"secret_file": f"{tmp_path}/{{code}}.secret"}}
        async with town_at(tmp_path / "offices", shared) as town:
            yield town


@pytest.fixture
async def pair(city: Town, postgres_server: str) -> AsyncIterator[Pair]:
    """Two of them that are open and know each other."""
    pair = Pair(await city.found("1201"), await city.found("1202"), Registry(named(postgres_server, city.database)))
    async with run(city) as pair.house:
        await pair.known()
        yield pair
