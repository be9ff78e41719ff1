"""`python -m tests.bench [--quick] [--only abc]`: run the scenarios, print the table, write docs/benchmarks.md."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import backlog, steady
from tests.bench.bench import Bench
from tests.bench.contenders import ROOT
from tests.bench.figures import Line

Scenario = Callable[[Bench], Awaitable[list[Line]]]

SCENARIOS: dict[str, Scenario] = {
    "a": backlog.loopback,
    "b": backlog.distant,
    "c": steady.steady,
}


async def run(names: Sequence[str], *, quick: bool) -> list[Line]:
    """The lines of these scenarios, on the disk of the checkout: a file system in memory would make fsync free."""
    (ROOT / "build").mkdir(exist_ok=True)
    lines = []
    with TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as folder:
        for name in names:
            found = await SCENARIOS[name](Bench(Path(folder), quick))
            lines += found
            for line in found: print(line, flush=True)
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="one round on small numbers, nothing written")
    parser.add_argument("--only", default="".join(SCENARIOS), help="letters of the scenarios, such as ac")
    options = parser.parse_args()
    lines = asyncio.run(run(options.only, quick=options.quick))


if __name__ == "__main__":
    main()
