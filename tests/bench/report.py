"""The table on the screen, and docs/benchmarks.md."""

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Line

HEADINGS = ("scenario", "what", "desk", "yardstick", "ratio", "target", "met")
KEPT = ("## One office in PostgreSQL", "## Many offices")
_MARKS = {True: "yes", False: "**no**"}

_PAGE = """\
# Benchmarks

Made by `make bench` on {date}: {machine}. Every figure is of this one run.

{verdict}

{table}

{offices}## How it is measured

- Each contender is a process of its own; the stand-in of Telegram runs in the process of the benchmark. All of it
  shares the machine's {cores} cores with whatever else runs there. Rounds are interleaved (desk, PTB, aiogram, desk …);
  figures are medians of {rounds} rounds, ratios are medians of the ratios of each round.
- The yardsticks are bare relays of some 40 lines on stock python-telegram-bot and aiogram (`tests/bench/ptb_relay.py`,
  `tests/bench/aiogram_relay.py`): one fixed topic, a dict in memory, no desk, no database. The desk does what it always
  does: every update and every step is committed with fsync (SQLite, `synchronous = FULL`) to the disk of the checkout.
- Nobody is asked for times: a message is offered when the stand-in queues its update, and sent when the request that
  sends it on arrives. (a) and (b) run from the first update served to the last message sent: starting does not count.
- Where the stand-in has no limits, the desk is told so by `telegram.pace`. In (d) and (e) both know the same limits,
  the group's minute scaled down to six seconds: what is lost at the edge of a window weighs ten times as much.
- (b) gives the PTB relay a tenth of the messages, which changes nothing for a relay that sends one after the other.
- (e) compares with the shortest time in which one message for each call could pass the limit, not with a run.
- (f) counts from the start of the process, imports included; the file cache is warm. (g) is resident memory by `/proc`.
"""


def show(lines: Sequence[Line]) -> None:
    """Print the table."""
    table = Table(*HEADINGS)
    for line in lines:
        style = None if line.met else "bold red"
        table.add_row(*_cells(line, {True: "yes", False: "no"}), style=style)
    Console(width=None if os.isatty(1) else 160).print(table)


def write(path: Path, lines: Sequence[Line], *, rounds: int) -> None:
    """Write the page for the record; the sections on offices in PostgreSQL stay."""
    path.write_text(
        _PAGE.format(
            date=f"{datetime.now(UTC):%d %B %Y, %H.%M UTC}",
            machine=machine(),
            verdict=_verdict(lines),
            table=markdown([HEADINGS, *(_cells(line, _MARKS) for line in lines)]),
            cores=os.cpu_count(),
            rounds=rounds,
            offices="".join(part for part in _sections(path) if part.startswith(KEPT)),
        ),
        encoding="utf-8",
    )


def put_section(path: Path, section: str) -> None:
    """Write one of the sections on offices in PostgreSQL; all else of the page stays."""
    parts = _sections(path)
    mine = {part.partition("\n")[0]: part for part in parts if part.startswith(KEPT)}
    mine[section.partition("\n")[0]] = f"{section}\n"
    first, *rest = (part for part in parts if not part.startswith(KEPT))
    path.write_text("".join([first, *(mine[name] for name in KEPT if name in mine), *rest]), encoding="utf-8")


def _sections(path: Path) -> list[str]:
    """What stands before the first heading of the page, and each part under one."""
    return re.split(r"(?m)^(?=## )", path.read_text(encoding="utf-8")) if path.exists() else []


def machine() -> str:
    """Cores, processor, operating system, Python."""
    cpu = next(
        (row.partition(":")[2].strip() for row in _cpu_info() if row.startswith("model name")), platform.machine()
    )
    return (
        f"{os.cpu_count()} cores of {cpu}, {platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def _cpu_info() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []


def _verdict(lines: Sequence[Line]) -> str:
    missed = [f"{line.scenario}: {line.what} ({line.ours}, target {line.target})" for line in lines if not line.met]
    if not missed:
        return f"All {len(lines)} lines meet their target."
    return "\n".join(
        [
            f"{len(lines) - len(missed)} of {len(lines)} lines meet their target. Not met:",
            "",
            *(f"- {miss}" for miss in missed),
        ]
    )


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """A table; the first row is its head."""
    lines = [rows[0], ("---",) * len(rows[0]), *rows[1:]]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(line: Line, marks: dict[bool, str]) -> tuple[str, ...]:
    *cells, met = (getattr(line, field.name) for field in fields(line))
    return (*cells, marks[met])
