"""A raw update as an `Inbound`, straight from its JSON: CONTENT is the table of what can be passed on."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import Content, Inbound, Kind, Place, RawUpdate, Sender, Unparsable

CHANNEL = "telegram"
Json = dict[str, Any]

# What the receiver asks for; reactions and members come only when named.
ALLOWED_UPDATES = [
    "message",
    "edited_message",
    "callback_query",
    "message_reaction",
    "my_chat_member",
    "chat_member",
]

# A press carries no time of its own: `parse` gives it that of its receipt.
EPOCH = datetime.fromtimestamp(0, UTC)

MEMBERS = ("creator", "administrator", "member", "restricted")
SECONDHAND = ("forward_origin", "forward_from", "forward_date", "via_bot")


def raw_update(update: Json) -> RawUpdate:
    """An update with the lane that keeps its order: the private chat, or the topic of the group.

    Its text is ASCII, so that half a character that a broken client sent can be kept too.
    """
    return RawUpdate(str(update["update_id"]), _lane(update), json.dumps(update))


def _lane(update: Json) -> str:
    """Never fails: what has no chat goes into a lane of its own."""
    body = next((value for key, value in update.items() if key != "update_id" and isinstance(value, dict)), {})
    inner = body.get("message")
    message: Json = inner if isinstance(inner, dict) else body
    chat = message.get("chat")
    if not isinstance(chat, dict) or "id" not in chat:
        return "telegram:other"
    thread = message.get("message_thread_id") if message.get("is_topic_message") else None
    return f"telegram:{chat['id']}:{thread}" if thread else f"telegram:{chat['id']}"


def parse(raw: str, staff_chat: str, received: datetime) -> Inbound:
    """Raises Unparsable for anything that is not shaped as Telegram shapes it."""
    try:
        update: Json = json.loads(raw)
        for key, parser in PARSERS.items():
            if key in update:
                inbound = parser(update[key], staff_chat)
                return replace(inbound, at=received) if inbound.at == EPOCH else inbound
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise Unparsable(f"{type(error).__name__}") from None
    return _ignored({}, staff_chat)


def _ignored(body: Json, staff_chat: str) -> Inbound:
    return Inbound(Kind.IGNORED, CHANNEL, Place.ELSEWHERE, "", Sender(""), EPOCH)


def _place(chat: Json, staff_chat: str) -> Place:
    if str(chat["id"]) == staff_chat:
        return Place.STAFF
    return Place.PRIVATE if chat.get("type") == "private" else Place.ELSEWHERE


def _sender(user: Json, sender_chat: Json | None = None) -> Sender:
    name = " ".join(part for part in (user.get("first_name"), user.get("last_name")) if part)
    return Sender(
        str(user["id"]),
        name,
        user.get("language_code", ""),
        anonymous=sender_chat is not None,
        username=user.get("username", ""),
    )


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


# Messages.


def _message(message: Json, staff_chat: str) -> Inbound:
    service = next((service for key, service in SERVICE.items() if key in message), None)
    if service is not None:
        return service(message, staff_chat)
    return _plain(Kind.MESSAGE, message, staff_chat, _at(message["date"]))


def _edited(message: Json, staff_chat: str) -> Inbound:
    return _plain(
        Kind.EDIT, message, staff_chat, _at(message["edit_date"] if "edit_date" in message else message["date"])
    )


def _plain(kind: Kind, message: Json, staff_chat: str, at: datetime) -> Inbound:
    chat = message["chat"]
    thread = str(message["message_thread_id"]) if message.get("is_topic_message") else None
    topic, topic_by = _topic_of(message, thread)
    return Inbound(
        kind,
        CHANNEL,
        _place(chat, staff_chat),
        str(chat["id"]),
        _sender(message.get("from", {"id": chat["id"]}), message.get("sender_chat")),
        at,
        ref=str(message["message_id"]),
        thread=thread,
        topic=topic,
        topic_by=topic_by,
        content=content_of(message),
        reply_to=_reply_to(message, thread),
        quote=message["quote"]["text"] if message.get("quote", {}).get("is_manual") else None,
        secondhand=any(field in message for field in SECONDHAND),
    )


def _reply_to(message: Json, thread: str | None) -> str | None:
    """In a topic every plain message "replies" to the topic's own first message: that is no reply."""
    reply = message.get("reply_to_message")
    if not reply or (thread is not None and str(reply["message_id"]) == thread):
        return None
    return str(reply["message_id"])


def _topic_of(message: Json, thread: str | None) -> tuple[str, str]:
    """A plain message in a topic carries the topic's first one: with what name it was made, and by whom."""
    first = message.get("reply_to_message") or {}
    if thread is None or str(first.get("message_id")) != thread or "forum_topic_created" not in first:
        return "", ""
    return first["forum_topic_created"]["name"], str(first.get("from", {}).get("id", ""))


def content_of(message: Json) -> Content:
    """What was written; kind 'unsupported' for what cannot be passed on."""
    album = message.get("media_group_id")
    if "text" in message:
        return Content("text", message["text"], message.get("entities", []))
    for kind, read in CONTENT.items():
        if kind in message:
            return Content(
                kind, message.get("caption", ""), message.get("caption_entities", []), read(message[kind]), album
            )
    return Content("unsupported", message.get("caption", ""), data={"kind": _odd_kind(message)})


# What surrounds the content of a message.
_FRAME = {
    "from", "sender_chat", "chat", "forward_origin", "reply_to_message", "external_reply", "quote", "reply_to_story",
    "via_bot", "link_preview_options", "sender_business_bot", "direct_messages_topic", "suggested_post_info",
    "reply_markup", "entities", "caption_entities",
}  # fmt: skip


def _odd_kind(message: Json) -> str:
    """The name of the field that holds the content, for the hint to the sender."""
    return next(
        (key for key, value in message.items() if key not in _FRAME and isinstance(value, dict | list)), "other"
    )


def _file(body: Json) -> Json:
    kept = ("file_id", "file_unique_id", "file_name", "mime_type", "file_size", "width", "height", "duration")
    return {key: body[key] for key in kept if key in body}


def _photo(sizes: list[Json]) -> Json:
    return _file(max(sizes, key=lambda size: size["width"] * size["height"]))


def _fields(*names: str) -> Callable[[Json], Json]:
    return lambda body: {name: body[name] for name in names if name in body}


def _venue(body: Json) -> Json:
    return {**_fields("latitude", "longitude")(body["location"]), **_fields("title", "address")(body)}


def _poll(body: Json) -> Json:
    """A poll goes as a poll of its own: answers given on one side stay there."""
    options = [{"text": option["text"]} for option in body["options"]]
    kept = _fields("question", "is_anonymous", "allows_multiple_answers")(body)
    return {**kept, "options": options}


# The order counts: an animation also carries a document, a venue also a location.
CONTENT: dict[str, Callable[[Any], Json]] = {
    "photo": _photo,
    "animation": _file,
    "document": _file,
    "video": _file,
    "video_note": _file,
    "voice": _file,
    "audio": _file,
    "sticker": _file,
    "venue": _venue,
    "location": _fields("latitude", "longitude"),
    "contact": _fields("phone_number", "first_name", "last_name", "vcard", "user_id"),
    "poll": _poll,
    "dice": _fields("emoji"),
}


# Service messages.


def _topic(change: str, field: str) -> Callable[[Json, str], Inbound]:
    def service(message: Json, staff_chat: str) -> Inbound:
        chat = message["chat"]
        return Inbound(
            Kind.TOPIC,
            CHANNEL,
            _place(chat, staff_chat),
            str(chat["id"]),
            _sender(message.get("from", {"id": chat["id"]})),
            _at(message["date"]),
            ref=str(message["message_id"]),
            thread=str(message["message_thread_id"]),
            change=change,
            value=message[field].get("name", ""),
        )

    return service


def _moved(message: Json, staff_chat: str) -> Inbound:
    chat = message["chat"]
    return Inbound(
        Kind.MOVED,
        CHANNEL,
        _place(chat, staff_chat),
        str(chat["id"]),
        Sender(str(chat["id"])),
        _at(message["date"]),
        value=str(message["migrate_to_chat_id"]),
    )


def _nothing(message: Json, staff_chat: str) -> Inbound:
    return _ignored(message, staff_chat)


SERVICE: dict[str, Callable[[Json, str], Inbound]] = {
    "forum_topic_created": _topic("created", "forum_topic_created"),
    "forum_topic_closed": _topic("closed", "forum_topic_closed"),
    "forum_topic_reopened": _topic("reopened", "forum_topic_reopened"),
    "migrate_to_chat_id": _moved,
    **dict.fromkeys(
        (
            "forum_topic_edited",
            "general_forum_topic_hidden",
            "general_forum_topic_unhidden",
            "new_chat_members",
            "left_chat_member",
            "new_chat_title",
            "new_chat_photo",
            "delete_chat_photo",
            "group_chat_created",
            "supergroup_chat_created",
            "message_auto_delete_timer_changed",
            "migrate_from_chat_id",
            "pinned_message",
            "video_chat_scheduled",
            "video_chat_started",
            "video_chat_ended",
            "video_chat_participants_invited",
        ),
        _nothing,
    ),
}


# Presses, reactions, members.


def _press(query: Json, staff_chat: str) -> Inbound:
    message = query["message"]
    return Inbound(
        Kind.BUTTON,
        CHANNEL,
        _place(message["chat"], staff_chat),
        str(message["chat"]["id"]),
        _sender(query["from"]),
        EPOCH,
        ref=str(message["message_id"]),
        thread=str(message["message_thread_id"]) if message.get("is_topic_message") else None,
        button=query.get("data", ""),
        query=query["id"],
    )


def _reaction(body: Json, staff_chat: str) -> Inbound:
    emoji = [reaction["emoji"] for reaction in body["new_reaction"] if reaction["type"] == "emoji"]
    actor = body.get("user")
    return Inbound(
        Kind.REACTION if actor is not None else Kind.IGNORED,
        CHANNEL,
        _place(body["chat"], staff_chat),
        str(body["chat"]["id"]),
        _sender(actor or {"id": body["chat"]["id"]}),
        _at(body["date"]),
        ref=str(body["message_id"]),
        emoji=emoji[-1] if emoji else None,
    )


def _own_membership(body: Json, staff_chat: str) -> Inbound:
    """The bot itself: blocked by a person, removed from the group, or without the rights it needs."""
    place = _place(body["chat"], staff_chat)
    member = body["new_chat_member"]
    if place is Place.PRIVATE:
        change = "unblocked" if member["status"] in MEMBERS else "blocked"
    else:
        able = member["status"] == "administrator" and member.get("can_manage_topics", False)
        change = "restored" if able else "removed"
    return _membership(body, staff_chat, body["from"], change, member["status"])


def _member(body: Json, staff_chat: str) -> Inbound:
    member = body["new_chat_member"]
    here = member["status"] in MEMBERS and member.get("is_member", True)
    return _membership(body, staff_chat, member["user"], "joined" if here else "left", member["status"])


def _membership(body: Json, staff_chat: str, user: Json, change: str, value: str) -> Inbound:
    return Inbound(
        Kind.MEMBERSHIP,
        CHANNEL,
        _place(body["chat"], staff_chat),
        str(body["chat"]["id"]),
        _sender(user),
        _at(body["date"]),
        change=change,
        value=value,
    )


PARSERS: dict[str, Callable[[Json, str], Inbound]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _press,
    "message_reaction": _reaction,
    "my_chat_member": _own_membership,
    "chat_member": _member,
}
