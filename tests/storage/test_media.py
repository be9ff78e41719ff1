"""Files on their way between platforms: asked for once, in parts, whole or not at all, and gone with their message."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.ids import MessageId
from storage import identities, media, messages
from storage.base import Store, Tx
from storage.media import Media

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
OFFICE = "1207"


@pytest.fixture
def store(both: Store) -> Store:
    """Every test here runs on both databases."""
    return both


async def _message(tx: Tx) -> MessageId:
    identity = await identities.add(tx, OFFICE, channel="whatsapp", sender="ID.1", chat="ID.1", lang="id", at=NOW)
    message = await messages.add(
        tx, OFFICE, ticket_id=None, identity_id=identity, side="user", officer_id=None,
        content={"kind": "photo", "text": "", "entities": [], "data": {"wa_media_id": "9"}}, album=None,
        reply_to=None, quote=None, at=NOW, inbox_id=None,
    )  # fmt: skip
    return message.id


async def _ask(tx: Tx, message_id: MessageId) -> Media:
    await media.add(
        tx, OFFICE, message_id=message_id, channel="whatsapp", file="9", source={"a": 1}, kind="photo", at=NOW
    )
    found = await media.of_file(tx, OFFICE, message_id, "9")
    assert found is not None
    return found


async def test_a_file_is_asked_for_once(store: Store) -> None:
    message_id = await store.run(_message)
    first, again = await store.run(_ask, message_id), await store.run(_ask, message_id)
    assert first == again and first.source == {"a": 1}
    assert [job.id for job in await store.run(media.waiting, OFFICE, 10)] == [first.id]


async def test_its_parts_make_the_file_and_a_new_try_begins_anew(store: Store) -> None:
    job = await store.run(_ask, await store.run(_message))
    assert await store.run(media.begin, job.id)
    assert await store.run(media.keep, job, 0, b"half")
    assert await store.run(media.begin, job.id)
    for n, part in enumerate((b"\x00\xff", b"second")):
        assert await store.run(media.keep, job, n, part)
    await store.run(media.complete, job.id, 8, NOW)
    async with store.reader() as reader:
        assert await media.content(reader, job.id) == b"\x00\xffsecond"
    assert not await store.run(media.begin, job.id), "what is here is fetched no more"
    async with store.reader() as reader:
        assert await media.content(reader, job.id) == b"\x00\xffsecond"


async def test_what_failed_waits_or_is_given_up_without_a_trace(store: Store) -> None:
    job = await store.run(_ask, await store.run(_message))
    await store.run(media.begin, job.id)
    await store.run(media.keep, job, 0, b"half")
    await store.run(media.later, job.id, "trouble", NOW + timedelta(minutes=1))
    (waiting,) = await store.run(media.waiting, OFFICE, 10)
    assert (waiting.tries, waiting.not_before) == (1, NOW + timedelta(minutes=1))
    await store.run(media.fail, job.id, "gone", NOW)
    assert await store.run(media.waiting, OFFICE, 10) == []
    async with store.reader() as reader:
        assert await media.content(reader, job.id) == b""


async def test_a_late_file_is_asked_for_anew_like_one_that_failed(store: Store) -> None:
    job = await store.run(_ask, await store.run(_message))
    await store.run(media.begin, job.id)
    await store.run(_late, job.id)
    (waiting,) = await store.run(media.waiting, OFFICE, 10)
    assert waiting.late is True
    await store.run(media.once_more, OFFICE, [job.message_id], NOW)
    (waiting,) = await store.run(media.waiting, OFFICE, 10)
    assert (waiting.late, waiting.tries, waiting.not_before) == (False, 0, NOW)


async def _late(tx: Tx, media_id: int) -> None:
    await media.later(tx, media_id, "trouble", NOW + timedelta(hours=1), late=True)


async def test_with_its_message_the_file_goes_also_while_it_is_fetched(store: Store) -> None:
    job = await store.run(_ask, await store.run(_message))
    await store.run(media.keep, job, 0, b"half")
    await store.run(_delete, job.message_id)
    assert await store.run(media.get, job.id) is None
    assert not await store.run(media.keep, job, 1, b"more")
    async with store.reader() as reader:
        assert await media.content(reader, job.id) == b""


async def _delete(tx: Tx, message_id: MessageId) -> None:
    await tx.execute("DELETE FROM messages WHERE id = $1", message_id)
