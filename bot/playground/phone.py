"""What somebody sees on their phone, and how a test or a script waits for it."""

from typing import Literal

from bot.playground.bell import PATIENCE
from bot.playground.chats import Account, Chat, Topic
from bot.playground.messages import Message
from bot.playground.replies import Json
from bot.playground.telegram import Telegram

Where = Topic | Chat | int | None | Literal["private"]
"""A chat: "private" is the one with the bot, a Topic or its id one of the staff group, None the group's General, a Chat
another group."""


class Phone:
    """The chats of one person, read in order: what was seen once is not seen again unless it was edited."""

    def __init__(self, telegram: Telegram, account: Account) -> None:
        self.telegram = telegram
        self.account = account
        self.world = telegram.world
        self.world.add_account(account)
        self._read: dict[tuple[int, int | None], int] = {}
        self._toasts_read = 0

    @property
    def id(self) -> int:
        return self.account.id

    @property
    def chat(self) -> list[Message]:
        """The private chat as the phone shows it: edits applied, deleted messages gone."""
        return self.world.chats[self.id].messages

    def view(self, topic: Where = "private") -> list[Message]:
        """Any chat or topic as the phone shows it."""
        chat, place = self._place(topic)
        return list(chat.newest_first(place.id if place else None))[::-1]

    async def sees(
        self, text: str = "", *, within: float = PATIENCE, topic: Where = "private", kind: str | None = None
    ) -> Message:
        """The oldest unread bot message with this text (and kind); everything up to it is read from then on.

        An edited message is unread again. Waits up to `within` seconds, then AssertionError with the last messages.
        """
        found = await self.world.bell.until(lambda: self._next_unread(text, topic, kind), within=within)
        if found is None:
            last = "\n  ".join(str(message) for message in self.view(topic)[-8:])
            wanted = f"{text!r}" if kind is None else f"{kind} {text!r}"
            raise AssertionError(
                f"{self.account.first_name} saw no {wanted} within {within} s; the last were:\n  {last}"
            )
        message, position = found
        self._read[self._key(topic)] = position + 1
        return message

    def read_all(self, topic: Where = "private") -> None:
        """Marks everything there as read."""
        self._read[self._key(topic)] = len(self._log(topic))

    async def sees_answer(self, text: str = "", *, within: float = PATIENCE) -> Json:
        """The next unread answer to a press with this text: {text, show_alert}."""

        def found() -> int | None:
            unread = enumerate(self.account.toasts[self._toasts_read :], start=self._toasts_read + 1)
            return next((count for count, toast in unread if text in toast["text"]), None)

        count = await self.world.bell.until(found, within=within)
        if count is None:
            raise AssertionError(f"{self.account.first_name} got no answer {text!r}; got {self.account.toasts}")
        self._toasts_read = count
        return self.account.toasts[count - 1]

    def _next_unread(self, text: str, topic: Where, kind: str | None) -> tuple[Message, int] | None:
        log = self._log(topic)
        for position in range(self._read.get(self._key(topic), 0), len(log)):
            message = log[position]
            wanted = message.by_bot and not message.deleted and kind in (None, message.kind)
            if wanted and text in message.text:
                return message, position
        return None

    def _log(self, topic: Where) -> list[Message]:
        chat, place = self._place(topic)
        return chat.log if place is None else place.log

    def _key(self, topic: Where) -> tuple[int, int | None]:
        chat, place = self._place(topic)
        return chat.id, place.id if place else None

    def _place(self, where: Where) -> tuple[Chat, Topic | None]:
        if where == "private":
            return self.world.chats[self.id], None
        if isinstance(where, Chat):
            return where, None
        group = self.telegram.staff
        if where is None or isinstance(where, Topic):
            return group, where
        return group, group.topics[where]

    def message(self, message: Message | int, where: Where) -> Message:
        """The message of an id in that chat; KeyError when it is not there."""
        return message if isinstance(message, Message) else self._place(where)[0].by_id[message]
