"""Media of the Graph API: uploads and what people send, ids that end, and download addresses good for five minutes."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.playground.graph.refusals import GraphRefused
from bot.playground.replies import Json

RECEIVED_LIFE, UPLOADED_LIFE, ADDRESS_LIFE = timedelta(days=7), timedelta(days=30), timedelta(minutes=5)
_MB = 1_000_000
_SIZES = {"image": 5 * _MB, "audio": 16 * _MB, "video": 16 * _MB, "document": 100 * _MB, "sticker": _MB // 2}
_TYPES = {
    "image": ("image/jpeg", "image/png"),
    "sticker": ("image/webp",),
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"),
    "video": ("video/mp4", "video/3gpp"),
    "document": (
        "text/plain",
        "text/csv",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/zip",
        "application/octet-stream",
    ),
}
_BLOCK_AFTER, _BLOCK_WITHIN, _BLOCK_FOR = 20, timedelta(minutes=60), timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """A file at Meta; `kind` is the media type its MIME type belongs to; `until` the end of its id."""

    id: str
    kind: str
    name: str
    mime: str
    content: bytes = field(repr=False)
    until: datetime
    uploaded: bool = False

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.content).digest()

    def as_received(self, *, caption: str = "", voice: bool = False) -> Json:
        """The media object of a webhook; its hash is base64 there, and hex in GET /{media-id}."""
        shown: Json = {"id": self.id, "mime_type": self.mime, "sha256": b64encode(self.sha256).decode()}
        if self.kind == "document":
            shown["filename"] = self.name
        if self.kind == "audio":
            shown["voice"] = voice
        return {**shown, "caption": caption} if caption else shown


class MediaStore:
    """All files, and the addresses handed out for them. `url` is where the stand-in is reached."""

    def __init__(self) -> None:
        self.url = ""
        self._files: dict[str, StoredMedia] = {}
        self._addresses: dict[str, tuple[str, datetime]] = {}
        self._errors: list[datetime] = []
        self._blocked_until: datetime | None = None
        self._serial = 0

    def receive(self, content: bytes, *, kind: str, name: str, mime: str, now: datetime) -> StoredMedia:
        """What a person sends; phones send more types than businesses may."""
        return self._keep(content, kind, name, mime, now + RECEIVED_LIFE, uploaded=False)

    def upload(self, content: bytes, *, name: str, mime: str, now: datetime) -> StoredMedia:
        """POST /media; raises 100 for a type or a size the Cloud API does not take."""
        plain = mime.partition(";")[0].strip().lower()
        kind = next((kind for kind, types in _TYPES.items() if plain in types), None)
        if kind is None:
            raise GraphRefused(100, f"Param file must be a file with one of the supported types. Received {mime!r}")
        if not content or len(content) > _SIZES["document" if plain == "application/octet-stream" else kind]:
            raise GraphRefused(131053, f"Media file size of {len(content)} bytes is not within the limits of {kind}")
        return self._keep(content, kind, name, plain, now + UPLOADED_LIFE, uploaded=True)

    def for_sending(self, media_id: str, kind: str, now: datetime) -> StoredMedia:
        """An upload named in a message of this type; raises where there is none or it is of another type."""
        media = self._alive(media_id, now)
        fits = media.mime in _TYPES[kind] or kind == "document"
        if not fits or len(media.content) > _SIZES[kind]:
            raise GraphRefused(131053, f"{media.mime} of {len(media.content)} bytes cannot be sent as {kind}")
        return media

    def describe(self, media_id: str, now: datetime) -> Json:
        """GET /{media-id}: a fresh address; more than twenty errors in an hour block it for half an hour."""
        if self._blocked_until is not None and now < self._blocked_until:
            raise GraphRefused(4, "Too many errors on this endpoint")
        try:
            media = self._alive(media_id, now)
        except GraphRefused:
            self._note_error(now)
            raise
        self._serial += 1
        key = f"{media.id}-{self._serial:06}"
        self._addresses[key] = (media.id, now + ADDRESS_LIFE)
        return {
            "messaging_product": "whatsapp",
            "url": f"{self.url}/whatsapp_business/attachments/{key}",
            "mime_type": media.mime,
            "sha256": media.sha256.hex(),
            "file_size": len(media.content),
            "id": media.id,
        }

    def download(self, key: str, now: datetime) -> StoredMedia | None:
        """The file behind an address; None once the address is older than five minutes, or was never given."""
        media_id, until = self._addresses.get(key, ("", now))
        media = self._files.get(media_id)
        return media if media is not None and now < until else None

    def remove(self, media_id: str, now: datetime) -> None:
        self._alive(media_id, now)
        del self._files[media_id]

    def by_id(self, media_id: str) -> StoredMedia | None:
        return self._files.get(media_id)

    def _alive(self, media_id: str, now: datetime) -> StoredMedia:
        media = self._files.get(media_id)
        if media is None or now >= media.until:
            raise GraphRefused(100, f"Unsupported get request. Object with ID '{media_id}' does not exist", subcode=33)
        return media

    def _keep(self, content: bytes, kind: str, name: str, mime: str, until: datetime, *, uploaded: bool) -> StoredMedia:
        media_id = str(900_000_000_000_000 + len(self._files) + 1)
        media = self._files[media_id] = StoredMedia(media_id, kind, name, mime, content, until, uploaded)
        return media

    def _note_error(self, now: datetime) -> None:
        self._errors = [at for at in self._errors if at > now - _BLOCK_WITHIN] + [now]
        if len(self._errors) > _BLOCK_AFTER:
            self._blocked_until = now + _BLOCK_FOR
