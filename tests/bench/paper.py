"""(h): reports on a year of all offices: figures of a month, workbook, paper, board, memory."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, sleep
from typing import TypeVar

from bot.reports import paper, snapshots, xlsx
from bot.reports.board import board_params
from bot.reports.book import Book
from bot.reports.material import figures_of
from bot.reports.periods import parse
from bot.reports.shares import MonthShares
from bot.reports.snapshots import Asked
from bot.reports.words import Words
from bot.texts import OfficeFacts, Texts
from storage import open_beside
from storage.base import Reader
from tests.bench.bench import Bench
from tests.bench.figures import Line
from tests.bench.year import BUSY, MONTH, NOW, OFFICES, WAITING, ZONE, calendar, year

LOOK_SECONDS = 0.02
Result = TypeVar("Result")
SETTINGS = """
[office]
code = "{office}"
name = "BPS Kabupaten Contoh"
[telegram]
token = "42:STANDIN"
staff_chat_id = -1001234567890
[mail]
host = "localhost"
from_address = "konsultasi@contoh.go.id"
[storage]
url = "sqlite:///{database}"
"""


async def reports(bench: Bench) -> list[Line]:
    offices, tickets = bench.sized(OFFICES, 20), bench.sized(10_000, 500)
    database = await year(bench.folder / "year.db", offices=offices, tickets=tickets)
    store = await open_beside(f"sqlite:///{database}")
    try:
        async with store.reader() as reader:
            lines = await _figures(bench, reader, offices)
            lines += await _board(bench, reader)
            lines += await _files(bench, await _book(reader))
    finally:
        await store.close()
    return [*lines, await _memory(database)]


async def _timed(rounds: int, work: Callable[[], Awaitable[Result]]) -> tuple[float, Result]:
    """The median seconds of so many rounds, and what the last one gave."""
    seconds = []
    for _ in range(rounds):
        began = perf_counter()
        result = await work()
        seconds.append(perf_counter() - began)
    return median(seconds), result


async def _figures(bench: Bench, reader: Reader, offices: int) -> list[Line]:
    office_calendar, month = calendar(), parse(MONTH, today=NOW.date())

    async def one(office: str) -> int:
        found = await figures_of(reader, month, office=office, calendar=office_calendar, now=NOW)
        return found.opened

    async def every() -> int:
        return sum([await one(str(code)) for code in range(1000, 1000 + offices)])

    single, _ = await _timed(bench.rounds, lambda: one("1000"))
    busy, opened = await _timed(bench.rounds, lambda: one(BUSY))
    country, total = await _timed(1, every)
    what = "(h) reports"
    return [
        Line(what, "a month's figures, one office of the year, s", f"{single:.3f}", "", "", "<= 0.5", single <= 0.5),
        Line(what, f"the same, an office with {opened:,} in it, s", f"{busy:.2f}", "", "", "", True),
        Line(what, f"the same, {offices} offices one by one ({total:,}), s", f"{country:.1f}", "", "", "", True),
    ]


async def _board(bench: Bench, reader: Reader) -> list[Line]:
    shares, office_calendar = MonthShares(), calendar()

    async def draw() -> int:
        board = await board_params(
            reader, office=WAITING, calendar=office_calendar, now=NOW, staff_chat="-1001", shares=shares
        )
        return int(board["waiting_officer"])

    await draw()
    seconds, waiting = await _timed(bench.rounds, draw)
    what = f"/sla with {waiting:,} open tickets, ms"
    return [Line("(h) reports", what, f"{1000 * seconds:.0f}", "", "", "<= 50", seconds <= 0.05)]


async def _book(reader: Reader) -> Book:
    asked = Asked(BUSY, parse(MONTH, today=NOW.date()), calendar(), NOW, actor="bench")
    return (await snapshots.book_of(reader, asked))[0]


async def _files(bench: Bench, book: Book) -> list[Line]:
    facts = OfficeFacts(code=BUSY, name="BPS Kabupaten Contoh", zone=ZONE, zone_label="WIB")
    words = Words(Texts(facts).speaking("id"), ZONE, answer_days=3)
    rows = len(book.table("tickets").rows)
    with TemporaryDirectory() as folder:

        async def workbook() -> None:
            xlsx.write(book, words, Path(folder) / "report.xlsx")

        async def sheet() -> None:
            paper.write(book, words, paper.Letter("BPS Kabupaten Contoh"), Path(folder) / "report.pdf")

        await sheet()  # the libraries are loaded once in a process
        table, _ = await _timed(bench.rounds, workbook)
        page, _ = await _timed(bench.rounds, sheet)
    return [
        Line("(h) reports", f"workbook of {rows:,} tickets, s", f"{table:.2f}", "", "", "<= 3", table <= 3),
        Line("(h) reports", "the paper, s", f"{page:.2f}", "", "", "<= 1", page <= 1),
    ]


async def _memory(database: Path) -> Line:
    """What `meja report` takes for the busiest office."""
    config = database.with_suffix(".toml")
    config.write_text(SETTINGS.format(office=BUSY, database=database))
    order = [sys.executable, "-m", "bot", "report", "--config", str(config), "--period", MONTH]
    order += ["--out", str(database.parent / "out"), "--kinds", "png,pdf,xlsx"]
    began = perf_counter()
    megabytes = await asyncio.to_thread(_most_memory, order)
    what = f"`meja report` whole ({perf_counter() - began:.1f} s), most memory, MB"
    return Line("(h) reports", what, f"{megabytes:.0f}", "", "", "<= 300", megabytes <= 300)


def _most_memory(order: list[str]) -> float:
    """In MiB: the process and its forks together, what they share counted once; looked at all the time."""
    most, report = 0.0, subprocess.Popen(order)
    while report.poll() is None:
        children = Path(f"/proc/{report.pid}/task/{report.pid}/children")
        with suppress(OSError):  # it ends meanwhile
            most = max(most, sum(map(_share, [str(report.pid), *children.read_text().split()])))
        sleep(LOOK_SECONDS)
    if report.returncode:
        raise RuntimeError(f"meja report ended with {report.returncode}")
    return most


def _share(process: str) -> float:
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024
