"""The matrix of rights: one update put into a running desk, and what it did, read from the database."""

from dataclasses import dataclass
from typing import Any

from bot.channels.telegram.parse import raw_update
from bot.playground.messages import Message
from tests.flows.conftest import Office

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
# Nothing of what stands in these may change where somebody may not act.
TABLES = ("tickets", "ticket_events", "messages", "ratings", "complaints", "calendar_overrides", "audit", "snippets")


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
        before, last = await self._counts(), await self._last()
        assert self.office.app is not None
        await self.office.app.inbox.receive([raw_update({"update_id": self.number(), kind: body})])
        await self.office.app.inbox.idle()
        after = await self._counts()
        changed = tuple(name for name in after if after[name] != before[name])
        private, staff = await self._said(last)
        return Effect(changed, private, staff)

    async def _counts(self) -> dict[str, str]:
        assert self.office.app is not None
        async with self.office.app.store.reader() as reader:
            found = {}
            for table in TABLES:
                columns = (
                    "count(*), max(rowid)" if table != "tickets" else "status, officer_id, type, closed_at, answered_at"
                )
                row = " || '/' || ".join(f"coalesce({column.strip()}, '')" for column in columns.split(","))
                found[table] = str(await reader.value(f"SELECT {row} FROM {table}"))
            found["bans"] = str(await reader.value("SELECT count(*) FROM identities WHERE banned_at IS NOT NULL"))
            return found

    async def _last(self) -> int:
        assert self.office.app is not None
        async with self.office.app.store.reader() as reader:
            return int(await reader.value("SELECT coalesce(max(id), 0) FROM outbox"))

    async def _said(self, last: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Keys, or kinds where there is no key; toasts, marks and the card aside."""
        assert self.office.app is not None
        async with self.office.app.store.reader() as reader:
            sql = (
                "SELECT group_concat(coalesce(json_extract(payload, '$.key'), kind)) FROM outbox WHERE id > $1"
                " AND kind NOT IN ('toast', 'react', 'card_edit', 'topic_close', 'topic_reopen')"
                " AND dest {} IN ('staff', 'topic')"
            )
            found = [await reader.value(sql.format(word), last) for word in ("NOT", "")]
        private, staff = (tuple(str(keys).split(",")) if keys else () for keys in found)
        return private, staff

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
