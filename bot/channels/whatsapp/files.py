"""What WhatsApp takes of a file: FORMS is the table of types and sizes (WHATSAPP.md §2.6); all else is a document."""

from dataclasses import dataclass, replace

from bot.channels.base import Document, SendError

MB = 1024 * 1024
LARGEST = 100 * MB
JPEG, MP4, OPUS, WEBP = "image/jpeg", "video/mp4", "audio/ogg", "image/webp"


@dataclass(frozen=True)
class Form:
    type: str
    largest: int
    mimes: tuple[str, ...]


_VIDEO = Form("video", 16 * MB, (MP4, "video/3gpp"))
_AUDIO = Form("audio", 16 * MB, ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", OPUS))
FORMS: dict[str, Form] = {
    "photo": Form("image", 5 * MB, (JPEG, "image/png")),
    "video": _VIDEO,
    "animation": _VIDEO,
    "video_note": _VIDEO,
    "live_photo": _VIDEO,
    "voice": _AUDIO,
    "audio": _AUDIO,
    "sticker": Form("sticker", 500 * 1024, (WEBP,)),
}
# Where the sender's platform does not say what it is.
USUAL = {
    "photo": JPEG, "live_photo": MP4, "video": MP4, "animation": MP4, "video_note": MP4, "voice": OPUS,
    "audio": "audio/mpeg",
}  # fmt: skip
ENDINGS = {JPEG: "jpg", "image/png": "png", MP4: "mp4", OPUS: "ogg", "audio/mpeg": "mp3", WEBP: "webp"}
UNTYPED = "application/octet-stream"


def attached(kind: str, file: Document) -> tuple[str, Document]:
    """The type to send it as, and the file with its MIME type and a name. Raises SendError for what cannot be sent."""
    if len(file.content) > LARGEST:
        raise SendError("too_big", kind, permanent=True)
    mime = WEBP if _is_webp(file.content) else file.mime.partition(";")[0].strip().lower() or USUAL.get(kind, UNTYPED)
    named = replace(file, mime=mime, name=file.name or f"{kind}.{ENDINGS.get(mime, 'bin')}")
    form = FORMS.get(kind)
    if form is not None and mime in form.mimes and len(file.content) <= form.largest:
        return form.type, named
    if kind == "sticker":  # moving ones are in formats that no phone there can show
        raise SendError("unsupported", kind, permanent=True)
    return "document", named


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"
