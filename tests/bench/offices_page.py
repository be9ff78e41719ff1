"""What the measurement of offices found, and its two sections of docs/benchmarks.md."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench import report
from tests.bench.city import Use
from tests.bench.crowd import Talk
from tests.bench.figures import median_ratio, percentile
from tests.bench.steady import Day


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
    """One office, round by round: with a file, and in PostgreSQL. `loads`: the load average before each round."""

    loads: list[float] = field(default_factory=list)
    rates: tuple[list[float], list[float]] = field(default_factory=lambda: ([], []))
    days: tuple[list[Day], list[Day]] = field(default_factory=lambda: ([], []))


_ONE = """\
## One office in PostgreSQL

Made by `make bench-offices`; load average before each round: {load}.

{table}

- As in (a) and (c) below, medians of {rounds} interleaved rounds; each commit is flushed to the disk in both.
- "Kept" is the time from the moment Telegram has a message until the desk confirms it, which it does after the commit.
- In PostgreSQL each message takes some twenty statements. Each of them waits until the server has had its turn on a
  core, and the desk has it again: the busier the machine, the farther apart are the two columns. Telegram takes at most
  30 messages a second from an office's bot, and 20 a minute in its group.
"""
_MANY = """\
## Many offices

Made by `make bench-offices`, one column after the other; load average before each: {load}.

{table}

{over}

- The stand-ins of all offices with their people, the desks and PostgreSQL share the machine. In a rush the stand-ins
  want a core for themselves, so two processes cannot show there what two machines would.
- By turns: in each office somebody writes and an officer answers, and in each tenth one somebody registers meanwhile.
- In a rush everybody writes at once. A first start makes the tables and reads each office's catalogue of questions.
- Taken over: from the SIGKILL or SIGTERM of one process until the other has opened the first, and the last, of its
  offices.
"""
_NAMES = ("SQLite, one process", "PostgreSQL, one process", "PostgreSQL, two processes")


def one_section(pair: Pair, size: Size) -> str:
    """One office, with a file and in PostgreSQL."""
    table = report.markdown([("one office", "SQLite", "PostgreSQL", "ratio"), *_one_rows(pair, size)])
    return _ONE.format(load=_loads(pair.loads), table=table, rounds=size.rounds)


def many_section(towns: Sequence[Town], size: Size) -> str:
    """All offices, with files, in PostgreSQL, and there in two processes."""
    return _MANY.format(
        load=_loads([town.load for town in towns]),
        table=report.markdown([(f"{size.offices} offices", *_NAMES), *_many_rows(towns, size)]),
        over=report.markdown([("taken over by the other process", "offices", "first", "last"), *_over_rows(towns[-1])]),
    )


def _loads(loads: Sequence[float]) -> str:
    return ", ".join(f"{load:.1f}" for load in loads)


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
