"""`python -m tests.simulation --seeds N --start S` plays so many worlds; `--seed S` plays one again and tells of it."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from tests.simulation.play import Outcome, simulate
from tests.simulation.world import Studio

# A file system in memory, where there is one: the databases of a night are many.
MEMORY = Path("/dev/shm")
FAILED = 1
console = Console()


@contextmanager
def studio() -> Iterator[Studio]:
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Studio(Path(folder))


def main(
    seeds: Annotated[int, typer.Option(help="How many worlds.")] = 100,
    start: Annotated[int, typer.Option(help="The first seed.")] = 0,
    seed: Annotated[int | None, typer.Option(help="Play this one only.")] = None,
) -> None:
    """Play worlds until one breaks a promise."""
    one_only = seed is not None
    chosen: Iterable[int] = (
        [seed] if seed is not None else track(range(start, start + seeds), "worlds", console=console)
    )
    with studio() as place:
        for number in chosen:
            outcome = simulate(number, place)
            if one_only or outcome.faults:
                _tell(outcome)
            if outcome.faults:
                sys.exit(FAILED)


def _tell(outcome: Outcome) -> None:
    """What there is to know of a world, and how to play it again."""
    console.print(
        f"seed {outcome.seed}: {outcome.said} messages, {outcome.requests} requests, {outcome.lives} processes,"
        f" fingerprint {outcome.fingerprint}"
    )
    for fault in outcome.faults:
        console.print(f"  {fault}", style="red", markup=False, highlight=False, soft_wrap=True)
    if outcome.faults:
        console.print(f"again: python -m tests.simulation --seed {outcome.seed}", markup=False)


if __name__ == "__main__":
    typer.run(main)
