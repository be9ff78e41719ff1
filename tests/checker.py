"""What must hold when everything has come to rest, read from the stand-in's chats and the desk's database.

What people write carries a token such as "[u1001/7]"; the checker finds every token where it was written and looks for
it where it should stand: a user's in a topic of one of their tickets, an officer's in the chat of the ticket's owner.
"""

import asyncio
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.channels.whatsapp.batch import kept_id
from bot.playground.chats import Topic
from bot.playground.graph.graph import Graph
from bot.playground.graph.messages import WhatsAppAccount
from bot.playground.messages import Message
from bot.playground.telegram import Telegram

TOKEN = re.compile(r"\[\w+/\d+\]")
NOTES = ("//", "/catatan", "/note")
# The history at the head of a topic that was made anew quotes what was said; it is no second copy.
HISTORY = "ini topik penggantinya"
# Kinds of rows that make no message of their own.
EDITS = ("edit", "card_edit", "redraw")
MAKE_NONE = (*EDITS, "react", "delete", "topic_create", "topic_close", "topic_reopen", "toast", "mail")
LOOK = 0.02

Where = tuple[int, int]
"""Chat and topic (0: none)."""


@dataclass(frozen=True)
class Spot:
    """A token in a message: `order` sorts as a reader sees it."""

    token: str
    where: Where
    order: tuple[int, int]


@dataclass
class Report:
    """What was found; all lists are empty when all is well. `doubled` are the copies that a fault explains."""

    said: int = 0
    doubled: int = 0
    lost: list[str] = field(default_factory=list)
    strayed: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    @property
    def faults(self) -> dict[str, list[str]]:
        named = ("lost", "strayed", "unexplained", "disordered", "others")
        return {name: getattr(self, name) for name in named if getattr(self, name)}


class Database:
    """The desk's file, read from beside."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)

    def rows(self, sql: str, *args: Any) -> list[Any]:
        return self._connection.execute(sql, args).fetchall()

    def value(self, sql: str, *args: Any) -> Any:
        return self._connection.execute(sql, args).fetchone()[0]

    def close(self) -> None:
        self._connection.close()


async def settled(telegram: Telegram, path: Path, *, within: float = 60.0, graph: Graph | None = None) -> None:
    """Return when every update is confirmed and handled and nothing waits to be sent. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while len(graph.hooks if graph else ()) or not is_at_rest(telegram, path):  # noqa: ASYNC110 (another process writes what is waited for)
            await asyncio.sleep(LOOK)


def is_at_rest(telegram: Telegram, path: Path) -> bool:
    waiting = "SELECT (SELECT count(*) FROM inbox WHERE state = 'new') + "
    waiting += "(SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending', 'unknown'))"
    database = Database(path)
    try:
        return not len(telegram.world.updates) and database.value(waiting) == 0
    finally:
        database.close()


def check(telegram: Telegram, path: Path, *, graph: Graph | None = None) -> Report:
    """The report on everything said so far; raises AssertionError with what is wrong."""
    database = Database(path)
    try:
        report = _Checker(telegram, database, graph).report()
    finally:
        database.close()
    assert not report.faults, report.faults
    return report


class _Checker:
    def __init__(self, telegram: Telegram, database: Database, graph: Graph | None = None) -> None:
        self.telegram = telegram
        self.phones = list(graph.people.values()) if graph is not None else []
        self.graph = graph
        self.database = database
        self.result = Report()
        self.staff = telegram.staff.id
        self.owner: dict[str, int] = {
            number: self._chat(sender)
            for number, sender in database.rows(
                "SELECT number, sender FROM tickets JOIN identities ON identities.id = identity_id"
            )
        }

    def _chat(self, id: str) -> int:
        """A person of either channel: the id at Telegram, the number at WhatsApp."""
        return next((phone.number for phone in self.phones if phone.bsuid == id), None) or int(id)

    def report(self) -> Report:
        copies: defaultdict[str, list[Spot]] = defaultdict(list)
        for spot in self._copies():
            copies[spot.token].append(spot)
        for sources in (self._users_said(), self._officers_said()):
            for home, spots in sources.items():
                self._judge(home, spots, copies)
        self._no_note_left_the_topic(copies)
        self._every_message_has_its_row()
        self._every_update_was_kept()
        self._one_topic_for_each_ticket()
        return self.result

    # What was said, by whom it concerns.

    def _users_said(self) -> dict[Any, list[Spot]]:
        """By person: what they wrote to the bot."""
        said: dict[Any, list[Spot]] = {}
        for chat in self.telegram.world.chats.values():
            if chat.person is not None:
                written = (message for message in _once(chat.log) if not message.by_bot)
                said[chat.id] = [spot for message in written for spot in _spots(message)]
        for phone in self.phones:
            said[phone.number] = [spot for spot, by_business in _phone_spots(phone) if not by_business]
        return said

    def _officers_said(self) -> dict[Any, list[Spot]]:
        """By ticket number: what officers wrote in its topics, notes left out."""
        said: defaultdict[Any, list[Spot]] = defaultdict(list)
        for topic in self.telegram.topics:
            for message in _once(topic.log):
                if not message.by_bot and not message.text.startswith(NOTES):
                    said[_number(topic)] += _spots(message)
        return said

    def _copies(self) -> Iterator[Spot]:
        """Everything the bot posted that people could read, in topics that are gone by now too."""
        for chat in self.telegram.world.chats.values():
            for log, gone in ((chat.log, False), *((topic.log, topic.deleted) for topic in chat.topics.values())):
                for message in _once(log):
                    if message.by_bot and (gone or not message.deleted) and HISTORY not in message.text:
                        yield from _spots(message)
        for phone in self.phones:
            yield from (spot for spot, by_business in _phone_spots(phone) if by_business)

    # What became of it.

    def _judge(self, home: int | str, spots: list[Spot], copies: dict[str, list[Spot]]) -> None:
        spots = sorted(spots, key=lambda spot: spot.order)
        firsts: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for spot in spots:
            self.result.said += 1
            found = sorted(copies.get(spot.token, ()), key=lambda copy: copy.order)
            if not found:
                self.result.lost.append(spot.token)
                continue
            self.result.strayed += [f"{spot.token} in {copy.where}" for copy in found if not self._belongs(home, copy)]
            self._explain(spot.token, len(found))
            firsts[self._ticket_of(home, found[0])].append(found[0].order)
        for ticket, orders in firsts.items():
            if orders != sorted(orders):
                self.result.disordered.append(f"{home} {ticket}")

    def _belongs(self, home: int | str, copy: Spot) -> bool:
        """A user's copy stands in a topic of their ticket, an officer's in the chat of the ticket's owner."""
        if isinstance(home, str):
            return copy.where == (self.owner[home], 0)
        chat, topic = copy.where
        return chat == self.staff and topic != 0 and self.owner[self._topic_number(topic)] == home

    def _ticket_of(self, home: int | str, copy: Spot) -> str:
        if isinstance(home, str):
            return home
        return self._topic_number(copy.where[1]) if copy.where[1] else ""

    def _topic_number(self, topic: int) -> str:
        return _number(self.telegram.staff.topics[topic])

    def _explain(self, token: str, count: int) -> None:
        """A second copy is right only where an attempt's outcome was unknown."""
        if count == 1:
            return
        explained = 0
        for (message_id,) in self.database.rows("SELECT id FROM messages WHERE instr(content, ?)", token):
            for payload, attempts, uncertain in self._rows_of_relays():
                carried = payload.get("messages") or [payload.get("message")]
                explained += (attempts - 1) * uncertain * (message_id in carried)
        self.result.doubled += count - 1
        if explained < count - 1:
            self.result.unexplained.append(f"{token} x{count}")

    def _rows_of_relays(self) -> list[tuple[dict[str, Any], int, int]]:
        rows = self.database.rows(
            "SELECT payload, attempts, uncertain FROM outbox WHERE kind IN ('relay', 'album', 'card')"
        )
        return [(json.loads(payload), attempts, uncertain) for payload, attempts, uncertain in rows]

    def _no_note_left_the_topic(self, copies: dict[str, list[Spot]]) -> None:
        for topic in self.telegram.topics:
            for message in _once(topic.log):
                if not message.by_bot and message.text.startswith(NOTES):
                    self.result.strayed += [spot.token for spot in _spots(message) if spot.token in copies]

    def _every_message_has_its_row(self) -> None:
        """As many messages were made as rows were sent; any more are of rows whose outcome was unknown once."""
        made = Counter(request.chat_id for request in self.telegram.ledger.sent() for _ in request.message_ids)
        made.update(self._made_on_whatsapp())
        sent: Counter[int | None] = Counter()
        doubtful = 0
        for result, attempts, uncertain in self.database.rows(
            "SELECT result, attempts, uncertain FROM outbox WHERE (state = 'sent' OR uncertain)"
            f" AND kind NOT IN {MAKE_NONE}"
        ):
            outcome = json.loads(result) if result else {}
            refs = outcome.get("refs", [])
            sent[self._chat(outcome["chat"]) if outcome.get("chat") else None] += len(refs)
            doubtful += (attempts - 1 if refs else attempts) * uncertain * max(1, len(refs))
        missing = {chat: count - made[chat] for chat, count in sent.items() if chat is not None and count > made[chat]}
        extra = made.total() - sum(sent.values())
        if missing or extra > doubtful:
            self.result.others.append(f"sent but never made: {missing}; made without a row: {extra} > {doubtful}")

    def _made_on_whatsapp(self) -> list[int | None]:
        sent = self.graph.book.sent() if self.graph is not None else []
        return [request.person for request in sent if request.body["type"] != "reaction"]

    def _every_update_was_kept(self) -> None:
        """What was confirmed to the platform is in the inbox, once, and was handled."""
        rows = self.database.rows("SELECT channel, update_id FROM inbox")
        kept = {int(update_id) for channel, update_id in rows if channel == "telegram"}
        gone: list[int | str] = [
            life.update_id
            for life in self.telegram.ledger.updates.values()
            if life.confirmed and life.update_id not in kept
        ]
        taken = {update_id for channel, update_id in rows if channel == "whatsapp"}
        hooks = self.graph.book.hooks if self.graph is not None else []
        gone += [life.key for life in hooks if life.delivered and kept_id(life.key) not in taken]
        left = self.database.value("SELECT count(*) FROM inbox WHERE state != 'done'")
        self.result.others += [f"confirmed and lost: {gone}"] * bool(gone) + [f"not handled: {left}"] * bool(left)

    def _one_topic_for_each_ticket(self) -> None:
        """An open ticket has one topic that is open and there, and the database knows it."""
        alive = Counter(_number(topic) for topic in self.telegram.topics if not (topic.deleted or topic.closed))
        for number, known in self.database.rows("SELECT number, topic FROM tickets WHERE closed_at IS NULL"):
            topic = self.telegram.staff.topics.get(int(known or 0))
            if alive[number] != 1 or topic is None or topic.deleted or topic.closed:
                self.result.others.append(f"{number} has {alive[number]} live topics, the database knows {known}")


def _once(log: Iterable[Message]) -> Iterator[Message]:
    """Each message of a log, which holds its edits too, one time."""
    yield from {message.id: message for message in log}.values()


def _spots(message: Message) -> list[Spot]:
    where = message.chat_id, message.topic or 0
    return [Spot(found[0], where, (message.id, found.start())) for found in TOKEN.finditer(message.text)]


def _phone_spots(phone: WhatsAppAccount) -> Iterator[tuple[Spot, bool]]:
    """What stands on a phone with WhatsApp, and whether the business wrote it."""
    for place, message in enumerate(phone.chat):
        for found in TOKEN.finditer(message.text):
            yield Spot(found[0], (phone.number, 0), (place, found.start())), message.by_business


def _number(topic: Topic) -> str:
    """A ticket's number is the first word of its topic's name."""
    return topic.name.split()[0]
