"""Messages as a web page draws them: plain JSON with the text already made into safe HTML."""

from html import escape

from bot.playground.chats import Chat
from bot.playground.messages import Message
from bot.playground.replies import Json
from bot.playground.world import World

_TAGS = {
    "bold": "b",
    "italic": "i",
    "underline": "u",
    "strikethrough": "s",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "expandable_blockquote": "blockquote",
}
_SHOWN = ("contact", "venue", "location", "poll", "dice", "voice", "video", "video_note", "audio", "sticker")


def bubble(world: World, chat: Chat, message: Message) -> Json:
    """One message; the shape is described in the control module."""
    body = message.body
    return {
        "id": message.id,
        "chat_id": message.chat_id,
        "topic": message.topic,
        "from": _author(body),
        "at": body["date"],
        "edited": message.edited,
        "kind": message.kind,
        "service": message.is_service,
        "text": message.text,
        "html": to_html(message.text, message.entities),
        "file": _file(world, message),
        "details": _details(message),
        "reply": _reply(message),
        "album": message.album,
        "forwarded": "forward_origin" in body,
        "pinned": message.id in chat.pinned,
        "buttons": [[_button(button) for button in row] for row in message.keyboard],
        "reactions": [{"person": person, "emoji": emoji} for person, emoji in message.reactions.items()],
    }


def to_html(text: str, entities: list[Json]) -> str:
    """Text and entities (UTF-16 offsets) as HTML that can go into a page as it is."""
    units = text.encode("utf-16-le")
    cuts = sorted({0, len(units) // 2, *(edge for entity in entities for edge in _edges(entity))})
    out: list[str] = []
    opened: list[Json] = []
    for cut, following in zip(cuts, [*cuts[1:], None], strict=True):
        while any(_edges(entity)[1] <= cut for entity in opened):
            out.append(_closing(opened.pop()))
        for entity in entities:
            if _edges(entity)[0] <= cut < _edges(entity)[1] and entity not in opened:
                opened.append(entity)
                out.append(_opening(entity, text))
        if following is not None:
            out.append(escape(units[cut * 2 : following * 2].decode("utf-16-le", "replace")))
    out.extend(_closing(entity) for entity in reversed(opened))
    return "".join(out)


def _edges(entity: Json) -> tuple[int, int]:
    return entity["offset"], entity["offset"] + entity["length"]


def _opening(entity: Json, text: str) -> str:
    kind = entity["type"]
    if kind in ("text_link", "url"):
        start, end = _edges(entity)
        url = entity.get("url") or text.encode("utf-16-le")[start * 2 : end * 2].decode("utf-16-le")
        safe = url if url.startswith(("https://", "http://", "tg://")) else f"https://{url}"
        return f'<a href="{escape(safe)}" target="_blank" rel="noopener noreferrer">'
    return f"<{_TAGS[kind]}>" if kind in _TAGS else f'<span class="{escape(kind)}">'


def _closing(entity: Json) -> str:
    kind = entity["type"]
    return "</a>" if kind in ("text_link", "url") else f"</{_TAGS.get(kind, 'span')}>"


def _author(body: Json) -> Json:
    if "sender_chat" in body:
        return {"id": body["sender_chat"]["id"], "name": body["sender_chat"]["title"], "bot": False}
    user = body["from"]
    name = " ".join(filter(None, (user["first_name"], user.get("last_name"))))
    return {"id": user["id"], "name": name, "bot": user["is_bot"]}


def _file(world: World, message: Message) -> Json | None:
    file = world.files.by_id(message.file_id) if message.file_id else None
    if file is None:
        return None
    return {"name": file.name, "size": file.size, "mime": file.mime, "url": f"/play/file/{file.file_id}"}


def _details(message: Message) -> Json:
    """The Bot API's own object for what is neither text nor picture, and what a service message is about."""
    if message.is_service:
        return {"service": message.body[message.kind]}
    return dict(message.body[message.kind]) if message.kind in _SHOWN else {}


def _reply(message: Message) -> Json | None:
    if message.reply_to is None:
        return None
    replied = message.body["reply_to_message"]
    text = message.quote or replied.get("text") or replied.get("caption") or ""
    return {"id": message.reply_to, "name": _author(replied)["name"], "text": text}


def _button(button: Json) -> Json:
    return {"text": button["text"], "data": button.get("callback_data"), "url": button.get("url")}
