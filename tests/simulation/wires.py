"""What leads out of the desk's process: its requests to Telegram, its mails, its ticks. Each may fail, and be cut."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, Literal

from telegram.request import BaseRequest, RequestData

from bot.channels.base import SendError
from bot.channels.telegram.request import AiohttpRequest, MakeRequest, TransportError
from bot.clock import Clock
from bot.delivery.mail import Mailer
from bot.playground.replies import Json, Reply
from bot.playground.telegram import Telegram
from bot.settings import Settings
from tests.simulation.life import Life
from tests.simulation.weather import Weather

# What a process learns so shortly before its death may not have been written down.
UNWRITTEN = timedelta(seconds=5)
CODE = re.compile(r"(?<!\d)(\d{6})(?!\d)")


@dataclass(eq=False)
class Call:
    """A request as its sender saw it; `params` is the very object that stands in the stand-in's ledger.

    `outcome`: "under way" is also what its process did not live to see the end of.
    """

    life: Life
    method: str
    params: Json
    sent: datetime
    outcome: Literal["under way", "answered", "unknown", "not sent"] = "under way"
    ended: datetime | None = None
    reply: Reply | None = None

    @property
    def is_doubtful(self) -> bool:
        """Whether the desk could not know what became of it, or had no time to write it down."""
        if self.outcome in ("unknown", "under way") or self.ended is None:
            return True
        return self.life.ended is not None and self.life.ended - self.ended < UNWRITTEN


class Network:
    """Between the desk and the stand-in. `calls` are all requests but getUpdates, in the order of sending."""

    def __init__(self, telegram: Telegram, weather: Weather) -> None:
        self._telegram = telegram
        self._weather = weather
        self._serving: set[asyncio.Task[Reply]] = set()
        self.calls: list[Call] = []

    @property
    def is_idle(self) -> bool:
        """Whether no request but a poll is under way."""
        return all(task.get_name() == "getUpdates" for task in self._serving)

    def line(self, life: Life) -> MakeRequest:
        """What carries the requests of one process."""

        def make_request(*, read_seconds: float) -> BaseRequest:
            return MemoryRequest(self, life, read_seconds=read_seconds)

        return make_request

    async def carry(self, life: Life, method: str, params: Json, *, patience: float) -> Reply:
        """One request and its answer. Raises TransportError when there is none within `patience` seconds."""
        await life.passes()
        call = Call(life, method, params, self._telegram.clock.now())
        if method != "getUpdates":
            self.calls.append(call)
        try:
            return await self._answer(call, patience)
        finally:
            call.ended = self._telegram.clock.now()

    async def _answer(self, call: Call, patience: float) -> Reply:
        if self._weather.refuses_connections:
            call.outcome = "not sent"
            raise TransportError("ClientConnectorError", surely_not_sent=True)
        serving = asyncio.create_task(self._serve(call.method, call.params), name=call.method)
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        try:
            async with asyncio.timeout(patience):
                reply = await asyncio.shield(serving)
        except TimeoutError:
            call.outcome = "unknown"
            raise TransportError("SocketTimeoutError", surely_not_sent=False) from None
        await call.life.passes()
        call.reply = reply
        call.outcome = "answered" if isinstance(reply.body, dict) and reply.status < 500 else "unknown"
        return reply

    async def _serve(self, method: str, params: Json) -> Reply:
        """The far side: it goes on when the near one has hung up."""
        await asyncio.sleep(self._weather.latency())
        reply = await self._telegram.call(self._telegram.token, method, params)
        if method == "getUpdates" and isinstance(reply.body, dict) and "result" in reply.body:
            reply = Reply(reply.status, {"ok": True, "result": self._weather.muddled(reply.result)})
        await asyncio.sleep(self._weather.latency())
        return reply


class MemoryRequest(AiohttpRequest):
    """The desk's own request class, its socket replaced by a call."""

    def __init__(self, network: Network, life: Life, *, read_seconds: float) -> None:
        super().__init__(read_seconds=read_seconds)
        self._network = network
        self._life = life

    async def initialize(self) -> None:
        """No session is needed."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        params = request_data.json_parameters if request_data is not None else {}
        patience = read_timeout if isinstance(read_timeout, int | float) else self._read_seconds
        return await self._carried(url, params, patience)

    async def call(self, url: str, params: dict[str, Any], *, seconds: float | None = None) -> Any:
        _, body = await self._carried(url, json.loads(json.dumps(params)), seconds or self._read_seconds)
        return self.parse_json_payload(body)["result"]

    async def _carried(self, url: str, params: Json, patience: float) -> tuple[int, bytes]:
        reply = await self._network.carry(self._life, url.rpartition("/")[2], params, patience=patience)
        if reply.cut:
            raise TransportError("ServerDisconnectedError", surely_not_sent=False)
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        return self._checked(reply.status, body)


@dataclass(frozen=True)
class Letter:
    """A mail in somebody's mail box."""

    at: datetime
    to: str
    subject: str
    text: str

    @property
    def code(self) -> str:
        """The six digits in it; empty when there are none."""
        found = CODE.search(self.text)
        return found[1] if found else ""


@dataclass
class MailRoom:
    """Everybody's mail boxes."""

    clock: Clock
    letters: list[Letter] = field(default_factory=list)

    def put(self, message: EmailMessage) -> None:
        to, subject = str(message["To"]), str(message["Subject"])
        self.letters.append(Letter(self.clock.now(), to, subject, message.get_content()))

    def to(self, address: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.to == address]


class MemoryMailer(Mailer):
    """The desk's own mailer, its SMTP connection replaced by a mail room."""

    def __init__(self, settings: Settings, room: MailRoom, life: Life, weather: Weather) -> None:
        super().__init__(settings, room.clock)
        self._room = room
        self._life = life
        self._weather = weather

    async def _hand_over(self, address: str, message: EmailMessage) -> None:
        await self._life.passes()
        await asyncio.sleep(self._weather.latency())
        fault = self._weather.mail_fault()
        if fault in ("421", "450", "550"):
            raise SendError("mail" if fault == "421" else "refused", fault, permanent=fault == "550")
        if fault == "down":
            raise SendError("mail", "down")
        self._room.put(message)
        await self._life.passes()
        if fault == "cut":
            raise SendError("mail", "after the mail was taken", unknown=True)


class LoopTicker:
    """The desk's ticks as timers of the loop."""

    def __init__(self) -> None:
        self._ticking: list[asyncio.Task[None]] = []

    def start(self, act: Callable[[], Awaitable[None]], *, seconds: float) -> None:
        self._ticking.append(asyncio.create_task(self._tick(act, seconds), name="ticker"))

    def stop(self) -> None:
        for ticking in self._ticking:
            ticking.cancel()

    async def _tick(self, act: Callable[[], Awaitable[None]], seconds: float) -> None:
        while True:
            await asyncio.sleep(seconds)
            await act()
