"""Each update comes three times and out of order: rows and sends are those of the orderly run (QUALITY.md P3)."""

import asyncio
import re
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from typing import Any

from bot.playground.arguments import Arguments
from bot.playground.chats import Topic
from bot.playground.people import Person
from bot.playground.replies import Json
from bot.playground.updates import UpdateQueue
from tests.checker import Database
from tests.flows.conftest import Office, office_at

NAMES = ("Budi", "Tono")
TIME = re.compile(r"\d\d\.\d\d")
TALKS = 12  # a private chat takes thirty messages in half a minute
# Whatever tells of time, of ids or of chance is left out.
ROWS = (
    "SELECT number, type, status, cycle, close_reason FROM tickets",
    "SELECT number, side, messages.kind, json_extract(content, '$.text'), version FROM messages"
    " LEFT JOIN tickets ON tickets.id = ticket_id",
    # Whether a user's word took the turn back depends on how soon the answer before it was delivered.
    "SELECT number, kind, actor FROM ticket_events JOIN tickets ON tickets.id = ticket_id WHERE kind <> 'user_spoke'",
    "SELECT json_extract(content, '$.text'), role FROM links JOIN messages ON messages.id = message_id",
    "SELECT lane, dest, kind, state, attempts, uncertain FROM outbox",
    "SELECT stars, feedback FROM ratings",
    "SELECT identity_id, ticket_id, state, retired_at IS NULL FROM keyboards",
    "SELECT state, error FROM inbox",
)


class Muddled:
    """In place of a queue's getUpdates: what was fetched comes in any order and twice over, and then once more."""

    def __init__(self, queue: UpdateQueue) -> None:
        self._get = queue.get_updates
        self._random = Random(3)
        self._once_more: list[Json] = []

    async def __call__(self, args: Arguments) -> list[Json]:
        if self._once_more:
            again, self._once_more = self._once_more, []
            self._random.shuffle(again)
            return again
        fresh = await self._get(args)
        self._once_more = list(fresh)
        twice = fresh * 2
        self._random.shuffle(twice)
        return twice


class Gate:
    """Holds polls back while people write, so that what they wrote comes in one batch."""

    def __init__(self, queue: UpdateQueue) -> None:
        self._get = queue.get_updates
        self.open = asyncio.Event()
        self.open.set()

    async def __call__(self, args: Arguments) -> list[Json]:
        found = await self._get(args)
        if not self.open.is_set():
            await self.open.wait()
            found = await self._get(args)
        return found


async def _all_at_once(office: Office, gate: Gate, users: list[Person], topics: list[Topic]) -> None:
    """A hundred updates at most, of everybody."""
    gate.open.clear()
    for number in range(TALKS):
        for user, topic in zip(users, topics, strict=True):
            await user.say(f"Kata {number} dari {user.account.first_name}")
            await office.officer.say(f"Jawab {number} untuk {user.account.first_name}", topic=topic)
    gate.open.set()
    await office.settled()


async def _afterwards(office: Office, gate: Gate, users: list[Person], topics: list[Topic]) -> None:
    """Edits, albums, reactions, a note, a close."""
    gate.open.clear()
    for user, topic in zip(users, topics, strict=True):
        own = next(message for message in user.chat if message.text.startswith("Kata 3 "))
        await user.edit(own, text=f"Kata tiga, diperbaiki {user.account.first_name}")
        answer = next(message for message in user.chat if message.by_bot and message.text.startswith("Jawab 5 "))
        await user.react(answer, "👍")
        await user.album(["photo", "document"], caption=f"Lampiran {user.account.first_name}")
        await office.officer.say(f"// catatan tentang {user.account.first_name}", topic=topic)
        await office.officer.say("/ambil", topic=topic)
    gate.open.set()
    await office.settled()
    await office.officer.say("/tutup selesai", topic=topics[0])
    await office.settled()
    await users[0].say("4")
    await users[0].say("Terima kasih, lengkap")
    await office.settled()


# How often depends on how long the machine takes.
ASKED = ("getUpdates", "getWebhookInfo")


async def _story(path: Path, *, is_muddled: bool) -> tuple[list[Counter[Any]], dict[Any, list[Any]], Counter[Any]]:
    """The rows of the database; what was posted, place by place; what else was asked of Telegram."""
    pace = {"telegram": {"pace": {"group_messages": 100_000, "bot_per_second": 100_000}}}
    async with office_at(path, **pace) as office:
        queue = office.telegram.world.updates
        gate = Gate(queue)
        queue.get_updates = gate  # type: ignore[method-assign]
        if is_muddled:
            queue.get_updates = Muddled(queue)  # type: ignore[method-assign]
        users = [office.user, *(Person(office.telegram, id=1002 + n, first_name=name) for n, name in enumerate(NAMES))]
        async with office.open():
            topics = []
            for user in users:
                await office.register(user)
                number = await office.ask(f"Pertanyaan {user.account.first_name}", user=user)
                await office.settled()
                topics.append(await office.telegram.opened(number))
            await _all_at_once(office, gate, users, topics)
            await _afterwards(office, gate, users, topics)
        served = [life.times_served for life in office.telegram.ledger.updates.values()]
        assert len(served) > 100
        return _rows(path), *_requests(office)


def _rows(path: Path) -> list[Counter[Any]]:
    database = Database(path)
    try:
        return [Counter(map(tuple, database.rows(sql))) for sql in ROWS]
    finally:
        database.close()


def _requests(office: Office) -> tuple[dict[Any, list[Any]], Counter[Any]]:
    posts: defaultdict[Any, list[Any]] = defaultdict(list)
    others: Counter[Any] = Counter()
    for request in office.telegram.ledger.requests:
        words = TIME.sub("hh.mm", str(request.params.get("text") or request.params.get("caption") or ""))
        if request.method.startswith("send"):
            posts[request.chat_id, request.topic].append((request.method, words))
        elif request.method not in ASKED:
            others[request.method, request.chat_id, words] += 1
    return dict(posts), others


async def test_each_update_three_times_in_any_order_is_as_each_once_in_order(tmp_path: Path) -> None:
    rows, posts, others = await _story(tmp_path / "orderly.db", is_muddled=False)
    muddled_rows, muddled_posts, muddled_others = await _story(tmp_path / "muddled.db", is_muddled=True)
    assert muddled_rows == rows
    assert muddled_posts == posts
    assert muddled_others == others
