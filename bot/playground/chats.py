"""Who there is and where they talk: accounts, chats, forum topics."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from bot.playground.messages import Message
from bot.playground.replies import Json

MemberStatus = Literal["creator", "administrator", "member", "left", "kicked"]
ICON_COLORS = (0x6FB9F0, 0xFFD67E, 0xCB86DB, 0x8EEE98, 0xFF93B2, 0xFB6F5F)
_RIGHT_WORDS = (
    "can_manage_chat can_delete_messages can_manage_video_chats can_restrict_members can_promote_members "
    "can_change_info can_invite_users can_post_stories can_edit_stories can_delete_stories can_pin_messages "
    "can_manage_topics"
)
FULL_RIGHTS = frozenset(_RIGHT_WORDS.split())


@dataclass(slots=True, eq=False)
class Account:
    """A user (or the bot) of the stand-in; `started` once the person has written to the bot."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    is_bot: bool = False
    started: bool = False
    blocked: bool = False
    deactivated: bool = False
    toasts: list[Json] = field(default_factory=list)

    @property
    def as_json(self) -> Json:
        """The Bot API's User."""
        body: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name}
        for key in ("last_name", "username", "language_code"):
            if value := getattr(self, key):
                body[key] = value
        return body

    @property
    def as_chat(self) -> Json:
        """The private chat with this person."""
        body = {**self.as_json, "type": "private"}
        return {key: body[key] for key in ("id", "first_name", "last_name", "username", "type") if key in body}


@dataclass(slots=True, eq=False)
class Topic:
    """A forum topic; its id is that of the service message that created it."""

    id: int
    name: str
    icon_color: int
    creator_id: int
    icon_emoji: str = ""
    creation: Json = field(default_factory=dict)
    closed: bool = False
    deleted: bool = False
    by_id: dict[int, Message] = field(default_factory=dict)
    log: list[Message] = field(default_factory=list)

    @property
    def messages(self) -> list[Message]:
        """The messages of the topic in the order of posting, its service messages included."""
        return list(self.by_id.values())

    @property
    def as_json(self) -> Json:
        body: Json = {"message_thread_id": self.id, "name": self.name, "icon_color": self.icon_color}
        if self.icon_emoji:
            body["icon_custom_emoji_id"] = self.icon_emoji
        return body


@dataclass(slots=True, eq=False)
class Chat:
    """A private chat (id = the person's) or a group; `members` of groups only; `rights` are the bot's as admin.

    `log` holds every message outside topics (a topic has its own) once for its posting and once for each edit.
    """

    id: int
    body: Json
    kind: Literal["private", "group", "supergroup"]
    person: Account | None = None
    is_forum: bool = False
    by_id: dict[int, Message] = field(default_factory=dict)
    log: list[Message] = field(default_factory=list)
    topics: dict[int, Topic] = field(default_factory=dict)
    members: dict[int, MemberStatus] = field(default_factory=dict)
    rights: set[str] = field(default_factory=set)
    migrated_to: int | None = None
    last_message_id: int = 1
    pinned: list[int] = field(default_factory=list)
    reply_keyboard: list[list[str]] = field(default_factory=list)
    keyboard_once: bool = False
    typing: tuple[str, datetime, int | None] | None = None

    @property
    def messages(self) -> list[Message]:
        return list(self.by_id.values())

    def newest_first(self, topic: int | None = None) -> Iterator[Message]:
        """The messages a person looking at this chat (or this topic of it; None in a forum: General) sees."""
        if self.is_forum and topic is not None:
            found = self.topics.get(topic)
            yield from reversed(found.by_id.values()) if found and not found.deleted else ()
        else:
            for message in reversed(self.by_id.values()):
                if message.topic is None:
                    yield message

    def status_of(self, user_id: int) -> MemberStatus:
        return self.members.get(user_id, "left")

    def keep(self, message: Message) -> None:
        self.by_id[message.id] = message
        topic = self.topic_of(message)
        if topic is not None:
            topic.by_id[message.id] = message
        self.note(message)

    def note(self, message: Message) -> None:
        """Writes a posting or an edit into the log of its place."""
        topic = self.topic_of(message)
        (self.log if topic is None else topic.log).append(message)

    def topic_of(self, message: Message) -> Topic | None:
        return self.topics.get(message.topic) if message.topic is not None else None

    def drop(self, message: Message) -> None:
        """Takes a message away for everybody."""
        message.deleted = True
        self.by_id.pop(message.id, None)
        topic = self.topic_of(message)
        if topic is not None:
            topic.by_id.pop(message.id, None)
        if message.id in self.pinned:
            self.pinned.remove(message.id)


def member(account: Account, status: MemberStatus, rights: Collection[str] = FULL_RIGHTS) -> Json:
    """A ChatMember object; `rights` are those of an administrator."""
    body: Json = {"user": account.as_json, "status": status}
    if status == "creator":
        body["is_anonymous"] = False
    elif status == "administrator":
        body |= {"can_be_edited": False, "is_anonymous": False, **{right: right in rights for right in FULL_RIGHTS}}
    elif status == "kicked":
        body["until_date"] = 0
    return body
