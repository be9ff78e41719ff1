"""The methods for forum topics."""

from bot.playground.arguments import Arguments
from bot.playground.chats import ICON_COLORS, Chat, Topic
from bot.playground.replies import Json, Refused
from bot.playground.world import World, writable_chat

LONGEST_NAME = 128
ICONS = {
    "5312536423851630001": "💡",
    "5377316857231450742": "❓",
    "5237699328843200968": "✅",
    "5379748062124056162": "❗️",
}


def create_forum_topic(world: World, args: Arguments) -> Json:
    chat = _forum(world, args)
    name = _clean_name(args.text("name"))
    color = args.integer("icon_color", ICON_COLORS[0])
    if color not in ICON_COLORS:
        raise Refused("invalid icon color specified")
    if "can_manage_topics" not in world.group_rights(chat):
        raise Refused("not enough rights to create a topic")
    topic = Topic(0, name, color, world.bot.id, icon_emoji=_icon(args))
    return world.open_topic(chat, topic).as_json


def edit_forum_topic(world: World, args: Arguments) -> bool:
    """Changes name and icon; a second time the same is TOPIC_NOT_MODIFIED."""
    chat, topic = _changeable(world, args)
    changes: Json = {}
    if args.text("name") and _clean_name(args.text("name")) != topic.name:
        changes["name"] = topic.name = _clean_name(args.text("name"))
    if "icon_custom_emoji_id" in args and _icon(args) != topic.icon_emoji:
        changes["icon_custom_emoji_id"] = topic.icon_emoji = _icon(args)
    if not changes:
        raise Refused("TOPIC_NOT_MODIFIED")
    world.service(chat, {"forum_topic_edited": changes}, topic=topic)
    return True


def close_forum_topic(world: World, args: Arguments) -> bool:
    return _set_closed(world, args, closed=True)


def reopen_forum_topic(world: World, args: Arguments) -> bool:
    return _set_closed(world, args, closed=False)


def delete_forum_topic(world: World, args: Arguments) -> bool:
    chat = _forum(world, args)
    if "can_delete_messages" not in world.group_rights(chat):
        raise Refused("not enough rights to delete a topic")
    world.remove_topic(chat, _topic(chat, args))
    return True


def unpin_all_forum_topic_messages(world: World, args: Arguments) -> bool:
    chat = _forum(world, args)
    topic = _topic(chat, args)
    chat.pinned = [message_id for message_id in chat.pinned if message_id not in topic.by_id]
    return True


def get_forum_topic_icon_stickers(world: World, args: Arguments) -> list[Json]:
    sticker = {"type": "custom_emoji", "width": 100, "height": 100, "is_animated": True, "is_video": False}
    return [
        {**sticker, "file_id": f"icon-{key}", "file_unique_id": key, "custom_emoji_id": key, "emoji": emoji}
        for key, emoji in ICONS.items()
    ]


def _set_closed(world: World, args: Arguments, *, closed: bool) -> bool:
    chat, topic = _changeable(world, args)
    if topic.closed == closed:
        raise Refused("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    world.service(chat, {"forum_topic_closed" if closed else "forum_topic_reopened": {}}, topic=topic)
    return True


def _forum(world: World, args: Arguments) -> Chat:
    chat = writable_chat(world, args.text("chat_id"))
    if not chat.is_forum:
        raise Refused("the chat is not a forum")
    return chat


def _topic(chat: Chat, args: Arguments) -> Topic:
    topic = chat.topics.get(args.integer("message_thread_id"))
    if topic is None or topic.deleted:
        raise Refused("TOPIC_ID_INVALID")
    return topic


def _changeable(world: World, args: Arguments) -> tuple[Chat, Topic]:
    chat = _forum(world, args)
    topic = _topic(chat, args)
    if not world.may_toggle(chat, topic):
        raise Refused("not enough rights to manage topics")
    return chat, topic


def _clean_name(name: str) -> str:
    """Telegram cuts a long name rather than refusing it."""
    cleaned = " ".join(name.split())[:LONGEST_NAME]
    if not cleaned:
        raise Refused("title must be non-empty")
    return cleaned


def _icon(args: Arguments) -> str:
    icon = args.text("icon_custom_emoji_id")
    if icon and icon not in ICONS:
        raise Refused("invalid custom emoji identifier specified")
    return icon
