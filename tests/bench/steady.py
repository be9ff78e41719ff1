"""(c): an ordinary busy day: 20 messages a second; how long each takes from offered to sent, and what it costs."""

import asyncio
import gc
from dataclasses import dataclass
from statistics import median

from tests.bench.bench import Bench
from tests.bench.book import kept_ms, outcome, write
from tests.bench.contenders import Contender, relay, running
from tests.bench.figures import Line, median_ratio, percentile
from tests.bench.ground import ground

USERS = 50
EVERY = 1 / 20
WARM_UP = 20


@dataclass(frozen=True)
class Day:
    """Milliseconds from offered to sent, and of CPU for each message; to the moment it was confirmed."""

    p50: float
    p99: float
    cpu: float
    kept_p50: float
    kept_p99: float


async def day(bench: Bench, contender: Contender, messages: int) -> Day:
    """20 messages a second of 50 users, after a few to warm up."""
    async with ground(USERS) as here, running(contender, here, bench.fresh()) as process:
        await outcome(here, [await write(here, here.users[n], -1) for n in range(WARM_UP)], to_group=True)
        gc.collect()
        known = set(here.telegram.ledger.updates)
        offers, loop = [], asyncio.get_running_loop()
        used, start = process.cpu_seconds, loop.time()
        for number in range(messages):
            await asyncio.sleep(start + number * EVERY - loop.time())
            offers.append(await write(here, here.users[number % USERS], number))
        delays = (await outcome(here, offers, to_group=True)).delays_ms
        cpu = (process.cpu_seconds - used) / messages * 1000
        kept = kept_ms(here.telegram, known)
        return Day(
            percentile(delays, 0.5), percentile(delays, 0.99), cpu, percentile(kept, 0.5), percentile(kept, 0.99)
        )


async def steady(bench: Bench) -> list[Line]:
    messages = bench.sized(300, 100)
    desk, ptb = await bench.desk(USERS), relay("ptb")
    ours, theirs = [], []
    for _ in range(bench.rounds):
        ours.append(await day(bench, desk, messages))
        theirs.append(await day(bench, ptb, messages))
    return [_line(what, name, ours, theirs, at_most) for what, name, at_most in FIGURES]


FIGURES = (
    ("p99 from update offered to message sent, ms", "p99", 2.0),
    ("the same, median, ms", "p50", None),
    ("CPU for each message, ms", "cpu", 1.0),
)


def _line(what: str, name: str, ours: list[Day], theirs: list[Day], at_most: float | None) -> Line:
    our, their = [getattr(run, name) for run in ours], [getattr(run, name) for run in theirs]
    ratio = median_ratio(our, their)
    return Line(
        "(c) 20 messages a second",
        what,
        f"{median(our):.1f}",
        f"PTB {median(their):.1f}",
        f"{ratio:.2f}",
        f"<= {at_most}x PTB" if at_most else "",
        at_most is None or ratio <= at_most,
    )
