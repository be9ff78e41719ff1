"""What every channel speaks: what comes in, what goes out, and how sending fails. Handlers know only this."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol


class Kind(StrEnum):
    """What an `Inbound` is about."""

    MESSAGE = "message"
    EDIT = "edit"
    BUTTON = "button"
    REACTION = "reaction"
    MEMBERSHIP = "membership"  # somebody joined, left, blocked or unblocked
    TOPIC = "topic"  # a topic was created, closed or reopened
    MOVED = "moved"  # the staff group has another id now
    IGNORED = "ignored"  # nothing for the desk


class Place(StrEnum):
    PRIVATE = "private"
    STAFF = "staff"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Sender:
    """Who did it: `id` is the platform's, never a name. `anonymous`: posts as a chat, carries no identity.

    `username`: the platform's public name of the account, known only so that it is not given away.
    """

    id: str
    name: str = ""
    lang: str = ""
    anonymous: bool = False
    username: str = ""


@dataclass(frozen=True)
class Content:
    """What was written: `text` (or caption) with its entities, and what the kind needs to be sent again.

    `data` holds the platform's own fields (file id, name, MIME type and size in bytes; coordinates; contact), or
    under 'source' the chat and message that the platform is to copy. `kind` is 'unsupported' with data['kind'] for
    what cannot be passed on. `frame` names what surrounds it and is not passed on (forwarded, via_bot, story,
    elsewhere, notice), for the officers to know.
    """

    kind: str
    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    album: str | None = None
    frame: tuple[str, ...] = ()

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


@dataclass(frozen=True)
class Button:
    label: str
    data: str


@dataclass(frozen=True)
class Document:
    """A file of our own making: it lives in memory until it is sent, and nowhere after."""

    name: str
    content: bytes
    picture: bool = False  # shown at once, with its caption beneath
    caption: str = ""


@dataclass(frozen=True)
class Outgoing:
    """One outbox row made ready: where to, what, and what it answers. `parts` are the messages of an album."""

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
    quote_gone, target_gone, undeletable, not_modified, rejected, unauthorized, flood, moved, trouble.
    """

    cause: str
    detail: str = ""
    permanent: bool = False
    unknown: bool = False
    retry_after: timedelta | None = None
    migrate_to: str | None = None

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
        """Return when everything that waits at the platform now has been kept. Raises TimeoutError."""
        ...

    async def close(self) -> None: ...

    def parse(self, raw: str, staff_chat: str, received: datetime) -> Inbound:
        """Make sense of an update stored at `received` (for what carries no time of its own). Raises Unparsable."""
        ...

    async def send(self, message: Outgoing) -> Sent:
        """One call to the platform. Raises SendError."""
        ...
