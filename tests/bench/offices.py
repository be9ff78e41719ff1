"""`python -m tests.bench.offices [--quick] [--only one|many]`: one office, and 548, with files and in PostgreSQL.

It starts stand-ins for all offices in this process, `meja run` on their directory in others, lets people register,
write and be answered, and puts its sections into docs/benchmarks.md. It needs no network; PostgreSQL comes from the
tests' wheel and flushes each commit.
"""

import argparse
import asyncio
import gc
import os
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from storage.transfer import transfer
from tests.bench import backlog, report, steady
from tests.bench.backlog import drain
from tests.bench.bench import Bench
from tests.bench.city import City, Use, city_of
from tests.bench.contenders import ROOT, Contender, desk_at
from tests.bench.crowd import crowd_of
from tests.bench.offices_page import SMALL, Pair, Size, Town, many_section, one_section
from tests.bench.steady import day
from tests.postgres import OwnServer, new_database

PAGE = ROOT / "docs" / "benchmarks.md"
CONNECTIONS = 20


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
        pair.loads.append(os.getloadavg()[0])
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


async def many_offices(folder: Path, server: OwnServer, size: Size) -> list[Town]:
    """All of them with files, in PostgreSQL, and there in two processes."""
    (folder / "files").mkdir()
    towns = [await measure(folder / "files", f"sqlite:///{folder}/files/{{code}}.db", 1, size)]
    for count in (1, 2):
        (place := folder / f"processes-{count}").mkdir()
        async with new_database(server.url) as url:
            url += f"{'&' if '?' in url else '?'}connections={CONNECTIONS}"
            towns.append(await measure(place, url, count, size, server=server.pid))
    return towns


async def run(folder: Path, size: Size, only: str) -> list[str]:
    """The sections of the page."""
    server = OwnServer(folder / "postgres")
    try:
        await server.flush()
        sections = []
        if only != "many":
            sections.append(one_section(await one_office(Bench(folder, quick=True), server, size), size))
        if only != "one":
            sections.append(many_section(await many_offices(folder, server, size), size))
        return sections
    finally:
        server.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-offices")
    parser.add_argument("--quick", action="store_true", help="small numbers, nothing written")
    parser.add_argument("--only", choices=("one", "many"), default="", help="one office, or many")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    size = SMALL if options.quick else Size()
    # On the disk of the checkout: where /tmp is in memory, fsync would cost nothing.
    (ROOT / "build").mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as folder:
        for section in asyncio.run(run(Path(folder), size, options.only)):
            print(section)
            if not options.quick:
                report.put_section(PAGE, section)


if __name__ == "__main__":
    main()
