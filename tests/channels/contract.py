"""What the contract suite needs of each channel: a person on its stand-in, and what they did and saw.

To add a channel, add its bench to BENCHES: `test_contract.py` then asks of it what is asked of every other.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Protocol

from bot.channels.base import Channel, Content, Inbound, NotKept, RawUpdate
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.whatsapp.channel import make
from bot.playground.budgets import OFF
from bot.playground.faults import Fault
from bot.playground.graph.budgets import OFF as GRAPH_OFF
from bot.playground.graph.faults import GraphFault
from bot.playground.graph.graph import Graph
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.graph.server import serve_graph
from bot.playground.people import Person
from bot.playground.server import serve
from bot.playground.telegram import Telegram
from bot.web.routes import Route
from tests.channels.whatsapp.conftest import NOW, WORDS, Number, StandingClock, web_server

FILES = ("photo", "document", "video", "voice", "sticker")


class Bench(Protocol):
    """A channel at work. `kept` is what it handed over; `away`: it cannot be kept now."""

    channel: Channel
    kept: list[RawUpdate]
    away: bool

    async def say(self, text: str) -> None: ...

    async def send(self, kind: str) -> bytes:
        """The person sends a file of this kind; its bytes."""
        ...

    async def send_odd(self) -> None:
        """Something that cannot be passed on."""
        ...

    async def react(self, ref: str, emoji: str | None) -> None:
        """To a message of ours."""
        ...

    async def tap(self, label: str) -> None: ...

    async def sees(self, text: str) -> str:
        """The whole text in which the person sees this."""
        ...

    def reaction(self) -> str:
        """Ours, on the person's last message."""
        ...

    def file(self) -> bytes:
        """Of the last message that the person got."""
        ...

    def breaks(self, how: str) -> None:
        """The next message meets this: refused, flood, cut, bad gateway."""
        ...

    async def forget(self) -> None:
        """The person blocks us."""
        ...


class _Kept:
    def __init__(self) -> None:
        self.kept: list[RawUpdate] = []
        self.away = False

    async def receive(self, updates: list[RawUpdate]) -> None:
        if self.away:
            raise NotKept("away")
        self.kept += updates


class TelegramBench(_Kept):
    def __init__(self, telegram: Telegram) -> None:
        super().__init__()
        self.telegram = telegram
        self.person = Person(telegram, id=1001, first_name="Siti")
        self.channel: Channel

    async def say(self, text: str) -> None:
        await self.person.say(text)

    async def send(self, kind: str) -> bytes:
        message = await self.person.send(kind)
        return self._bytes(message.body[kind])

    def _bytes(self, body: Any) -> bytes:
        found = body[-1] if isinstance(body, list) else body
        file = self.telegram.world.files.by_id(found["file_id"])
        assert file is not None
        return file.content

    async def send_odd(self) -> None:
        await self.person.say("x", extra={"text_of_tomorrow": {}})

    async def react(self, ref: str, emoji: str | None) -> None:
        await self.person.react(int(ref), emoji)

    async def tap(self, label: str) -> None:
        await self.person.press(label)

    async def sees(self, text: str) -> str:
        return (await self.person.sees(text)).text

    def reaction(self) -> str:
        mine = [message for message in self.person.chat if not message.by_bot]
        return next(iter(mine[-1].reactions.values()), "")

    def file(self) -> bytes:
        body = self.person.chat[-1].body
        return self._bytes(next(body[kind] for kind in FILES if kind in body))

    def breaks(self, how: str) -> None:
        what: dict[str, Any] = {
            "refused": {"what": "error", "status": 400, "description": "Bad Request: message is too long"},
            "flood": {"what": "flood"},
            "cut": {"what": "cut", "phase": "after"},
            "bad gateway": {"what": "bad gateway"},
        }[how]
        self.telegram.break_with(Fault("sendMessage", **what))

    async def forget(self) -> None:
        await self.person.block()


class WhatsAppBench(_Kept):
    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
        self.person = WhatsAppPhone(graph)
        self.channel: Channel

    async def say(self, text: str) -> None:
        await self.person.say(text)

    async def send(self, kind: str) -> bytes:
        message = await self.person.send({"photo": "image"}.get(kind, kind))
        assert message.file is not None
        return message.file.content

    async def send_odd(self) -> None:
        await self.person.send("unsupported")

    async def react(self, ref: str, emoji: str | None) -> None:
        found = next(message for message in self.person.chat if message.wamid == ref)
        await self.person.react(found, emoji)

    async def tap(self, label: str) -> None:
        await self.person.tap(label)

    async def sees(self, text: str) -> str:
        return (await self.person.sees(text)).text

    def reaction(self) -> str:
        mine = [message for message in self.person.chat if not message.by_business]
        return mine[-1].reactions.get("business", "")

    def file(self) -> bytes:
        found = self.person.chat[-1].file
        assert found is not None
        return found.content

    def breaks(self, how: str) -> None:
        what: dict[str, Any] = {
            "refused": {"what": "error", "status": 400, "code": 131009},
            "flood": {"what": "flood"},
            "cut": {"what": "cut", "phase": "after"},
            "bad gateway": {"what": "bad gateway"},
        }[how]
        self.graph.break_with(GraphFault("messages", **what))

    async def forget(self) -> None:
        await self.person.block()


@asynccontextmanager
async def telegram_bench() -> AsyncIterator[Bench]:
    telegram = Telegram(StandingClock(), limits=OFF)
    bench = TelegramBench(telegram)
    async with serve(telegram) as url:
        bench.channel = TelegramChannel(
            token=telegram.token, api_url=url, receive=bench.receive, has_room=_nothing, polled=_nothing,
            conflict=_nothing,
        )  # fmt: skip
        async with _running(bench.channel):
            yield bench


@asynccontextmanager
async def whatsapp_bench() -> AsyncIterator[Bench]:
    graph = Graph(StandingClock(), limits=GRAPH_OFF)
    graph.late = frozenset()  # who cannot be reached is refused at once, as on other platforms
    bench, routes = WhatsAppBench(graph), list[Route]()
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(web_server(routes))
        url = await stack.enter_async_context(serve_graph(graph, f"{base}/whatsapp/1207"))
        settings = Number(graph).settings(url)
        bench.channel = make(settings, receive=bench.receive, label=lambda key, lang: WORDS[key])
        routes += bench.channel.routes("1207")
        await stack.enter_async_context(_running(bench.channel))
        yield bench


@asynccontextmanager
async def _running(channel: Channel) -> AsyncIterator[None]:
    await channel.open()
    await channel.start()
    try:
        yield
    finally:
        await channel.stop()
        await channel.close()


async def _nothing(*_: object) -> None:
    return None


async def heard(bench: Bench, count: int) -> list[Inbound]:
    """So many things that people did (news of our own messages aside), as the desk reads them."""
    async with asyncio.timeout(60):
        while len(found := _done(bench)) < count:  # noqa: ASYNC110 (the stand-in's own pace is waited for)
            await asyncio.sleep(0.01)
    return found


def _done(bench: Bench) -> list[Inbound]:
    read = [bench.channel.parse(update.raw, "-100", NOW) for update in bench.kept]
    return [inbound for inbound in read if inbound.kind != "status"]


def content_of(inbound: Inbound) -> Content:
    assert inbound.content is not None
    return inbound.content


BENCHES: dict[str, Callable[[], Any]] = {"telegram": telegram_bench, "whatsapp": whatsapp_bench}
