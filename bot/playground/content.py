"""What people send besides text, with small sample files so that nobody has to bring any."""

import struct
import zlib
from typing import Any

from bot.playground.markup import format_text
from bot.playground.media import CAPTIONED, file_content, new_album_id, poll_of, throw
from bot.playground.rarities import SAMPLES as RARE
from bot.playground.replies import Json
from bot.playground.world import World

_SAMPLES = {
    "photo": ("foto.png", "image/png"),
    "live_photo": ("gerak.mp4", "video/mp4"),
    "document": ("surat.pdf", "application/pdf"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("bulat.mp4", "video/mp4"),
    "voice": ("suara.ogg", "audio/ogg"),
    "audio": ("lagu.mp3", "audio/mpeg"),
    "animation": ("gerak.mp4", "video/mp4"),
    "sticker": ("stiker.webp", "image/webp"),
}
FILE_KINDS = tuple(kind for kind in _SAMPLES if kind != "live_photo")  # of one file: that one has two
PLACE: Json = {"latitude": 2.1009, "longitude": 99.8321}
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n"


def person_content(world: World, kind: str, *, caption: str | None = None, **details: Any) -> Json:
    """The message fields of one kind.

    Files take `file_name`, `mime`, `size` (bytes that are only pretended) or `content` (real ones); contact, poll,
    venue and location take their Bot API fields. Raises KeyError for an unknown kind.
    """
    if kind in RARE:
        return {kind: RARE[kind](world)}
    if kind in _SAMPLES:
        return _file(world, kind, caption, details)
    if kind == "poll":
        asked = details.pop("question", "Setuju?"), details.pop("options", ["Ya", "Tidak"])
        return {"poll": poll_of(world, *asked) | details}
    if kind == "venue":
        venue = {"location": PLACE, "title": "Kantor BPS", "address": "Jalan Sisingamangaraja", **details}
        return {"venue": venue, "location": venue["location"]}
    plain: dict[str, Json] = {
        "location": {**PLACE, **details},
        "contact": {"phone_number": "+628116000000", "first_name": "Budi", **details},
        "dice": throw(world, "🎲"),
    }
    return {kind: plain[kind]}


def album_contents(world: World, kinds: list[str], *, caption: str | None = None) -> list[Json]:
    """The parts of an album under one media_group_id; the caption stands on the first."""
    group = new_album_id(world)
    captions = [caption] + [None] * (len(kinds) - 1)
    return [
        {**person_content(world, kind, caption=words), "media_group_id": group}
        for kind, words in zip(kinds, captions, strict=True)
    ]


def _file(world: World, kind: str, caption: str | None, details: Json) -> Json:
    name, mime = _SAMPLES[kind]
    content: bytes | None = details.pop("content", None)
    size = details.pop("size", None)
    if content is None and size is None:
        content = sample_bytes(kind)
    file = world.files.put(
        kind,
        name=details.pop("file_name", name),
        mime=details.pop("mime", mime),
        size=size if content is None else len(content),
        content=content,
    )
    if kind == "live_photo":
        still = world.files.put("photo", name="foto.png", mime="image/png", size=2_000)
        details["photo"] = [{**still.as_json, "width": 1280, "height": 960}]
    fields = file_content(file, details)
    if caption and kind in CAPTIONED:
        text, entities = format_text(caption, "", [])
        fields |= {"caption": text, **({"caption_entities": entities} if entities else {})}
    return fields


def sample_bytes(kind: str) -> bytes:
    """A real little picture for photos, a real little PDF for documents, a few bytes for the rest."""
    if kind == "photo":
        return _png(width=160, height=120)
    return _PDF if kind == "document" else f"sample {kind}".encode()


def _png(*, width: int, height: int) -> bytes:
    """A picture of a soft blue gradient."""
    rows = b"".join(b"\0" + b"".join(bytes((90 + y, 150 + x // 4, 220)) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
