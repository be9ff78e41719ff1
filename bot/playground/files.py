"""Files by their file_id: what was uploaded or sent once can be sent again by any bot method of the same kind."""

from dataclasses import dataclass, field

from bot.playground.arguments import Arguments, Upload
from bot.playground.replies import Json, Refused

LARGEST_DOWNLOAD = 20_000_000
LARGEST_UPLOAD = 50_000_000
LARGEST_PHOTO = 10_000_000
_FOLDERS = {
    "photo": "photos",
    "live_photo": "live_photos",
    "document": "documents",
    "video": "videos",
    "video_note": "video_notes",
    "voice": "voice",
    "audio": "music",
    "animation": "animations",
    "sticker": "stickers",
}
_SAME_USE = {"document": "Document", "video_note": "VideoNote", "voice": "VoiceNote"}


@dataclass(frozen=True, slots=True)
class File:
    """A stored file; `content` None stands for `size` zero bytes (a big file nobody keeps in memory)."""

    file_id: str
    unique_id: str
    kind: str
    name: str
    mime: str
    size: int
    content: bytes | None = field(default=None, repr=False)

    @property
    def path(self) -> str:
        return f"{_FOLDERS[self.kind]}/{self.unique_id}_{self.name.replace('/', '_')}"

    @property
    def as_json(self) -> Json:
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


class Files:
    """Everything that was ever uploaded."""

    def __init__(self) -> None:
        self._by_id: dict[str, File] = {}
        self._by_path: dict[str, File] = {}

    def put(self, kind: str, *, name: str, mime: str, size: int, content: bytes | None = None) -> File:
        number = len(self._by_id) + 1
        file = File(f"{kind}-{number:06}-standin", f"u{number:06}", kind, name, mime, size, content)
        self._by_id[file.file_id] = file
        self._by_path[file.path] = file
        return file

    def upload(self, kind: str, upload: Upload) -> File:
        size = len(upload.content)
        if size > LARGEST_UPLOAD:
            raise Refused("", code=413)
        if kind == "photo" and size > LARGEST_PHOTO:
            raise Refused("PHOTO_SAVE_FILE_INVALID")
        if size == 0:
            raise Refused("file must be non-empty")
        return self.put(kind, name=upload.name, mime=upload.mime, size=size, content=upload.content)

    def named(self, args: Arguments, field_name: str, *, kind: str) -> File:
        """The file a parameter means: an upload under that name, `attach://…`, or a file_id."""
        return self.resolve(args, args.text(field_name), kind=kind, part=field_name)

    def resolve(self, args: Arguments, value: str, *, kind: str, part: str = "") -> File:
        part = value.removeprefix("attach://") if value.startswith("attach://") else part
        if part in args.files:
            return self.upload(kind, args.files[part])
        if not value:
            raise Refused(f"there is no {kind} in the request")
        if value.startswith(("http://", "https://")):
            raise Refused("failed to get HTTP URL content")
        file = self._by_id.get(value.removesuffix("-s"))  # the small size of a photo
        if file is None:
            raise Refused("wrong file identifier/HTTP URL specified")
        if file.kind != kind:
            raise Refused(f"can't use file of type {_type_name(file.kind)} as {_type_name(kind)}")
        return file

    def get(self, file_id: str) -> Json:
        """getFile: refuses what the Bot API does not hand out."""
        file = self._by_id.get(file_id)
        if file is None:
            raise Refused("wrong file_id or the file is temporarily unavailable")
        if file.size > LARGEST_DOWNLOAD:
            raise Refused("file is too big")
        return {**file.as_json, "file_path": file.path}

    def by_id(self, file_id: str) -> File | None:
        """The stored file, for reading what a message carries."""
        return self._by_id.get(file_id)

    def download(self, path: str) -> bytes | None:
        """The bytes under a file_path; None where there is no such file."""
        file = self._by_path.get(path)
        if file is None:
            return None
        return file.content if file.content is not None else bytes(file.size)


def _type_name(kind: str) -> str:
    return _SAME_USE.get(kind, kind.title())
