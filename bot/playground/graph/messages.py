"""A WhatsApp message as it stands in a chat, and the chat itself: one person and the business."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bot.playground.graph.media import StoredMedia
from bot.playground.replies import Json

Status = Literal["accepted", "sent", "delivered", "read", "failed"]
WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Choice:
    """A reply button, a row of a list, or a template's quick reply."""

    id: str
    title: str
    description: str = ""
    section: str = ""


@dataclass(slots=True, eq=False)
class WhatsAppMessage:
    """One message; `kind` is the API's type, for interactive ones button, list or cta_url.

    `text` is the body or the caption; `menu` the label that opens a list; `reactions` by "user" and "business";
    `seen`: the business has marked it read. `body` is the type's object as it was sent or received.
    """

    wamid: str
    by_business: bool
    at: datetime
    kind: str
    text: str = ""
    body: Json = field(default_factory=dict)
    header: str = ""
    footer: str = ""
    choices: tuple[Choice, ...] = ()
    menu: str = ""
    url: str = ""
    reply_to: str = ""
    file: StoredMedia | None = None
    template: str = ""
    status: Status = "accepted"
    error: int = 0
    tag: str = ""
    seen: bool = False
    reactions: dict[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> list[str]:
        """What can be tapped on it."""
        return [choice.title for choice in self.choices]

    def __str__(self) -> str:
        who = "business" if self.by_business else "user"
        choices = "".join(f" [{label}]" for label in self.labels)
        kind = "" if self.kind == "text" else f"<{self.kind}> "
        return f"{who} ({self.status}): {kind}{self.header} {self.text}{choices}"


@dataclass(slots=True, eq=False)
class WhatsAppAccount:
    """Somebody with WhatsApp. `number` is the phone's, without plus; `bsuid` what the business knows them by.

    `shows_number`: webhooks carry the number too. Not `connected`: messages are sent, not delivered. `blocked`: has
    blocked the business. `reading`: the chat is open, what comes is read at once. `heard_at`: their last message.
    """

    number: int
    name: str
    bsuid: str
    parent_bsuid: str = ""
    username: str = ""
    shows_number: bool = True
    connected: bool = True
    blocked: bool = False
    reading: bool = False
    heard_at: datetime | None = None
    chat: list[WhatsAppMessage] = field(default_factory=list)
    typing_until: datetime | None = None

    @property
    def wa_id(self) -> str:
        return str(self.number)

    def window_open(self, now: datetime) -> bool:
        """Whether the business may write freely: 24 hours from the person's last message."""
        return self.heard_at is not None and now < self.heard_at + WINDOW

    def message(self, wamid: str) -> WhatsAppMessage | None:
        return next((message for message in reversed(self.chat) if message.wamid == wamid), None)

    @property
    def as_contact(self) -> Json:
        """The entry of a webhook's `contacts`."""
        profile = {"name": self.name, **({"username": self.username} if self.username else {})}
        contact: Json = {"profile": profile, "user_id": self.bsuid}
        if self.parent_bsuid:
            contact["parent_user_id"] = self.parent_bsuid
        return {**contact, "wa_id": self.wa_id} if self.shows_number else contact

    @property
    def as_sender(self) -> Json:
        """Who a message is from: the number where it is shown, the business-scoped id always."""
        known = {"from_user_id": self.bsuid}
        if self.parent_bsuid:
            known["from_parent_user_id"] = self.parent_bsuid
        return {"from": self.wa_id, **known} if self.shows_number else known
