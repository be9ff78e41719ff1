"""Every request is held against the Bot API's own description, where that lies beside the checkout."""

from typing import Any

import pytest

from bot.playground.arguments import Upload
from bot.playground.content import FILE_KINDS
from bot.playground.people import Person
from bot.playground.rarities import SAMPLES as RARE
from bot.playground.spec import Spec
from bot.playground.telegram import Telegram
from tests.playground.cast import Caller


@pytest.fixture
def described(spec: Spec | None) -> Spec:
    if spec is None:
        pytest.skip("the Bot API description is not here: requests are not checked against it")
    return spec


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("sendMessage", {"chat_id": 1, "text": "x"}),
        ("sendMessage", {"chat_id": "1", "text": "x", "disable_notification": "true", "entities": "[]"}),
        ("sendMessage", {"chat_id": "@kanal", "text": "x", "reply_parameters": '{"message_id": 1}'}),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}}),
        ("sendMediaGroup", {"chat_id": 1, "media": [{"type": "photo", "media": "id"}]}),
        ("setMyCommands", {"commands": [{"command": "a", "description": "b"}], "scope": {"type": "default"}}),
        ("sendLocation", {"chat_id": 1, "latitude": 1, "longitude": 1.5}),
        ("getUpdates", {}),
    ],
)
def test_what_is_described_passes(described: Spec, method: str, params: dict[str, Any]) -> None:
    assert described.check(method, params, {}) is None


@pytest.mark.parametrize(
    ("method", "params", "complaint"),
    [
        ("sendCoffee", {}, "sendCoffee is no method"),
        ("sendMessage", {"chat_id": 1}, "sendMessage needs text"),
        ("sendMessage", {"chat_id": 1, "text": "x", "tone": "kind"}, "sendMessage has no parameter tone"),
        ("sendMessage", {"chat_id": 1.5, "text": "x"}, "sendMessage: chat_id is not Integer or String"),
        ("sendMessage", {"chat_id": 1, "text": 5}, "sendMessage: text is not String"),
        ("sendMessage", {"chat_id": 1, "text": "x", "protect_content": "ja"}, "sendMessage: protect_content is not"),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_parameters": {"id": 1}}, "sendMessage: reply_parameters"),
        ("sendMessage", {"chat_id": 1, "text": "x", "entities": "[{]"}, "sendMessage: entities is not Array"),
        ("sendMediaGroup", {"chat_id": 1, "media": [{"type": "photo"}]}, "sendMediaGroup: media is not Array"),
        ("sendDocument", {"chat_id": 1, "document": "attach://lost"}, "sendDocument: document is not"),
    ],
)
def test_what_is_not_described_is_named(described: Spec, method: str, params: dict[str, Any], complaint: str) -> None:
    found = described.check(method, params, {})
    assert found is not None
    assert found.startswith(complaint)


def test_an_upload_counts_as_the_parameter(described: Spec) -> None:
    upload = Upload("a.txt", b"x")
    assert described.check("sendDocument", {"chat_id": 1}, {"document": upload}) is None
    attached = {"chat_id": 1, "document": "attach://part"}
    assert described.check("sendDocument", attached, {"part": upload}) is None


async def test_a_violation_is_refused_and_kept(described: Spec, bot: Caller, telegram: Telegram, user: Person) -> None:
    await user.say("Halo")
    refusal = await bot.refused("sendMessage", chat_id=501, text="x", tone="kind")
    assert refusal == "Bad Request: spec: sendMessage has no parameter tone"
    assert telegram.violations == ["sendMessage has no parameter tone"]


async def test_what_the_stand_in_says_is_as_described_too(
    described: Spec, bot: Caller, telegram: Telegram, user: Person, admin: Person
) -> None:
    kinds = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member", "chat_member"]
    await bot("getUpdates", offset=1, allowed_updates=kinds)
    for kind in (*FILE_KINDS, *RARE, "live_photo", "location", "venue", "contact", "poll", "dice"):
        sent = await user.send(kind)
        await user.say("Ini", reply_to=sent)
    photo = await user.send("photo", caption="a")
    await user.edit(photo, caption="b")
    await user.react(photo, "👍")
    await bot("sendMessage", chat_id=501, text="x", reply_parameters={"message_id": photo.id, "quote": "b"})
    await user.say("y", reply_to=user.chat[-1], quote="x")
    await bot("deleteMessage", chat_id=501, message_id=(await user.press_data(user.chat[-2], "1")).message.id)
    await user.press_data(photo, "1")
    await user.block()
    topic = await admin.create_topic("Baru")
    await bot("editForumTopic", chat_id=telegram.staff.id, message_thread_id=topic.id, name="Lama")
    await bot("closeForumTopic", chat_id=telegram.staff.id, message_thread_id=topic.id)
    await bot("pinChatMessage", chat_id=telegram.staff.id, message_id=topic.id)
    await admin.say("x", topic=topic, anonymous=True)
    await user.join()
    await user.leave()
    await admin.set_bot_status("kicked")
    await admin.set_bot_status("administrator")
    updates = await bot("getUpdates", offset=2)
    assert {kind for update in updates for kind in update} == {"update_id", *kinds}
    assert [update for update in updates if not described.describes(update, "Update")] == []
    assert described.describes(await bot("getChat", chat_id=telegram.staff.id), "ChatFullInfo")
    assert described.describes(await bot("getMe"), "User")
    assert described.describes(await bot("getChatMember", chat_id=telegram.staff.id, user_id=42), "ChatMember")
