"""One WhatsApp number: the channel, the stand-in of the Graph API, and the web server between them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.channels.base import Inbound, NotKept, RawUpdate
from bot.channels.whatsapp.channel import WhatsAppChannel, make
from bot.channels.whatsapp.webhook import signature
from bot.playground.graph.budgets import OFF
from bot.playground.graph.graph import Graph
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.graph.server import serve_graph
from bot.settings import WhatsApp
from bot.web.routes import Route

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
WORDS = {"choice.choose": "Silakan pilih:", "choice.open": "Lihat pilihan", "choice.more": "Pilihan lainnya:"}


class StandingClock:
    def now(self) -> datetime:
        return NOW


class Number:
    """`kept` is what the desk would have committed; `away` makes it unable to."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.kept: list[RawUpdate] = []
        self.away = False
        self.webhook = ""
        self.channel: WhatsAppChannel
        self.session: aiohttp.ClientSession

    async def receive(self, updates: list[RawUpdate]) -> None:
        if self.away:
            raise NotKept("away")
        self.kept += updates

    def settings(self, url: str, **more: Any) -> WhatsApp:
        graph = self.graph
        raw: dict[str, Any] = {
            "enabled": True,
            "phone_number_id": graph.phone_number_id,
            "waba_id": graph.waba_id,
            "access_token": graph.token,
            "app_secret": graph.app_secret,
            "verify_token": graph.verify_token,
            "graph_url": url,
            "media_hosts": ["127.0.0.1"],
        }
        return WhatsApp(**raw | more)

    def inbounds(self) -> list[Inbound]:
        return [self.channel.parse(update.raw, "", NOW) for update in self.kept]

    async def heard(self, count: int) -> list[Inbound]:
        """So many updates have come; all of them."""
        await self.graph.until(lambda: len(self.kept) >= count)
        return self.inbounds()

    async def post(self, body: Any, *, secret: str = "", signed: str | None = None, key: str = "") -> int:
        """A webhook of any kind; the status it is answered with."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        proof = signature((secret or self.graph.app_secret).encode(), raw) if signed is None else signed
        headers = {key or "X-Hub-Signature-256": proof}
        async with self.session.post(self.webhook, data=BytesIO(raw), headers=headers) as answer:
            return answer.status


def wrapped(**value: Any) -> dict[str, Any]:
    """A webhook about our number."""
    metadata = {"display_phone_number": "6262421207", "phone_number_id": "106540352242922"}
    change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
    return {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [change]}]}


def text(n: int, *, at: int = 1_795_402_800, sender: str = "6281260001001", body: str = "") -> dict[str, Any]:
    return {"from": sender, "id": f"wamid.{n}", "timestamp": str(at), "type": "text", "text": {"body": body or str(n)}}


@asynccontextmanager
async def web_server(routes: list[Route]) -> AsyncIterator[str]:
    """Routes on a real socket, as the desk's own server has them."""

    async def answer(request: web.Request) -> web.StreamResponse:
        route = next(route for route in routes if (route.method, route.path) == (request.method, request.path))
        try:
            return await route.handler(request.clone(client_max_size=route.largest))
        except NotKept:
            return web.Response(status=503)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def number() -> AsyncIterator[Number]:
    found = Number(Graph(StandingClock(), limits=OFF))
    routes: list[Route] = []
    async with AsyncExitStack() as stack:
        base = await stack.enter_async_context(web_server(routes))
        found.webhook = f"{base}/whatsapp/1207"
        url = await stack.enter_async_context(serve_graph(found.graph, found.webhook))
        found.channel = make(found.settings(url), receive=found.receive, label=lambda key, lang: WORDS[key])
        routes += found.channel.routes("1207")
        found.session = await stack.enter_async_context(aiohttp.ClientSession())
        await found.channel.open()
        stack.push_async_callback(found.channel.close)
        yield found
        await asyncio.sleep(0)


@pytest.fixture
def siti(number: Number) -> WhatsAppPhone:
    return WhatsAppPhone(number.graph)
