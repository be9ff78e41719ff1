"""What Meta sends is proven, kept in order, and only then answered."""

import random
from datetime import timedelta
from typing import Any

import pytest

from bot.channels.base import Kind, Unparsable
from bot.channels.whatsapp.batch import kept_id, split
from bot.channels.whatsapp.parse import parse
from tests.channels.whatsapp.conftest import NOW, Number, text, wrapped


async def test_the_handshake_gives_back_the_challenge_to_who_knows_our_words(number: Number) -> None:
    params = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": number.graph.verify_token}
    async with number.session.get(number.webhook, params=params) as answer:
        assert (answer.status, await answer.text()) == (200, "1158201444")
    async with number.session.get(number.webhook, params=params | {"hub.verify_token": "guessed"}) as answer:
        assert answer.status == 403


async def test_forged_and_changed_webhooks_are_refused_before_anything_is_kept(number: Number) -> None:
    good = wrapped(messages=[text(1)])
    assert await number.post(good, secret="somebody else's") == 403
    assert await number.post(good, signed="sha256=00") == 403
    assert await number.post(good, signed="") == 401
    assert await number.post(good, key="X-Hub-Signature") == 401
    assert number.kept == []
    assert await number.post(good) == 200
    assert len(number.kept) == 1


async def test_a_body_that_is_no_json_or_too_large_is_refused(number: Number) -> None:
    assert await number.post(b'{"entry": [') == 400
    assert await number.post(b"[" * 100_000) == 400
    assert await number.post(b" " * (3 * 1024 * 1024 + 1)) == 413
    assert number.kept == []


async def test_while_the_database_is_away_meta_is_asked_to_come_again(number: Number) -> None:
    number.away = True
    assert await number.post(wrapped(messages=[text(1)])) == 503
    number.away = False
    assert await number.post(wrapped(messages=[text(1)])) == 200
    assert [update.update_id for update in number.kept] == [kept_id("wamid.1")]


async def test_a_replay_has_the_same_ids_and_a_status_one_for_each_state(number: Number) -> None:
    """What is the same is told by the database: (office, channel, update id) is unique."""
    sent, read = ({"id": "wamid.9", "status": state, "timestamp": "1795402800"} for state in ("sent", "read"))
    body = wrapped(messages=[text(1)], statuses=[sent, read])
    assert [await number.post(body), await number.post(body)] == [200, 200]
    ids = [update.update_id for update in number.kept]
    assert ids[:3] == ids[3:] == [kept_id(known) for known in ("wamid.1", "wamid.9:sent", "wamid.9:read")]


@pytest.mark.parametrize(("days", "kind"), [(6.9, Kind.MESSAGE), (7.1, Kind.IGNORED)])
def test_a_replay_of_what_may_be_forgotten_does_nothing(number: Number, days: float, kind: Kind) -> None:
    """A signed body stays signed for ever; what has come is known for a week (privacy.keep.updates_days)."""
    sent = int((NOW - timedelta(days=days)).timestamp())
    (update,) = split(wrapped(messages=[text(1, at=sent)]), number="106540352242922", account="").updates
    assert number.channel.parse(update.raw, "", NOW).kind is kind


async def test_what_is_for_another_number_is_not_ours(number: Number) -> None:
    foreign = wrapped(messages=[text(1)])
    foreign["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
    foreign["entry"] += wrapped(messages=[text(2)])["entry"]
    assert await number.post(foreign) == 200
    assert [update.update_id for update in number.kept] == [kept_id("wamid.2")]


async def test_a_thousand_updates_in_one_post_keep_their_order(number: Number) -> None:
    """By Meta's seconds, then by the place in the batch; entries come in any order."""
    messages = [text(n, at=1_795_402_800 + n // 10, sender=f"62812600{n % 50:05}") for n in range(1_000)]
    later, sooner = messages[500:], messages[:500]
    body = wrapped(messages=later)
    body["entry"] += wrapped(messages=sooner)["entry"]
    assert await number.post(body) == 200
    assert [update.update_id for update in number.kept] == [kept_id(f"wamid.{n}") for n in range(1_000)]
    assert number.kept[7].lane == "whatsapp:6281260000007"


def test_each_message_of_a_batch_has_its_own_sender() -> None:
    people = [{"wa_id": f"62{n}", "user_id": f"ID.{n}", "profile": {"name": f"N{n}"}} for n in range(3)]
    body = wrapped(contacts=people, messages=[text(n, sender=f"62{n}") for n in range(3)])
    updates = split(body, number="106540352242922", account="102290129340398").updates
    senders = [parse(update.raw, NOW).sender for update in updates]
    assert [(one.id, one.name) for one in senders] == [("ID.0", "N0"), ("ID.1", "N1"), ("ID.2", "N2")]
    assert [update.lane for update in updates] == ["whatsapp:ID.0", "whatsapp:ID.1", "whatsapp:ID.2"]


# Malformed payloads: a seeded generator breaks well-formed ones.

_ODD: list[Any] = [
    None, True, -1, 10**30, 1.5, "", "\0", "\ud800", "x" * 5_000, [], {}, [[]], {"id": {}}, "9" * 5_000, [None],
]  # fmt: skip


def _some(dice: random.Random) -> list[dict[str, Any]]:
    person = {"profile": {"name": "Siti"}, "wa_id": "6281", "user_id": "ID.1"}
    file = {"id": "123", "mime_type": "image/jpeg", "sha256": "x", "caption": "y"}
    kinds: list[dict[str, Any]] = [
        {"type": "text", "text": {"body": "Halo"}},
        {"type": "image", "image": file},
        {"type": "audio", "audio": file | {"voice": True}},
        {"type": "location", "location": {"latitude": 2.1, "longitude": 99.8, "name": "a"}},
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "B"}, "phones": [{"phone": "1"}]}]},
        {"type": "reaction", "reaction": {"message_id": "wamid.1", "emoji": "👍"}},
        {"type": "interactive", "interactive": {"type": "list_reply", "list_reply": {"id": "a:1", "title": "x"}}},
        {"type": "button", "button": {"payload": "a:1", "text": "x"}},
        {"type": "system", "system": {"type": "user_changed_number", "wa_id": "6282", "user_id": "ID.2"}},
        {"type": "order", "order": {}},
        {"type": "unsupported", "errors": [{"code": 131051}]},
    ]
    message = {"from": "6281", "id": f"wamid.{dice.random()}", "timestamp": "1795402800", **dice.choice(kinds)}
    status = {"id": "wamid.2", "status": "failed", "timestamp": "1", "errors": [{"code": 131047}], "recipient_id": "1"}
    parts: dict[str, Any] = {"contacts": [person], "messages": [message], "statuses": [status]}
    return [wrapped(**{key: value for key, value in parts.items() if dice.random() < 0.8})]


def _broken(value: Any, dice: random.Random) -> Any:
    """The same with something odd, or nothing, in one place or a few."""
    if dice.random() < 0.06:
        return dice.choice(_ODD)
    if isinstance(value, dict):
        return {key: _broken(inner, dice) for key, inner in value.items() if dice.random() > 0.03}
    if isinstance(value, list):
        return [_broken(inner, dice) for inner in value]
    return value


@pytest.mark.parametrize("seed", range(10))
def test_ten_thousand_malformed_payloads_crash_nothing_and_lose_no_neighbour(seed: int) -> None:
    dice = random.Random(seed)
    read = 0
    for n in range(1_000):
        entries = [_broken(entry, dice) for payload in _some(dice) for entry in payload["entry"]]
        whole = wrapped(messages=[text(n)])["entry"][0]
        entries.insert(dice.randrange(len(entries) + 1), whole)
        batch = split({"entry": entries}, number="106540352242922", account="102290129340398")
        assert kept_id(f"wamid.{n}") in [update.update_id for update in batch.updates]
        for update in batch.updates:
            assert update.update_id.isascii() and update.lane.isascii() and update.raw.isascii()
            try:
                inbound = parse(update.raw, NOW)
            except Unparsable:
                continue
            read += 1
            inbound.ref.encode()
            if inbound.content is not None:
                inbound.content.text.encode()
            if update.update_id == kept_id(f"wamid.{n}"):
                assert inbound.kind is Kind.MESSAGE and inbound.content is not None and inbound.content.text == str(n)
    assert read > 1_000  # the generator breaks much, but not all


def test_a_single_contact_is_not_taken_for_another_sender() -> None:
    """Two people in one batch, of whom one is told: the other is known by the number, and by nothing of the first."""
    siti = {"wa_id": "621", "user_id": "ID.1", "profile": {"name": "Siti"}}
    body = wrapped(contacts=[siti], messages=[text(1, sender="621"), text(2, sender="622")])
    updates = split(body, number="106540352242922", account="102290129340398").updates
    senders = [parse(update.raw, NOW).sender for update in updates]
    assert [(one.id, one.name) for one in senders] == [("ID.1", "Siti"), ("622", "")]
    assert [update.lane for update in updates] == ["whatsapp:ID.1", "whatsapp:622"]
