"""An `Outgoing` as messages of the Cloud API: DRAFTS is the table of what is sent how (WHATSAPP.md §2).

One row may need two messages: words too long to stand above buttons, or words beside a file that takes none.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.channels.base import Button, Content, Document, Outgoing, SendError, TemplateCall
from bot.channels.whatsapp.files import attached
from bot.channels.whatsapp.markup import from_entities, from_html
from bot.domain.entities import split

Json = dict[str, Any]
Label = Callable[[str, str], str]  # of a key and a language

LONGEST_TEXT = 4096
LONGEST_BODY = 1024
LONGEST_TITLE = 20
LONGEST_ROW = 24
LONGEST_DESCRIPTION = 72
MOST_BUTTONS = 3
MOST_ROWS = 10
# A template's variables take neither line breaks nor runs of spaces.
SPACE = re.compile(r"\s+")


@dataclass(frozen=True)
class Draft:
    """One message: its type, what stands under that name, and the file to be uploaded for it first."""

    type: str
    body: Json
    file: Document | None = None
    plain: bool = False  # does not answer anything


def drafts(message: Outgoing, label: Label) -> list[Draft]:
    """At least one. Raises SendError for what the platform cannot do."""
    return DRAFTS[message.kind](message, label)


def to(chat: str) -> Json:
    """Whom: a number is written with its plus, or the country of our own would be put before it."""
    return {"to": f"+{chat}"} if chat.isdigit() else {"recipient": chat}


def body_of(draft: Draft, message: Outgoing, *, tag: str, first: bool) -> Json:
    """What is posted, without the file's id. Only the first message of a row answers what the row answers."""
    answers = message.reply_to and first and not draft.plain
    context = {"context": {"message_id": message.reply_to}} if answers else {}
    told = {"biz_opaque_callback_data": tag} if tag else {}
    body = {"recipient_type": "individual", **to(message.chat), "type": draft.type, draft.type: draft.body}
    return body | context | told


# Words.


def _texts(text: str) -> list[Draft]:
    parts = [part for part, _ in split(text, limit=LONGEST_TEXT)] if len(text) > LONGEST_TEXT else [text]
    return [Draft("text", {"body": part, "preview_url": False}) for part in parts]


def _prompt(message: Outgoing, label: Label) -> list[Draft]:
    """A text of ours, with its buttons."""
    text = from_html(message.text)
    flat = [button for row in message.buttons for button in row]
    if not flat:
        return _texts(text)
    if len(text) <= LONGEST_BODY:
        return _choices(text, flat, message.lang, label)
    return [*_texts(text), *_choices(label("choice.choose", message.lang), flat, message.lang, label)]


def _choices(text: str, buttons: list[Button], lang: str, label: Label) -> list[Draft]:
    """Up to three short ones under the words; more, or longer ones, in a list that opens; ten to each list."""
    pages = [buttons[first : first + MOST_ROWS] for first in range(0, len(buttons), MOST_ROWS)]
    numbered = any(len(button.label) > LONGEST_ROW for button in buttons)
    drafts = []
    for n, page in enumerate(pages):
        words = label("choice.more", lang) if n else text
        if len(page) <= MOST_BUTTONS and all(len(button.label) <= LONGEST_TITLE for button in page):
            drafts.append(_interactive("button", words, {"buttons": [_button(button) for button in page]}))
            continue
        first = n * MOST_ROWS + 1 if numbered else 0
        rows = [_row(button, first and first + place) for place, button in enumerate(page)]
        opener = label("choice.open", lang)[:LONGEST_TITLE]
        drafts.append(_interactive("list", words, {"button": opener, "sections": [{"rows": rows}]}))
    return drafts


def _interactive(kind: str, text: str, action: Json) -> Draft:
    return Draft("interactive", {"type": kind, "body": {"text": text}, "action": action})


def _button(button: Button) -> Json:
    return {"type": "reply", "reply": {"id": button.data, "title": button.label}}


def _row(button: Button, number: int) -> Json:
    """Where a label is too long for a row, all have numbers, and the whole label stands beneath. 0: no number."""
    title = f"{number}. {button.label}" if number else button.label
    if len(title) <= LONGEST_ROW:
        return {"id": button.data, "title": title}
    short = f"{title[: LONGEST_ROW - 1]}…"
    return {"id": button.data, "title": short, "description": button.label[:LONGEST_DESCRIPTION]}


# What people wrote.


def _content(message: Outgoing, label: Label) -> list[Draft]:
    assert message.content is not None
    content = message.content
    if content.kind in CONTENT:
        return CONTENT[content.kind](content, message)
    if "media" in content.data or "file_id" in content.data:
        return _file(content, message)
    if content.text:  # what cannot be shown as it is, but has words
        return _texts(content.text)
    raise SendError("unsupported", content.kind, permanent=True)


def _album(message: Outgoing, label: Label) -> list[Draft]:
    """There are none: its parts one after another."""
    return [draft for part in message.parts for draft in _content(replace(message, content=part), label)]


def _written(content: Content, message: Outgoing) -> list[Draft]:
    text = from_entities(content.text, content.entities)
    if len(text) > LONGEST_TEXT:  # the marks are what is too much
        text = content.text
    quote = f"> {message.quote.splitlines()[0]}\n" if message.quote and message.quote.strip() else ""
    return _texts(f"{quote}{text}")


def _file(content: Content, message: Outgoing) -> list[Draft]:
    file = message.files.get(content.data.get("media", 0))
    if file is None:
        raise SendError("media", content.kind, permanent=True)
    kind, document = attached(content.kind, file)
    caption = from_entities(content.text, content.entities)
    body: Json = {"filename": document.name} if kind == "document" else {}
    if kind in ("audio", "sticker") or len(caption) > LONGEST_BODY:
        return [Draft(kind, body, document), *(_texts(caption) if caption else ())]
    return [Draft(kind, {**body, **({"caption": caption} if caption else {})}, document)]


def _location(content: Content, message: Outgoing) -> list[Draft]:
    data = content.data
    names = {"name": data.get("title"), "address": data.get("address")}
    body = {"latitude": data["latitude"], "longitude": data["longitude"]}
    return [Draft("location", body | {key: name for key, name in names.items() if name})]


def _contact(content: Content, message: Outgoing) -> list[Draft]:
    data = content.data
    name = " ".join(part for part in (data.get("first_name"), data.get("last_name")) if part)
    named = {"formatted_name": name or data["phone_number"], "first_name": data.get("first_name") or name}
    return [Draft("contacts", [{"name": named, "phones": [{"phone": data["phone_number"]}]}])]  # type: ignore[arg-type]


CONTENT: dict[str, Callable[[Content, Outgoing], list[Draft]]] = {
    "text": _written,
    "location": _location,
    "venue": _location,
    "contact": _contact,
}


# The rest.


def _document(message: Outgoing, label: Label) -> list[Draft]:
    """A file of ours with a caption."""
    assert message.document is not None
    document = message.document
    caption = from_html(document.caption or message.text)
    kind, file = attached("photo" if document.picture else "document", document)
    body: Json = {"filename": file.name} if kind == "document" else {}
    return [Draft(kind, {**body, **({"caption": caption} if caption else {})}, file)]


def _react(message: Outgoing, label: Label) -> list[Draft]:
    return [Draft("reaction", {"message_id": message.target, "emoji": message.emoji or ""}, plain=True)]


def _template(message: Outgoing, label: Label) -> list[Draft]:
    assert message.template is not None
    call = message.template
    body: Json = {"name": call.name, "language": {"code": call.lang}}
    if components := _components(call):
        body["components"] = components
    return [Draft("template", body, plain=True)]


def _components(call: TemplateCall) -> list[Json]:
    texts = [{"type": "text", "text": SPACE.sub(" ", param).strip()[:LONGEST_BODY] or "-"} for param in call.params]
    words = [{"type": "body", "parameters": texts}] if texts else []
    return words + [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": str(n),
            "parameters": [{"type": "payload", "payload": payload}],
        }
        for n, payload in enumerate(call.payloads)
    ]


def _cannot(cause: str) -> Callable[[Outgoing, Label], list[Draft]]:
    def refuse(message: Outgoing, label: Label) -> list[Draft]:
        raise SendError(cause, message.kind, permanent=True)

    return refuse


DRAFTS: dict[str, Callable[[Outgoing, Label], list[Draft]]] = {
    "text": _prompt,
    "content": _content,
    "album": _album,
    "document": _document,
    "react": _react,
    "template": _template,
    # What has been sent stands as it is: nothing can be changed or taken back.
    "edit": _cannot("target_gone"),
    "edit_text": _cannot("target_gone"),
    "delete": _cannot("undeletable"),
    **dict.fromkeys(
        ("toast", "topic_create", "topic_close", "topic_reopen", "topic_rename", "topic_delete"),
        _cannot("unsupported"),
    ),
}
