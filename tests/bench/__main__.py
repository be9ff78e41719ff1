"""`python -m tests.bench [--quick] [--only abc]`: run the scenarios, print the table, write docs/benchmarks.md."""

import argparse
import asyncio
import gc
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.bench import backlog, burst, limits, memory, paper, report, start, steady
from tests.bench.bench import Bench
from tests.bench.contenders import ROOT
from tests.bench.figures import Line

Scenario = Callable[[Bench], Awaitable[list[Line]]]

SCENARIOS: dict[str, Scenario] = {
    "a": backlog.loopback,
    "b": backlog.distant,
    "c": steady.steady,
    "d": limits.limited,
    "e": burst.bursts,
    "f": start.starts,
    "g": memory.memory,
    "h": paper.reports,
}
PAGE = ROOT / "docs" / "benchmarks.md"


async def run(bench: Bench, names: Sequence[str]) -> list[Line]:
    """The lines of these scenarios, in their order."""
    lines = []
    for name in names:
        began = monotonic()
        lines += await SCENARIOS[name](bench)
        gc.collect()
        print(f"({name}) took {monotonic() - began:.0f} s", flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="one round on small numbers, nothing written")
    parser.add_argument("--only", default="".join(SCENARIOS), help="letters of the scenarios, such as ac")
    options = parser.parse_args()
    # On the disk of the checkout: where /tmp is in memory, fsync would cost nothing.
    (ROOT / "build").mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as folder:
        bench = Bench(Path(folder), quick=options.quick)
        lines = asyncio.run(run(bench, options.only))
    report.show(lines)
    if not options.quick and set(options.only) == set(SCENARIOS):
        report.write(PAGE, lines, rounds=bench.rounds)


if __name__ == "__main__":
    main()
