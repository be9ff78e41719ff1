"""What was written, cut into what fits one post each: the platform's limits are those of Telegram (TELEGRAM.md §4)."""

from dataclasses import replace

from bot.channels.base import Content
from bot.domain.entities import LIMIT, split, utf16_len

# People with a paid account may write longer captions than a bot may send.
CAPTION_LIMIT = 1024
CAPTIONED = ("photo", "live_photo", "animation", "document", "video", "voice", "audio")
# What an edit can put in place of another of them; anything else is posted anew.
REPLACEABLE = ("text", "photo", "live_photo", "animation", "document", "video", "audio")


def pieces(content: Content) -> list[Content]:
    """The posts that carry it: one, or a file without its long caption and the caption after it as texts."""
    if "source" in content.data or utf16_len(content.text) <= room(content.kind):
        return [content]
    texts = [Content("text", text, entities) for text, entities in split(content.text, content.entities)]
    if content.kind == "text":
        texts[0] = replace(texts[0], frame=content.frame)
        return texts
    return [replace(content, text="", entities=[]), *texts]


def room(kind: str) -> int:
    """How many UTF-16 units of words fit with one of that kind."""
    if kind == "text":
        return LIMIT
    return CAPTION_LIMIT if kind in CAPTIONED else 0


def fits_in_place(before: Content, after: Content) -> bool:
    """Whether a copy of the one can be edited into the other."""
    same = after.kind == before.kind and after.kind in CAPTIONED
    return (same or after.kind in REPLACEABLE) and len(pieces(before)) == len(pieces(after)) == 1
