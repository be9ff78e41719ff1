"""What there is to see after a world has come to rest: chats, requests and database, brought together."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from bot.playground.chats import Chat, Topic
from bot.playground.ledger import Request
from bot.playground.messages import Message
from tests.checker import TOKEN
from tests.simulation.book import Role, Said
from tests.simulation.wires import Call

if TYPE_CHECKING:
    from tests.simulation.world import World

# The header card holds the first question below this line.
CARD = "———"
# So long the desk tries before it gives up, and says so.
GIVEN_UP = timedelta(days=7)


@dataclass(frozen=True, eq=False)
class Post:
    """A message the bot made. `is_ours`: in the desk's own words, which may quote what people wrote."""

    message: Message
    request: Request
    call: Call

    @property
    def chat(self) -> int:
        return self.message.chat_id

    @property
    def is_ours(self) -> bool:
        return self.request.params.get("parse_mode") == "HTML"

    @property
    def is_card(self) -> bool:
        return self.is_ours and CARD in self.request.params.get("text", "")

    @property
    def texts(self) -> list[str]:
        """All versions, the newest last."""
        bodies = [*self.message.versions, self.message.body]
        return [str(body.get("text") or body.get("caption") or "") for body in bodies]

    def place(self, said: Said) -> tuple[int, int]:
        """Where it stands to a reader: by message, then within it."""
        return self.message.id, max(self.message.text.find(said.token), 0)


@dataclass(frozen=True)
class Row:
    """A row of the outbox."""

    id: int
    lane: str
    dest: str
    kind: str
    state: str
    payload: dict[str, Any]
    result: dict[str, Any]
    uncertain: bool
    error: str
    ticket: int | None
    age: timedelta  # at its end

    @property
    def messages(self) -> list[int]:
        return self.payload.get("messages") or [self.payload["message"]] if self._carries else []

    @property
    def _carries(self) -> bool:
        return self.kind in ("relay", "album", "card", "edit") and any(
            self.payload.get(name) is not None for name in ("message", "messages")
        )


@dataclass(frozen=True)
class Ticket:
    """`owner` is the person's id at the platform; `topic` and `closed` as the desk knows them."""

    id: int
    number: str
    owner: int
    topic: int | None
    closed: bool


@dataclass(frozen=True)
class Kept:
    """A message as the desk kept it."""

    id: int
    side: str
    ticket: int | None


@dataclass
class Evidence:
    """Looked up once, then shared by all checks."""

    world: "World"  # or whatever has its telegram, network, book, database …
    posts: list[Post] = field(init=False)

    def __post_init__(self) -> None:
        self.posts = list(self._posts())

    # Telegram's side.

    @cached_property
    def messages(self) -> dict[tuple[int, int], Message]:
        """Every message there ever was, by chat and id."""
        return {(message.chat_id, message.id): message for chat in self.chats for message in self._log(chat)}

    @property
    def chats(self) -> list[Chat]:
        return list(self.world.telegram.world.chats.values())

    @staticmethod
    def _log(chat: Chat) -> Iterator[Message]:
        yield from chat.log
        for topic in chat.topics.values():
            yield from topic.log

    @cached_property
    def calls(self) -> dict[int, Call]:
        """By the identity of their parameters, which ledger and network share."""
        return {id(call.params): call for call in self.world.network.calls}

    def _posts(self) -> Iterator[Post]:
        for request in self.world.telegram.ledger.requests:
            if request.chat_id is not None and request.method.startswith("send"):
                for message_id in request.message_ids:
                    message = self.messages[request.chat_id, message_id]
                    yield Post(message, request, self.calls[id(request.params)])

    @property
    def groups(self) -> list[int]:
        return [chat.id for chat in self.chats if chat.kind != "private"]

    @cached_property
    def topics(self) -> dict[str, list[Topic]]:
        """All topics of a ticket, deleted ones and those of a group that has moved included."""
        found: defaultdict[str, list[Topic]] = defaultdict(list)
        for chat in self.chats:
            for topic in chat.topics.values():
                found[topic.name.split()[0]].append(topic)
        return found

    def topic_of(self, message: Message) -> Topic | None:
        chat = self.world.telegram.world.chats[message.chat_id]
        return chat.topics.get(message.topic) if message.topic is not None else None

    def is_stray(self, topic: Topic | None) -> bool:
        """Made by a process that died, and told of by an update that Telegram let expire: the desk never knew it."""
        return topic is not None and topic.id not in self._known_threads and self._has_expired_updates

    @cached_property
    def _known_threads(self) -> set[int]:
        return {int(thread) for (thread,) in self.world.database.rows("SELECT thread FROM topics")}

    @cached_property
    def _has_expired_updates(self) -> bool:
        return any(life.fate for life in self.world.telegram.ledger.updates.values())

    # Copies of what was said.

    @cached_property
    def said_by_token(self) -> dict[str, Said]:
        return {said.token: said for said in self.world.book.said if said.words}

    @cached_property
    def _said_by_file(self) -> dict[str, Said]:
        return {said.file_id: said for said in self.world.book.said if said.file_id}

    def quoted_in(self, post: Post) -> list[Said]:
        """What people wrote that can be read or seen in a post, in any of its versions."""
        found = {token: None for text in post.texts for token in TOKEN.findall(text)}
        said = [self.said_by_token[token] for token in found if token in self.said_by_token]
        file = self._said_by_file.get(post.message.file_id or "")
        return [*said, *([file] if file is not None and file not in said else [])]

    @cached_property
    def copies(self) -> dict[Said, list[Post]]:
        """The posts that pass something on, as the chat shows them; quotations in our own words are none."""
        found: defaultdict[Said, list[Post]] = defaultdict(list)
        for post in self.posts:
            if post.is_card or not post.is_ours:
                for said in self.quoted_in(post):
                    if said.role in (Role.TALK, Role.ANSWER) and self._is_other_side(said, post):
                        found[said].append(post)
        return {said: sorted(posts, key=lambda post: post.message.id) for said, posts in found.items()}

    def _is_other_side(self, said: Said, post: Post) -> bool:
        return (post.chat in self.groups) == (said.role is Role.TALK)

    # Looked up again and again: by what they are asked for.

    @cached_property
    def answers_on(self) -> dict[Ticket, list[tuple[Said, list[Post]]]]:
        """Answers and their copies, by ticket."""
        found: defaultdict[Ticket, list[tuple[Said, list[Post]]]] = defaultdict(list)
        for said, posts in self.copies.items():
            ticket = self.ticket_at(said.topic) if said.role is Role.ANSWER else None
            if ticket is not None:
                found[ticket].append((said, posts))
        return found

    @cached_property
    def posts_in(self) -> dict[int, list[Post]]:
        """By chat."""
        found: defaultdict[int, list[Post]] = defaultdict(list)
        for post in self.posts:
            found[post.chat].append(post)
        return found

    @cached_property
    def parts(self) -> dict[str, list[Said]]:
        """What was said under one token: an album's files, or one message."""
        found: defaultdict[str, list[Said]] = defaultdict(list)
        for said in self.world.book.said:
            found[said.token].append(said)
        return found

    @cached_property
    def words_beside(self) -> dict[str, set[str]]:
        """What the desk posted beside a message: names of texts, by what they reply to."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for row in self.rows:
            if row.payload.get("reply_to") is not None:
                found[str(row.payload["reply_to"])].add(str(row.payload.get("key")))
        return found

    @cached_property
    def leavers(self) -> set[int]:
        """Who left the group at some time."""
        return {message.sender_id for message in self.messages.values() if message.kind == "left_chat_member"}

    @cached_property
    def present_topics(self) -> set[Topic]:
        """Those of the group as it is now."""
        return set(self.world.telegram.topics)

    @cached_property
    def unheard_feelings(self) -> set[int | None]:
        """Chats in which a reaction was made that Telegram let expire."""
        lives = self.world.telegram.ledger.updates.values()
        return {life.chat_id for life in lives if life.kind == "message_reaction" and life.fate}

    @cached_property
    def taken_elsewhere(self) -> set[str]:
        """Tokens in complaints and feedback."""
        texts = self.world.database.rows("SELECT text FROM complaints UNION ALL SELECT feedback FROM ratings")
        return {token for (text,) in texts for token in TOKEN.findall(text or "")}

    # The desk's side.

    @cached_property
    def tickets(self) -> dict[int, Ticket]:
        rows = self.world.database.rows(
            "SELECT tickets.id, number, sender, topic, closed_at FROM tickets"
            " JOIN identities ON identities.id = identity_id"
        )
        return {
            id: Ticket(id, number, int(owner), int(topic) if topic else None, closed is not None)
            for id, number, owner, topic, closed in rows
        }

    @cached_property
    def by_number(self) -> dict[str, Ticket]:
        return {ticket.number: ticket for ticket in self.tickets.values()}

    def ticket_at(self, topic: Topic | None) -> Ticket | None:
        return self.by_number.get(topic.name.split()[0]) if topic is not None else None

    @cached_property
    def rows(self) -> list[Row]:
        rows = self.world.database.rows(
            "SELECT id, lane, dest, kind, state, payload, result, uncertain, error, ticket_id,"
            " (julianday(coalesce(done_at, created_at)) - julianday(created_at)) * 86400 FROM outbox ORDER BY id"
        )
        return [
            Row(
                *(id, lane, dest, kind, state),
                payload=json.loads(payload),
                result=json.loads(result or "{}"),
                uncertain=bool(uncertain),
                error=error or "",
                ticket=ticket,
                age=timedelta(seconds=age),
            )
            for id, lane, dest, kind, state, payload, result, uncertain, error, ticket, age in rows
        ]

    @cached_property
    def rows_of(self) -> dict[int, list[Row]]:
        """The rows that carry a message, by its id."""
        found: defaultdict[int, list[Row]] = defaultdict(list)
        for row in self.rows:
            for message_id in row.messages:
                found[message_id].append(row)
        return found

    @cached_property
    def _kept(self) -> dict[tuple[str, str], Kept]:
        rows = self.world.database.rows(
            "SELECT chat, ref, id, side, ticket_id FROM links JOIN messages ON id = message_id WHERE role = 'source'"
        )
        return {(chat, ref): Kept(id, side, ticket) for chat, ref, id, side, ticket in rows}

    def kept(self, said: Said) -> Kept | None:
        return self._kept.get((str(said.message.chat_id), str(said.message.id)))

    def said_of(self, message_id: int) -> Said | None:
        """What a kept message was, from its author's side."""
        return self._said_by_id.get(message_id)

    @cached_property
    def _said_by_id(self) -> dict[int, Said]:
        kept = ((self.kept(said), said) for said in self.world.book.said)
        return {found.id: said for found, said in kept if found is not None}

    def was_heard(self, update: int | None) -> bool:
        """Whether the desk could know: Telegram made an update of it, and kept it until it was fetched."""
        return update is not None and not self.world.telegram.ledger.updates[update].fate

    def events(self, ticket: Ticket, kind: str) -> list[tuple[datetime, dict[str, Any]]]:
        rows = self.world.database.rows(
            "SELECT at, data FROM ticket_events WHERE ticket_id = ? AND kind = ? ORDER BY id", ticket.id, kind
        )
        return [(datetime.fromisoformat(at), json.loads(data)) for at, data in rows]
