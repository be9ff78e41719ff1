"""People who act by themselves: each has a seed of its own, looks at the phone now and then, and does something."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from bot.playground.messages import Message
from bot.playground.people import NoSuchButton, NotAllowed, Person
from bot.playground.phone import Where
from bot.playground.telegram import Telegram
from tests.simulation.book import Book, Role, Said

WORDS = ("mohon", "data", "jumlah", "penduduk", "inflasi", "PDRB", "menurut", "kecamatan", "terima", "kasih", "tabel")
CAPTIONED = ("photo", "document", "video", "voice")
KINDS = (*CAPTIONED, "sticker", "video_note")
EMOJI = ("👍", "❤", "🙏", "🔥")
RECENT = 8
SHORT = 12
LONG = 450  # words: close to what a message holds


@dataclass(frozen=True)
class Place:
    """What all people of a world share. `pause`: seconds between two acts of one person, on average."""

    telegram: Telegram
    book: Book
    seed: str
    pause: float


class Player(Person):
    """Somebody in the play. ACTS is the table of what they do and how often."""

    ACTS: ClassVar[tuple[tuple[int, Callable[[Any], Awaitable[None]]], ...]] = ()

    def __init__(self, place: Place, *, id: int, first_name: str, **who: Any) -> None:
        super().__init__(place.telegram, id=id, first_name=first_name, **who)
        self.book = place.book
        self.random = Random(f"{place.seed} {id}")
        self._pause = place.pause

    @property
    def pause(self) -> float:
        """Seconds until the next act, on average."""
        return self._pause

    async def live(self) -> None:
        """Act until cancelled. What a phone does not allow is left alone."""
        while True:
            await asyncio.sleep(self.random.expovariate(1 / self.pause))
            with suppress(NotAllowed, NoSuchButton):
                await self.turn()

    async def turn(self) -> None:
        weights, acts = zip(*self.ACTS, strict=True)
        (act,) = self.random.choices(acts, weights)
        await act(self)

    # Words and files; all of it is written down in the book.

    async def write(
        self, role: Role, *, where: Where = "private", before: str = "", most: int = SHORT, **how: Any
    ) -> None:
        """A text, with a command in front of it if need be."""
        token = self.book.token(role, self.id)
        heard = self.world.updates.next_id
        message = await self.say(before + self._phrase(token, most), topic=where, **how)
        self._note(token, role, [message], heard)

    async def show(self, role: Role, *, where: Where = "private", before: str = "", **how: Any) -> None:
        """A file, with words under it where it can have some."""
        token = self.book.token(role, self.id)
        kind = self.random.choice(CAPTIONED if before else KINDS)
        heard = self.world.updates.next_id
        caption = before + self._phrase(token) if kind in CAPTIONED else None
        message = await self.send(kind, caption=caption, topic=where, size=1000, **how)
        self._note(token, role, [message], heard)

    async def show_album(self, role: Role, *, where: Where = "private", before: str = "") -> None:
        token = self.book.token(role, self.id)
        heard = self.world.updates.next_id
        kinds = ["document"] * self.random.randint(2, 4)
        self._note(token, role, await self.album(kinds, caption=before + self._phrase(token), topic=where), heard)

    def _phrase(self, token: str, most: int = SHORT) -> str:
        return f"{token} {' '.join(self.random.choices(WORDS, k=self.random.randint(1, most)))}"

    def _note(self, token: str, role: Role, messages: list[Message], heard: int) -> None:
        """`heard`: the first update these messages could have made."""
        updates = range(heard, self.world.updates.next_id)
        for place, message in enumerate(messages):
            topic = self.telegram.staff.topics.get(message.topic) if message.topic is not None else None
            update = updates[place] if len(updates) == len(messages) else None
            now = self.world.clock.now()
            self.book.add(Said(token, role, self.id, message, topic, now, update, message.file_id))

    async def change(self, role: Role) -> None:
        """Edit one of the last own messages."""
        own = [said for said in self.book.of(self.id)[-RECENT:] if self._may_edit(said, role)]
        if not own:
            return
        said = self.random.choice(own)
        head = said.message.text[: said.message.text.index(said.token)]
        words = head + self._phrase(said.token)
        field = "text" if said.message.kind == "text" else "caption"
        heard = self.world.updates.next_id
        await self.edit(said.message, topic=said.topic or "private", **{field: words})
        said.edits.append(heard if self.world.updates.next_id > heard else None)

    @staticmethod
    def _may_edit(said: Said, role: Role) -> bool:
        gone = said.message.deleted or (said.topic is not None and said.topic.deleted)
        return said.role is role and said.words != "" and not gone

    async def press_any(self, messages: list[Message], *, besides: tuple[str, ...] = ()) -> None:
        """Some button that is in sight."""
        shown = [(message, label) for message in messages[-RECENT:] for row in message.buttons for label in row]
        chosen = [(message, label) for message, label in shown if label not in besides]
        if chosen:
            message, label = self.random.choice(chosen)
            await self.press(label, topic=self._of(message), message=message)

    def _of(self, message: Message) -> Where:
        return self.telegram.staff.topics[message.topic] if message.topic is not None else "private"
