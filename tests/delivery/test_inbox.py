"""The intake: each update once, in order within its lane, a poison one set aside, memory bounded whatever waits."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from bot.channels.base import Channel, Inbound, Kind, Place, RawUpdate, Sender, Unparsable
from bot.delivery import inbox as module
from bot.delivery.inbox import BACKLOG, PAGE, Inbox
from bot.desk.context import Context
from bot.domain.ids import InboxId
from storage import offices
from storage.base import Tx
from storage.sqlite import SqliteStore

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


class Words:
    """A channel whose updates are words; "odd" makes no sense to it."""

    name = "words"

    def parse(self, raw: str, staff_chat: str, received: datetime) -> Inbound:
        if raw.startswith("odd"):
            raise Unparsable("odd")
        return Inbound(Kind.MESSAGE, self.name, Place.PRIVATE, "1", Sender("1"), NOW, value=raw)


class _Settings:
    class office:
        code = "1207"

    class telegram:
        admin_ids = (111,)


class Intake:
    """An inbox on a real database. `handled` is what was dispatched, lane by lane; "poison" raises."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.handled: defaultdict[str, list[str]] = defaultdict(list)
        self.most_held = 0
        context = Context(cast(Any, _Settings), cast(Any, None), cast(Any, None), b"", cast(Any, None), NOW)
        self.inbox = Inbox(store, lambda: context, {"words": cast(Channel, Words())}, self._dispatch)

    async def _dispatch(self, tx: Tx, ctx: Context, inbound: Inbound, row: InboxId | None, lane: str) -> None:
        self.most_held = max(self.most_held, self.inbox._held)
        if inbound.value.startswith("poison"):
            raise LookupError(inbound.value)
        self.handled[lane].append(inbound.value)

    async def take(self, *words: str, lane: str = "a") -> None:
        await self.inbox.receive([RawUpdate(word, lane, word) for word in words])

    async def value(self, sql: str) -> Any:
        async with self.store.reader() as reader:
            return await reader.value(sql)


@pytest.fixture
async def resting(tmp_path: Path) -> AsyncIterator[Intake]:
    """An intake that has not begun."""
    store = SqliteStore(tmp_path / "meja.db")
    await store.open()
    await store.run(offices.ensure, "1207", "-100")
    intake = Intake(store)
    yield intake
    await intake.inbox.stop()
    await store.close()


@pytest.fixture
async def intake(resting: Intake) -> Intake:
    resting.inbox.start()
    return resting


async def test_in_order_within_a_lane_and_once(intake: Intake) -> None:
    for number in range(50):
        await intake.take(f"a{number}", f"a{number}", lane="a")
        await intake.take(f"b{number}", f"a{number}", lane="b")
    await intake.inbox.idle()
    assert intake.handled == {"a": [f"a{n}" for n in range(50)], "b": [f"b{n}" for n in range(50)]}


@pytest.mark.parametrize("poison", ["poison", "odd"])
async def test_a_poison_update_is_set_aside_and_the_next_one_goes_on(intake: Intake, poison: str) -> None:
    await intake.take("before", poison, "after")
    await intake.inbox.idle()
    assert intake.handled["a"] == ["before", "after"]
    row = "SELECT {} FROM inbox WHERE update_id = '" + poison + "'"
    assert await intake.value(row.format("state")) == "quarantined"
    assert await intake.value(row.format("raw")) == poison
    assert await intake.value(row.format("attempts")) == (3 if poison == "poison" else 1)


async def test_admins_are_told_of_poison_once_an_hour_not_a_thousand_times(intake: Intake) -> None:
    await intake.take(*(f"poison {number}" for number in range(50)))
    await intake.inbox.idle()
    assert await intake.value("SELECT count(*) FROM inbox WHERE state = 'quarantined'") == 50
    assert await intake.value("SELECT count(*) FROM outbox WHERE dest = 'chat:111'") == 1


async def _kept_before(tx: Tx, count: int) -> None:
    """What an earlier process has kept and not handled, in fifty lanes."""
    await tx.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $2)"
        " INSERT INTO inbox (office, channel, update_id, lane, raw, received_at)"
        " SELECT '1207', 'words', i, 'lane ' || (i % 50), 'word ' || i, $1 FROM n",
        NOW,
        count,
    )


async def test_what_an_earlier_process_kept_is_handled_first(resting: Intake) -> None:
    await resting.store.run(_kept_before, 3)
    resting.inbox.start()
    await resting.take("new", lane="lane 2")
    await resting.inbox.idle()
    assert resting.handled["lane 2"] == ["word 2", "new"]


async def test_idle_means_handled_not_only_kept(intake: Intake) -> None:
    for number in range(30):
        await intake.take(str(number))
        await intake.inbox.idle()
        assert intake.handled["a"][-1] == str(number)


async def test_a_hundred_thousand_waiting_updates_need_no_more_memory_than_a_few_thousand(resting: Intake) -> None:
    await resting.store.run(_kept_before, 100_000)
    resting.inbox.start()
    await resting.inbox.idle()
    assert sum(map(len, resting.handled.values())) == 100_000
    for lane, words in resting.handled.items():
        numbers = [int(word.split()[1]) for word in words]
        assert numbers == sorted(numbers), lane
    assert resting.most_held <= BACKLOG + PAGE


async def test_no_more_is_taken_from_the_platform_while_much_waits(
    monkeypatch: pytest.MonkeyPatch, intake: Intake
) -> None:
    monkeypatch.setattr(module, "BACKLOG", 20)
    told: list[bool] = []
    original = intake._dispatch

    async def dispatch(tx: Tx, ctx: Context, inbound: Inbound, row: InboxId | None, lane: str) -> None:
        told.append(intake.inbox._room.is_set())
        await original(tx, ctx, inbound, row, lane)

    intake.inbox._dispatch = dispatch
    await intake.take(*(str(number) for number in range(60)))
    await intake.inbox.idle()
    await intake.inbox.has_room()
    assert told.count(False) >= 40
    assert json.dumps(intake.handled["a"]) == json.dumps([str(number) for number in range(60)])
