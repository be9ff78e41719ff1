"""A lease that could not be renewed in time and was taken by nobody: what went out meanwhile is no news to forget."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.delivery import marks
from storage.leases import Holding, monotonic
from storage.postgres import PostgresStore
from tests.flows.conftest import Office, office_at
from tests.flows.trouble import becomes_true, texts


@pytest.fixture
async def office(tmp_path: Path, postgres_url: str) -> AsyncIterator[Office]:
    there = {"storage": {"url": postgres_url}, "security": {"secret_file": str(tmp_path / "meja.secret")}}
    async with office_at(tmp_path / "meja.db", **there) as office, office.open():
        yield office


async def test_what_went_out_while_the_lease_lapsed_is_marked_when_it_is_renewed(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else had the office: to send it once more would be to double it, and nothing would say so."""
    monkeypatch.setattr(marks, "SICK_PAUSE", 0.05)
    _, topic = await office.ticket()
    await office.settled()
    assert office.app is not None
    store, channel = office.app.store, office.app.outbox._channels["telegram"]
    assert isinstance(store, PostgresStore)
    holding, send, lapses = store._ownership, channel.send, 0
    assert isinstance(holding, Holding)

    async def then_lapse(message: Any) -> Any:
        nonlocal lapses
        sent = await send(message)
        if message.content is not None and "[user/1]" in message.content.text and not lapses:
            lapses += 1
            holding.leases.deadline = monotonic()
        return sent

    monkeypatch.setattr(channel, "send", then_lapse)
    await office.user.say("Sekali [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    await becomes_true(lambda: lapses and store.owns())
    await office.user.say("Sesudahnya [user/2]")
    await office.officer.sees("[user/2]", topic=topic)
    await office.settled()
    assert len(texts(topic, "[user/1]")) == 1
