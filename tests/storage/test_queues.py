"""The inbox and the outbox as tables: no update twice, strict order in a lane, nothing forgotten over a crash."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.ids import IdentityId, InboxId, OutboxId
from storage import carried, held, identities, inbox, offices, outbox, parks
from storage.base import Store, Tx
from storage.outbox import OutboxRow
from storage.parks import Park

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
OFFICE = "1207"


@pytest.fixture
def store(both: Store) -> Store:
    """Every test here runs on both databases."""
    return both


async def _keep(tx: Tx, *ids: str) -> list[bool]:
    return [
        await inbox.add(tx, OFFICE, channel="telegram", update_id=id, lane="a", raw=f"raw {id}", at=NOW) for id in ids
    ]


async def _add(tx: Tx, lane: str = "t:1", **how: Any) -> OutboxId:
    defaults: dict[str, Any] = {"dest": "staff", "kind": "text", "payload": {}, "at": NOW, "rank": outbox.NOTICE}
    row_id = await outbox.add(tx, OFFICE, lane=lane, **defaults | how)
    assert row_id is not None
    return row_id


async def _row(tx: Tx, row_id: OutboxId) -> OutboxRow:
    row = await outbox.get(tx, row_id)
    assert row is not None
    return row


async def test_an_update_is_kept_once_in_whatever_order_it_comes(store: Store) -> None:
    assert await store.run(_keep, "30", "10", "30", "20") == [True, True, False, True]
    assert await store.run(_keep, "10", "5") == [False, True]
    waiting = await store.run(inbox.waiting, OFFICE, InboxId(0), 10)
    assert [row.update_id for row in waiting] == ["30", "10", "20", "5"]


async def test_an_update_is_handled_once(store: Store) -> None:
    await store.run(_keep, "1")
    with pytest.raises(LookupError):  # never handled in silence
        await store.run(inbox.done, InboxId(1))
    await store.run(offices.ensure, OFFICE, "-1001")
    await store.run(offices.move, OFFICE, "-1002")
    assert await store.run(inbox.done, InboxId(1)) == "-1002"
    assert await store.run(inbox.done, InboxId(1)) is None
    assert await store.run(inbox.waits, OFFICE) == 0


async def test_only_what_is_handled_is_purged_and_its_number_never_comes_back(store: Store) -> None:
    await store.run(offices.ensure, OFFICE, "-1001")
    await store.run(_keep, "1", "2")
    await store.run(inbox.done, InboxId(2))
    assert await store.run(inbox.purge, OFFICE, NOW + timedelta(days=7)) == 1
    await store.run(_keep, "3")
    assert [row.id for row in await store.run(inbox.waiting, OFFICE, InboxId(0), 10)] == [1, 3]


async def test_a_lane_is_worked_off_in_order_whatever_state_its_rows_are_in(store: Store) -> None:
    async def story(tx: Tx) -> list[int]:
        first, second = await _add(tx), await _add(tx)
        await _add(tx, lane="t:2")
        heads = [await outbox.head(tx, OFFICE, "t:1")]
        await outbox.claim(tx, first, "t:1", NOW)
        heads.append(await outbox.head(tx, OFFICE, "t:1"))
        await outbox.retry(tx, first, not_before=NOW + timedelta(hours=1), error="flood", unknown=True)
        heads.append(await outbox.head(tx, OFFICE, "t:1"))
        await outbox.sent(tx, first, {}, NOW)
        heads.append(await outbox.head(tx, OFFICE, "t:1"))
        assert second
        return [row.id for row in heads if row is not None]

    assert await store.run(story) == [1, 1, 1, 2]


async def test_only_the_first_of_a_lane_is_claimed(store: Store) -> None:
    """A later one may wait for its turn while the person comes back, for whom an earlier one was held."""

    async def story(tx: Tx) -> list[bool]:
        person = IdentityId(
            await identities.add(tx, OFFICE, channel="telegram", sender="1", chat="1", lang="id", at=NOW)
        )
        earlier, later, elsewhere = [await _add(tx, lane=lane, identity_id=person) for lane in ("u:1", "u:1", "u:2")]
        await outbox.end(tx, earlier, "held", "blocked", NOW)
        assert (await outbox.head(tx, OFFICE, "u:1") or await _row(tx, earlier)).id == later
        await held.release(tx, OFFICE, person, NOW)
        lanes = ((later, "u:1"), (elsewhere, "u:2"), (earlier, "u:1"))
        return [await outbox.claim(tx, row, lane, NOW) is not None for row, lane in lanes]

    assert await store.run(story) == [False, True, True]


async def test_what_was_being_sent_when_the_process_died_may_have_arrived(store: Store) -> None:
    async def story(tx: Tx) -> list[tuple[str, bool]]:
        claimed, queued = await _add(tx), await _add(tx)
        await outbox.claim(tx, claimed, "t:1", NOW)
        assert await outbox.recover(tx, OFFICE, NOW) == 1
        return [(row.state, row.uncertain) for row in (await _row(tx, claimed), await _row(tx, queued))]

    assert await store.run(story) == [("unknown", True), ("queued", False)]


async def test_the_same_thing_is_said_once(store: Store) -> None:
    async def story(tx: Tx) -> object:
        await _add(tx, dedup="rate:1")
        return await outbox.add(
            tx, OFFICE, lane="t:1", dest="staff", kind="text", payload={}, at=NOW, rank=0, dedup="rate:1"
        )

    assert await store.run(story) is None


async def test_what_was_held_goes_out_again_before_what_came_later(store: Store) -> None:
    async def story(tx: Tx) -> list[int]:
        person = await identities.add(tx, OFFICE, channel="telegram", sender="1", chat="1", lang="id", at=NOW)
        rows = [await _add(tx, lane="u:1", dest="user", identity_id=person) for _ in range(2)]
        for row_id in rows:
            await outbox.end(tx, row_id, "held", "blocked", NOW)
        later = await _add(tx, lane="u:1", dest="user", identity_id=person)
        assert await held.release(tx, OFFICE, IdentityId(person), NOW) == 2
        first = await outbox.head(tx, OFFICE, "u:1")
        assert first is not None
        return [first.id, *(row.id for row in await outbox.behind(tx, first, 10)), later]

    assert await store.run(story) == [1, 2, 3, 3]


async def test_which_messages_wait_in_a_lane(store: Store) -> None:
    async def story(tx: Tx) -> set[int]:
        await outbox.sent(tx, await _add(tx, kind="relay", payload={"message": 1}), {}, NOW)
        await _add(tx, kind="relay", payload={"message": 2})
        await _add(tx, kind="album", payload={"messages": [3, 4]})
        await _add(tx, kind="text", payload={"key": "hello"})
        return await carried.in_lane(tx, OFFICE, "t:1")

    assert await store.run(story) == {2, 3, 4}


async def test_the_last_minutes_tries_are_found_after_a_restart(store: Store) -> None:
    async def story(tx: Tx) -> list[int]:
        old, new, never = [await _add(tx, lane=lane) for lane in ("t:1", "t:2", "t:3")]
        await outbox.claim(tx, old, "t:1", NOW - timedelta(minutes=2))
        await outbox.claim(tx, new, "t:2", NOW)
        assert never
        return [row.id for row in await outbox.tried_since(tx, OFFICE, NOW - timedelta(minutes=1))]

    assert await store.run(story) == [2]


async def test_a_refusal_that_names_no_time_shortens_no_park(store: Store) -> None:
    """Two requests side by side: one is told to wait for 40 s, the other only that there were too many."""
    long = Park("-1", NOW + timedelta(seconds=40), "telegram")

    async def story(tx: Tx) -> list[Park]:
        await parks.put(tx, OFFICE, long)
        await parks.put(tx, OFFICE, Park("-1", NOW + timedelta(seconds=5), "telegram"))
        return await parks.after(tx, OFFICE, NOW)

    assert await store.run(story) == [long]


async def test_parks_are_remembered_until_they_are_over(store: Store) -> None:
    async def story(tx: Tx) -> list[Park]:
        await parks.put(tx, OFFICE, Park("-1", NOW, "telegram"))
        await parks.put(tx, OFFICE, Park("-1", NOW + timedelta(hours=3), "telegram"))
        await parks.put(tx, OFFICE, Park("5", NOW - timedelta(seconds=1), "telegram"))
        await parks.purge(tx, OFFICE, NOW)
        return await parks.after(tx, OFFICE, NOW - timedelta(days=1))

    assert await store.run(story) == [Park("-1", NOW + timedelta(hours=3), "telegram")]
