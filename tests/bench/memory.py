"""(g): resident memory: of an idle desk, and after a message of each of ten thousand users."""

import asyncio

from tests.bench.bench import Bench
from tests.bench.book import outcome, write
from tests.bench.contenders import Contender, desk, relay, running
from tests.bench.figures import Line
from tests.bench.ground import ground

SETTLE_SECONDS = 3.0
RELAYS = {"PTB": "ptb", "aiogram": "aiogram"}


async def memory(bench: Bench) -> list[Line]:
    return [await _idle(bench), await _many(bench)]


async def _idle(bench: Bench) -> Line:
    """One message after the start, which everybody relays, then a while of nothing."""
    contenders = {"desk": await bench.desk(1), **{name: relay(kind) for name, kind in RELAYS.items()}}
    found = {name: await _resting(bench, contender) for name, contender in contenders.items()}
    theirs = ", ".join(f"{name} {found[name]:.0f}" for name in RELAYS)
    return Line("(g) memory", "idle, MiB", f"{found['desk']:.0f}", theirs, "", "<= 100", found["desk"] <= 100)


async def _resting(bench: Bench, contender: Contender) -> float:
    async with ground(1) as here, running(contender, here, bench.fresh()) as process:
        await outcome(here, [await write(here, here.users[0], 0)], to_group=True)
        await asyncio.sleep(SETTLE_SECONDS)
        return process.memory_mb()


async def _many(bench: Bench) -> Line:
    """The highest it ever was, while all of them wrote at once."""
    users = bench.sized(10_000, 1_000)
    contender = desk(await bench.database(users))
    async with ground(users) as here, running(contender, here, bench.fresh()) as process:
        seen = await outcome(here, [await write(here, user, 0) for user in here.users], to_group=True)
        highest = process.memory_mb("VmHWM")
    what = f"{users:,} users who all wrote at once: highest, MiB"
    return Line("(g) memory", what, f"{highest:.0f}", "", "", "<= 140", highest <= 140 and not seen.lost)
