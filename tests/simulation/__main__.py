"""`python -m tests.simulation --seeds N --start S` plays so many worlds; `--seed S` plays one again and tells of it."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from tests.simulation.night import played, studio
from tests.simulation.play import Outcome, simulate

FAILED = 1
EVERY = 100  # worlds between two lines
console = Console(highlight=False)


def main(
    seeds: Annotated[int, typer.Option(help="How many worlds.")] = 100,
    start: Annotated[int, typer.Option(help="The first seed.")] = 0,
    seed: Annotated[int | None, typer.Option(help="Play this one only.")] = None,
    jobs: Annotated[int, typer.Option(help="How many processes.")] = 1,
) -> None:
    """Play all these worlds; the exit code is 1 when one of them broke a promise."""
    failed = _one(seed) if seed is not None else _many(range(start, start + seeds), jobs)
    sys.exit(FAILED if failed else 0)


def _one(seed: int) -> bool:
    with studio() as place:
        outcome = simulate(seed, place)
    _tell(outcome)
    return bool(outcome.faults)


def _many(seeds: range, jobs: int) -> int:
    failed = 0
    for done, outcome in enumerate(played(seeds, jobs=jobs), 1):
        if outcome.faults:
            failed += 1
            _tell(outcome)
        if done % EVERY == 0 or done == len(seeds):
            console.print(f"{datetime.now(UTC):%H:%M:%S}Z {done} of {len(seeds)} worlds, {failed} failed")
    return failed


def _tell(outcome: Outcome) -> None:
    """What there is to know of a world, and how to play it again."""
    console.print(
        f"seed {outcome.seed}: {outcome.said} messages, {outcome.requests} requests, {outcome.lives} processes,"
        f" fingerprint {outcome.fingerprint}"
    )
    for fault in outcome.faults:
        console.print(f"  {fault}", style="red", markup=False, soft_wrap=True)
    if outcome.faults:
        console.print(f"again: python -m tests.simulation --seed {outcome.seed}", markup=False)


if __name__ == "__main__":
    typer.run(main)
