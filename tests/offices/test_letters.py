"""What crosses between offices of one PostgreSQL, and what does not, whatever SQL is tried."""

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from storage import letters, neighbours, open_store
from storage.base import Store, Tx

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HASH = "f" * 64
PART = "INSERT INTO letter_parts (office, sender, hash, file, n, bytes, at) VALUES ($1, $2, 'f', 1, 0, $3, '')"


async def _execute(tx: Tx, sql: str, *args: Any) -> int:
    return await tx.execute(sql, *args)


async def _count(tx: Tx, table: str) -> int:
    return int(await tx.value(f"SELECT count(*) FROM {table}"))


async def _posted(store: Store, sender: str, to: str, kind: str = "offer") -> None:
    await store.run(letters.post, sender, to, kind, HASH, {"number": "1201-2611-0001"}, NOW)


@pytest.fixture
async def offices(postgres_url: str) -> Any:
    """Three of one database."""
    stores = [await open_store(postgres_url, code) for code in ("1201", "1202", "1203")]
    yield stores
    for store in stores:
        await store.close()


async def test_a_letter_is_its_senders_and_its_addressees_and_nobody_elses(offices: list[Store]) -> None:
    one, two, three = offices
    await _posted(one, "1201", "1202")
    await one.run(_execute, PART, "1202", "1201", b"x")
    for table in ("letters", "letter_parts"):
        assert [await store.run(_count, table) for store in offices] == [1, 1, 0], table
        assert await three.run(_execute, f"DELETE FROM {table}") == 0
    assert await two.run(letters.offer, "1202", HASH) is not None
    assert await three.run(letters.offer, "1203", HASH) is None
    assert await three.run(letters.offer, "1202", HASH) is None  # in the name of the other
    assert await two.run(letters.offer, "1202", "e" * 64) is None  # without the token there is nothing to be found


async def test_nobody_writes_in_anothers_name_or_changes_what_was_written(offices: list[Store]) -> None:
    one, two, _ = offices
    await _posted(one, "1201", "1202")
    for sql, args in (
        ("UPDATE letters SET body = '{}'", ()),
        ("UPDATE letters SET office = '1203'", ()),
        (PART, ("1202", "1201", b"x")),
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await two.run(_execute, sql, *args)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _posted(two, "1201", "1203")


async def test_a_letter_is_posted_once_and_both_may_take_it_away(offices: list[Store]) -> None:
    one, two, _ = offices
    for _ in range(2):
        await _posted(one, "1201", "1202")
    assert await one.run(_count, "letters") == 1
    await one.run(letters.remove_all, "1201", HASH)
    assert await two.run(_count, "letters") == 0
    await _posted(one, "1201", "1202", "conversation")
    found = await two.run(letters.waiting, "1202", 10)
    await two.run(letters.remove, found[0].id)
    assert await one.run(_count, "letters") == 0
    await _posted(one, "1201", "1202")
    assert await two.run(letters.expire, "1202", NOW) == 0
    assert await two.run(letters.expire, "1202", datetime(2026, 12, 3, tzinfo=UTC)) == 1


async def test_offices_show_themselves_and_nobody_else(offices: list[Store]) -> None:
    one, two, _ = offices
    await one.run(neighbours.show, "1201", facts={"name": "BPS 1201", "name_en": ""}, bot="a_bot", at=NOW)
    seen = await two.run(neighbours.others, "1202", datetime(2026, 11, 22, tzinfo=UTC))
    assert [(office.office, office.title("en"), office.bot) for office in seen] == [("1201", "BPS 1201", "a_bot")]
    assert await two.run(neighbours.others, "1202", NOW) == []
    assert await two.run(_execute, "UPDATE neighbours SET bot = 'evil_bot'") == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await two.run(neighbours.show, "1203", facts={}, bot="evil_bot", at=NOW)


async def test_referrals_and_newcomers_are_each_offices_own(offices: list[Store]) -> None:
    one, two, _ = offices
    who = "INSERT INTO identities (id, office, channel, sender, chat, lang, created_at, name) VALUES"
    await one.run(_execute, f"{who} (7, '1201', 'telegram', '1', '1', 'id', '', '')")
    came = (
        "INSERT INTO newcomers (office, identity_id, sender, number, hash, at) VALUES ('1201', 7, '1202', '', 'f', '')"
    )
    await one.run(_execute, came)
    assert [await store.run(_count, "newcomers") for store in offices] == [1, 0, 0]
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await two.run(_execute, came.replace("'f'", "'e'"))
