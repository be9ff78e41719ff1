"""(f): from the start of the process to the first handled update, and with a large archive."""

from dataclasses import dataclass
from statistics import median

from tests.bench.bench import Bench
from tests.bench.book import outcome, write
from tests.bench.contenders import Contender, desk, relay, running
from tests.bench.figures import Line
from tests.bench.ground import ground

USERS = 50
OPEN_SECONDS = 60.0


@dataclass(frozen=True)
class Start:
    """Seconds from the start of the process."""

    opened: float
    handled: float


async def _start(bench: Bench, contender: Contender, users: int, *, says_open: bool) -> Start:
    """One message waits when the process starts."""
    async with ground(users) as here:
        offers = [await write(here, here.users[-1], 0)]
        async with running(contender, here, bench.fresh()) as process:
            seen = await outcome(here, offers, to_group=True)
            opened = await process.is_open(within=OPEN_SECONDS) if says_open else process.started
        return Start((opened - process.started).total_seconds(), (seen.last - process.started).total_seconds())


async def starts(bench: Bench) -> list[Line]:
    return [await _small(bench), *await _large(bench)]


async def _small(bench: Bench) -> Line:
    ours, others = await bench.desk(USERS), {"PTB": relay("ptb"), "aiogram": relay("aiogram")}
    seconds: dict[str, list[float]] = {"desk": [], **{name: [] for name in others}}
    for _ in range(bench.rounds):
        for name, contender in {"desk": ours, **others}.items():
            seconds[name].append((await _start(bench, contender, USERS, says_open=False)).handled)
    typical = {name: median(values) for name, values in seconds.items()}
    theirs = ", ".join(f"{name} {typical[name]:.2f}" for name in others)
    what = "start to first handled update, s"
    return Line("(f) start", what, f"{typical['desk']:.2f}", theirs, "", "<= 1.5", typical["desk"] <= 1.5)


async def _large(bench: Bench) -> list[Line]:
    """On one and the same database, as after a crash."""
    users, messages = bench.sized(10_000, 1_000), bench.sized(1_000_000, 50_000)
    database = await bench.archive(users, messages)
    contender = desk(database, copied=False)
    runs = [await _start(bench, contender, users, says_open=True) for _ in range(bench.rounds)]
    opened, handled = median(run.opened for run in runs), median(run.handled for run in runs)
    scenario = f"(f) {users:,} open tickets, {messages:,} messages ({database.stat().st_size / 2**20:,.0f} MiB)"
    return [
        Line(scenario, "start to ready, s", f"{opened:.2f}", "", "", "<= 3", opened <= 3),
        Line(scenario, "start to first handled update, s", f"{handled:.2f}", "", "", "<= 5", handled <= 5),
    ]
