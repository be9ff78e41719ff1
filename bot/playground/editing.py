"""Editing and deleting what the bot has sent."""

from datetime import timedelta

from bot.playground.arguments import Arguments
from bot.playground.chats import Chat
from bot.playground.keyboard import read_markup
from bot.playground.media import ALBUM_CLASS as _ALBUM_CLASS
from bot.playground.media import CAPTIONED, captioned, media_content
from bot.playground.messages import Message
from bot.playground.replies import Json, Refused
from bot.playground.sending import text_content
from bot.playground.world import World, find_chat, writable_chat

# editMessageMedia: these, or a text or a rich message that becomes one of them.
_REPLACEABLE = CAPTIONED - {"voice"} | {"text", "rich_message"}
_DELETABLE = timedelta(hours=48).total_seconds()
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
_ENVELOPE = frozenset(
    [
        "message_id",
        "message_thread_id",
        "is_topic_message",
        "from",
        "sender_chat",
        "chat",
        "date",
        "reply_to_message",
        "external_reply",
        "quote",
        "reply_to_story",
        "has_protected_content",
        "effect_id",
        "via_bot",
        "media_group_id",
        "forward_origin",
    ]
)


def edit_message_text(world: World, args: Arguments) -> Json:
    chat, message = _editable(world, args)
    try:
        content = text_content(args)
    except Refused as refusal:
        if refusal.description.endswith("message is too long"):
            raise Refused("MESSAGE_TOO_LONG") from None  # only sendMessage says it in words
        raise
    if message.kind not in ("text", "rich_message", "game"):
        raise Refused("there is no text in the message to edit")
    return _put(world, chat, message, content, args)


def edit_message_caption(world: World, args: Arguments) -> Json:
    chat, message = _editable(world, args)
    if message.kind not in CAPTIONED:
        raise Refused("there is no caption in the message to edit")
    content = {key: value for key, value in content_of(message).items() if key not in ("caption", "caption_entities")}
    return _put(world, chat, message, {**content, **captioned(args)}, args)


def edit_message_media(world: World, args: Arguments) -> Json:
    chat, message = _editable(world, args)
    content = media_content(world, args, args.mapping("media") or {})
    if message.kind not in _REPLACEABLE:
        raise Refused("message can't be edited")
    if message.album is not None and _ALBUM_CLASS.get(message.kind) != _ALBUM_CLASS.get(_kind(content)):
        raise Refused("message of this type can't be edited to another type inside an album")
    return _put(world, chat, message, content, args)


def edit_message_reply_markup(world: World, args: Arguments) -> Json:
    chat, message = _editable(world, args)
    return _put(world, chat, message, content_of(message), args)


def edit_message_live_location(world: World, args: Arguments) -> Json:
    chat, message = _editable(world, args)
    location = message.body.get("location")
    if location is None or "live_period" not in location:
        raise Refused("message can't be edited")
    moved = {**location, "latitude": args.number("latitude"), "longitude": args.number("longitude")}
    return _put(world, chat, message, {"location": moved}, args)


def stop_message_live_location(world: World, args: Arguments) -> Json:
    chat, message = _editable(world, args)
    location = dict(message.body.get("location") or {})
    if location.pop("live_period", None) is None:
        raise Refused("message can't be edited")
    return _put(world, chat, message, {"location": location}, args)


def stop_poll(world: World, args: Arguments) -> Json:
    chat, message = _editable(world, args)
    poll = message.body.get("poll")
    if poll is None:
        raise Refused("message with poll to stop not found")
    if poll["is_closed"]:
        raise Refused("poll has already been closed")
    closed: Json = {**poll, "is_closed": True}
    _put(world, chat, message, {"poll": closed}, args)
    return closed


def delete_message(world: World, args: Arguments) -> bool:
    chat = find_chat(world, args.text("chat_id"))
    message = chat.by_id.get(args.integer("message_id"))
    if message is None:
        raise Refused("message to delete not found")
    _check_deletable(world, chat, message)
    world.remove(chat, message)
    return True


def delete_messages(world: World, args: Arguments) -> bool:
    """Deletes what it can; ids that are gone are skipped."""
    chat = find_chat(world, args.text("chat_id"))
    ids = args.items("message_ids")
    if not 1 <= len(ids) <= 100:
        raise Refused("too many message identifiers specified" if ids else "message identifiers are not specified")
    found = [chat.by_id[int(message_id)] for message_id in ids if int(message_id) in chat.by_id]
    for message in found:
        _check_deletable(world, chat, message)
    for message in found:
        world.remove(chat, message)
    return True


def content_of(message: Message) -> Json:
    """What the message says, without who, where, when and the buttons."""
    return {
        key: value
        for key, value in message.body.items()
        if key not in _ENVELOPE and key not in ("edit_date", "reply_markup")
    }


def _kind(content: Json) -> str:
    return next(kind for kind in ("live_photo", "animation", *CAPTIONED) if kind in content)


def _editable(world: World, args: Arguments) -> tuple[Chat, Message]:
    if args.text("inline_message_id"):
        raise Refused("MESSAGE_ID_INVALID")
    chat = writable_chat(world, args.text("chat_id"))
    message = chat.by_id.get(args.integer("message_id"))
    if message is None:
        raise Refused("message to edit not found")
    if not message.by_bot or message.is_service or "forward_origin" in message.body:
        raise Refused("message can't be edited")
    return chat, message


def _put(world: World, chat: Chat, message: Message, content: Json, args: Arguments) -> Json:
    """Replaces content and buttons; an edit that brings no buttons takes them away."""
    envelope = {key: value for key, value in message.body.items() if key in _ENVELOPE}
    body = {**envelope, **content}
    markup = read_markup(args, private=chat.kind == "private").inline
    if markup is not None:
        body["reply_markup"] = markup
    if body == {key: value for key, value in message.body.items() if key != "edit_date"}:
        raise Refused(_NOT_MODIFIED)
    return world.replace(message, body).body


def _check_deletable(world: World, chat: Chat, message: Message) -> None:
    """Own and, for an administrator with the right, others' messages; in private chats only for 48 hours."""
    if "forum_topic_created" in message.body:
        raise Refused("message can't be deleted")
    rights = "can_delete_messages" in world.group_rights(chat)
    if chat.kind != "private" and (rights or message.by_bot):
        return
    old = world.timestamp() - message.body["date"] > _DELETABLE
    if old or chat.kind != "private":
        raise Refused("message can't be deleted for everyone" if old else "message can't be deleted")
