"""The people of many offices: they register, write and are answered. One stand-in serves all their bots."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from aiohttp import web

from bot.clock import SystemClock
from bot.offices.folder import SHARED
from bot.playground.budgets import OFF
from bot.playground.chats import Topic
from bot.playground.mailbox import Mailbox
from bot.playground.messages import Message
from bot.playground.people import Person
from bot.playground.server import application
from bot.playground.telegram import Telegram
from tests.bench.book import kept_ms
from tests.crash.launch import toml, write_configuration
from tests.flows.conftest import Office, settings_for

LIMITS = {"group_messages": 100_000, "bot_per_second": 100_000}
AT_ONCE = 16  # people who register side by side before it begins
NEWCOMERS = 10  # in each so many-th office somebody registers while the others write
# Somebody who waits: the machine has 548 offices to serve.
PATIENCE = 300.0


class Patient(Person):
    """Waits longer than a test does."""

    async def sees(self, text: str = "", *, within: float = PATIENCE, **more: Any) -> Message:
        return await super().sees(text, within=within, **more)


@dataclass(frozen=True)
class Talk:
    """What was written and relayed in so many seconds; milliseconds for each word, and for each update kept."""

    seconds: float
    relayed: list[float]
    kept: list[float]

    @property
    def updates_per_second(self) -> float:
        return len(self.kept) / self.seconds


class Crowd:
    """The offices with their people behind one address, and one mail server."""

    def __init__(self, folder: Path, mailbox: Mailbox, url: str) -> None:
        self.folder, self.mailbox, self.url = folder, mailbox, url
        self.offices: list[Office] = []
        self._topics: list[Topic] = []

    def found(self, number: int, telegram: Telegram) -> None:
        """An office with its file in the folder."""
        code = f"{1000 + number}"
        settings = settings_for(
            self.url,
            self.mailbox,
            self.folder / "unused.db",
            office={"code": code, "name": f"BPS Kabupaten {code}"},
            telegram={"token": telegram.token, "pace": LIMITS},
            mail={"codes_per_hour": 100_000, "codes_per_domain_per_hour": 100_000},
        )
        office = Office(telegram, self.mailbox, telegram.clock, settings)
        office.user = Patient(telegram, id=100_000 + number, first_name=f"Warga{number}")
        office.officer = Patient(telegram, id=300_000 + number, first_name="Rina", staff="member")
        own = settings.model_fields_set - {"storage"}
        written = settings.model_construct(own, **{name: getattr(settings, name) for name in own})
        write_configuration(self.folder / f"{code}.toml", written)
        self.offices.append(office)

    async def register(self) -> None:
        """Somebody in each office has a ticket."""
        at_once = asyncio.Semaphore(AT_ONCE)

        async def one(office: Office) -> Topic:
            async with at_once:
                return await _arrive(office, office.user)

        self._topics = await asyncio.gather(*map(one, self.offices))

    async def talk(self, words: int, seconds: float) -> Talk:
        """A person and an officer of each office write by turns, `words` in about so many seconds; others register."""
        known = [set(office.telegram.ledger.updates) for office in self.offices]
        began = monotonic()
        newcomers = [_register_late(office, n, seconds) for n, office in enumerate(self.offices) if n % NEWCOMERS == 0]
        talks = [_write(*pair, words, seconds) for pair in zip(self.offices, self._topics, strict=True)]
        took, _ = await asyncio.gather(asyncio.gather(*talks), asyncio.gather(*newcomers))
        passed = monotonic() - began
        await asyncio.sleep(1)  # the last polls
        kept = (kept_ms(office.telegram, old) for office, old in zip(self.offices, known, strict=True))
        return Talk(passed, _all(took), _all(kept))

    async def rush(self, words: int) -> float:
        """Everybody writes at once, so many each; how many were relayed a second."""
        began = monotonic()
        await asyncio.gather(*(_rush(*pair, words) for pair in zip(self.offices, self._topics, strict=True)))
        return len(self.offices) * words / (monotonic() - began)


def _all(lists: Iterable[list[float]]) -> list[float]:
    return [value for values in lists for value in values]


async def _arrive(office: Office, user: Person) -> Topic:
    await office.register(user)
    number = await office.ask(f"Berapa inflasi? [{user.id}]", user=user)
    await office.officer.telegram.until(lambda: _topic(office, number) is not None, within=PATIENCE)
    topic = _topic(office, number)
    assert topic is not None
    await office.officer.sees(f"[{user.id}]", topic=topic)
    return topic


def _topic(office: Office, number: str) -> Topic | None:
    return next((topic for topic in office.telegram.topics if number in topic.name), None)


async def _register_late(office: Office, number: int, seconds: float) -> None:
    await asyncio.sleep(random.Random(number).uniform(0, seconds / 2))
    await _arrive(office, Patient(office.telegram, id=200_000 + number, first_name="Baru"))


async def _write(office: Office, topic: Topic, words: int, seconds: float) -> list[float]:
    """Milliseconds until each word had arrived."""
    chance, took = random.Random(office.user.id), []
    for number in range(words):
        await asyncio.sleep(chance.uniform(0, 2 * seconds / words))
        began = monotonic()
        if number % 2:
            await office.officer.say(f"Jawab [{number}]", topic=topic)
            await office.user.sees(f"Jawab [{number}]")
        else:
            await office.user.say(f"Kata [{number}]")
            await office.officer.sees(f"Kata [{number}]", topic=topic)
        took.append((monotonic() - began) * 1000)
    return took


async def _rush(office: Office, topic: Topic, words: int) -> None:
    for number in range(words):
        await office.user.say(f"Serbu [{number}]")
    for number in range(words):
        await office.officer.sees(f"Serbu [{number}]", topic=topic)


@asynccontextmanager
async def crowd_of(count: int, folder: Path, shared: dict[str, Any]) -> AsyncIterator[Crowd]:
    """So many offices in `folder`, which is made; `shared` stands in their meja.toml. Nothing serves them yet."""
    clock = SystemClock()
    telegrams = {
        f"{10_000 + n}:STANDIN": Telegram(clock, token=f"{10_000 + n}:STANDIN", limits=OFF) for n in range(count)
    }
    inner = {token: application(telegram) for token, telegram in telegrams.items()}
    app = web.Application(client_max_size=1 << 26)

    async def call(request: web.Request) -> web.StreamResponse:
        route = next(iter(inner[request.match_info["token"]].router.routes()))
        return await route.handler(request)  # type: ignore[misc, return-value]

    app.router.add_route("*", "/bot{token:[^/]+}/{method}", call)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
    try:
        async with Mailbox(clock) as mailbox:
            folder.mkdir()  # noqa: ASYNC240
            crowd = Crowd(folder, mailbox, f"http://127.0.0.1:{runner.addresses[0][1]}")
            (folder / SHARED).write_text(toml(shared), encoding="utf-8")
            for number, telegram in enumerate(telegrams.values()):
                crowd.found(number, telegram)
            yield crowd
    finally:
        for telegram in telegrams.values():
            telegram.close()
        await runner.cleanup()
