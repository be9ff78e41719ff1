"""A conversation as others read it later: who said what when, in as few posts as it fits, marks and all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.domain.entities import LIMIT, Entity, shifted, split, utf16_len

BREAK = "\n\n"
# Marks that mean the same to another bot, and what belongs to each. Mentions would call somebody, commands act, and
# custom emoji are one bot's own.
KEPT: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("bold", "italic", "underline", "strikethrough", "spoiler", "code"), ()),
    **dict.fromkeys(("blockquote", "expandable_blockquote", "url", "email", "phone_number", "hashtag", "cashtag"), ()),
    "pre": ("language",),
    "text_link": ("url",),
}


@dataclass(frozen=True)
class Said:
    """One message: `head` is who and when."""

    head: str
    text: str
    entities: tuple[dict[str, Any], ...] = ()


Page = tuple[str, list[dict[str, Any]]]


def safe(entities: Iterable[Entity], text: str) -> list[dict[str, Any]]:
    """The marks that another bot may set, built anew: nothing else of them goes on, nor what stands beyond the text."""
    size = utf16_len(text)
    return [
        {key: entity[key] for key in ("type", "offset", "length", *KEPT[entity["type"]]) if key in entity}
        for entity in entities
        if entity.get("type") in KEPT and entity["offset"] >= 0 and entity["offset"] + entity["length"] <= size
    ]


def pages(said: Iterable[Said], limit: int = LIMIT) -> list[Page]:
    """The messages one below the other, their heads in bold. One that is longer than a page goes on on the next."""
    found: list[Page] = []
    for text, entities in (_block(one) for one in said):
        last, marks = found[-1] if found else ("", [])
        if found and utf16_len(last) + len(BREAK) + utf16_len(text) <= limit:
            found[-1] = (last + BREAK + text, marks + shifted(entities, utf16_len(last) + len(BREAK)))
        else:
            found += split(text, entities, limit)
    return found


def _block(said: Said) -> Page:
    head = {"type": "bold", "offset": 0, "length": utf16_len(said.head)}
    text = f"{said.head}\n{said.text}" if said.text else said.head
    return text, [head, *shifted(said.entities, utf16_len(said.head) + 1)]
