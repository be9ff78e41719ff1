"""A real desk against the stand-in: real HTTP, real SMTP, a real SQLite file, and a clock that tests move."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import App, build
from bot.clock import Clock
from bot.playground.budgets import OFF, Limits
from bot.playground.chats import Topic
from bot.playground.demo import free_port
from bot.playground.graph import standard
from bot.playground.graph.budgets import OFF as WHATSAPP_OFF
from bot.playground.graph.graph import Graph
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.graph.server import serve_graph
from bot.playground.mailbox import Mailbox
from bot.playground.messages import Message
from bot.playground.people import Person
from bot.playground.server import serve
from bot.playground.spec import Spec
from bot.playground.telegram import Telegram
from bot.settings import Settings
from storage import outbox
from tests.flows.silence import listening, personal, slips

MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # 10.00 WIB
ADMIN = 111


class HandClock:
    """Goes with real time, and jumps when told."""

    def __init__(self, start: datetime) -> None:
        self._offset = start - datetime.now(UTC)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def jump(self, delta: timedelta) -> None:
        self._offset += delta


def settings_for(url: str, mailbox: Mailbox, path: Path, **more: Any) -> Settings:
    raw: dict[str, Any] = {
        "office": {"code": "1207", "name": "BPS Kabupaten Labuhanbatu", "decree": "107", "phone": "(0624) 21207"},
        "telegram": {"token": "42:STANDIN", "staff_chat_id": -1001234567890, "admin_ids": [ADMIN], "api_url": url},
        "mail": {
            "host": mailbox.host,
            "port": mailbox.port,
            "security": "none",
            "from_address": "konsultasi@bps.go.id",
        },
        "storage": {"url": f"sqlite:///{path}"},
        "supervisor": {"chat_id": 333},
        # Most tests are about tickets: what is offered before them has tests of its own.
        "catalogue": {"offer": False},
        "report": {"files": False},
        "backup": {"at": ""},
    }
    for part, values in more.items():
        raw[part] = raw.get(part, {}) | values
    return Settings(**raw)


def whatsapp_settings(graph: Graph, graph_url: str, port: int) -> dict[str, Any]:
    """The parts of a configuration that bring WhatsApp: the channel, and the web server for its webhook."""
    channel = {
        "enabled": True,
        "phone_number_id": graph.phone_number_id,
        "waba_id": graph.waba_id,
        "access_token": graph.token,
        "app_secret": graph.app_secret,
        "verify_token": graph.verify_token,
        "graph_url": graph_url,
        "media_hosts": ["127.0.0.1"],
        "templates": standard.NAMES,
        "pace": {"seconds": 0.001, "number_per_second": 10_000},  # as quick as a stand-in without limits
    }
    return {"whatsapp": channel, "web": {"port": port}}


class Office:
    """The desk, its Telegram and mail server, and the fixed cast. With WhatsApp: `graph`, and `phone`, Maria's."""

    graph: Graph
    phone: WhatsAppPhone

    def __init__(self, telegram: Telegram, mailbox: Mailbox, clock: Clock, settings: Settings) -> None:
        self.telegram = telegram
        self.mailbox = mailbox
        self.clock = clock
        self.settings = settings
        self.app: App | None = None
        self.user = Person(telegram, id=1001, first_name="Siti", last_name="Aminah")
        self.officer = Person(telegram, id=2001, first_name="Rina", last_name="Lubis", staff="member")
        self.admin = Person(telegram, id=ADMIN, first_name="Ucok", staff="administrator")
        self.supervisor = Person(telegram, id=333, first_name="Kepala")

    @asynccontextmanager
    async def open(self) -> AsyncIterator[App]:
        """The desk runs while this is open; it may be opened again."""
        async with build(self.settings, clock=self.clock) as app, app.running():
            self.app = app
            yield app

    async def move(self, **delta: float) -> None:
        """Move the clock and look at once what has come due, as with MEJA_CLOCK_FILE."""
        assert self.app is not None
        self.jump(**delta)
        await self.app.clock_moved()

    def jump(self, **delta: float) -> None:
        """Time goes on while the desk is down."""
        assert isinstance(self.clock, HandClock)
        self.clock.jump(timedelta(**delta))

    async def status(self, number: str) -> str:
        """The ticket's status, once everything written so far has been handled."""
        assert self.app is not None
        await self.app.drained()
        async with self.app.store.reader() as reader:
            return str(await reader.value("SELECT status FROM tickets WHERE number = $1", number))

    async def settled(self) -> None:
        """Everything written so far has been handled, and nothing waits to be sent."""
        assert self.app is not None
        store = self.app.store
        await self.app.drained()

        async def left() -> int:
            async with store.reader() as reader:
                return await outbox.waits(reader, "1207")

        async with asyncio.timeout(60):  # a busy machine is no fault of the desk
            while await left():  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # the row itself is what is waited for

    async def user_message(self, text: str) -> Message:
        """The newest message with this text on the user's phone."""
        return next(message for message in reversed(self.user.chat) if text in message.text)

    async def register(self, user: Person | None = None, *, name: str = "Siti Aminah", address: str = "") -> Person:
        """Through consent, address, code, name and two skipped taps, up to the choice of the type."""
        user = user or self.user
        await user.say("/mulai")
        await user.sees("Setuju")
        await user.press("Setuju")
        await user.sees("alamat e-mail")
        address = address or f"user{user.id}@contoh.go.id"
        await user.say(address)
        code = (await self.mailbox.mail_to(address)).code
        await user.sees("Kode sudah dikirim")
        await user.say(code)
        await user.sees("Siapa nama")
        await user.say(name)
        await user.sees("lembaga apa")
        await user.press("Lewati")
        await user.sees("digunakan")
        await user.press("Lewati")
        await user.sees("jenis konsultasi")
        return user

    async def ticket(self, question: str = "Berapa inflasi Oktober?") -> tuple[str, Topic]:
        """A registered user's ticket and its topic, the card seen by the officer."""
        await self.register()
        number = await self.ask(question)
        await self.telegram.until(lambda: bool(self.telegram.topics))
        topic = self.telegram.topics[-1]
        await self.officer.sees(number, topic=topic)
        return number, topic

    async def answer(self, topic: Topic, text: str = "Ini jawabannya.") -> None:
        """An officer's answer, delivered and marked so."""
        sent = await self.officer.say(text, topic=topic)
        await self.user.sees(text)
        await self.telegram.until(lambda: "👌" in str(sent.reactions))

    async def ask(self, *texts: str, user: Person | None = None, topicless: bool = False) -> str:
        """A registered person's question about data, sent; the ticket's number, once it has its topic.

        `topicless`: it gets none for now.
        """
        user = user or self.user
        await user.press("Data")
        await user.sees("pertanyaan")
        for text in texts:
            await user.say(text)
        await user.sees("Kirim")
        await user.press("Kirim")
        opened = await user.sees("dibuka")
        number = next(word for word in opened.text.split() if word.startswith(f"{self.settings.office.code}-"))
        if not topicless:
            await self.telegram.opened(number)
        return number


@asynccontextmanager
async def office_at(
    path: Path,
    *,
    start: datetime = MONDAY,
    limits: Limits = OFF,
    whatsapp: bool | dict[str, Any] = False,
    **settings: Any,
) -> AsyncIterator[Office]:
    """An office before its desk is opened.

    `whatsapp`: on that channel too, its templates approved, without limits; or the settings by which it differs.
    """
    async with AsyncExitStack() as stack:
        clock = HandClock(start)
        telegram = Telegram(clock, limits=limits, spec=Spec.find())
        mailbox = await stack.enter_async_context(Mailbox(clock, bell=telegram.bell))
        url = await stack.enter_async_context(serve(telegram))
        written = stack.enter_context(listening())
        graph = await stack.enter_async_context(_graph(telegram, settings, whatsapp)) if whatsapp else None
        office = Office(telegram, mailbox, clock, settings_for(url, mailbox, path, **settings))
        if graph is not None:
            office.graph, office.phone = graph, WhatsAppPhone(graph, name="Maria Sihombing")
        try:
            yield office
        finally:
            assert telegram.violations == []
            assert slips(written.lines, personal(telegram, mailbox, graph)) == []


@asynccontextmanager
async def _graph(telegram: Telegram, settings: dict[str, Any], whatsapp: bool | dict[str, Any]) -> AsyncIterator[Graph]:
    """A Graph API for this office, entered into its settings."""
    graph, port = Graph(telegram.clock, limits=WHATSAPP_OFF, bell=telegram.bell), free_port()
    standard.approve_all(graph.templates)
    async with serve_graph(graph, f"http://127.0.0.1:{port}/whatsapp/1207") as graph_url:
        for part, values in whatsapp_settings(graph, graph_url, port).items():
            settings[part] = values | settings.get(part, {})
        settings["whatsapp"] |= whatsapp if isinstance(whatsapp, dict) else {}
        yield graph


@pytest.fixture
async def office(tmp_path: Path, storage: dict[str, Any]) -> AsyncIterator[Office]:
    """A running desk without limits, on Monday 23 November 2026, 10.00 WIB."""
    async with office_at(tmp_path / "meja.db", **storage) as office, office.open():
        yield office


@pytest.fixture
async def whatsapp_office(tmp_path: Path) -> AsyncIterator[Office]:
    """The same desk with WhatsApp."""
    async with office_at(tmp_path / "meja.db", whatsapp=True) as office, office.open():
        yield office
