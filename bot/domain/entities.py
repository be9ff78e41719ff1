"""Texts with Telegram's entities: measured in UTF-16 units, split where a reader would pause.

Telegram counts offsets, lengths and its limit of 4096 in UTF-16 code units.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

LIMIT = 4096
UTF16 = "utf-16-le"
HIGH_SURROGATES = ("\ud800", "\udbff")
ATOMIC = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "custom_emoji"}
"""Types of entities that mean nothing in halves."""

BORDERS = (
    (re.compile(r"\n[^\S\n]*\n\s*"), 2),  # paragraph
    (re.compile(r"\n\s*"), 2),  # line
    (re.compile(r"[.!?…][\"')\]»”]*\s+"), 2),  # sentence
    (re.compile(r"\s+"), 4096),  # word
)
"""Where a part may end, best first: after the match, if that fills at least one n-th of the part."""

Entity = Mapping[str, Any]
"""Telegram's MessageEntity as received: `type`, `offset` and `length` in UTF-16 units, and what belongs to the type."""


def utf16_len(text: str) -> int:
    """The length of `text` in UTF-16 units; lone surrogates count one."""
    return len(text.encode(UTF16, "surrogatepass")) // 2


def shifted(entities: Iterable[Entity], by: int) -> list[dict[str, Any]]:
    """The entities of a text that now stands `by` UTF-16 units further right, as after a header."""
    return [{**entity, "offset": entity["offset"] + by} for entity in entities]


def split(text: str, entities: Sequence[Entity] = (), limit: int = LIMIT) -> list[tuple[str, list[dict[str, Any]]]]:
    """Cut a text into parts of at most `limit` UTF-16 units, each with its own entities.

    A part ends at a paragraph, line or sentence when that leaves it at least half full, else at a word, else anywhere
    but inside a surrogate pair. Mentions, links as text and custom emoji are not cut unless longer than a part; other
    entities go on in the next part. Only parts of mere white space are dropped: Telegram refuses them.
    Raises ValueError for a limit below 2.
    """
    if limit < 2:
        raise ValueError(f"a part needs at least 2 units: {limit}")
    data = text.encode(UTF16, "surrogatepass")
    spans = [(start, end) for start, end in _spans(data, entities, limit) if _slice(data, start, end).strip()]
    return [(_slice(data, start, end), clipped(entities, start=start, end=end)) for start, end in spans]


def _spans(data: bytes, entities: Sequence[Entity], limit: int) -> Iterator[tuple[int, int]]:
    start, size = 0, len(data) // 2
    atoms = [entity for entity in entities if entity["type"] in ATOMIC]
    while size - start > limit:
        end = start + _cut(_slice(data, start, start + limit), shifted(atoms, -start))
        yield start, end
        start = end
    yield start, size


def _cut(window: str, atoms: Sequence[Entity]) -> int:
    """Where to end the part that `window` could fill, in UTF-16 units; `atoms` stand relative to it."""
    size = utf16_len(window) - (HIGH_SURROGATES[0] <= window[-1] <= HIGH_SURROGATES[1])
    for border, share in BORDERS:
        for match in reversed(list(border.finditer(window))):
            end = utf16_len(window[: match.end()])
            if end * share >= size and _is_free(end, atoms):
                return end
    return next((end for end in _ends(window, size) if _is_free(end, atoms)), size)


def _ends(window: str, size: int) -> Iterator[int]:
    """The offsets between characters, from `size` down."""
    end = size
    for character in reversed(window.encode(UTF16, "surrogatepass")[: 2 * size].decode(UTF16, "surrogatepass")):
        yield end
        end -= utf16_len(character)


def _is_free(end: int, atoms: Sequence[Entity]) -> bool:
    return not any(atom["offset"] < end < atom["offset"] + atom["length"] for atom in atoms)


def clipped(entities: Sequence[Entity], *, start: int, end: int) -> list[dict[str, Any]]:
    """The entities of the part from `start` to `end` (UTF-16 units), as they stand within it."""
    inside = []
    for entity in entities:
        first, last = max(entity["offset"], start), min(entity["offset"] + entity["length"], end)
        if first < last:
            inside.append({**entity, "offset": first - start, "length": last - first})
    return inside


def _slice(data: bytes, start: int, end: int) -> str:
    return data[2 * start : 2 * end].decode(UTF16, "surrogatepass")
