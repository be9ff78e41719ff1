"""A desk's database, frozen, into which any update is put a thousand times: each leaves no trace but its effect."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.channels.telegram.parse import parse, raw_update
from bot.channels.whatsapp.batch import split
from bot.channels.whatsapp.parse import parse as parse_whatsapp
from bot.desk.context import Context
from handlers.dispatch import dispatch
from storage.sqlite import _drive, _WriterTx
from tests.channels.whatsapp.conftest import wrapped
from tests.flows.conftest import Office
from tests.flows.matrix import MARKS, SAID, Effect, Json

STAFF_GROUP = -1001234567890
NUMBER, ACCOUNT = "106540352242922", "102290129340398"
# Where no sender is at work, these change only when somebody acts.
_MARKS = MARKS | {
    state: f"SELECT count(*) FROM outbox WHERE state = '{state}' AND kind = 'relay'" for state in ("failed", "held")
}
_TOGETHER = "SELECT " + " || '|' || ".join(f"coalesce(({sql}), '')" for sql in _MARKS.values())


class Ground:
    """A copy in memory of what a running desk knew at one moment."""

    def __init__(self, connection: sqlite3.Connection, ctx: Context) -> None:
        self._connection = connection
        self._ctx = ctx
        self._serial = 900_000

    @classmethod
    async def of(cls, office: Office) -> "Ground":
        """The desk as it is once everything so far has been handled."""
        assert office.app is not None
        await office.settled()
        connection = sqlite3.connect(":memory:", isolation_level=None)
        path = office.settings.storage.url.removeprefix("sqlite:///")
        with sqlite3.connect(path) as source:
            source.backup(connection)
        source.close()
        connection.execute("PRAGMA foreign_keys = ON")
        return cls(connection, office.app.context())

    def later(self, **delta: float) -> "Ground":
        """The same rows, looked at later."""
        return Ground(self._connection, replace(self._ctx, now=self._ctx.now + timedelta(**delta)))

    @contextmanager
    def _unkept(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def effect(self, kind: str, body: Json, *, after: Json | None = None) -> Effect:
        """What this update would do, `after` that message."""
        with self._unkept():
            if after is not None:
                self._handle("message", after)
            before, last = self._marks(), self._newest()
            self._handle(kind, body)
            now = self._marks()
            words = [word.split(" ") for word in self._said(last) if word]
        changed = tuple(table for table in _MARKS if now[table] != before[table])
        private = tuple(key for where, key in words if where == "private")
        return Effect(changed, private, tuple(key for where, key in words if where == "staff"))

    def outcome(self, kind: str, body: Json, *, times: int) -> dict[str, str]:
        """How the tables stand after this update, given so many times."""
        with self._unkept():
            for _ in range(times):
                self._handle(kind, body)
            return self._marks()

    def is_answered(self, kind: str, body: Json) -> bool:
        """Whether whoever pressed hears anything at all."""
        with self._unkept():
            last = self._newest()
            self._handle(kind, body)
            return self._newest() > last

    def _handle(self, kind: str, body: Json) -> None:
        self._serial += 1
        if kind == "whatsapp":
            (raw,) = split(wrapped(messages=[body]), number=NUMBER, account=ACCOUNT).updates
            inbound = parse_whatsapp(raw.raw, self._ctx.now)
        else:
            raw = raw_update({"update_id": self._serial, kind: body})
            inbound = parse(raw.raw, str(STAFF_GROUP), self._ctx.now)
        _drive(dispatch(_WriterTx(self._connection), self._ctx, inbound, None, raw.lane))

    def _marks(self) -> dict[str, str]:
        found = str(self._connection.execute(_TOGETHER).fetchone()[0])
        return dict(zip(_MARKS, found.split("|"), strict=True))

    def _newest(self) -> int:
        return int(self._connection.execute("SELECT coalesce(max(id), 0) FROM outbox").fetchone()[0])

    def _said(self, last: int) -> list[str]:
        return str(self._connection.execute(SAID.replace("$1", "?"), (last,)).fetchone()[0] or "").split(",")

    def keyboards(self) -> list[Json]:
        """Every keyboard there is: {token, owner (a sender, "officers" or "admins"), channel, actions}."""
        rows = self._connection.execute(
            "SELECT token, buttons, state, sender, channel FROM keyboards"
            " LEFT JOIN identities ON identities.id = identity_id ORDER BY keyboards.id"
        )
        return [
            {
                "token": token,
                "owner": sender or ("admins" if state == "admins" else "officers"),
                "channel": channel or "telegram",
                "actions": [button["action"] for button in json.loads(buttons)],
            }
            for token, buttons, state, sender, channel in rows
        ]

    def gone(self) -> set[int]:
        """Who was an officer and left."""
        return {int(row[0]) for row in self._connection.execute("SELECT sender FROM officers WHERE left_at NOT NULL")}

    # Updates.

    def message(self, sender: int, chat: Json, text: str, *, thread: int | None = None, **more: Any) -> Json:
        self._serial += 1
        place = {"message_thread_id": thread, "is_topic_message": True} if thread else {}
        date = int(self._ctx.now.timestamp())
        body = {"message_id": self._serial, "from": person(sender), "chat": chat, "date": date, "text": text}
        return {**body, **place, **more}

    def press(self, sender: int, chat: Json, data: str) -> Json:
        """Under the message that the buttons were sent with: a press under another one counts nowhere."""
        ref = self._ref_of(data.partition(":")[0])
        message = {
            "message_id": int(ref) if ref.isdecimal() else 77,
            "chat": chat,
            "date": int(self._ctx.now.timestamp()),
            "text": "…",
        }
        self._serial += 1
        return {
            "id": str(self._serial),
            "from": person(sender),
            "message": message,
            "chat_instance": "1",
            "data": data,
        }

    def tap(self, sender: str, data: str) -> Json:
        """The same on WhatsApp; `sender` is whom Meta says it is."""
        self._serial += 1
        reply = {"type": "button_reply", "button_reply": {"id": data, "title": "…"}}
        return {
            "from_user_id": sender,
            "id": f"wamid.{self._serial}",
            "timestamp": str(int(self._ctx.now.timestamp())),
            "type": "interactive",
            "interactive": reply,
            "context": {"id": self._ref_of(data.partition(":")[0])},
        }

    def _ref_of(self, token: str) -> str:
        row = self._connection.execute(
            "SELECT coalesce(json_extract(result, '$.refs[0]'), json_extract(payload, '$.target'))"
            " FROM keyboards JOIN outbox ON outbox.id = outbox_id WHERE token = ?",
            (token,),
        ).fetchone()
        return str(row[0]) if row and row[0] else "77"


def person(sender: int) -> Json:
    return {"id": sender, "is_bot": False, "first_name": f"X{sender}", "language_code": "id"}
