"""People who act by themselves: each has a seed of its own, looks at the phone, and does something now and then."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any, ClassVar, Self

from bot.playground.messages import Message
from bot.playground.people import NoSuchButton, NotAllowed, Person
from bot.playground.phone import Where
from bot.playground.telegram import Telegram
from tests.simulation.book import Book, Role, Said

WORDS = "mohon data jumlah penduduk inflasi PDRB menurut kecamatan tahun 2024 terima kasih bagaimana cara tabel".split()
CAPTIONED = ("photo", "document", "video", "voice")
EMOJI = ("👍", "❤", "🙏", "🔥")
RECENT = 6

Act = tuple[int, Callable[[Any], Awaitable[None]]]


class Actor(Person):
    """Somebody in the play. ACTS is the table of what they do, with weights."""

    ACTS: ClassVar[tuple[Act, ...]] = ()

    def __init__(
        self, telegram: Telegram, book: Book, *, id: int, name: str, seed: str, pause: float, **who: Any
    ) -> None:
        super().__init__(telegram, id=id, first_name=name, **who)
        self.book = book
        self.random = Random(f"{seed} {id}")
        self.pause = pause
        self.own: list[Said] = []

    async def live(self) -> None:
        """Act until cancelled."""
        while True:
            await asyncio.sleep(self.random.expovariate(1 / self.pause))
            with suppress(NotAllowed, NoSuchButton):
                await self.turn()

    async def turn(self) -> None:
        weights, acts = zip(*self.ACTS, strict=True)
        (act,) = self.random.choices(acts, weights)
        await act(self)

    # Words and files, written down in the book.

    def phrase(self, token: str, most: int = 12) -> str:
        return f"{token} {' '.join(self.random.choices(WORDS, k=self.random.randint(1, most)))}"

    async def write(
        self, role: Role, *, where: Where = "private", before: str = "", most: int = 12, **how: Any
    ) -> Said:
        token = self.book.token(role, self.id)
        heard = self.world.updates.next_id
        message = await self.say(before + self.phrase(token, most), topic=where, **how)
        return self._note(token, role, message, where, heard)

    async def show(self, role: Role, kind: str, *, where: Where = "private", before: str = "", **how: Any) -> Said:
        """A file; with a token in its caption where it can have one."""
        token = self.book.token(role, self.id)
        heard = self.world.updates.next_id
        caption = before + self.phrase(token) if kind in CAPTIONED else None
        message = await self.send(kind, caption=caption, topic=where, size=1000, **how)
        return self._note(token, role, message, where, heard)

    async def show_album(self, role: Role, *, where: Where = "private", before: str = "") -> None:
        token = self.book.token(role, self.id)
        heard = self.world.updates.next_id
        kinds = ["document"] * self.random.randint(2, 4)
        for part in await self.album(kinds, caption=before + self.phrase(token), topic=where):
            self._note(token, role, part, where, heard)

    def _note(self, token: str, role: Role, message: Message, where: Where, heard: int) -> Said:
        topic = self.telegram.staff.topics.get(message.topic) if message.topic is not None else None
        update = next((n for n in range(heard, self.world.updates.next_id) if self._is_of(n, message)), None)
        said = Said(token, role, self.id, message, topic, self.world.clock.now(), update, message.file_id)
        self.book.said.append(said)
        self.own.append(said)
        return said
