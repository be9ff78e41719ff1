"""The nightly mirror of BPS's WebAPI: complete when it is well, harmless when it is down, slow or lying."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from bot.catalogue import webapi
from bot.catalogue.mirror import AGAIN_AFTER, Mirror
from bot.desk import catalogue
from storage.sqlite import SqliteStore
from tests.catalogue.conftest import StillClock, context_of, settings_with
from tests.catalogue.webapi import ILLS, KEY, WebapiStandIn, webapi_standin
from tests.flows.conftest import office_at

DAY = timedelta(days=1)


@pytest.fixture
async def bps() -> AsyncIterator[WebapiStandIn]:
    async with webapi_standin() as standin:
        yield standin


class Nights:
    """A mirror whose pauses take no time, and the clock of its nights."""

    def __init__(self, bps: WebapiStandIn, store: SqliteStore, *, key: str = KEY) -> None:
        self.settings = settings_with(webapi={"key": key, "url": bps.url})
        self.store = store
        self.clock = StillClock()
        self.paused: list[float] = []
        self.mirror = self.started()

    def started(self) -> Mirror:
        async def sleep(seconds: float) -> None:
            self.paused.append(seconds)

        return Mirror(self.settings, self.store, self.clock, sleep=sleep)

    async def next(self, later: timedelta = DAY) -> None:
        self.clock.moment += later
        await self.mirror.look()

    async def titles(self) -> list[str]:
        async with self.store.reader() as reader:
            found = await reader.value(
                "SELECT group_concat(title, '|') FROM (SELECT title FROM catalogue ORDER BY key)"
            )
        return str(found).split("|") if found else []

    async def size(self) -> int:
        return len(await self.titles())


@pytest.fixture
async def nights(bps: WebapiStandIn, store: SqliteStore) -> Nights:
    nights = Nights(bps, store)
    await nights.mirror.look()
    return nights


async def test_a_night_reads_all_pages_and_they_are_found(nights: Nights, bps: WebapiStandIn) -> None:
    assert await nights.size() == 23
    assert [page for model, page in bps.asked if model == "publication"] == [1, 2, 3]
    assert {model for model, _ in bps.asked} == set(webapi.MODELS)
    (found,) = await nights.store.run(catalogue.search, context_of(nights.settings), "panen padi", "id")
    assert (found.title, found.summary) == ("Luas Panen Padi Labuhanbatu 2025", "Produksi & luas panen")
    assert found.link.endswith("token0") and found.dated is not None


async def test_two_requests_a_second(nights: Nights, bps: WebapiStandIn) -> None:
    assert nights.paused == [0.5] * len(bps.asked)


async def test_once_a_night_and_not_more(nights: Nights, bps: WebapiStandIn) -> None:
    before = len(bps.asked)
    await nights.next(timedelta(hours=10))
    assert len(bps.asked) == before
    await nights.next(timedelta(hours=12))
    assert len(bps.asked) == 2 * before


async def test_what_is_gone_at_bps_goes_and_what_is_new_comes(nights: Nights, bps: WebapiStandIn) -> None:
    new = {
        "pub_id": "new",
        "title": "Baru Terbit",
        "abstract": None,
        "pdf": "javascript:alert(1)",
        "rl_date": "kemarin",
    }
    bps.rows["publication"] = [new, *bps.rows["publication"][:21]]
    await nights.next()
    titles = await nights.titles()
    assert len(titles) == 22 and "Baru Terbit" in titles and "Statistik Daerah Labuhanbatu 22" not in titles


async def test_a_changed_title_is_found_by_its_new_words_only(nights: Nights, bps: WebapiStandIn) -> None:
    bps.rows["publication"] = [bps.rows["publication"][0] | {"title": "Peternakan Sapi"}, *bps.rows["publication"][1:]]
    await nights.next()
    ctx = context_of(nights.settings)
    assert await nights.store.run(catalogue.search, ctx, "sapi", "id")
    assert not await nights.store.run(catalogue.search, ctx, "padi", "id")


@pytest.mark.parametrize("ill", ILLS)
async def test_a_night_that_fails_keeps_what_was_there(
    nights: Nights, bps: WebapiStandIn, ill: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(webapi, "TIMEOUT", aiohttp.ClientTimeout(total=0.3))
    monkeypatch.setattr(webapi, "MOST_PAGES", 50)
    bps.ill = ill
    with caplog.at_level(logging.DEBUG):
        await nights.next()
    assert set(await nights.titles()) >= {row["title"] for row in bps.rows["publication"]}
    assert _said(caplog, KEY) == _said(caplog, "RAHASIA") == _said(caplog, bps.url) == []
    bps.ill = ""
    await nights.next()
    assert await nights.size() == 23


def _said(caplog: pytest.LogCaptureFixture, word: str) -> list[str]:
    """The log lines with this word, in their text or in any of their fields."""
    return [line.getMessage() for line in caplog.records if word in str(vars(line))]


async def test_a_night_that_breaks_off_goes_on_where_it_stopped(nights: Nights, bps: WebapiStandIn) -> None:
    bps.ill, bps.from_page = "busy", 2
    await nights.next()
    bps.ill, bps.asked = "", []
    await nights.next(AGAIN_AFTER / 2)
    assert bps.asked == []
    nights.mirror = nights.started()  # the desk was started anew meanwhile
    await nights.next(AGAIN_AFTER)
    assert bps.asked == [("publication", 2), ("publication", 3)]
    assert await nights.size() == 23


async def test_a_list_that_is_suddenly_empty_is_believed_the_second_night(nights: Nights, bps: WebapiStandIn) -> None:
    bps.rows["publication"] = []
    await nights.next()
    assert await nights.size() == 23
    await nights.next()
    assert await nights.size() == 0


async def test_a_wrong_key_is_one_line_in_the_log_without_it(
    bps: WebapiStandIn, store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    nights = Nights(bps, store, key="another-RAHASIA")
    await nights.mirror.look()
    assert await nights.size() == 0 and _said(caplog, "RAHASIA") == []
    assert {getattr(line, "cause", "") for line in caplog.records} == {"refused"}


async def test_without_a_key_nobody_asks(bps: WebapiStandIn, store: SqliteStore) -> None:
    nights = Nights(bps, store, key="")
    await nights.mirror.look()
    assert bps.asked == []


async def test_a_key_taken_away_takes_its_entries_along(nights: Nights, bps: WebapiStandIn) -> None:
    await Nights(bps, nights.store, key="").mirror.look()
    assert await nights.size() == 0


async def test_nobody_notices_in_the_chat(bps: WebapiStandIn, tmp_path: Path) -> None:
    """It never answers; a whole question becomes a ticket meanwhile, and the desk closes without waiting."""
    bps.ill = "never"
    config = {"offer": True, "webapi": {"key": KEY, "url": bps.url}}
    async with office_at(tmp_path / "meja.db", catalogue=config) as office, office.open() as app:
        looking = asyncio.create_task(app.mirror.look())
        await bps.was_asked.wait()
        await office.ticket("Berapa luas panen padi 2025?")
        assert not looking.done()
        looking.cancel()
