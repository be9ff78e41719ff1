"""People with several ids, receipts of messages, and news of the account: the same on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.ids import AccountId, IdentityId
from storage import account_news, accounts, dialogues, held, identities, offices, outbox, receipts, reunion
from storage.account_news import News
from storage.base import Store, Tx
from storage.receipts import Receipt

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
OFFICE = "1207"
BARE = Receipt("wamid.1", None, None, "taken", NOW, None, counted=False)


@pytest.fixture
def store(both: Store) -> Store:
    return both


async def _person(tx: Tx, sender: str, **ids: str) -> IdentityId:
    person = await identities.add(tx, OFFICE, channel="whatsapp", sender=sender, chat=sender, lang="id", at=NOW)
    await identities.set_ids(tx, person, chat=sender, ids=ids, username=None)
    return person


async def _account(tx: Tx) -> AccountId:
    return await accounts.add(tx, OFFICE, email="a@contoh.go.id", email_key="a@contoh.go.id", at=NOW)


async def test_two_rows_become_one_person(store: Store) -> None:
    async def unite(tx: Tx) -> tuple[identities.Identity, identities.Identity, dialogues.Dialogue]:
        old, new = await _person(tx, "628", phone="628"), await _person(tx, "ID.A", bsuid="ID.A")
        await identities.set_account(tx, new, await _account(tx))
        await dialogues.go(tx, OFFICE, old, "consent", at=NOW + timedelta(hours=1))
        await dialogues.go(tx, OFFICE, new, "idle", at=NOW)
        await outbox.add(
            tx, OFFICE, lane=f"u:{new}", dest="user", kind="text", payload={}, at=NOW, rank=1, identity_id=new
        )
        await reunion.unite(tx, old, new, marker="united:x")
        kept, gone = await identities.get(tx, old), await identities.get(tx, new)
        dialogue = await dialogues.get(tx, old)
        assert kept is not None and gone is not None and dialogue is not None
        assert await outbox.busy(tx, OFFICE, f"u:{old}") and not await outbox.busy(tx, OFFICE, f"u:{new}")
        assert await identities.of_id(tx, OFFICE, "whatsapp", "bsuid", "ID.A") == []
        return kept, gone, dialogue

    kept, gone, dialogue = await store.run(unite)
    assert kept.account_id is not None and gone.is_erased and gone.account_id is None
    assert dialogue.state == "idle", "who came beyond the first hello stays there"


async def test_a_receipt_is_kept_once_and_what_has_not_arrived_is_found(store: Store) -> None:
    async def story(tx: Tx) -> list[int]:
        person = await _person(tx, "ID.A", bsuid="ID.A")
        found = []
        for state in ("taken", "delivered"):
            row = await outbox.add(
                tx,
                OFFICE,
                lane=f"u:{person}",
                dest="user",
                kind="relay",
                payload={"message": 1},
                at=NOW,
                rank=0,
                identity_id=person,
                follow_up="answer",
            )
            assert row is not None
            await outbox.sent(tx, row, {}, NOW)
            receipt = replace(BARE, ref=f"wamid.{row}", outbox_id=row, identity_id=person)
            await receipts.put(tx, OFFICE, "whatsapp", receipt)
            await receipts.put(tx, OFFICE, "whatsapp", replace(receipt, state=state, counted=True))
            (known,) = await receipts.of_row(tx, OFFICE, row)
            assert (known.state, known.counted) == (state, True)
            found.append(row)
        waits = await held.not_arrived(tx, person, ("answer", "warning"))
        assert [row.id for row in waits] == found[:1]
        return [len(await held.not_arrived(tx, person, ("warning",)))]

    assert await store.run(story) == [0]


async def test_news_of_the_account_is_the_newest_and_counters_are_listed(store: Store) -> None:
    async def story(tx: Tx) -> None:
        for value in ("GREEN", "RED"):
            await account_news.put(tx, OFFICE, "whatsapp", News("quality", value, NOW))
        assert await account_news.value(tx, OFFICE, "whatsapp", "quality") == "RED"
        assert await account_news.of_channel(tx, "1208", "whatsapp") == []
        for category in ("service", "service", "utility"):
            await offices.next_number(tx, OFFICE, f"billed:whatsapp:2026-11:{category}")
        await offices.next_number(tx, OFFICE, "billed:whatsapp:2026-12:service")
        listed = await offices.counters(tx, OFFICE, "billed:whatsapp:2026-11:")
        assert listed == {"service": 2, "utility": 1}
        assert await account_news.reach(tx, OFFICE, "whatsapp", NOW) == {
            "windows_open": 0,
            "windows_closed": 0,
            "held": 0,
        }

    await store.run(story)


async def test_what_went_through_since_is_seen_by_when_it_was_tried(store: Store) -> None:
    """News of an older message that comes late, and what was only taken, prove nothing."""

    async def story(tx: Tx) -> list[bool]:
        person, found = await _person(tx, "ID.A", bsuid="ID.A"), []
        for state, minutes in (("delivered", -1), ("taken", 1), ("failed", 2), ("sent", 3)):
            row = await outbox.add(
                tx,
                OFFICE,
                lane=f"u:{minutes}",
                dest="user",
                kind="text",
                payload={},
                at=NOW,
                rank=1,
                identity_id=person,
            )
            assert row is not None
            await outbox.claim(tx, row, f"u:{minutes}", NOW + timedelta(minutes=minutes))
            receipt = replace(BARE, ref=f"wamid.{row}", outbox_id=row, state=state, at=NOW + timedelta(hours=1))
            await receipts.put(tx, OFFICE, "whatsapp", receipt)
            found.append(await receipts.passed(tx, OFFICE, NOW))
        return [*found, await receipts.passed(tx, "1208", NOW)]

    assert await store.run(story) == [False, False, False, True, False]
