"""A raw update as an `Inbound`, straight from its JSON.

Every field of Telegram's Message stands in one of the tables: CONTENT (what can be passed on), SERVICE (what happened
in the chat), REFUSED (content that no bot can pass on), FRAME (what surrounds the content). A field of tomorrow stands
in none: its message is answered as 'unsupported', never dropped in silence.
"""

import json
import re
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


# What reading something of another shape than Telegram's raises; a moment too far away is an OSError.
MISSHAPEN = (
    *(KeyError, TypeError, ValueError, AttributeError, IndexError),
    *(OverflowError, OSError, RecursionError),
)


# Half a character, as raw_update writes it: the first half without its second, or the other way round.
HALF = re.compile(r"\\ud[89ab]..(?!\\ud[c-f])|(?<!\\ud[89ab]..)\\ud[c-f]..")


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
    if not isinstance(chat, dict) or not isinstance(chat.get("id"), int):
        return "telegram:other"
    thread = message.get("message_thread_id") if message.get("is_topic_message") else None
    if thread is not None and not isinstance(thread, int):
        return "telegram:other"
    return f"telegram:{chat['id']}:{thread}" if thread else f"telegram:{chat['id']}"


def parse(raw: str, staff_chat: str, received: datetime) -> Inbound:
    """Raises Unparsable for anything that is not shaped as Telegram shapes it."""
    try:
        update: Json = json.loads(_whole(raw) if "\\ud" in raw and HALF.search(raw) else raw)
        for key, parser in PARSERS.items():
            if key in update:
                inbound = parser(update[key], staff_chat)
                return replace(inbound, at=received) if inbound.at == EPOCH else inbound
    except MISSHAPEN as error:
        raise Unparsable(f"{type(error).__name__}") from None
    return _ignored({}, staff_chat)


def _whole(raw: str) -> str:
    """The same update with a sign of replacement for each half of a character: no database and no mail takes halves."""
    text = json.dumps(json.loads(raw), ensure_ascii=False)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


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
    for key in message:
        if key in SERVICE:
            return SERVICE[key](message, staff_chat)
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
    frame = tuple(name for name, fields in AROUND.items() if any(field in message for field in fields))
    if "text" in message:
        return Content("text", message["text"], _marks(message.get("entities", [])), frame=frame)
    for kind, read in CONTENT.items():
        if kind in message:
            return replace(read(kind, message), album=message.get("media_group_id"), frame=frame)
    return Content("unsupported", message.get("caption", ""), data={"kind": _odd_kind(message)})


# The words by which the desk knows what surrounds a message, and the fields that say so.
AROUND = {
    "forwarded": ("forward_origin", "forward_from", "forward_date"),
    "via_bot": ("via_bot",),
    "story": ("reply_to_story",),
    "elsewhere": ("external_reply",),
}
# What surrounds the content of a message; text and captions are read with it.
FRAME = frozenset(
    {
        "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat", "sender_boost_count",
        "sender_business_bot", "sender_tag", "date", "guest_query_id", "business_connection_id", "chat",
        "forward_origin", "is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply", "quote",
        "reply_to_story", "reply_to_checklist_task_id", "reply_to_poll_option_id", "via_bot", "guest_bot_caller_user",
        "guest_bot_caller_chat", "edit_date", "has_protected_content", "is_from_offline", "is_paid_post",
        "media_group_id", "author_signature", "paid_star_count", "entities", "link_preview_options",
        "suggested_post_info", "effect_id", "caption", "caption_entities", "show_caption_above_media",
        "has_media_spoiler", "reply_markup",
    }
)  # fmt: skip


def _odd_kind(message: Json) -> str:
    """The name of the field that holds the content, for the hint to the sender."""
    return next((key for key in message if key not in FRAME), "other")


def _marks(entities: list[Json]) -> list[Json]:
    """Without those that name a person by their account: it is shown to nobody else (DOMAIN.md §6 rule 23)."""
    return [entity for entity in entities if entity["type"] != "text_mention"]


# What can be passed on.

Read = Callable[[str, Json], Content]
SHOWN_SO = ("show_caption_above_media", "has_media_spoiler")


def _captioned(kind: str, message: Json, data: Json) -> Content:
    """A file with what stands under it, and how both are shown."""
    shown = {name: message[name] for name in SHOWN_SO if name in message}
    return Content(kind, message.get("caption", ""), _marks(message.get("caption_entities", [])), {**data, **shown})


def _file(kind: str, message: Json) -> Content:
    return _captioned(kind, message, _kept(message[kind]))


def _kept(body: Json) -> Json:
    kept = ("file_id", "file_unique_id", "file_name", "mime_type", "file_size", "width", "height", "duration")
    return {key: body[key] for key in kept if key in body}


def _photo(kind: str, message: Json) -> Content:
    return _captioned(kind, message, _largest(message[kind]))


def _largest(sizes: list[Json]) -> Json:
    return _kept(max(sizes, key=lambda size: size["width"] * size["height"]))


def _live_photo(kind: str, message: Json) -> Content:
    """A photo with its moving part; each is sent by an id of its own."""
    body = message[kind]
    sizes = body.get("photo") or message.get("photo") or []
    still = {"photo_id": _largest(sizes)["file_id"]} if sizes else {}
    return _captioned(kind, message, {**_kept(body), **still})


def _fields(*names: str) -> Read:
    return lambda kind, message: _bare(kind, message, _picked(message[kind], *names))


def _picked(body: Json, *names: str) -> Json:
    return {name: body[name] for name in names if name in body}


def _bare(kind: str, message: Json, data: Json) -> Content:
    """What Telegram gives no words; should there be some one day, they are not lost."""
    return Content(kind, message.get("caption", ""), _marks(message.get("caption_entities", [])), data)


def _venue(kind: str, message: Json) -> Content:
    body = message[kind]
    place = _picked(body["location"], "latitude", "longitude")
    return _bare(kind, message, {**place, **_picked(body, "title", "address")})


def _poll(kind: str, message: Json) -> Content:
    """A poll goes as a poll of its own: answers given on one side stay there, and a quiz's secret with its maker."""
    body = message[kind]
    options = [{"text": option["text"]} for option in body["options"]]
    kept = _picked(body, "question", "is_anonymous", "allows_multiple_answers", "description", "is_closed")
    return _bare(kind, message, {**kept, "options": options})


def _dice(kind: str, message: Json) -> Content:
    """Sent as a dice it would be thrown anew: what it shows is said in words."""
    shown = f"{message[kind]['emoji']} {message[kind]['value']}"
    return Content("text", f"{shown} {message.get('caption', '')}".strip())


def _copied(words: Callable[[Json], str]) -> Read:
    """What a bot cannot make but copy; its words stand for it where Telegram refuses that."""

    def read(kind: str, message: Json) -> Content:
        source = {"chat": str(message["chat"]["id"]), "ref": str(message["message_id"])}
        said = "\n\n".join(part for part in (words(message[kind]), message.get("caption", "")) if part)
        return Content(kind, said, data={"source": source})

    return read


def _checklist(body: Json) -> str:
    tasks = (f"{'☑' if 'completion_date' in task else '☐'} {task['text']}" for task in body["tasks"])
    return "\n".join([body["title"], *tasks])


def _rich(body: Json) -> str:
    """The words of a rich message, line after line."""
    return _spoken(body["blocks"], "\n")


# What of a block or a rich text holds words, in the order of reading, and how a list of them is joined.
SPOKEN = {
    "summary": "", "text": "", "expression": "", "label": "", "items": "\n", "blocks": "\n", "cells": "\n",
    "caption": "", "credit": "",
}  # fmt: skip


def _spoken(part: Any, joint: str = "") -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return joint.join(filter(None, (_spoken(inner, joint and " | ") for inner in part)))
    return "\n".join(filter(None, (_spoken(part[key], joint) for key, joint in SPOKEN.items() if key in part)))


def _game(body: Json) -> str:
    return "\n".join([body["title"], body.get("text") or body["description"]])


# The order counts: an animation also carries a document, a venue also a location, a live photo also a photo.
CONTENT: dict[str, Read] = {
    "live_photo": _live_photo,
    "photo": _photo,
    "animation": _file,
    "document": _file,
    "video": _file,
    "video_note": _file,
    "voice": _file,
    "audio": _file,
    "sticker": _file,
    "venue": _venue,
    "location": _fields("latitude", "longitude", "horizontal_accuracy", "live_period"),
    "contact": _fields("phone_number", "first_name", "last_name", "vcard", "user_id"),
    "poll": _poll,
    "dice": _dice,
    "rich_message": _copied(_rich),
    "checklist": _copied(_checklist),
    "game": _copied(_game),
    "story": _copied(lambda body: ""),
}
# What no bot may copy, and changes of content that its copy cannot follow: the sender is told.
REFUSED = (
    "paid_media",
    "invoice",
    "giveaway",
    "giveaway_winners",
    "gift",
    "unique_gift",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "poll_option_added",
    "poll_option_deleted",
)


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


# What happens in a chat and says nothing: nobody wrote it to anybody.
_HAPPENS = (
    "forum_topic_edited", "general_forum_topic_hidden", "general_forum_topic_unhidden", "new_chat_members",
    "left_chat_member", "chat_owner_left", "chat_owner_changed", "new_chat_title", "new_chat_photo",
    "delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created",
    "message_auto_delete_timer_changed", "migrate_from_chat_id", "pinned_message", "successful_payment",
    "refunded_payment", "users_shared", "chat_shared", "gift_upgrade_sent", "connected_website",
    "write_access_allowed", "passport_data", "proximity_alert_triggered", "boost_added", "chat_background_set",
    "direct_message_price_changed", "giveaway_created", "giveaway_completed", "managed_bot_created",
    "paid_message_price_changed", "suggested_post_approved", "suggested_post_approval_failed",
    "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded", "video_chat_scheduled",
    "video_chat_started", "video_chat_ended", "video_chat_participants_invited", "web_app_data",
)  # fmt: skip
SERVICE: dict[str, Callable[[Json, str], Inbound]] = {
    "forum_topic_created": _topic("created", "forum_topic_created"),
    "forum_topic_closed": _topic("closed", "forum_topic_closed"),
    "forum_topic_reopened": _topic("reopened", "forum_topic_reopened"),
    "migrate_to_chat_id": _moved,
    **dict.fromkeys(_HAPPENS, _nothing),
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
        query=str(query["id"]),
    )


# A bot may not set a custom or a paid reaction: the other side sees that there is one.
STAND_INS = {"custom_emoji": "👀", "paid": "❤"}


def _emoji(reaction: Json) -> str:
    return str(reaction["emoji"]) if reaction["type"] == "emoji" else STAND_INS.get(reaction["type"], "👀")


def _reaction(body: Json, staff_chat: str) -> Inbound:
    emoji = [_emoji(reaction) for reaction in body["new_reaction"]]
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
