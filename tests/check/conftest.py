"""A desk to be looked at: a stand-in of Telegram, a mail box, and a configuration that tests spoil."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest

from bot.channels.whatsapp.channel import make
from bot.check import check
from bot.clock import SystemClock
from bot.findings import Finding, as_lines
from bot.playground.graph.graph import Graph
from bot.playground.graph.server import serve_graph
from bot.playground.graph.standard import NAMES, approve_all
from bot.playground.mailbox import Mailbox
from bot.playground.people import Person
from bot.playground.server import serve
from bot.playground.telegram import Telegram
from storage import open_store
from tests.channels.whatsapp.conftest import Number, web_server

ADMIN, SUPERVISOR = 111, 333
GROUP = -1001234567890

CONFIG = """
[office]
code = "1207"
name = "BPS Kabupaten Labuhanbatu"
[telegram]
token = "{token}"
staff_chat_id = {group}
admin_ids = {admins}
api_url = "{api_url}"
[mail]
host = "{mail_host}"
port = {mail_port}
security = "{security}"
from_address = "konsultasi@bps1207.example"
{account}
[storage]
url = "sqlite:///{database}"
[supervisor]
{supervisor}
"""


class At:
    """A clock that stands still."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


class Clinic:
    """A stand-in, a mail box, and a configuration that may be spoilt."""

    def __init__(self, telegram: Telegram, mailbox: Mailbox, url: str, folder: Path) -> None:
        self.telegram, self.mailbox, self.url, self.folder = telegram, mailbox, url, folder
        self.path = folder / "config.toml"
        self.database = folder / "var" / "meja.db"
        self.clock: At | None = None
        self.admin = Person(telegram, id=ADMIN, first_name="Ucok", staff="administrator")
        self.supervisor = Person(telegram, id=SUPERVISOR, first_name="Dewi")
        for person in (self.admin, self.supervisor):
            person.account.started = True
        self._values: dict[str, object] = {
            "token": telegram.token,
            "group": GROUP,
            "admins": [ADMIN],
            "api_url": url,
            "mail_host": mailbox.host,
            "mail_port": mailbox.port,
            "security": "none",
            "account": "",
            "database": self.database,
            "supervisor": f"chat_id = {SUPERVISOR}",
        }
        self.configure()

    def configure(self, **values: object) -> None:
        self._values |= values
        self.path.write_text(CONFIG.format(**self._values))
        self.path.chmod(0o600)

    def keep_in(self, url: str) -> None:
        """The desk's rows stand in this PostgreSQL."""
        self.configure()
        text = self.path.read_text().replace(f"sqlite:///{self.database}", url)
        self.path.write_text(f'{text}\n[security]\nsecret_file = "{self.folder}/meja.secret"\n')

    async def findings(self, *, offline: bool = False) -> list[Finding]:
        return await check(self.path, offline=offline, clock=self.clock)

    async def complains(self, name: str, verdict: str) -> str:
        """Exactly this is wrong; the two lines that say so in English."""
        findings = await self.findings()
        assert [(it.name, it.verdict) for it in findings if not it.ok] == [(name, verdict)], findings
        lines = list(as_lines([it for it in findings if not it.ok], "en"))
        assert lines[0].startswith("✗") and lines[1].startswith("  → ")
        return "\n".join(lines)

    async def desk_was_here(self) -> Path:
        """A database as a desk leaves it, and its key file, whose path comes back."""
        await (await open_store(f"sqlite:///{self.database}")).close()
        secret = self.database.with_suffix(".secret")
        secret.write_bytes(bytes(32))
        secret.chmod(0o600)
        return secret


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        telegram = Telegram(clock)
        mailbox = await stack.enter_async_context(Mailbox(clock))
        yield Clinic(telegram, mailbox, await stack.enter_async_context(serve(telegram)), tmp_path)


WHATSAPP = """
[whatsapp]
enabled = true
phone_number_id = "{number}"
waba_id = "{account}"
access_token = "{token}"
app_secret = "{secret}"
verify_token = "{words}"
graph_url = "{url}"
[whatsapp.templates]
{templates}
[web]
port = 8080
public_url = "{public_url}"
"""


class Ward:
    """A clinic with the second channel on."""

    def __init__(self, clinic: Clinic, graph: Graph, url: str, public_url: str) -> None:
        self.clinic, self.graph, self.url, self.public_url = clinic, graph, url, public_url
        self._values = {
            "number": graph.phone_number_id,
            "account": graph.waba_id,
            "token": graph.token,
            "secret": graph.app_secret,
            "words": graph.verify_token,
            "url": url,
            "templates": "\n".join(f'{purpose} = "{name}"' for purpose, name in NAMES.items()),
            "public_url": public_url,
        }
        self.configure()

    def configure(self, **values: str) -> None:
        self._values |= values
        self.clinic.configure()
        path = self.clinic.path
        path.write_text(path.read_text() + WHATSAPP.format(**self._values))

    async def complains(self, name: str, verdict: str) -> str:
        return await self.clinic.complains(name, verdict)

    async def says(self, name: str) -> list[str]:
        return [finding.verdict for finding in await self.clinic.findings() if finding.name == name]


@pytest.fixture
async def ward(tmp_path: Path) -> AsyncIterator[Ward]:
    clock = SystemClock()
    graph, telegram = Graph(clock), Telegram(clock)
    approve_all(graph.templates)
    async with AsyncExitStack() as stack:
        mailbox = await stack.enter_async_context(Mailbox(clock))
        clinic = Clinic(telegram, mailbox, await stack.enter_async_context(serve(telegram)), tmp_path)
        number = Number(graph)
        url = await stack.enter_async_context(serve_graph(graph, "http://127.0.0.1:9/"))
        channel = make(number.settings(url), receive=number.receive, label=lambda key, lang: key)
        base = await stack.enter_async_context(web_server(channel.routes("1207")))
        yield Ward(clinic, graph, url, base)
