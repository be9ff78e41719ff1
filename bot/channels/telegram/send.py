"""An `Outgoing` as one call of the Bot API: CALLS is the table of what is sent by which method."""

from collections.abc import Callable
from dataclasses import replace
from mimetypes import guess_extension
from typing import Any

from telegram import InputFile

from bot.channels.base import Button, Content, Outgoing
from bot.channels.telegram.reactions import nearest

Params = dict[str, Any]
Call = tuple[str, Params]

ALBUM_KINDS = ("photo", "live_photo", "video", "document", "audio", "animation")


def call_of(message: Outgoing) -> Call:
    """The method and its parameters; None values are left out by the client."""
    return CALLS[message.kind](message)


def with_files(message: Outgoing) -> Outgoing:
    """A file of another platform is sent as its bytes."""
    content = message.content
    if content is None or content.data.get("media") not in message.files:
        return message
    file = message.files[content.data["media"]]
    name = file.name or f"{content.kind}{guess_extension(file.mime.partition(';')[0]) or ''}"
    upload = InputFile(file.content, filename=name)
    return replace(message, content=replace(content, data={**content.data, "file_id": upload}))


def _where(message: Outgoing) -> Params:
    """Chat, topic, and what it answers; a reply whose target is gone is sent all the same."""
    params: Params = {"chat_id": int(message.chat), "message_thread_id": _int(message.thread)}
    if message.reply_to is not None:
        params["reply_parameters"] = {
            "message_id": int(message.reply_to),
            "allow_sending_without_reply": True,
            **({"quote": message.quote} if message.quote else {}),
            **({"quote_entities": list(message.quote_entities)} if message.quote and message.quote_entities else {}),
        }
    return params


def _int(value: str | None) -> int | None:
    return int(value) if value is not None else None


def _keyboard(message: Outgoing) -> Params:
    if not message.buttons:
        return {}
    rows = [[_button(button) for button in row] for row in message.buttons]
    return {"reply_markup": {"inline_keyboard": rows}}


def _button(button: Button) -> Params:
    return {"text": button.label, **({"url": button.url} if button.url else {"callback_data": button.data})}


NO_PREVIEW = {"link_preview_options": {"is_disabled": True}}


def _text(message: Outgoing) -> Call:
    """A text of ours, in Telegram's HTML."""
    return "sendMessage", {
        **_where(message),
        "text": message.text,
        "parse_mode": "HTML",
        **NO_PREVIEW,
        **_keyboard(message),
    }


def _content(message: Outgoing) -> Call:
    """What a person wrote: its own text and marks, its files by their id."""
    assert message.content is not None
    method, params = CONTENT[message.content.kind](message.content)
    return method, {**_where(message), **params}


def _plain(content: Content) -> Call:
    return "sendMessage", {"text": content.text, "entities": content.entities or None, **NO_PREVIEW}


def _file(method: str, field: str) -> Callable[[Content], Call]:
    """A file with what stands under it."""
    return lambda content: (method, {field: content.data["file_id"], **_caption(content), **_shown(content)})


def _bare(method: str, field: str) -> Callable[[Content], Call]:
    return lambda content: (method, {field: content.data["file_id"]})


def _caption(content: Content) -> Params:
    return {"caption": content.text or None, "caption_entities": content.entities or None}


# How a file is shown: the field of a message, and the parameter that makes it so.
SHOWN_SO = (("show_caption_above_media", "show_caption_above_media"), ("has_media_spoiler", "has_spoiler"))


def _shown(content: Content) -> Params:
    return {parameter: True for field, parameter in SHOWN_SO if content.data.get(field)}


def _live_photo(content: Content) -> Call:
    """With its still picture; a copy of the moving part alone is a video."""
    if "photo_id" not in content.data:
        return CONTENT["video"](content)
    method, params = _file("sendLivePhoto", "live_photo")(content)
    return method, {**params, "photo": content.data["photo_id"]}


def _data(method: str, *, but: tuple[str, ...] = ()) -> Callable[[Content], Call]:
    return lambda content: (method, {key: value for key, value in content.data.items() if key not in but})


def _copy(content: Content) -> Call:
    """What a bot cannot make, as it stands there."""
    source = content.data["source"]
    return "copyMessage", {"from_chat_id": int(source["chat"]), "message_id": int(source["ref"])}


CONTENT: dict[str, Callable[[Content], Call]] = {
    "text": _plain,
    "photo": _file("sendPhoto", "photo"),
    "live_photo": _live_photo,
    "animation": _file("sendAnimation", "animation"),
    "document": _file("sendDocument", "document"),
    "video": _file("sendVideo", "video"),
    "video_note": _bare("sendVideoNote", "video_note"),
    "voice": _file("sendVoice", "voice"),
    "audio": _file("sendAudio", "audio"),
    "sticker": _bare("sendSticker", "sticker"),
    "venue": _data("sendVenue"),
    "location": _data("sendLocation", but=("live_period",)),  # where it was then: the copy does not move
    "contact": _data("sendContact", but=("user_id",)),
    "poll": _data("sendPoll"),
    "dice": _data("sendDice"),
    "rich_message": _copy,
    "checklist": _copy,
    "game": _copy,
    "story": _copy,
}


def _album(message: Outgoing) -> Call:
    return "sendMediaGroup", {**_where(message), "media": [_media(part) for part in message.parts]}


def _media(content: Content) -> Params:
    still = {"photo": content.data["photo_id"]} if "photo_id" in content.data else {}
    body = {"type": content.kind, "media": content.data["file_id"], **still, **_caption(content), **_shown(content)}
    return {key: value for key, value in body.items() if value is not None}


def _target(message: Outgoing) -> Params:
    return {"chat_id": int(message.chat), "message_id": _int(message.target)}


def _edit(message: Outgoing) -> Call:
    """The newest version of what a person wrote, in place of the copy: a text, or a file with its caption."""
    assert message.content is not None
    content = message.content
    if content.kind == "text":
        return "editMessageText", {
            **_target(message),
            "text": content.text,
            "entities": content.entities or None,
            **NO_PREVIEW,
        }
    if content.kind in ALBUM_KINDS:
        return "editMessageMedia", {**_target(message), "media": _media(content)}
    return "editMessageCaption", {**_target(message), **_caption(content)}


def _edit_text(message: Outgoing) -> Call:
    return "editMessageText", {
        **_target(message),
        "text": message.text,
        "parse_mode": "HTML",
        **NO_PREVIEW,
        **_keyboard(message),
    }


def _react(message: Outgoing) -> Call:
    reaction = [{"type": "emoji", "emoji": nearest(message.emoji)}] if message.emoji else []
    return "setMessageReaction", {**_target(message), "reaction": reaction}


def _delete(message: Outgoing) -> Call:
    if len(message.targets) == 1:
        return "deleteMessage", {"chat_id": int(message.chat), "message_id": int(message.targets[0])}
    return "deleteMessages", {"chat_id": int(message.chat), "message_ids": [int(ref) for ref in message.targets]}


def _topic_create(message: Outgoing) -> Call:
    return "createForumTopic", {"chat_id": int(message.chat), "name": message.name}


def _topic(method: str) -> Callable[[Outgoing], Call]:
    return lambda message: (method, {"chat_id": int(message.chat), "message_thread_id": _int(message.thread)})


def _topic_rename(message: Outgoing) -> Call:
    where = {"chat_id": int(message.chat), "message_thread_id": _int(message.thread)}
    return "editForumTopic", {**where, "name": message.name}


def _document(message: Outgoing) -> Call:
    """A file of ours with a caption."""
    assert message.document is not None
    document = message.document
    file = InputFile(document.content, filename=document.name)
    method, field = ("sendPhoto", "photo") if document.picture else ("sendDocument", "document")
    return method, {**_where(message), field: file, "caption": document.caption or message.text, "parse_mode": "HTML"}


def _toast(message: Outgoing) -> Call:
    return "answerCallbackQuery", {"callback_query_id": message.query, "text": message.text or None}


CALLS: dict[str, Callable[[Outgoing], Call]] = {
    "text": _text,
    "content": _content,
    "album": _album,
    "edit": _edit,
    "edit_text": _edit_text,
    "react": _react,
    "delete": _delete,
    "topic_create": _topic_create,
    "topic_close": _topic("closeForumTopic"),
    "topic_reopen": _topic("reopenForumTopic"),
    "topic_rename": _topic_rename,
    "topic_delete": _topic("deleteForumTopic"),
    "document": _document,
    "toast": _toast,
}
