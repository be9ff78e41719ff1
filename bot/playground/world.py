"""The state of the stand-in and the few acts all else is made of: posting, editing, removing, telling the bot."""

import random
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.clock import Clock
from bot.playground.bell import Bell
from bot.playground.chats import FULL_RIGHTS, Account, Chat, Topic
from bot.playground.files import Files
from bot.playground.ledger import Ledger
from bot.playground.messages import Message
from bot.playground.replies import Json, Refused
from bot.playground.updates import UpdateQueue


@dataclass(slots=True, eq=False)
class Query:
    """A pressed button: the message it sat on, who pressed, when (POSIX seconds), and how the bot answered."""

    id: str
    person_id: int
    message: Message
    data: str
    at: float
    answers: list[Json] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Sender:
    """Who a message is from: a person, the bot, or a chat speaking (an anonymous administrator)."""

    account: Account
    chat: Json | None = None

    @property
    def as_json(self) -> Json:
        if self.chat is None:
            return {"from": self.account.as_json}
        anonymous = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
        return {"from": anonymous, "sender_chat": self.chat}


class World:
    """Everything Telegram knows. `bell` rings at each change a person or a page could see."""

    def __init__(self, clock: Clock, *, bot: Account, first_update_id: int, seed: int) -> None:
        self.clock = clock
        self.bot = bot
        self.bell = Bell()
        self.ledger = Ledger()
        self.updates = UpdateQueue(clock, self.ledger, first_update_id=first_update_id)
        self.files = Files()
        self.accounts: dict[int, Account] = {bot.id: bot}
        self.chats: dict[int, Chat] = {}
        self.queries: dict[str, Query] = {}
        self.commands: dict[str, list[Json]] = {}
        self.random = random.Random(seed)
        self._bot_sender: Json = {"from": bot.as_json}
        self._serial = 0
        self._private_id = 0

    def timestamp(self) -> float:
        return self.clock.now().timestamp()

    def serial(self) -> int:
        """A number never given before, for ids of albums, polls and presses."""
        self._serial += 1
        return self._serial

    def add_account(self, account: Account) -> Account:
        if account.id in self.accounts:
            raise ValueError(f"there is an account {account.id} already")
        self.accounts[account.id] = account
        self.chats[account.id] = Chat(account.id, account.as_chat, "private", person=account)
        return account

    def add_group(
        self, chat_id: int, title: str, *, kind: Literal["group", "supergroup"] = "supergroup", is_forum: bool = True
    ) -> Chat:
        """A group with the bot as administrator with all rights."""
        body: Json = {"id": chat_id, "title": title, "type": kind}
        if is_forum:
            body["is_forum"] = True
        chat = Chat(chat_id, body, kind, is_forum=is_forum, rights=set(FULL_RIGHTS))
        chat.members[self.bot.id] = "administrator"
        self.chats[chat_id] = chat
        return chat

    def group_rights(self, chat: Chat) -> set[str]:
        """What the bot may do as an administrator; nothing as a plain member."""
        return chat.rights if chat.status_of(self.bot.id) in ("administrator", "creator") else set()

    def may_toggle(self, chat: Chat, topic: Topic) -> bool:
        """Whether the bot may change this topic: its own, or any with the right to manage topics."""
        return topic.creator_id == self.bot.id or "can_manage_topics" in self.group_rights(chat)

    def post(self, chat: Chat, content: Json, *, topic: Topic | None = None, sender: Sender | None = None) -> Message:
        """Puts a message into a chat, from the bot where no sender is named; people's messages become updates."""
        body: Json = {
            "message_id": self._next_message_id(chat),
            **(self._bot_sender if sender is None else sender.as_json),
            "chat": chat.body,
            "date": int(self.timestamp()),
        }
        if topic is not None:
            body["message_thread_id"] = topic.id
            body["is_topic_message"] = True
            body["reply_to_message"] = topic.creation
        body.update(content)
        account = self.bot if sender is None else sender.account
        message = Message(body, account.id, account is self.bot)
        chat.keep(message)
        if account is not self.bot:
            self.tell("message", body)
        self.bell.ring()
        return message

    def service(
        self, chat: Chat, content: Json, *, topic: Topic | None = None, sender: Sender | None = None
    ) -> Message:
        """A service message: the bot is told of it even when it did the thing itself (TELEGRAM.md §3)."""
        message = self.post(chat, content, topic=topic, sender=sender)
        if message.by_bot:
            self.tell("message", message.body)
        return message

    def replace(self, message: Message, body: Json) -> Message:
        """An edit: the new body takes the place of the old one, which is kept as a version."""
        message.versions.append(message.body)
        message.body = {**body, "edit_date": int(self.timestamp())}
        self.chats[message.chat_id].note(message)
        self.bell.ring()
        return message

    def remove(self, chat: Chat, message: Message) -> None:
        chat.drop(message)
        self.bell.ring()

    def tell(self, kind: str, body: Json) -> None:
        """Queues an update for the bot, where it is there to hear it."""
        chat_id = body.get("chat", {}).get("id") or body.get("message", {}).get("chat", {}).get("id")
        if self._hears(self.chats[chat_id], kind):
            self.updates.add(kind, body, chat_id=chat_id)

    def _hears(self, chat: Chat, kind: str) -> bool:
        """In a group: nothing once thrown out, except that; reactions and comings and goings as administrator only."""
        if chat.kind == "private" or kind == "my_chat_member":
            return True
        status = chat.status_of(self.bot.id)
        if kind in ("message_reaction", "chat_member"):
            return status in ("administrator", "creator")
        return status not in ("left", "kicked")

    def open_topic(self, chat: Chat, topic: Topic, *, sender: Sender | None = None) -> Topic:
        """Makes the topic; its id, given as 0, becomes that of the creation message."""
        created = {key: value for key, value in topic.as_json.items() if key != "message_thread_id"}
        topic.id = self._peek_message_id(chat)
        chat.topics[topic.id] = topic
        marks = {"message_thread_id": topic.id, "is_topic_message": True}
        message = self.service(chat, {**marks, "forum_topic_created": created}, sender=sender)
        topic.creation = message.body
        return topic

    def remove_topic(self, chat: Chat, topic: Topic) -> None:
        """Deletes a topic with all its messages; Telegram tells nobody (TELEGRAM.md §3)."""
        topic.deleted = True
        for message in topic.messages:
            chat.drop(message)
        self.bell.ring()

    def _next_message_id(self, chat: Chat) -> int:
        """One sequence for each group, one for all the bot's private chats together (TELEGRAM.md §5)."""
        if chat.kind == "private":
            self._private_id += 1
            return self._private_id
        chat.last_message_id += 1
        return chat.last_message_id

    def _peek_message_id(self, chat: Chat) -> int:
        return (self._private_id if chat.kind == "private" else chat.last_message_id) + 1


def find_chat(world: World, chat_id: Any) -> Chat:
    """The chat of a request; raises Telegram's refusals for none and for one that moved."""
    try:
        chat = world.chats.get(int(chat_id))
    except (TypeError, ValueError):
        raise Refused("chat_id is empty" if not chat_id else "chat not found") from None
    if chat is None:
        raise Refused("chat not found")
    if chat.migrated_to is not None:
        raise Refused(
            "group chat was upgraded to a supergroup chat", parameters={"migrate_to_chat_id": chat.migrated_to}
        )
    return chat


_EXPELLED = {"kicked": "bot was kicked from the {} chat", "left": "bot is not a member of the {} chat"}


def writable_chat(world: World, chat_id: Any) -> Chat:
    """The chat of a request that writes; raises the 403s of those the bot may not write to."""
    chat = find_chat(world, chat_id)
    person = chat.person
    if person is None:
        expelled = _EXPELLED.get(chat.status_of(world.bot.id))
        if expelled:
            raise Refused(expelled.format(chat.kind), code=403)
    elif person.deactivated:
        raise Refused("user is deactivated", code=403)
    elif not person.started:
        raise Refused("bot can't initiate conversation with a user", code=403)
    elif person.blocked:
        raise Refused("bot was blocked by the user", code=403)
    return chat
