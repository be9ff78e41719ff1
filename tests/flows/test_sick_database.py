"""The disk is full or the database locked: nothing is confirmed that is not kept, and all goes on by itself after."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.telegram import poller
from bot.delivery import inbox, marks, outbox
from bot.playground.faults import Fault
from storage.base import StorageUnavailable
from storage.sqlite import SqliteStore
from tests.flows.conftest import Office, office_at
from tests.flows.trouble import at_rest, becomes_true, texts

Sickness = Callable[[Office], AbstractContextManager[None]]


@pytest.fixture
async def office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Office]:
    """As ever, but with short pauses before the next try."""
    monkeypatch.setattr(poller, "NOT_KEPT_PAUSE", 0.2)
    for module in (inbox, marks, outbox):
        monkeypatch.setattr(module, "SICK_PAUSE", 0.05)
    async with office_at(tmp_path / "meja.db") as office, office.open():
        yield office


def _store(office: Office) -> SqliteStore:
    assert office.app is not None and isinstance(office.app.store, SqliteStore)
    return office.app.store


@contextmanager
def _full(office: Office) -> Iterator[None]:
    """No page more."""
    connection = _store(office)._connection
    connection.execute("VACUUM")  # nor one that was left free
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    try:
        yield
    finally:
        connection.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def _locked(office: Office) -> Iterator[None]:
    """Another program writes, and takes its time."""
    store = _store(office)
    store._connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@pytest.mark.parametrize("sick", [_full, _locked])
async def test_no_confirmation_without_a_commit(office: Office, sick: Sickness) -> None:
    _, topic = await office.ticket()
    await office.settled()
    lives, known = office.telegram.ledger.updates, len(office.telegram.ledger.updates)
    with sick(office):
        for number in range(1, 5):
            await office.user.say(f"[user/{number}]" + "x" * 4_000)
        waiting = list(lives.values())[known:]
        await becomes_true(lambda: waiting[0].times_served >= 2)
        assert not [life for life in waiting if life.confirmed]
        assert not texts(topic, "[user/4]")
    await office.officer.sees("[user/4]", topic=topic)
    assert (await at_rest(office)).doubled == 0


async def test_what_was_sent_is_marked_when_the_database_is_well_again(office: Office) -> None:
    _, topic = await office.ticket()
    await office.settled()
    office.telegram.break_with(Fault("sendMessage", "delay", "after", delay=0.3))
    await office.user.say("Sekali [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    with _locked(office):
        await becomes_true(lambda: office.telegram.ledger.requests[-1].status == 200)
        with pytest.raises(TimeoutError):
            await becomes_true(lambda: len(texts(topic, "[user/1]")) > 1, within=0.5)
    assert (await at_rest(office)).doubled == 0


async def test_what_was_to_be_claimed_along_with_a_mark_keeps_to_a_penalty_that_began_meanwhile(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its turn was given before: by the time the database is well again that counts for nothing."""
    _, topic = await office.ticket()
    await office.user.say("Sebelumnya [user/0]")
    await office.officer.sees("[user/0]", topic=topic)
    await office.settled()
    run, failed = _store(office).run, 0

    async def counted(use_case: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal failed
        try:
            return await run(use_case, *args, **kwargs)
        except StorageUnavailable:
            failed += getattr(use_case, "__name__", "") == "_and_then"
            raise

    monkeypatch.setattr(_store(office), "run", counted)
    assert office.app is not None
    pacer, group = office.app.outbox._pacers["telegram"], str(office.telegram.staff.id)
    office.telegram.break_with(Fault("sendMessage", "delay", "after", delay=0.3))
    await office.user.say("Sekali [user/1]")
    await office.user.say("Tunggu [user/2]")
    await office.officer.sees("[user/1]", topic=topic)
    with _locked(office):
        await becomes_true(lambda: failed)
        pacer.park(group, office.clock.now() + timedelta(seconds=30))
    await becomes_true(lambda: group in pacer._lines or texts(topic, "[user/2]"))
    assert not texts(topic, "[user/2]")
    await office.move(seconds=31)
    await office.officer.sees("[user/2]", topic=topic)
    assert (await at_rest(office)).doubled == 0


async def test_a_timed_act_waits_for_the_database(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.settled()
    with _locked(office):
        await office.move(days=5, minutes=1)
    await office.move(minutes=1)
    await office.user.sees("menunggu balasan Anda")
    assert await office.status(number) == "waiting_user"
