"""A database and the settings of an office, with or without entries."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bot.catalogue.librarian import Librarian
from bot.desk import calendars
from bot.desk.context import Context
from bot.desk.facts import texts_of
from bot.settings import Settings
from storage.sqlite import SqliteStore

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


class StillClock:
    """Shows the moment it was set to."""

    def __init__(self, now: datetime = NOW) -> None:
        self.moment = now

    def now(self) -> datetime:
        return self.moment


def settings_with(**catalogue: Any) -> Settings:
    office = {"code": "1207", "name": "BPS Kabupaten Labuhanbatu", "website": "https://labuhanbatukab.bps.go.id"}
    return Settings(
        office=office,
        telegram={"token": "42:STANDIN", "staff_chat_id": -1001234567890},
        mail={"host": "127.0.0.1", "security": "none", "from_address": "konsultasi@bps.go.id"},
        catalogue=catalogue,
    )


def context_of(settings: Settings) -> Context:
    calendar = calendars.configured(settings.office, NOW)
    return Context(settings, texts_of(settings), calendar, b"", Random(1), NOW)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "meja.db")
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def librarian(store: SqliteStore) -> Callable[..., Librarian]:
    """A librarian of an office whose catalogue is configured like this."""
    return lambda **catalogue: Librarian(settings_with(**catalogue), store, StillClock())
