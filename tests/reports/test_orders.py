"""Orders run in a process of their own: whatever becomes of it, the event loop goes on and nothing is left behind."""

import asyncio
import multiprocessing
import os
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.channels.base import Document
from bot.reports.orders import Make, NotMade, Orders
from bot.reports.workshop import Wish
from bot.settings import Settings
from tests.catalogue.conftest import settings_with

NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)


def good(settings: Settings, now: datetime, wish: Wish, kinds: tuple[str, ...]) -> dict[str, Document]:
    return {kind: Document(f"{wish.period}.{kind}", b"x" * 3_000_000) for kind in kinds}


def bad(settings: Settings, now: datetime, wish: Wish, kinds: tuple[str, ...]) -> dict[str, Document]:
    raise ValueError("the template does not compile")


def dies(settings: Settings, now: datetime, wish: Wish, kinds: tuple[str, ...]) -> dict[str, Document]:
    os._exit(9)


def hangs(settings: Settings, now: datetime, wish: Wish, kinds: tuple[str, ...]) -> dict[str, Document]:
    directory = tempfile.mkdtemp()
    Path(wish.period).write_text(directory, encoding="utf-8")
    time.sleep(600)
    raise AssertionError


def _orders(work: Make, longest: float = 60) -> Orders:
    return Orders(settings_with(), work, longest=longest)


async def test_the_files_of_an_order_come_back() -> None:
    made = await _orders(good)._run(NOW, Wish("2026-11"), ("pdf", "xlsx"))
    assert [(document.name, len(document.content)) for document in made.values()] == [
        ("2026-11.pdf", 3_000_000),
        ("2026-11.xlsx", 3_000_000),
    ]
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize(("work", "said"), [(bad, "does not compile"), (dies, "without a word")])
async def test_what_cannot_be_made_is_said(work: Make, said: str) -> None:
    with pytest.raises(NotMade, match=said):
        await _orders(work)._run(NOW, Wish("2026-11"), ("pdf",))
    assert multiprocessing.active_children() == []


@pytest.fixture
def note(tmp_path: Path) -> Path:
    """A pipe: whoever reads it waits until the other side has written."""
    os.mkfifo(tmp_path / "note")
    return tmp_path / "note"


def _is_gone(directory: str) -> bool:
    return not Path(directory).exists()


async def test_a_report_without_end_is_ended_and_leaves_no_file(note: Path) -> None:
    order = asyncio.create_task(_orders(hangs, longest=5)._run(NOW, Wish(str(note)), ("pdf",)))
    directory = await asyncio.to_thread(note.read_text, "utf-8")
    with pytest.raises(NotMade):
        await order
    assert _is_gone(directory)
    assert multiprocessing.active_children() == []


async def test_a_desk_that_stops_waits_for_no_report(note: Path) -> None:
    order = asyncio.create_task(_orders(hangs)._run(NOW, Wish(str(note)), ("pdf",)))
    directory = await asyncio.to_thread(note.read_text, "utf-8")
    order.cancel()
    async with asyncio.timeout(60):
        with pytest.raises(asyncio.CancelledError):
            await order
    assert _is_gone(directory)
    assert multiprocessing.active_children() == []
