"""`python -m tests.soak`: a long run of the real desk; exit code 1 when a promise was broken."""

import asyncio
import signal
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tests.soak.soak import Outcome, Plan, WrongPlace, soak
from tests.soak.table import broken, lines

SHOWN = 10


def main(
    updates: Annotated[int, typer.Option(help="How many updates.")] = 20_000,
    hours: Annotated[float, typer.Option(help="Instead: for so many hours at this rate.")] = 0.0,
    rate: Annotated[float, typer.Option(help="Updates a second; 0: as fast as it goes.")] = 10.0,
    faults: Annotated[float, typer.Option(help="Of a hundred requests, how many go wrong.")] = 1.0,
    kills: Annotated[int, typer.Option(help="How often the desk is killed (SIGKILL).")] = 0,
    days: Annotated[float, typer.Option(help="How much of the desk's time passes besides.")] = 0.0,
    users: Annotated[int, typer.Option(help="How many users.")] = 60,
    seed: Annotated[int, typer.Option(help="Of traffic and kills.")] = 1,
) -> None:
    wanted = int(hours * 3600 * rate) if hours and rate else updates
    plan = Plan(wanted, rate=rate, faults=faults, kills=kills, days=days, users=users, seed=seed)
    with TemporaryDirectory() as folder:
        try:
            outcome = asyncio.run(_run(plan, Path(folder)))
        except* WrongPlace as found:
            _tell(f"STOPPED: {found.exceptions}")
            sys.exit(1)
    _show(outcome)
    sys.exit(1 if broken(outcome) else 0)


async def _run(plan: Plan, folder: Path) -> Outcome:
    """SIGTERM ends it as Ctrl-C does: no process is left behind."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await soak(plan, folder, _tell)


def _show(outcome: Outcome) -> None:
    for name, value in lines(outcome):
        _tell(f"{name:<58} {value}")
    for promise, faults in _by_promise(broken(outcome)).items():
        _tell(f"BROKEN {len(faults)} times: {promise}")
        for fault in faults[:SHOWN]:
            _tell(f"  {fault}")


def _by_promise(faults: list[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for fault in faults:
        found[fault.partition(":")[0]].append(fault)
    return found


def _tell(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    typer.run(main)
