"""WhatsApp messages as the page draws them: plain JSON with the text already made into safe HTML."""

import re
from html import escape

from bot.playground.graph.graph import Graph
from bot.playground.graph.messages import WINDOW, WhatsAppAccount, WhatsAppMessage
from bot.playground.replies import Json

_KINDS = {"image": "photo", "contacts": "contact"}
_MARKS = {"*": "b", "_": "i", "~": "s"}
_MONO = re.compile(r"```(.+?)```", re.DOTALL)
_MARKED = re.compile(r"(?<![\w*_~])([*_~])(?=\S)([^\n]+?)(?<=\S)\1(?![\w*_~])")
_LINK = re.compile(r"(https?://[^\s<>\"]*[^\s<>\".,;:!?)*_~])")


def person_json(graph: Graph, account: WhatsAppAccount, *, last: int) -> Json:
    """A phone and the newest messages of its chat; the shape is described in the control module."""
    now = graph.clock.now()
    kept = {life.key for life in graph.book.hooks if life.delivered is not None}
    first = max(0, len(account.chat) - last)
    places = {message.wamid: place for place, message in enumerate(account.chat, start=1)}
    shown = [
        bubble(account, message, place=place, places=places, kept=message.wamid in kept)
        for place, message in enumerate(account.chat[first:], start=first + 1)
    ]
    until = None if account.heard_at is None else account.heard_at + WINDOW
    return {
        "id": account.number,
        "name": account.name,
        "first_name": account.name.split()[0],
        "shown": account.shows_number,
        "connected": account.connected,
        "blocked": account.blocked,
        "window": until.isoformat() if until else None,
        "typing": account.typing_until is not None and account.typing_until > now,
        "messages": shown,
    }


def bubble(
    account: WhatsAppAccount, message: WhatsAppMessage, *, place: int, places: dict[str, int], kept: bool
) -> Json:
    """One message; its id on the page is its place in the chat, from 1."""
    business = {"id": 0, "name": "BPS", "bot": True}
    person = {"id": account.number, "name": account.name, "bot": False}
    kind = "voice" if message.body.get("voice") else _KINDS.get(message.kind, message.kind)
    return {
        "id": place,
        "wamid": message.wamid,
        "from": business if message.by_business else person,
        "at": int(message.at.timestamp()),
        "kind": kind,
        "service": False,
        "text": message.text,
        "html": to_html(_text(message)),
        "header": message.header,
        "footer": message.footer,
        "menu": message.menu,
        "url": message.url,
        "choices": [{"id": one.id, "title": one.title, "description": one.description} for one in message.choices],
        "template": message.template,
        "reply": _reply(account, message, places),
        "file": _file(message),
        "details": _details(message),
        "status": message.status,
        "seen": message.seen,
        "kept": kept,
        "reactions": message.reactions,
    }


def to_html(text: str) -> str:
    """WhatsApp's marks (*bold*, _italic_, ~struck~, ```mono```) and links as HTML that can go into a page as it is."""
    parts = _MONO.split(text)
    return "".join(
        f"<code>{escape(part)}</code>" if place % 2 else _inline(escape(part)) for place, part in enumerate(parts)
    )


def _inline(text: str) -> str:
    return "".join(
        _marked(piece) if place % 2 == 0 else f'<a href="{piece}" target="_blank" rel="noopener noreferrer">{piece}</a>'
        for place, piece in enumerate(_LINK.split(text))
    )


def _marked(text: str) -> str:
    def tagged(found: re.Match[str]) -> str:
        tag = _MARKS[found[1]]
        return f"<{tag}>{_marked(found[2])}</{tag}>"

    return _MARKED.sub(tagged, text)


def _text(message: WhatsAppMessage) -> str:
    """What stands in the bubble as text: the name of a place and of a contact has its own drawing."""
    return "" if message.kind in ("location", "contacts") else message.text


def _reply(account: WhatsAppAccount, message: WhatsAppMessage, places: dict[str, int]) -> Json | None:
    replied = account.message(message.reply_to) if message.reply_to else None
    if replied is None or message.kind in ("interactive", "button"):
        return None
    name = "BPS" if replied.by_business else account.name
    return {"id": places[replied.wamid], "name": name, "text": replied.text}


def _file(message: WhatsAppMessage) -> Json | None:
    file = message.file
    if file is None:
        return None
    name = message.body.get("filename") or file.name
    return {"name": name, "size": len(file.content), "mime": file.mime, "url": f"/play/whatsapp/file/{file.id}"}


def _details(message: WhatsAppMessage) -> Json:
    """The fields that places and contacts are drawn from, named as Telegram names them."""
    if message.kind == "location":
        return dict(message.body)
    if message.kind == "contacts":
        contact = message.body["contacts"][0]
        phones = contact.get("phones") or [{"phone": ""}]
        return {"first_name": contact["name"]["formatted_name"], "phone_number": phones[0].get("phone", "")}
    return {"duration": 4}
