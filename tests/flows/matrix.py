"""The matrix of rights: one update put into a running desk, and what it did, read from the database."""

from dataclasses import dataclass
from typing import Any

from bot.channels.telegram.parse import raw_update
from bot.playground.messages import Message
from tests.flows.conftest import Office
from tests.flows.way import value

Json = dict[str, Any]
HINTS = {
    "unknown_command",
    "staff_unknown_command",
    "staff_topic_only",
    "staff_anonymous",
    "staff_left",
    "staff_not_now",
    "staff_help",
}
# What changes when somebody acts. Nothing of it may change where they may not.
MARKS = {
    table: f"SELECT count(*) || '/' || coalesce(max(rowid), 0) FROM {table}"
    for table in (
        "ticket_events",
        "messages",
        "ratings",
        "complaints",
        "calendar_overrides",
        "audit",
        "snippets",
        "roster",
        "settings_overrides",
    )
} | {
    "tickets": "SELECT group_concat(json_array(status, officer_id, type, closed_at, answered_at)) FROM tickets",
    "bans": "SELECT count(*) FROM identities WHERE banned_at IS NOT NULL",
}
# Keys, or kinds where there is no key, with the side they go to; toasts, marks and the card aside.
SAID = (
    "SELECT group_concat(CASE WHEN dest IN ('staff', 'topic') THEN 'staff ' ELSE 'private ' END"
    " || coalesce(json_extract(payload, '$.key'), kind)) FROM outbox WHERE id > $1"
    " AND kind NOT IN ('toast', 'react', 'card_edit', 'topic_close', 'topic_reopen')"
)


@dataclass(frozen=True)
class Effect:
    """What one update did: tables that changed, keys that were queued for a private chat or for the staff group."""

    changed: tuple[str, ...]
    private: tuple[str, ...]
    staff: tuple[str, ...]

    @property
    def acts(self) -> bool:
        said = {*self.private, *self.staff} - HINTS
        return bool(self.changed or said)

    @property
    def is_nothing(self) -> bool:
        return not (self.changed or self.private or self.staff)


class Matrix:
    """One desk with an open ticket, into which any update can be put."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def number(self) -> int:
        """Never given before, for updates, messages and presses."""
        return 50_000 + self.office.telegram.world.serial()

    async def effect(self, kind: str, body: Json) -> Effect:
        """Put one raw update in, and see what came of it."""
        before, last = await self._marks(), str(await value(self.office, "SELECT coalesce(max(id), 0) FROM outbox"))
        assert self.office.app is not None
        await self.office.app.inbox.receive([raw_update({"update_id": self.number(), kind: body})])
        await self.office.app.inbox.idle()
        after = await self._marks()
        changed = tuple(table for table in MARKS if after[table] != before[table])
        said = str(await value(self.office, SAID, int(last)) or "")
        words = [word.split(" ") for word in said.split(",") if word]
        private = tuple(key for where, key in words if where == "private")
        return Effect(changed, private, tuple(key for where, key in words if where == "staff"))

    async def _marks(self) -> dict[str, str]:
        """A value for each table that changes with it."""
        together = " || '|' || ".join(f"coalesce(({sql}), '')" for sql in MARKS.values())
        found = str(await value(self.office, f"SELECT {together}"))
        return dict(zip(MARKS, found.split("|"), strict=True))

    def message(self, sender: int, chat: Json, text: str, *, thread: int | None = None, **more: Any) -> Json:
        person = {"id": sender, "is_bot": False, "first_name": f"X{sender}", "language_code": "id"}
        place = {"message_thread_id": thread, "is_topic_message": True} if thread else {}
        date = int(self.office.clock.now().timestamp())
        body = {"message_id": self.number(), "from": person, "chat": chat, "date": date, "text": text}
        return {**body, **place, **more}

    def press(self, sender: int, message: Message, data: str) -> Json:
        person = {"id": sender, "is_bot": False, "first_name": f"X{sender}"}
        return {"id": str(self.number()), "from": person, "message": message.body, "chat_instance": "1", "data": data}


def private(sender: int) -> Json:
    return {"id": sender, "type": "private", "first_name": "X"}
