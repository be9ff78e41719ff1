"""A message as it stands in a chat, and what a person can see of it."""

from dataclasses import dataclass, field
from typing import Any

from bot.playground.replies import Json

KINDS = [
    "text",
    "rich_message",
    "live_photo",
    "animation",
    "audio",
    "document",
    "photo",
    "sticker",
    "video",
    "video_note",
    "voice",
    "contact",
    "dice",
    "poll",
    "venue",
    "location",
    "checklist",
    "game",
    "story",
    "paid_media",
    "giveaway",
    "giveaway_winners",
    "invoice",
]  # venue before location, animation before document: a message of the former carries the latter too
SERVICE = [
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "new_chat_members",
    "left_chat_member",
    "pinned_message",
    "migrate_to_chat_id",
    "migrate_from_chat_id",
    "gift",
    "unique_gift",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "poll_option_added",
    "poll_option_deleted",
]


@dataclass(slots=True, eq=False)
class Message:
    """One message; `body` is its Bot API JSON and is replaced, never changed, so an answer given once stays as it was.

    `versions` holds the bodies before each edit.
    """

    body: Json
    sender_id: int
    by_bot: bool
    versions: list[Json] = field(default_factory=list)
    reactions: dict[int, str] = field(default_factory=dict)
    deleted: bool = False

    @property
    def id(self) -> int:
        return int(self.body["message_id"])

    @property
    def chat_id(self) -> int:
        return int(self.body["chat"]["id"])

    @property
    def topic(self) -> int | None:
        return self.body.get("message_thread_id") if self.body.get("is_topic_message") else None

    @property
    def text(self) -> str:
        """The words of the message: text, caption, or what a contact, poll or place says."""
        body = self.body
        words = body.get("text") or body.get("caption")
        if words is not None:
            return str(words)
        if "poll" in body:
            return str(body["poll"]["question"])
        return str(body["venue"]["title"]) if "venue" in body else ""

    @property
    def entities(self) -> list[Json]:
        found: list[Json] = self.body.get("entities") or self.body.get("caption_entities") or []
        return found

    @property
    def kind(self) -> str:
        """text, photo, document …, or the name of the service message."""
        return next((kind for kind in (*KINDS, *SERVICE) if kind in self.body), "unknown")

    @property
    def is_service(self) -> bool:
        return self.kind in SERVICE

    @property
    def buttons(self) -> list[list[str]]:
        """The labels of the inline buttons, row by row."""
        return [[button["text"] for button in row] for row in self.keyboard]

    @property
    def keyboard(self) -> list[list[Json]]:
        rows: list[list[Json]] = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return rows

    @property
    def reply_to(self) -> int | None:
        """The message a person sees as quoted; the implicit reply to a topic's creation is none."""
        replied = self.body.get("reply_to_message")
        if replied is None or "forum_topic_created" in replied:
            return None
        return int(replied["message_id"])

    @property
    def quote(self) -> str | None:
        found = self.body.get("quote")
        return found["text"] if found else None

    @property
    def album(self) -> str | None:
        return self.body.get("media_group_id")

    @property
    def edited(self) -> bool:
        return bool(self.versions)

    @property
    def file_id(self) -> str | None:
        """The file the message carries, if it carries one."""
        content: Any = self.body.get(self.kind)
        if isinstance(content, list):
            content = content[-1] if content else None
        return content.get("file_id") if isinstance(content, dict) else None

    def __str__(self) -> str:
        who = "bot" if self.by_bot else str(self.sender_id)
        buttons = "".join(f" [{label}]" for row in self.buttons for label in row)
        kind = "" if self.kind == "text" else f"<{self.kind}> "
        return f"#{self.id} {who}: {kind}{self.text}{buttons}"
