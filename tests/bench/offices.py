"""Many offices at once: what they cost while nothing happens, and how fast they are when everybody writes.

`python -m tests.bench.offices --offices 548 --processes 2 --database postgres` starts stand-ins for all of them in this
process, `meja run` on their directory in others, lets one person of each office register, write and be answered, and
prints a line of figures. It needs no network; the figures are those of the machine it runs on, with its load.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from aiohttp import web

from bot.clock import SystemClock
from bot.folder import SHARED
from bot.playground.budgets import OFF
from bot.playground.mailbox import Mailbox
from bot.playground.messages import Message
from bot.playground.people import Person
from bot.playground.server import application
from bot.playground.telegram import Telegram
from tests.crash.launch import Desk, toml, write_configuration
from tests.flows.conftest import Office, settings_for

LIMITS = {"group_messages": 100_000, "bot_per_second": 100_000}
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
AT_ONCE = 16  # people who register side by side
OPEN_SECONDS = 600.0
SPREAD_SECONDS = 2.0


@dataclass(frozen=True)
class Figures:
    """`idle_cpu` is the share of one core while nobody writes; times in milliseconds."""

    offices: int
    processes: int
    database: str
    open_seconds: float
    idle_mb: float
    idle_cpu: float
    written: int
    seconds: float
    per_second: float
    relay_p50: float
    relay_p99: float
    kept_p50: float
    kept_p99: float
    busy_mb: float
    load_before: float


class Patient(Person):
    """Somebody who waits: the machine has 548 offices to serve."""

    async def sees(self, text: str = "", *, within: float = 300.0, **more: Any) -> Message:
        return await super().sees(text, within=within, **more)


class Crowd:
    """The stand-ins of all offices behind one address, and one mail server."""

    def __init__(self, folder: Path, mailbox: Mailbox, url: str) -> None:
        self.folder, self.mailbox, self.url = folder, mailbox, url
        self.offices: list[Office] = []

    def found(self, number: int, telegram: Telegram, storage: dict[str, Any]) -> None:
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
        own = settings.model_fields_set - {"storage"}
        written = settings.model_construct(own, **{name: getattr(settings, name) for name in own})
        write_configuration(self.folder / f"{code}.toml", written)
        self.offices.append(office)


@asynccontextmanager
async def crowd_of(count: int, folder: Path, shared: dict[str, Any]) -> AsyncIterator[Crowd]:
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
            crowd = Crowd(folder, mailbox, f"http://127.0.0.1:{runner.addresses[0][1]}")
            (folder / SHARED).write_text(toml(shared), encoding="utf-8")
            for number, telegram in enumerate(telegrams.values()):
                crowd.found(number, telegram, shared)
            yield crowd
    finally:
        for telegram in telegrams.values():
            telegram.close()
        await runner.cleanup()


def _used(desks: list[Desk]) -> tuple[float, float]:
    """Megabytes of memory and seconds of CPU of all processes."""
    memory = cpu = 0.0
    for desk in desks:
        fields = Path(f"/proc/{desk.process.pid}/stat").read_text().rpartition(")")[2].split()
        cpu += (int(fields[11]) + int(fields[12])) / TICKS
        memory += int(fields[21]) * PAGE / 1e6
    return memory, cpu


async def _opened(desks: list[Desk], count: int) -> None:
    async with asyncio.timeout(OPEN_SECONDS):
        while sum(" is open" in line for desk in desks for line in desk.lines) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def _spread(desks: list[Desk]) -> None:
    """The offices are handed out, and nothing is opened any more."""
    before = -1
    while before != (before := sum(len(desk.lines) for desk in desks)):  # noqa: ASYNC110
        await asyncio.sleep(SPREAD_SECONDS)


async def _register(office: Office, at_once: asyncio.Semaphore) -> None:
    async with at_once:
        await office.register()
        number = await office.ask("Berapa inflasi? [0]")
        await office.telegram.until(lambda: [t for t in office.telegram.topics if number in t.name], within=60)
        await office.officer.sees("[0]", topic=office.telegram.topic(number), within=60)


async def _write(office: Office, count: int, chance: random.Random, seconds: float) -> list[float]:
    """One person and one officer write by turns over so many seconds; how long each word took to arrive."""
    topic, took = office.telegram.topics[-1], []
    for number in range(1, count + 1):
        await asyncio.sleep(chance.uniform(0, 2 * seconds / count))
        began = monotonic()
        if number % 2:
            await office.user.say(f"Kata [{number}]")
            await office.officer.sees(f"[{number}]", topic=topic, within=120)
        else:
            await office.officer.say(f"Jawab [{number}]", topic=topic)
            await office.user.sees(f"[{number}]", within=120)
        took.append(monotonic() - began)
    return took


def _part(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1)


async def measure(folder: Path, url: str, args: argparse.Namespace) -> Figures:
    """`url`: where the rows are kept, with {code} for files."""
    shared: dict[str, Any] = {"storage": {"url": url}, "security": {"secret_file": f"{folder.parent}/{{code}}.secret"}}
    shared["log"] = {"level": "warning"}
    load = os.getloadavg()[0]
    async with crowd_of(args.offices, folder, shared) as crowd, AsyncExitStack() as stack:
        desks = [Desk(folder) for _ in range(args.processes)]
        for desk in desks:
            stack.push_async_callback(desk.end)
        began = monotonic()
        for desk in desks:
            await desk.begin()
        await _opened(desks, args.offices)
        opened = monotonic() - began
        await _spread(desks)
        _, cpu = _used(desks)
        await asyncio.sleep(args.idle)
        idle_mb, later = _used(desks)
        print(f"open in {opened:.0f} s; idle {idle_mb:.0f} MB, CPU {(later - cpu) / args.idle:.3f}", file=sys.stderr)
        if not args.words:
            return Figures(
                args.offices,
                args.processes,
                args.database,
                round(opened, 1),
                round(idle_mb),
                round((later - cpu) / args.idle, 3),
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                round(load, 1),
            )
        at_once = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(_register(office, at_once) for office in crowd.offices))
        known = [set(office.telegram.ledger.updates) for office in crowd.offices]
        began = monotonic()
        talks = [_write(office, args.words, random.Random(n), args.seconds) for n, office in enumerate(crowd.offices)]
        took = [one for talk in await asyncio.gather(*talks) for one in talk]
        seconds = monotonic() - began
        busy_mb, _ = _used(desks)
        await asyncio.sleep(1)
        kept = [
            (life.confirmed - life.created).total_seconds()
            for office, old in zip(crowd.offices, known, strict=True)
            for number, life in office.telegram.ledger.updates.items()
            if number not in old and life.confirmed is not None
        ]
        return Figures(
            offices=args.offices,
            processes=args.processes,
            database=args.database,
            open_seconds=round(opened, 1),
            idle_mb=round(idle_mb),
            idle_cpu=round((later - cpu) / args.idle, 3),
            written=len(took),
            seconds=round(seconds, 1),
            per_second=round(len(took) / seconds, 1),
            relay_p50=_part(took, 0.5),
            relay_p99=_part(took, 0.99),
            kept_p50=_part(kept, 0.5),
            kept_p99=_part(kept, 0.99),
            busy_mb=round(busy_mb),
            load_before=round(load, 1),
        )


async def run(args: argparse.Namespace) -> Figures:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "offices"
        folder.mkdir()
        if args.database == "sqlite":
            return await measure(folder, f"sqlite:///{name}/{{code}}.db", args)
        from tests.postgres import new_database, server_of

        async with new_database(server_of(f"bench-{os.getpid()}")) as url:
            return await measure(folder, f"{url}&connections=20" if "?" in url else f"{url}?connections=20", args)


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offices", type=int, default=548)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--idle", type=float, default=60.0, help="seconds to look on while nobody writes")
    parser.add_argument("--words", type=int, default=6, help="how many each office writes")
    parser.add_argument("--seconds", type=float, default=30.0, help="in about so many seconds")
    return parser.parse_args(words)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(asdict(asyncio.run(run(arguments(sys.argv[1:]))))))
