"""The people's side of the stand-in: what somebody with a phone does."""

from datetime import timedelta
from typing import Any

from bot.playground.chats import FULL_RIGHTS, Account, Chat, MemberStatus, Topic, member
from bot.playground.content import album_contents, person_content
from bot.playground.markup import format_text, utf16_length
from bot.playground.messages import KINDS, Message
from bot.playground.phone import Phone, Where
from bot.playground.replies import Json
from bot.playground.sending import quoted_marks
from bot.playground.telegram import Telegram
from bot.playground.world import Query, Sender

_WORDS = ("text", "entities", "caption", "caption_entities")
_EDITABLE = timedelta(hours=48).total_seconds()


class NotAllowed(Exception):
    """Something a phone would not let its owner do, such as writing into a closed topic."""


class NoSuchButton(LookupError):
    """No message in sight has that button; says which buttons there are."""


class Person(Phone):
    """Somebody who writes, sends, presses, comes and goes.

    `topic` says in which chat (see `phone.Where`). `staff` makes the person a member of the staff group, without an
    update about it. What a phone would not let its owner do raises NotAllowed.
    """

    def __init__(
        self,
        telegram: Telegram,
        *,
        id: int,
        first_name: str,
        last_name: str = "",
        username: str = "",
        language_code: str = "id",
        staff: MemberStatus | None = None,
    ) -> None:
        super().__init__(telegram, Account(id, first_name, last_name, username, language_code))
        if staff is not None:
            telegram.staff.members[id] = staff

    async def say(
        self,
        text: str,
        *,
        topic: Where = "private",
        entities: list[Json] | None = None,
        reply_to: Message | int | None = None,
        quote: str | None = None,
        anonymous: bool = False,
        extra: Json | None = None,
    ) -> Message:
        """Writes a text; `extra` adds raw fields of the Bot API's Message, such as a forward_origin."""
        content = _words("text", text, entities)
        return self._post(content, topic, reply_to=reply_to, quote=quote, anonymous=anonymous, extra=extra)

    async def send(
        self,
        kind: str,
        *,
        topic: Where = "private",
        caption: str | None = None,
        reply_to: Message | int | None = None,
        quote: str | None = None,
        anonymous: bool = False,
        extra: Json | None = None,
        **details: Any,
    ) -> Message:
        """Sends any kind but text; `details` as in content.py, `extra` as in `say`."""
        content = person_content(self.world, kind, caption=caption, **details)
        return self._post(content, topic, reply_to=reply_to, quote=quote, anonymous=anonymous, extra=extra)

    async def album(
        self,
        kinds: list[str],
        *,
        caption: str | None = None,
        topic: Where = "private",
        anonymous: bool = False,
        extra: Json | None = None,
    ) -> list[Message]:
        """Sends several files as one; the caption goes with the first. Each becomes an update of its own."""
        contents = album_contents(self.world, kinds, caption=caption)
        return [self._post(content, topic, anonymous=anonymous, extra=extra) for content in contents]

    async def edit(
        self,
        message: Message | int,
        *,
        text: str | None = None,
        caption: str | None = None,
        kind: str | None = None,
        topic: Where = "private",
        **details: Any,
    ) -> Message:
        """Changes an own message: into a text, its caption, or (`kind`) its file."""
        found = self.message(message, topic)
        if found.sender_id != self.id:
            raise NotAllowed("somebody else's message")
        if self.world.timestamp() - found.body["date"] > _EDITABLE:
            raise NotAllowed("older than 48 hours")
        gone = {"edit_date", *_WORDS, *(KINDS if kind is not None or text is not None else ())}
        body = {key: value for key, value in found.body.items() if key not in gone}
        if kind is not None:
            body |= person_content(self.world, kind, caption=caption or found.text, **details)
        else:
            body |= _words("caption", caption or "") if text is None else _words("text", text)
        self.world.replace(found, body)
        self.world.tell("edited_message", found.body)
        return found

    async def edit_invisibly(self, message: Message | int, *, topic: Where = "private") -> None:
        """The edit Telegram reports although nothing the bot can see has changed (TELEGRAM.md §4)."""
        found = self.message(message, topic)
        self.world.tell("edited_message", {**found.body, "edit_date": int(self.world.timestamp())})

    async def delete(self, message: Message | int, *, topic: Where = "private") -> None:
        """Deletes an own message; no update says so."""
        found = self.message(message, topic)
        self.world.remove(self.world.chats[found.chat_id], found)

    async def react(self, message: Message | int, emoji: str | None, *, topic: Where = "private") -> None:
        """Sets or (None) takes back a reaction: an emoji, "custom" for a custom emoji, or "paid"."""
        found = self.message(message, topic)
        old = found.reactions.get(self.id)
        if emoji is None:
            found.reactions.pop(self.id, None)
        else:
            found.reactions[self.id] = emoji
        self.world.tell(
            "message_reaction",
            {
                "chat": found.body["chat"],
                "message_id": found.id,
                "user": self.account.as_json,
                "date": int(self.world.timestamp()),
                "old_reaction": _reactions(old),
                "new_reaction": _reactions(emoji),
            },
        )
        self.world.bell.ring()

    async def press(self, label: str, *, topic: Where = "private", message: Message | None = None) -> Query | None:
        """Presses the button with this text on the newest message that has it (or on `message`).

        A key of the reply keyboard is typed instead (None comes back). Raises NoSuchButton when there is neither.
        """
        chat, place = self._place(topic)
        candidates = [message] if message is not None else list(chat.newest_first(place.id if place else None))
        for candidate in candidates:
            for button in (button for row in candidate.keyboard for button in row):
                if button["text"] == label and "callback_data" in button:
                    return await self.press_data(candidate, button["callback_data"])
        if message is None and any(label in row for row in chat.reply_keyboard):
            await self.say(label, topic=topic)
            return None
        shown = [text for candidate in candidates for row in candidate.buttons for text in row]
        raise NoSuchButton(f"{label!r} is not among {shown + [key for row in chat.reply_keyboard for key in row]}")

    async def press_data(self, message: Message, data: str) -> Query:
        """Sends a press with any data, as a forged client can."""
        query = Query(str(4_000_000_000 + self.world.serial()), self.id, message, data, self.world.timestamp())
        self.world.queries[query.id] = query
        inaccessible = {"chat": message.body["chat"], "message_id": message.id, "date": 0}
        self.world.tell(
            "callback_query",
            {
                "id": query.id,
                "from": self.account.as_json,
                "message": inaccessible if message.deleted else message.body,
                "chat_instance": str(abs(message.chat_id)),
                "data": data,
            },
        )
        return query

    async def block(self) -> None:
        """Blocks the bot."""
        self._set_blocked(True)

    async def unblock(self) -> None:
        self._set_blocked(False)

    async def join(self, chat: Chat | None = None, *, status: MemberStatus = "member") -> None:
        """Joins the staff group (or another)."""
        group = chat or self.telegram.staff
        was, group.members[self.id] = group.status_of(self.id), status
        if was in ("left", "kicked"):
            self.world.service(group, {"new_chat_members": [self.account.as_json]}, sender=Sender(self.account))
        self._tell_status("chat_member", group, self.account, was, status)

    async def leave(self, chat: Chat | None = None) -> None:
        group = chat or self.telegram.staff
        was = group.status_of(self.id)
        self.world.service(group, {"left_chat_member": self.account.as_json}, sender=Sender(self.account))
        group.members[self.id] = "left"
        self._tell_status("chat_member", group, self.account, was, "left")

    async def set_bot_status(
        self, status: MemberStatus, *, rights: set[str] | None = None, chat: Chat | None = None
    ) -> None:
        """Removes, restores or promotes the bot in the staff group (or another), or (`rights`) changes its rights."""
        group, bot = chat or self.telegram.staff, self.world.bot
        was, group.members[bot.id] = group.status_of(bot.id), status
        if rights is not None:
            group.rights = rights
        self._tell_status("my_chat_member", group, bot, was, status)

    async def create_topic(self, name: str) -> Topic:
        """Opens a topic in the staff group by hand."""
        topic = Topic(0, name, 0x6FB9F0, self.id)
        return self.world.open_topic(self.telegram.staff, topic, sender=Sender(self.account))

    async def close_topic(self, topic: Topic | int) -> None:
        self._set_closed(topic, closed=True)

    async def reopen_topic(self, topic: Topic | int) -> None:
        self._set_closed(topic, closed=False)

    async def rename_topic(self, topic: Topic | int, name: str) -> None:
        chat, found = self._place(topic)
        assert found is not None
        found.name = name
        self.world.service(chat, {"forum_topic_edited": {"name": name}}, topic=found, sender=Sender(self.account))

    async def delete_topic(self, topic: Topic | int) -> None:
        """Deletes a topic with everything in it; the bot is not told."""
        chat, found = self._place(topic)
        assert found is not None
        self.world.remove_topic(chat, found)

    def _post(
        self,
        content: Json,
        where: Where,
        *,
        reply_to: Message | int | None = None,
        quote: str | None = None,
        anonymous: bool = False,
        extra: Json | None = None,
    ) -> Message:
        chat, topic = self._place(where)
        self._check_writing(chat, topic)
        if reply_to is not None:
            content |= _replying(self.message(reply_to, where), quote)
        chat.reply_keyboard = [] if chat.keyboard_once else chat.reply_keyboard
        sender = Sender(self.account, chat.body if anonymous else None)
        return self.world.post(chat, {**content, **(extra or {})}, topic=topic, sender=sender)

    def _check_writing(self, chat: Chat, topic: Topic | None) -> None:
        if chat.kind == "private":
            if self.account.blocked:
                raise NotAllowed("the bot is blocked")
            self.account.started = True
            return
        status = chat.status_of(self.id)
        if status in ("left", "kicked"):
            raise NotAllowed("not a member of the group")
        if topic is not None and topic.deleted:
            raise NotAllowed("the topic is gone")
        if topic is not None and topic.closed and status == "member" and topic.creator_id != self.id:
            raise NotAllowed("TOPIC_CLOSED")

    def _set_blocked(self, blocked: bool) -> None:
        was, self.account.blocked = self.account.blocked, blocked
        if not blocked:
            self.account.started = True
        names: dict[bool, MemberStatus] = {True: "kicked", False: "member"}
        chat = self.world.chats[self.id]
        self._tell_status("my_chat_member", chat, self.world.bot, names[was], names[blocked])

    def _set_closed(self, topic: Topic | int, *, closed: bool) -> None:
        chat, found = self._place(topic)
        assert found is not None
        found.closed = closed
        content: Json = {"forum_topic_closed" if closed else "forum_topic_reopened": {}}
        self.world.service(chat, content, topic=found, sender=Sender(self.account))

    def _tell_status(self, kind: str, chat: Chat, account: Account, old: MemberStatus, new: MemberStatus) -> None:
        self.world.tell(
            kind,
            {
                "chat": chat.body,
                "from": self.account.as_json,
                "date": int(self.world.timestamp()),
                "old_chat_member": member(account, old),
                "new_chat_member": member(account, new, chat.rights if account is self.world.bot else FULL_RIGHTS),
            },
        )
        self.world.bell.ring()


def _words(name: str, text: str, entities: list[Json] | None = None) -> Json:
    text, found = format_text(text, "", entities or [])
    entities_name = "entities" if name == "text" else "caption_entities"
    return {name: text, **({entities_name: found} if found else {})}


def _reactions(emoji: str | None) -> list[Json]:
    odd: dict[str, Json] = {"custom": {"type": "custom_emoji", "custom_emoji_id": "5368"}, "paid": {"type": "paid"}}
    return [] if emoji is None else [odd.get(emoji, {"type": "emoji", "emoji": emoji})]


def _replying(message: Message, quote: str | None) -> Json:
    fields: Json = {
        "reply_to_message": {key: value for key, value in message.body.items() if key != "reply_to_message"}
    }
    if quote is not None:
        found = message.text.find(quote)
        if found < 0:
            raise NotAllowed("only a part of the message can be quoted")
        position = utf16_length(message.text[:found])
        marks = quoted_marks(message.entities, position, utf16_length(quote))
        shown = {"entities": marks} if marks else {}
        fields["quote"] = {"text": quote, "position": position, "is_manual": True, **shown}
    return fields
