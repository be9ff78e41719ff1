"""A row of the inbox as an `Inbound`: MESSAGES is the table of what people send, and every field may be missing."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.channels.base import Content, Inbound, Kind, Place, Sender, Unparsable
from bot.channels.whatsapp.batch import CHANNEL
from bot.channels.whatsapp.errors import send_error

Json = dict[str, Any]
# What carries no time of its own gets that of its receipt.
EPOCH = datetime.fromtimestamp(0, UTC)


def parse(raw: str, received: datetime) -> Inbound:
    """Raises Unparsable for anything that is not shaped as Meta shapes it."""
    try:
        inbound = _parsed(json.loads(raw))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise Unparsable(f"{type(error).__name__}") from None
    return replace(inbound, at=received) if inbound.at == EPOCH else inbound


def _parsed(value: Json) -> Inbound:
    if "messages" in value:
        return _message(value, value["messages"][0])
    if "statuses" in value:
        return _status(value, value["statuses"][0])
    return _news(value)


def _plain(text: Any) -> str:
    """Text as a database can keep it: half a character becomes a question mark, and nothing is no character."""
    if text is None:
        return ""
    if not isinstance(text, str):
        raise TypeError("no text")
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _at(item: Json) -> datetime:
    return datetime.fromtimestamp(int(item["timestamp"]), UTC) if item.get("timestamp") else EPOCH


# Who.


def _contact(value: Json) -> Json:
    contacts = value.get("contacts") or [{}]
    return contacts[0] if isinstance(contacts[0], dict) else {}


def _sender(value: Json, item: Json, phone: str, user: str) -> Sender:
    """`phone`, `user`: the names of the item's fields that hold the number and the business-scoped id, if any."""
    contact = _contact(value)
    profile = contact.get("profile") or {}
    number = _plain(item.get(phone) or contact.get("wa_id")).lstrip("+")
    found = {
        "bsuid": _plain(item.get(user) or contact.get("user_id") or ("" if number.isdigit() else number)),
        "parent_bsuid": _plain(item.get("from_parent_user_id") or contact.get("parent_user_id")),
        "phone": number if number.isdigit() else "",
    }
    aliases = tuple((kind, id) for kind, id in found.items() if id)
    if not aliases:
        raise ValueError("from nobody")
    return Sender(
        found["bsuid"] or found["phone"] or found["parent_bsuid"],
        _plain(profile.get("name")),
        username=_plain(profile.get("username")),
        aliases=aliases,
    )


# Messages.


def _message(value: Json, message: Json) -> Inbound:
    sender = _sender(value, message, "from", "from_user_id")
    kind = message.get("type")
    place = Place.ELSEWHERE if message.get("group_id") else Place.PRIVATE
    base = Inbound(Kind.MESSAGE, CHANNEL, place, sender.id, sender, _at(message), ref=_plain(message.get("id")))
    read = MESSAGES.get(kind, _unsupported) if isinstance(kind, str) else _unsupported
    return read(base, message)


def _said(base: Inbound, message: Json, content: Content) -> Inbound:
    """With what it answers, and whether it is somebody else's words."""
    context = message.get("context") or {}
    forwarded = bool(context.get("forwarded") or context.get("frequently_forwarded"))
    return replace(
        base,
        content=replace(content, frame=("forwarded",)) if forwarded else content,
        reply_to=_plain(context.get("id")) or None,
        secondhand=forwarded,
    )


def _text(base: Inbound, message: Json) -> Inbound:
    return _said(base, message, Content("text", _plain(message["text"]["body"])))


def _file(kind: str) -> Callable[[Inbound, Json], Inbound]:
    def read(base: Inbound, message: Json) -> Inbound:
        body = message[message["type"]]
        mime = _plain(body.get("mime_type"))
        data = {"wa_media_id": _plain(body["id"]), "mime_type": mime, "sha256": _plain(body.get("sha256"))}
        if body.get("filename"):
            data["file_name"] = _plain(body["filename"])
        return _said(base, message, Content(_shown_as(kind, mime, body), _plain(body.get("caption")), data=data))

    return read


# What Telegram plays as music; other sounds go as files.
PLAYED = ("audio/mpeg", "audio/mp4", "audio/x-m4a")


def _shown_as(kind: str, mime: str, body: Json) -> str:
    if kind != "audio":
        return kind
    if body.get("voice"):
        return "voice"
    return "audio" if mime.partition(";")[0].strip() in PLAYED else "document"


def _location(base: Inbound, message: Json) -> Inbound:
    body = message["location"]
    place = {"latitude": float(body["latitude"]), "longitude": float(body["longitude"])}
    title, address = _plain(body.get("name")), _plain(body.get("address"))
    if title or address:
        content = Content("venue", data={**place, "title": title or address, "address": address or title})
    else:
        content = Content("location", data=place)
    return _said(base, message, content)


def _contacts(base: Inbound, message: Json) -> Inbound:
    """One contact with one number goes as a contact; anything more as lines of text."""
    cards = [_card(contact) for contact in message["contacts"]]
    if len(cards) == 1 and len(cards[0][1]) == 1:
        name, (number,) = cards[0]
        return _said(base, message, Content("contact", data={"phone_number": number, "first_name": name or number}))
    lines = [f"{name}: {', '.join(numbers)}" if numbers else name for name, numbers in cards]
    return _said(base, message, Content("text", "\n".join(lines)))


def _card(contact: Json) -> tuple[str, list[str]]:
    name = contact.get("name") or {}
    phones = contact.get("phones") or []
    numbers = [_plain(phone.get("phone") or phone.get("wa_id")) for phone in phones]
    return _plain(name.get("formatted_name") or name.get("first_name")), [number for number in numbers if number]


def _reaction(base: Inbound, message: Json) -> Inbound:
    body = message["reaction"]
    return replace(base, kind=Kind.REACTION, ref=_plain(body["message_id"]), emoji=_plain(body.get("emoji")) or None)


def _interactive(base: Inbound, message: Json) -> Inbound:
    """A press of our buttons, or a choice from our lists."""
    body = message["interactive"]
    reply = body.get(body.get("type"))
    if body.get("type") not in ("button_reply", "list_reply") or not reply.get("id"):
        return _unsupported(base, message)
    return _press(base, message, reply["id"])


def _template_button(base: Inbound, message: Json) -> Inbound:
    """A tap under a template; one without a payload is what stands on it."""
    body = message["button"]
    if body.get("payload"):
        return _press(base, message, body["payload"])
    return _said(base, message, Content("text", _plain(body["text"])))


def _press(base: Inbound, message: Json, data: Any) -> Inbound:
    pressed = _plain((message.get("context") or {}).get("id"))
    return replace(base, kind=Kind.BUTTON, ref=pressed, button=_plain(data))


def _system(base: Inbound, message: Json) -> Inbound:
    """The person has another number, another business-scoped id, or both."""
    body = message["system"]
    if body.get("type") not in ("user_changed_number", "user_changed_user_id"):
        return replace(base, kind=Kind.IGNORED)
    old = {"phone": _plain(message.get("from")), "bsuid": _plain(body.get("previous_user_id"))}
    new = {
        "phone": _plain(body.get("wa_id") or body.get("new_wa_id")),
        "bsuid": _plain(body.get("user_id") or body.get("new_user_id")),
        "parent_bsuid": _plain(body.get("parent_user_id")),
    }
    data = {"old": _known(old), "new": _known(new)}
    return replace(base, kind=Kind.RENUMBERED, data=data)


def _known(ids: dict[str, str]) -> dict[str, str]:
    return {kind: id for kind, id in ids.items() if id}


def _unsupported(base: Inbound, message: Json) -> Inbound:
    """Answered, never dropped in silence."""
    return _said(base, message, Content("unsupported", data={"kind": _plain(message.get("type")) or "other"}))


def _nothing(base: Inbound, message: Json) -> Inbound:
    return replace(base, kind=Kind.IGNORED)


MESSAGES: dict[str, Callable[[Inbound, Json], Inbound]] = {
    "text": _text,
    "image": _file("photo"),
    "document": _file("document"),
    "audio": _file("audio"),
    "video": _file("video"),
    "sticker": _file("sticker"),
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "interactive": _interactive,
    "button": _template_button,
    "system": _system,
    "request_welcome": _nothing,  # a chat was opened; nobody has written yet
    "revoke": _nothing,
}


# News.

CHANGES = {"sent": "sent", "delivered": "delivered", "read": "read", "played": "read", "failed": "failed"}


def _status(value: Json, status: Json) -> Inbound:
    """`contacts` are left out of failures, and the number may be withheld: who it was for may stay unknown."""
    try:
        sender = _sender(value, status, "recipient_id", "recipient_user_id")
    except ValueError:
        sender = Sender("")
    change = CHANGES.get(status.get("status", ""))
    error = _first_error(status) if change == "failed" else {}
    return Inbound(
        Kind.STATUS if change else Kind.IGNORED,
        CHANNEL,
        Place.PRIVATE,
        sender.id,
        sender,
        _at(status),
        ref=_plain(status["id"]),
        change=change or "",
        tag=_plain(status.get("biz_opaque_callback_data")),
        error=str(error.get("code", "")),
        data=_cost(status) | _cause(error),
    )


def _first_error(status: Json) -> Json:
    errors = status.get("errors") or [{}]
    return errors[0] if isinstance(errors[0], dict) else {}


def _cost(status: Json) -> Json:
    pricing = status.get("pricing")
    if not isinstance(pricing, dict):
        return {}
    return {"billable": bool(pricing.get("billable")), "category": _plain(pricing.get("category"))}


def _cause(error: Json) -> Json:
    if "code" not in error:
        return {}
    known = send_error(error["code"])
    return {"cause": known.cause, "permanent": known.permanent}


def _news(value: Json) -> Inbound:
    at = datetime.fromtimestamp(int(value["time"]), UTC) if value.get("time") else EPOCH
    data = value["value"]
    if not isinstance(data, dict):
        raise TypeError("no news")
    nobody = Sender("")
    return Inbound(Kind.ACCOUNT, CHANNEL, Place.ELSEWHERE, "", nobody, at, change=_plain(value["field"]), data=data)
