"""(a), (b): what waited while the contender was down: how fast it is relayed, and in which order."""

import gc
from dataclasses import dataclass
from statistics import median

from bot.playground.faults import Fault
from tests.bench.bench import Bench
from tests.bench.book import outcome, write
from tests.bench.contenders import Contender, relay, running
from tests.bench.figures import Line, median_ratio
from tests.bench.ground import ground

USERS = 50
CALL_SECONDS = 0.06
# The PTB relay sends one message after the other: with 60 ms each, 2,000 would take two minutes a round.
FEW = 200


@dataclass(frozen=True)
class Drain:
    """How one backlog was worked off; messages a second from the first update served to the last message sent."""

    rate: float
    lost: int
    reordered: int


async def drain(bench: Bench, contender: Contender, messages: int, *, call_seconds: float = 0.0) -> Drain:
    """`messages` of 50 users wait; `call_seconds` is what every API call takes."""
    async with ground(USERS) as here:
        if call_seconds:
            here.telegram.break_with(Fault(what="delay", times=None, delay=call_seconds))
        offers = [await write(here, here.users[n % USERS], n // USERS) for n in range(messages)]
        gc.collect()
        async with running(contender, here, bench.fresh()):
            seen = await outcome(here, offers, to_group=True)
        served = min(life.served for life in here.telegram.ledger.updates.values() if life.served)
        return Drain(len(seen.arrived) / (seen.last - served).total_seconds(), seen.lost, seen.reordered)


async def loopback(bench: Bench) -> list[Line]:
    """(a) The server answers at once."""
    messages = bench.sized(2000, 500)
    contenders = [await bench.desk(USERS), relay("ptb"), relay("aiogram")]
    ours, ptb, aiogram = await _rounds(bench, dict.fromkeys(contenders, messages))
    return [
        _against(ours, "aiogram", aiogram, at_least=1.0, what=f"(a) {messages:,} waiting updates of {USERS} users"),
        _against(ours, "PTB", ptb, at_least=1.5, what=f"(a) {messages:,} waiting updates of {USERS} users"),
        _whole("(a)", ours, [("PTB", ptb), ("aiogram", aiogram)]),
    ]


async def distant(bench: Bench) -> list[Line]:
    """(b) Every call takes 60 ms, as over the real internet."""
    messages, few = bench.sized(2000, 500), bench.sized(FEW, 40)
    sizes = {await bench.desk(USERS): messages, relay("ptb"): few, relay("aiogram"): messages}
    ours, ptb, aiogram = await _rounds(bench, sizes, call_seconds=CALL_SECONDS)
    rate = median(run.rate for run in ours)
    others = f"PTB {median(run.rate for run in ptb):,.0f}, aiogram {median(run.rate for run in aiogram):,.0f}"
    return [
        Line("(b) 60 ms for each API call", "messages a second", f"{rate:,.0f}", others, "", ">= 300", rate >= 300),
        _whole("(b)", ours, [("PTB", ptb), ("aiogram", aiogram)]),
    ]


async def _rounds(bench: Bench, sizes: dict[Contender, int], *, call_seconds: float = 0.0) -> list[list[Drain]]:
    """Interleaved: each round runs every contender once."""
    runs: dict[Contender, list[Drain]] = {contender: [] for contender in sizes}
    for _ in range(bench.rounds):
        for contender, messages in sizes.items():
            runs[contender].append(await drain(bench, contender, messages, call_seconds=call_seconds))
    return list(runs.values())


def _against(ours: list[Drain], name: str, theirs: list[Drain], *, at_least: float, what: str) -> Line:
    ratio = median_ratio([run.rate for run in ours], [run.rate for run in theirs])
    our, their = median(run.rate for run in ours), median(run.rate for run in theirs)
    return Line(
        what,
        "messages a second",
        f"{our:,.0f}",
        f"{name} {their:,.0f}",
        f"{ratio:.2f}",
        f">= {at_least}x {name}",
        ratio >= at_least,
    )


def _whole(scenario: str, ours: list[Drain], others: list[tuple[str, list[Drain]]]) -> Line:
    """Lost and out of order, in the worst round."""
    worst = max(run.lost for run in ours), max(run.reordered for run in ours)
    theirs = ", ".join(
        f"{name} {max(run.lost for run in runs)} / {max(run.reordered for run in runs)}" for name, runs in others
    )
    return Line(scenario, "lost / out of order", "{} / {}".format(*worst), theirs, "", "0 / 0", worst == (0, 0))
