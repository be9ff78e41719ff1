"""`python -m tests.bench.offices [--quick]`: one office and many, with files and in PostgreSQL, in one process or two.

It starts stand-ins for all offices in this process, `meja run` on their directory in others, lets people register,
write and be answered, and puts its tables into docs/benchmarks.md. It needs no network; PostgreSQL comes from the
tests' wheel and flushes each commit.
"""

import argparse
import asyncio
import gc
import os
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from storage.transfer import transfer
from tests.bench import backlog, report, steady
from tests.bench.backlog import drain
from tests.bench.bench import Bench
from tests.bench.city import City, Use, city_of
from tests.bench.contenders import ROOT, Contender, desk_at
from tests.bench.crowd import Talk, crowd_of
from tests.bench.figures import median_ratio, percentile
from tests.bench.steady import Day, day
from tests.postgres import OwnServer, new_database

PAGE = ROOT / "docs" / "benchmarks.md"
CONNECTIONS = 20


@dataclass(frozen=True)
class Size:
    """How much is asked: `words` of each office in about `seconds`, then `rush` of each at once; `idle` seconds."""

    offices: int = 548
    idle: float = 60.0
    words: int = 6
    seconds: float = 180.0
    rush: int = 4
    waiting: int = 2_000
    day: int = 300
    rounds: int = 3


SMALL = Size(offices=20, idle=5.0, words=4, seconds=10.0, rush=4, waiting=300, day=60, rounds=1)


@dataclass(frozen=True)
class Town:
    """What so many processes with all offices showed. `first_start` has tables and catalogues to make."""

    first_start: float
    start: float
    stop: float
    idle_mb: float
    idle: Use
    talk: Talk
    busy_mb: float
    rush: float
    rushing: Use
    load: float
    killed: tuple[int, float, float] | None = None
    stopped: tuple[int, float, float] | None = None


@dataclass
class Pair:
    """One office, round by round: with a file, and in PostgreSQL."""

    rates: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    days: tuple[list[Day], list[Day]] = field(default_factory=lambda: ([], []))


async def measure(folder: Path, url: str, count: int, size: Size, *, server: int = 0) -> Town:
    """`url`: where the rows are kept, with {code} where each office has a file of its own."""
    shared: dict[str, Any] = {
        "storage": {"url": url},
        "security": {"secret_file": f"{folder}/{{code}}.secret"},
        "log": {"level": "warning"},
    }
    load = os.getloadavg()[0]
    async with (
        crowd_of(size.offices, folder / "offices", shared) as crowd,
        city_of(crowd, count, url=url, server=server) as city,
    ):
        first_start = await city.start()
        await city.rest()
        stop = await city.stop()
        start = await city.start()
        await city.rest()
        gc.collect()
        idle = await _used(city, size.idle)
        idle_mb = city.memory_mb()
        print(f"  started in {first_start:.0f} s and {start:.0f} s, idle {idle_mb:.0f} MB, {idle}", flush=True)
        await crowd.register()
        gc.collect()
        talk = await crowd.talk(size.words, size.seconds)
        print(f"  {talk.updates_per_second:.1f} updates a second", flush=True)
        before = city.use()
        rush = await crowd.rush(size.rush)
        rushing, busy_mb = city.use() - before, city.memory_mb()
        print(f"  {rush:.0f} messages a second, {rushing}", flush=True)
        killed = stopped = None
        if count == 2:
            killed, stopped = await city.lose(kill=True), await city.lose(kill=False)
        return Town(first_start, start, stop, idle_mb, idle, talk, busy_mb, rush, rushing, load, killed, stopped)


async def _used(city: City, seconds: float) -> Use:
    before = city.use()
    await asyncio.sleep(seconds)
    return city.use() - before


async def one_office(bench: Bench, server: OwnServer, size: Size) -> Pair:
    """Interleaved: each round has both."""
    pair = Pair()
    for _ in range(size.rounds):
        for place in range(2):
            async with _contender(bench, server if place else None) as contender:
                pair.rates[place].append((await drain(bench, contender, size.waiting)).rate)
            async with _contender(bench, server if place else None) as contender:
                pair.days[place].append(await day(bench, contender, size.day))
    return pair


@asynccontextmanager
async def _contender(bench: Bench, server: OwnServer | None) -> AsyncIterator[Contender]:
    """The seeded desk with a file of its own, or in a database of its own."""
    users = max(backlog.USERS, steady.USERS)
    if server is None:
        yield await bench.desk(users)
        return
    async with new_database(server.url, empty=True) as url:
        await transfer(await bench.database(users), url)
        yield desk_at(url)


async def run(folder: Path, size: Size) -> tuple[Pair, list[Town]]:
    """One office, then all of them: with files, in PostgreSQL, and there in two processes."""
    server = OwnServer(folder / "postgres")
    try:
        await server.flush()
        pair = await one_office(Bench(folder, quick=True), server, size)
        print(f"  one office: {pair}", flush=True)
        (folder / "files").mkdir()
        towns = [await measure(folder / "files", f"sqlite:///{folder}/files/{{code}}.db", 1, size)]
        for count in (1, 2):
            (place := folder / f"processes-{count}").mkdir()
            async with new_database(server.url) as url:
                url += f"{'&' if '?' in url else '?'}connections={CONNECTIONS}"
                towns.append(await measure(place, url, count, size, server=server.pid))
        return pair, towns
    finally:
        server.close()


def tables(pair: Pair, towns: Sequence[Town], size: Size) -> str:
    """The section of the page."""
    return _PAGE.format(
        offices=size.offices,
        load=", ".join(f"{town.load:.1f}" for town in towns),
        one=report.markdown([("one office", "SQLite", "PostgreSQL", "ratio"), *_one_rows(pair, size)]),
        many=report.markdown([(f"{size.offices} offices", *_NAMES), *_many_rows(towns, size)]),
        over=report.markdown([("taken over by the other process", "offices", "first", "last"), *_over_rows(towns[-1])]),
        rounds=size.rounds,
    )


_NAMES = ("SQLite, one process", "PostgreSQL, one process", "PostgreSQL, two processes")
_PAGE = """\
## Many offices

Made by `make bench-offices`, in one run (load average before each column of the second table: {load}).

{one}

{many}

{over}

- The stand-ins of all offices with their people, the desks and PostgreSQL share the machine. In a rush the stand-ins
  want a core for themselves, so two processes cannot show there what two machines would.
- One office: as in (a) and (c) below, medians of {rounds} interleaved rounds. In PostgreSQL each of its messages takes
  about twenty statements; on a network every one of them costs a round trip.
- "Kept" is the time from the moment Telegram has a message until the desk confirms it, which it does after the commit.
- By turns: in each office somebody writes and an officer answers, and in each tenth one somebody registers meanwhile.
- In a rush everybody writes at once. A first start makes the tables and reads each office's catalogue of questions.
- Taken over: from the SIGKILL or SIGTERM of one process until the other has opened the first, and the last, of its
  offices.
"""


def _one_rows(pair: Pair, size: Size) -> list[tuple[str, ...]]:
    rows = [_row(f"{size.waiting:,} waiting updates: messages a second", pair.rates, "{:,.0f}")]
    names = {
        "20 messages a second: relayed p50, ms": "p50",
        "… p99, ms": "p99",
        "… kept p50, ms": "kept_p50",
        "… kept p99, ms": "kept_p99",
        "… CPU of the desk for each, ms": "cpu",
    }
    for what, name in names.items():
        ours, theirs = ([getattr(one, name) for one in days] for days in pair.days)
        rows.append(_row(what, (ours, theirs), "{:.1f}"))
    return rows


def _row(what: str, values: tuple[list[float], list[float]], form: str) -> tuple[str, ...]:
    file, postgres = values
    return what, form.format(median(file)), form.format(median(postgres)), f"{median_ratio(postgres, file):.2f}"


def _many_rows(towns: Sequence[Town], size: Size) -> list[tuple[str, ...]]:
    messages = size.rush * size.offices

    def cell(form: str, *values: float) -> str:
        return form.format(*values)

    def row(what: str, *cells: str) -> tuple[str, ...]:
        return what, *cells

    return [
        row("first start, all open, s", *(cell("{:.0f}", town.first_start) for town in towns)),
        row("a later start, s", *(cell("{:.0f}", town.start) for town in towns)),
        row("stop, s", *(cell("{:.1f}", town.stop) for town in towns)),
        row("nobody writes: memory of the desks, MB", *(cell("{:.0f}", town.idle_mb) for town in towns)),
        row(
            "… share of a core: desks + database server",
            *(cell("{:.2f} + {:.2f}", town.idle.desks / size.idle, town.idle.server / size.idle) for town in towns),
        ),
        row("by turns: updates a second", *(cell("{:.1f}", town.talk.updates_per_second) for town in towns)),
        row("… relayed p50 / p99, ms", *(_both(town.talk.relayed) for town in towns)),
        row("… kept p50 / p99, ms", *(_both(town.talk.kept) for town in towns)),
        row("rush: messages a second", *(cell("{:.0f}", town.rush) for town in towns)),
        row(
            "… CPU for each, ms: desks + database server + stand-ins",
            *(
                cell("{:.1f} + {:.1f} + {:.1f}", *(1000 * seconds / messages for seconds in _parts(town.rushing)))
                for town in towns
            ),
        ),
        row("memory of the desks after it, MB", *(cell("{:.0f}", town.busy_mb) for town in towns)),
    ]


def _parts(use: Use) -> tuple[float, float, float]:
    return use.desks, use.server, use.stand_in


def _both(values: list[float]) -> str:
    return f"{percentile(values, 0.5):.0f} / {percentile(values, 0.99):.0f}"


def _over_rows(town: Town) -> list[tuple[str, ...]]:
    found = {"kill -9": town.killed, "stopped": town.stopped}
    return [(how, f"{it[0]}", f"{it[1]:.1f} s", f"{it[2]:.1f} s") for how, it in found.items() if it is not None]


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-offices")
    parser.add_argument("--quick", action="store_true", help="small numbers, nothing written")
    quick = parser.parse_args().quick
    warnings.simplefilter("ignore")
    size = SMALL if quick else Size()
    # On the disk of the checkout: where /tmp is in memory, fsync would cost nothing.
    (ROOT / "build").mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as folder:
        section = tables(*asyncio.run(run(Path(folder), size)), size)
    print(section)
    if not quick:
        report.put_section(PAGE, section)


if __name__ == "__main__":
    main()
