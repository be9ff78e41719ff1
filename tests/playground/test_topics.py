"""Forum topics of the staff group (TELEGRAM.md §3)."""

from typing import Any

import pytest

from bot.playground.chats import Topic
from bot.playground.people import NotAllowed, Person
from bot.playground.telegram import Telegram
from tests.playground.cast import Caller


@pytest.fixture
async def topic(bot: Caller, telegram: Telegram) -> Topic:
    await bot("createForumTopic", chat_id=telegram.staff.id, name="1207-2611-0001 Siti")
    return telegram.topics[0]


def into(topic: Topic, telegram: Telegram) -> dict[str, Any]:
    return {"chat_id": telegram.staff.id, "message_thread_id": topic.id}


async def test_the_bot_is_told_of_the_topic_it_made(bot: Caller, topic: Topic) -> None:
    (created,) = await bot.updates("message")
    assert created["message_thread_id"] == topic.id == created["message_id"]
    assert created["forum_topic_created"]["name"] == "1207-2611-0001 Siti"
    assert created["from"]["is_bot"] is True


async def test_messages_in_a_topic_answer_its_creation(
    bot: Caller, telegram: Telegram, topic: Topic, officer: Person
) -> None:
    sent = await bot("sendMessage", **into(topic, telegram), text="Kartu")
    assert (sent["message_thread_id"], sent["is_topic_message"]) == (topic.id, True)
    assert sent["reply_to_message"]["forum_topic_created"]["name"] == topic.name
    await officer.say("Baik", topic=topic)
    message = (await bot.updates("message"))[-1]
    assert message["reply_to_message"]["message_id"] == topic.id == message["message_thread_id"]
    assert (await officer.sees("Kartu", topic=topic)).reply_to is None


async def test_an_answer_needs_no_topic(bot: Caller, telegram: Telegram, topic: Topic, officer: Person) -> None:
    asked = await officer.say("?", topic=topic)
    sent = await bot("sendMessage", chat_id=telegram.staff.id, text="!", reply_parameters={"message_id": asked.id})
    assert sent["message_thread_id"] == topic.id
    assert sent["reply_to_message"]["message_id"] == asked.id


async def test_general_has_no_number(bot: Caller, telegram: Telegram, officer: Person) -> None:
    refusal = await bot.refused("sendMessage", chat_id=telegram.staff.id, message_thread_id=1, text="x")
    assert refusal == "Bad Request: message thread not found"
    assert "message_thread_id" not in await bot("sendMessage", chat_id=telegram.staff.id, text="x")
    await officer.sees("x", topic=None)
    await officer.say("Pagi", topic=None)
    assert "is_topic_message" not in (await bot.updates("message"))[-1]


async def test_a_deleted_topic_is_noticed_only_when_writing(
    bot: Caller, telegram: Telegram, topic: Topic, admin: Person
) -> None:
    before = len(await bot("getUpdates", offset=0))
    await admin.delete_topic(topic)
    assert len(await bot("getUpdates", offset=1)) == before
    assert (
        await bot.refused("sendMessage", **into(topic, telegram), text="x") == "Bad Request: message thread not found"
    )
    assert await bot.refused("closeForumTopic", **into(topic, telegram)) == "Bad Request: TOPIC_ID_INVALID"
    assert topic.messages == []


async def test_a_closed_topic_is_closed_for_plain_members_only(
    bot: Caller, telegram: Telegram, topic: Topic, officer: Person, admin: Person
) -> None:
    await bot("closeForumTopic", **into(topic, telegram))
    assert await bot.refused("closeForumTopic", **into(topic, telegram)) == "Bad Request: TOPIC_NOT_MODIFIED"
    with pytest.raises(NotAllowed, match="TOPIC_CLOSED"):
        await officer.say("Halo?", topic=topic)
    await admin.say("Saya boleh", topic=topic)
    await bot("sendMessage", **into(topic, telegram), text="Saya juga")
    await bot("reopenForumTopic", **into(topic, telegram))
    await officer.say("Halo!", topic=topic)
    services = [message.kind for message in topic.messages if message.is_service]
    assert services == ["forum_topic_created", "forum_topic_closed", "forum_topic_reopened"]


async def test_a_topic_of_somebody_else_needs_the_right(bot: Caller, telegram: Telegram, admin: Person) -> None:
    theirs = await admin.create_topic("Arisan")
    await admin.close_topic(theirs)
    await bot("sendMessage", **into(theirs, telegram), text="x")
    await admin.set_bot_status("administrator", rights={"can_delete_messages"})
    assert await bot.refused("sendMessage", **into(theirs, telegram), text="x") == "Bad Request: TOPIC_CLOSED"
    rename = await bot.refused("editForumTopic", **into(theirs, telegram), name="x")
    assert rename == "Bad Request: not enough rights to manage topics"
    create = await bot.refused("createForumTopic", chat_id=telegram.staff.id, name="x")
    assert create == "Bad Request: not enough rights to create a topic"
    await admin.reopen_topic(theirs)
    await admin.rename_topic(theirs, "Arisan bulanan")
    assert telegram.topic("bulanan") is theirs


async def test_renaming_to_the_same_name_changes_nothing(bot: Caller, telegram: Telegram, topic: Topic) -> None:
    await bot("editForumTopic", **into(topic, telegram), name="1207-2611-0001 Selesai")
    again = await bot.refused("editForumTopic", **into(topic, telegram), name="1207-2611-0001 Selesai")
    assert again == "Bad Request: TOPIC_NOT_MODIFIED"
    await bot("editForumTopic", **into(topic, telegram), name="x" * 200)
    assert len(topic.name) == 128
    edited = (await bot.updates("message"))[1]
    assert edited["forum_topic_edited"] == {"name": "1207-2611-0001 Selesai"}


async def test_a_deleted_topic_by_the_bot_and_its_icons(bot: Caller, telegram: Telegram, topic: Topic) -> None:
    icon = (await bot("getForumTopicIconStickers"))[0]["custom_emoji_id"]
    await bot("editForumTopic", **into(topic, telegram), icon_custom_emoji_id=icon)
    assert topic.icon_emoji == icon
    await bot("deleteForumTopic", **into(topic, telegram))
    assert topic.deleted
    with pytest.raises(LookupError, match="0001"):
        telegram.topic("0001")


async def test_only_a_forum_has_topics(bot: Caller, telegram: Telegram) -> None:
    telegram.world.add_group(-77, "Biasa", kind="group", is_forum=False)
    assert await bot.refused("createForumTopic", chat_id=-77, name="x") == "Bad Request: the chat is not a forum"


async def test_an_upgraded_group_says_where_it_went(bot: Caller, telegram: Telegram, officer: Person) -> None:
    old = telegram.staff.id
    telegram.upgrade_group(old, -1009876543210)
    reply = await telegram.call(telegram.token, "sendMessage", {"chat_id": old, "text": "x"})
    assert isinstance(reply.body, dict)
    assert reply.body["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert reply.body["parameters"] == {"migrate_to_chat_id": -1009876543210}
    await bot("sendMessage", chat_id=telegram.staff.id, text="Di sini")
    await officer.sees("Di sini", topic=None)
    moved, arrived = await bot.updates("message")
    assert (moved["migrate_to_chat_id"], arrived["migrate_from_chat_id"]) == (-1009876543210, old)


async def test_a_bot_that_was_thrown_out_is_told_so(bot: Caller, telegram: Telegram, admin: Person) -> None:
    await admin.set_bot_status("kicked")
    kicked = await bot.refused("sendMessage", chat_id=telegram.staff.id, text="x")
    assert kicked == "Forbidden: bot was kicked from the supergroup chat"
    await admin.say("Sudah pergi?", topic=None)
    await admin.set_bot_status("administrator")
    await bot("leaveChat", chat_id=telegram.staff.id)
    left = await bot.refused("sendMessage", chat_id=telegram.staff.id, text="x")
    assert left == "Forbidden: bot is not a member of the supergroup chat"
    changes = [update["my_chat_member"] for update in await bot("getUpdates")]
    assert [change["new_chat_member"]["status"] for change in changes] == ["kicked", "administrator"]


async def test_members_come_and_go(bot: Caller, telegram: Telegram, user: Person, officer: Person) -> None:
    await bot("getUpdates", offset=1, allowed_updates=["message", "chat_member"])
    await user.join()
    assert (await bot("getChatMember", chat_id=telegram.staff.id, user_id=501))["status"] == "member"
    await user.leave()
    assert (await bot("getChatMember", chat_id=telegram.staff.id, user_id=501))["status"] == "left"
    with pytest.raises(NotAllowed):
        await user.say("Halo", topic=None)
    changes = await bot.updates("chat_member", offset=2)
    assert [change["new_chat_member"]["status"] for change in changes] == ["member", "left"]
    assert await bot.refused("getChatMember", chat_id=telegram.staff.id, user_id=9) == "Bad Request: user not found"


async def test_an_anonymous_administrator_speaks_as_the_group(bot: Caller, telegram: Telegram, admin: Person) -> None:
    await admin.say("Siapa saya?", topic=None, anonymous=True)
    (message,) = await bot.updates("message")
    assert message["sender_chat"]["id"] == telegram.staff.id
    assert message["from"]["username"] == "GroupAnonymousBot"


async def test_what_the_bot_can_read_about_the_group(bot: Caller, telegram: Telegram, admin: Person) -> None:
    group = telegram.staff.id
    assert (await bot("getChat", chat_id=group))["is_forum"] is True
    assert await bot("getChatMemberCount", chat_id=group) == 2
    statuses = {member["user"]["id"]: member for member in await bot("getChatAdministrators", chat_id=group)}
    assert statuses[42]["can_manage_topics"] is True
    assert statuses[602]["status"] == "administrator"


async def test_pinning_posts_a_service_message(bot: Caller, telegram: Telegram, topic: Topic) -> None:
    sent = await bot("sendMessage", **into(topic, telegram), text="Kartu")
    await bot("pinChatMessage", chat_id=telegram.staff.id, message_id=sent["message_id"])
    assert topic.messages[-1].kind == "pinned_message"
    await bot("unpinAllForumTopicMessages", **into(topic, telegram))
    assert telegram.staff.pinned == []
