"""The wires to Meta in a simulation: the desk's requests to the Graph API, and its webhooks; each may be cut."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, Literal

from aiohttp import web

from bot.channels.base import NotKept, SendError
from bot.channels.whatsapp.client import READ_SECONDS, Client, _checked
from bot.playground.graph.book import GraphRequest
from bot.playground.graph.faults import GraphFault
from bot.playground.graph.graph import Call, Graph
from bot.playground.replies import Json, Reply
from bot.settings import WhatsApp
from tests.simulation.desk import Desk
from tests.simulation.life import Life
from tests.simulation.weather import Weather
from tests.simulation.wires import UNWRITTEN

_BROKEN = ("cut", "bad gateway", "truncated", "error")


@dataclass(eq=False)
class GraphCall:
    """A request as its sender saw it, and as it stands in the stand-in's book once it came there."""

    life: Life
    request: GraphRequest | None = None
    outcome: Literal["under way", "answered", "unknown", "not sent"] = "under way"
    ended: datetime | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether the desk could not know what became of it, or had no time to write it down."""
        if self.outcome in ("unknown", "under way") or self.ended is None:
            return True
        return self.life.ended is not None and self.life.ended - self.ended < UNWRITTEN


class GraphNetwork:
    """Between the desk and Meta. `calls` are all requests in the order of sending."""

    def __init__(self, graph: Graph, weather: Weather) -> None:
        self._graph, self._weather = graph, weather
        self._serving: set[asyncio.Task[Reply]] = set()
        self.calls: list[GraphCall] = []

    @property
    def is_idle(self) -> bool:
        return not self._serving

    def client(self, life: Life) -> Callable[[WhatsApp], Client]:
        """What makes the client of one process."""
        return lambda settings: MemoryClient(settings, self, life)

    async def carry(self, life: Life, call: Call) -> Reply:
        """One request and its answer. Raises SendError when there is none."""
        await life.passes()
        sent = GraphCall(life)
        self.calls.append(sent)
        try:
            return await self._answer(sent, call)
        finally:
            sent.ended = self._graph.clock.now()

    async def _answer(self, sent: GraphCall, call: Call) -> Reply:
        if self._weather.refuses_connections:
            sent.outcome = "not sent"
            raise SendError("trouble", "ClientConnectorError")
        serving = asyncio.create_task(self._serve(sent, call), name="graph")
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        try:
            async with asyncio.timeout(READ_SECONDS):
                reply = await asyncio.shield(serving)
        except TimeoutError:
            sent.outcome = "unknown"
            raise SendError("trouble", "SocketTimeoutError", unknown=True) from None
        await sent.life.passes()
        sent.outcome = "answered" if isinstance(reply.body, dict) and reply.status < 500 else "unknown"
        return reply

    async def _serve(self, sent: GraphCall, call: Call) -> Reply:
        """The far side: it goes on when the near one has hung up."""
        await asyncio.sleep(self._weather.latency())
        place = len(self._graph.book.requests)
        answering = asyncio.ensure_future(self._graph.call(call))
        await asyncio.sleep(0)
        sent.request = self._graph.book.requests[place]
        reply = await answering
        await asyncio.sleep(self._weather.latency())
        return reply


class MemoryClient(Client):
    """The channel's own client, its socket replaced by a call."""

    def __init__(self, settings: WhatsApp, network: GraphNetwork, life: Life) -> None:
        super().__init__(settings)
        self._token = settings.access_token.get_secret_value()
        self._network, self._life = network, life

    async def open(self) -> None:
        """No session is needed."""

    async def close(self) -> None:
        """There was none."""

    async def _call(self, method: str, path: str, **how: Any) -> Json:
        body = json.dumps(how["json"]).encode() if "json" in how else b""
        call = Call(method, path, self._token, body, query=dict(how.get("params") or {}))
        reply = await self._network.carry(self._life, call)
        if reply.cut:
            raise SendError("trouble", "ServerDisconnectedError", unknown=True)
        return _checked(reply.status, reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode())


class _Request:
    """As much of a web request as the webhook looks at."""

    def __init__(self, body: bytes, signature: str) -> None:
        self._body = body
        self.headers = {"X-Hub-Signature-256": signature}

    async def read(self) -> bytes:
        return self._body


class Postman:
    """Carries webhooks to the desk, as long as it lives."""

    def __init__(self, desk: Desk, weather: Weather) -> None:
        self._desk, self._weather = desk, weather

    async def post(self, body: bytes, signature: str) -> int:
        """The HTTP status; OSError when the desk does not answer."""
        await asyncio.sleep(self._weather.latency())
        desk = self._desk
        if not desk.is_up:
            raise OSError("nobody listens")
        taking = asyncio.ensure_future(self._take(desk, body, signature))
        dead = asyncio.ensure_future(desk.life.dead.wait())
        await asyncio.wait((taking, dead), return_when="FIRST_COMPLETED")
        dead.cancel()
        if not taking.done():
            raise OSError("the desk died")
        return taking.result()

    @staticmethod
    async def _take(desk: Desk, body: bytes, signature: str) -> int:
        assert desk.app is not None
        channel: Any = desk.app.channels["whatsapp"]
        try:
            await channel._webhook.take(_Request(body, signature))
        except NotKept:
            return 503
        except web.HTTPException as refusal:
            return refusal.status
        return 200


async def blow(graph: Graph, random: Random, *, every: float | None) -> None:
    """One fault of the Graph API after the other, until cancelled."""
    while every is not None:
        await asyncio.sleep(random.expovariate(1 / every))
        what, phase = random.choice(_BROKEN), random.choice(("before", "after"))
        nth, times = random.randint(1, 4), random.choice((1, 1, 2))
        graph.break_with(GraphFault("messages", what, phase, nth=nth, times=times))  # type: ignore[arg-type]
        if random.random() < 0.3:
            graph.break_with(GraphFault("messages", "flood", whole_bot=random.random() < 0.3, times=times))
        if random.random() < 0.2:
            graph.break_with(GraphFault("messages", "delay", "after", delay=random.choice((2, 20, 50))))
