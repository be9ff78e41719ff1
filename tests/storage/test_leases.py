"""Who runs an office, where the database and a process have come to see it differently."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from storage.base import StorageUnavailable
from storage.database import Database
from storage.leases import Holding, Leases
from tests.storage.wire import Line, line_to


@asynccontextmanager
async def alive(url: str, lost: list[str] | None = None) -> AsyncIterator[Leases]:
    """A process that runs nothing yet."""
    database, told = Database(url), lost if lost is not None else []
    await database.open()
    leases = Leases(database, told.append)
    await leases.start()
    yield leases
    await leases.stop()
    await database.close()


@pytest.fixture
async def server(postgres_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def taken(leases: Leases, office: str) -> Holding:
    """Once it can be had, by somebody who looks around as `Commons` does."""
    async with asyncio.timeout(60):
        while True:
            await leases.survey(0)
            if holding := await leases.claim(office):
                return holding
            await asyncio.sleep(0.05)


async def test_a_claim_whose_answer_was_lost_keeps_the_office_from_nobody(postgres_url: str) -> None:
    line: Line
    async with line_to(postgres_url) as (url, line), alive(url) as leases:
        line.cut_at("INSERT INTO leases", told=True)
        with pytest.raises(StorageUnavailable):
            await leases.claim("1207")
        assert (await taken(leases, "1207")).epoch > 1


async def test_an_owner_whom_a_failover_has_forgotten_lets_go(postgres_url: str, server: Any) -> None:
    """The server went back to before the claim: it would never commit again, and keep asking Telegram."""
    lost: list[str] = []
    async with alive(postgres_url, lost) as leases:
        holdings = [await taken(leases, office) for office in ("1207", "1208")]
        await server.execute("UPDATE leases SET owner = NULL, epoch = 0 WHERE office = '1207'")
        await leases.survey(0)
        assert lost == ["1207"]
        assert [holding.is_held() for holding in holdings] == [False, True]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
async def test_who_died_before_the_servers_clock_was_set_back_is_dead(
    postgres_url: str, server: Any, when: str
) -> None:
    dead = (
        "INSERT INTO processes (id, place, until) VALUES ('dead', '', clock_timestamp() + interval '1 hour');"
        "INSERT INTO leases (office, owner) VALUES ('1207', 'dead')"
    )
    if when == "before":
        await server.execute(dead)
    async with alive(postgres_url) as leases:
        if when == "meanwhile":
            await server.execute(dead)
            await server.execute("UPDATE processes SET until = until + interval '1 hour'")
        living = await taken(leases, "1208")
        assert (await taken(leases, "1207")).is_held()
        assert living.is_held()


async def test_an_office_that_cannot_be_handed_over_costs_no_other_one(postgres_url: str, server: Any) -> None:
    lost: list[str] = []
    async with alive(postgres_url, lost) as leases:
        await taken(leases, "1207")
        await taken(leases, "1208")
        await server.execute("BEGIN; SELECT FROM leases WHERE office = '1207' FOR UPDATE")
        leases._owed["1207"] = leases.holdings.pop("1207").epoch
        renewals: set[Any] = set()
        while len(renewals) < 5:
            assert not lost
            renewals.add(leases.deadline)
            await asyncio.sleep(0.05)
        await server.execute("COMMIT")
        assert (await taken(leases, "1207")).is_held()
