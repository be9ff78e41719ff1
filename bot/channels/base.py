"""What every channel speaks: what comes in, what goes out, and how sending fails. Handlers know only this."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from bot.web.routes import Route


class Kind(StrEnum):
    """What an `Inbound` is about."""

    MESSAGE = "message"
    EDIT = "edit"
    BUTTON = "button"
    REACTION = "reaction"
    MEMBERSHIP = "membership"  # somebody joined, left, blocked or unblocked
    TOPIC = "topic"  # a topic was created, closed or reopened
    MOVED = "moved"  # the staff group has another id now
    STATUS = "status"  # news of a message of ours: sent, delivered, read, failed
    ACCOUNT = "account"  # news of the channel itself: a template's approval, the number's quality
    RENUMBERED = "renumbered"  # the person's ids have changed
    IGNORED = "ignored"  # nothing for the desk


class Place(StrEnum):
    PRIVATE = "private"
    STAFF = "staff"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Sender:
    """Who did it: `id` is the platform's, never a name. `anonymous`: posts as a chat, carries no identity.

    `username`: the platform's public name of the account, known only so that it is not given away. `aliases`: every id
    that came along, on a platform where a person has several (bsuid, parent_bsuid, phone), each with its kind.
    """

    id: str
    name: str = ""
    lang: str = ""
    anonymous: bool = False
    username: str = ""
    aliases: tuple[tuple[str, str], ...] = ()


# Where the id of a file stands in a content's data, and on which channel it is good.
FILES = {"file_id": "telegram", "wa_media_id": "whatsapp", "passed": "office"}


@dataclass(frozen=True)
class Content:
    """What was written: `text` (or caption) with its entities, and what the kind needs to be sent again.

    `data` holds the platform's own fields (file id, name, MIME type and size in bytes; coordinates; contact), or
    under 'source' the chat and message that the platform is to copy. `kind` is 'unsupported' with data['kind'] for
    what cannot be passed on. A file is where `data` says: 'file_id' on Telegram, 'wa_media_id' on WhatsApp, 'passed'
    where another office sent it; once the desk keeps a copy of its bytes, 'media' is the copy's id. Of every file
    'file_name', 'mime_type' and 'file_size' are what the platform tells of it, if anything. `frame` names what
    surrounds it and is not passed on (forwarded, via_bot, story, elsewhere, notice), for the officers to know.
    """

    kind: str
    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    album: str | None = None
    frame: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The id of its file on the platform that has it; empty where there is none."""
        return next((str(self.data[key]) for key in FILES if key in self.data), "")

    @property
    def home(self) -> str:
        """The channel that has its file."""
        return next((channel for key, channel in FILES.items() if key in self.data), "")

    def as_json(self) -> dict[str, Any]:
        raw = {"kind": self.kind, "text": self.text, "entities": self.entities, "data": self.data}
        return {**raw, "frame": list(self.frame)} if self.frame else raw

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Content":
        return cls(
            kind=raw["kind"],
            text=raw["text"],
            entities=list(raw["entities"]),
            data=dict(raw["data"]),
            frame=tuple(raw.get("frame", ())),
        )

    def shows_same(self, other: "Content") -> bool:
        """Whether a reader sees no difference: a file keeps its unique id when its id changes (TELEGRAM.md §4)."""
        return self._shown() == other._shown()

    def _shown(self) -> tuple[Any, ...]:
        data = {key: value for key, value in self.data.items() if key != "file_id" or "file_unique_id" not in self.data}
        return self.kind, self.text, self.entities, data


@dataclass(frozen=True)
class Inbound:
    """One thing that happened, in no platform's words. `at` is the platform's time (UTC).

    `ref` is the message's id in `chat`; `reply_to` that of the message it answers; `thread` the forum topic.

    Of a STATUS, `ref` is the message of ours, `change` one of sent, delivered, read, failed, `tag` what was sent with
    it (`Outgoing.tag`), `error` the platform's code, and `data` holds what is told: {"billable": bool,
    "category": str}, of a failure {"cause": str, "permanent": bool} as in SendError. Of ACCOUNT, `change` is the
    field and `data` its values. Of RENUMBERED, `data` is {"old": {kind: id}, "new": {kind: id}} with the kinds of
    `Sender.aliases`.
    """

    kind: Kind
    channel: str
    place: Place
    chat: str
    sender: Sender
    at: datetime
    ref: str = ""
    thread: str | None = None
    topic: str = ""  # the name its topic was made with, and by whom, where the platform tells
    topic_by: str = ""
    content: Content | None = None
    reply_to: str | None = None
    quote: str | None = None
    button: str = ""  # callback data
    query: str = ""  # the press to be answered
    emoji: str | None = None  # reaction; None: taken back
    secondhand: bool = False  # forwarded, or made by an inline bot: not the sender's own words
    change: str = (
        ""  # membership: joined, left, blocked, unblocked, removed, restored; topic: created, closed, reopened
    )
    value: str = ""  # topic: its name; moved: the new chat id
    tag: str = ""
    error: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Button:
    """`url`: it leads there, and tells us nothing; `data` is empty then."""

    label: str
    data: str
    url: str = ""


@dataclass(frozen=True)
class Document:
    """A file of our own making: it lives in memory until it is sent, and nowhere after."""

    name: str
    content: bytes
    picture: bool = False  # shown at once, with its caption beneath
    caption: str = ""
    mime: str = ""


@dataclass(frozen=True)
class TemplateCall:
    """A text that the platform has approved beforehand: `params` fill it, `payloads` are what its buttons send."""

    name: str
    lang: str
    params: tuple[str, ...] = ()
    payloads: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outgoing:
    """One outbox row made ready: where to, what, and what it answers. `parts` are the messages of an album.

    `lang` is the reader's language, for the few words a channel adds of its own. `tag` comes back in news of the
    message (Inbound, STATUS), where the platform can do that. `files` are copies of files that the channel does not
    have, by the id that stands in the content's data under 'media'.
    """

    kind: str
    chat: str
    thread: str | None = None
    text: str = ""  # platform markup drawn from a template
    content: Content | None = None
    parts: tuple[Content, ...] = ()
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_to: str | None = None
    quote: str | None = None
    quote_entities: tuple[dict[str, Any], ...] = ()  # the marks of the quoted part: the platform compares them
    target: str | None = None  # the message to edit or react to
    targets: tuple[str, ...] = ()  # the messages to delete
    emoji: str | None = None
    name: str = ""  # a topic's name
    document: Document | None = None
    query: str = ""
    lang: str = "id"
    tag: str = ""
    template: TemplateCall | None = None
    files: Mapping[int, Document] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """What the platform answered: the ids of the messages made, the topic made, its clock (UTC) if it told."""

    refs: tuple[str, ...] = ()
    thread: str | None = None
    at: datetime | None = None


@dataclass(eq=False)
class SendError(Exception):
    """Sending failed. `unknown`: it may have arrived all the same; `permanent`: trying again is useless.

    `cause` is a word the desk acts on: blocked, thread_gone, topic_closed, chat_gone, no_rights, reply_gone,
    quote_gone, target_gone, undeletable, not_modified, rejected, unauthorized, flood, moved, trouble;
    window_closed (only a template may be sent now), paired (too many to this person), channel_down (token, permission,
    account, payment: nothing can be sent to anybody), bad_template, undeliverable, unsupported (a kind the platform
    cannot show), too_big, media (a file that cannot be had). `whole`: the refusal is meant for the whole channel, not
    for this chat.
    """

    cause: str
    detail: str = ""
    permanent: bool = False
    unknown: bool = False
    retry_after: timedelta | None = None
    migrate_to: str | None = None
    whole: bool = False

    def __str__(self) -> str:
        return f"{self.cause}: {self.detail}"


@dataclass(eq=False)
class FetchError(Exception):
    """A file cannot be had from the platform: too_big, gone, forbidden, changed, trouble. `permanent`: for ever."""

    cause: str
    detail: str = ""
    permanent: bool = False

    def __str__(self) -> str:
        return f"{self.cause}: {self.detail}"


class Unparsable(Exception):
    """The channel cannot make sense of this raw update."""


@dataclass(frozen=True)
class Menu:
    """Commands offered while typing: in private chats or in the staff group, for one language ("" for all others).

    `member`: only to this person, by the platform's id; for all when empty.
    """

    place: str
    lang: str
    commands: tuple[tuple[str, str], ...]
    member: str = ""


@dataclass(frozen=True)
class Traits:
    """What a platform can do and how it behaves: whoever needs to know asks here, never for the platform's name.

    `window`: so long after a person's last message they may be written to freely, afterwards only by a template; None:
    always. `evidence`: so long after a request of unknown outcome news of it may come in. `largest_file`: what may be
    sent there, in bytes. `receipts`: what is taken for sending has not arrived yet: news of that comes later (STATUS).
    `staff`: officers, admins and the supervisor are known here by their ids. `templates`: what an approved template
    stands for -> its name on the platform; `template_languages`: our language -> the platform's code. `drains`: the
    platform can be asked whether anything still waits there for us.
    """

    window: timedelta | None = None
    edits: bool = True
    deletes: bool = True
    albums: bool = True
    billed: bool = False
    receipts: bool = False
    staff: bool = False
    templates: Mapping[str, str] = field(default_factory=dict)
    template_languages: Mapping[str, str] = field(default_factory=dict)
    evidence: timedelta = timedelta(seconds=3)
    largest_file: int = 50 * 1024 * 1024
    drains: bool = True


class NotKept(Exception):
    """The updates could not be committed: they must not be confirmed to the platform."""


Receive = Callable[[list["RawUpdate"]], Awaitable[None]]


@dataclass(frozen=True)
class RawUpdate:
    """An update as it came: its id (unique within the channel), the lane that keeps its order, its JSON text.

    The lane is "channel:chat", or "channel:chat:thread" for a forum topic.
    """

    update_id: str
    lane: str
    raw: str


class Channel(Protocol):
    """A platform the public or the officers use."""

    name: str
    traits: Traits

    async def open(self) -> None:
        """Be able to send."""
        ...

    async def start(self) -> None:
        """Begin to take updates."""
        ...

    async def stop(self) -> None:
        """Take no more updates; sending still works."""
        ...

    async def offer(self, menus: Sequence[Menu], staff_chat: str) -> None:
        """Tell the platform which commands to offer. Best effort: what fails is logged."""
        ...

    async def drain(self) -> None:
        """Return when everything that waits at the platform now has been kept. Raises TimeoutError.

        Where the platform cannot be asked (`Traits.drains`), at once.
        """
        ...

    async def close(self) -> None: ...

    def routes(self, office: str) -> Sequence[Route]:
        """What the platform calls over the web, such as a webhook; nothing where it is asked instead."""
        ...

    def parse(self, raw: str, staff_chat: str, received: datetime) -> Inbound:
        """Make sense of an update stored at `received` (for what carries no time of its own). Raises Unparsable."""
        ...

    async def send(self, message: Outgoing) -> Sent:
        """One call to the platform. Raises SendError."""
        ...

    def fetch(self, content: Content) -> AsyncIterator[bytes]:
        """The bytes of a received file, piece by piece. Raises FetchError."""
        ...


@runtime_checkable
class Accounted(Protocol):
    """A channel that can be asked about the office's account there."""

    async def account(self) -> Mapping[str, str]:
        """Topic -> value: "quality", "limit", "template:NAME:LANGUAGE", "category:NAME:LANGUAGE". Raises SendError."""
        ...
