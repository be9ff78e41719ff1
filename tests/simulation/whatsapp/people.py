"""People on WhatsApp who act by themselves, and officers who answer them in words."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any, ClassVar

from bot.playground.graph.graph import Graph
from bot.playground.graph.messages import WhatsAppMessage
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.people import NoSuchButton
from tests.simulation.book import Book, Role
from tests.simulation.people import EMOJI, LONG, RECENT, SHORT, WORDS
from tests.simulation.staff import Officer
from tests.simulation.users import PROMPTS, QUICK, SHUNNED
from tests.simulation.wires import MailRoom

FIRST = 6281260001001
AT_ONCE = 0.05
PATIENCE = 8  # turns without a word of the desk before somebody who is not registered asks again


@dataclass(frozen=True, eq=False)
class Written:
    """A text somebody wrote on WhatsApp, with its token."""

    token: str
    phone: int
    message: WhatsAppMessage
    at: datetime


class Caller(WhatsAppPhone):
    """Somebody with questions. ACTS is the table of what they do and how often."""

    def __init__(self, graph: Graph, book: Book, mail_room: MailRoom, *, n: int, seed: str, pause: float) -> None:
        random = Random(f"{seed} caller {n}")
        shown = random.random() < 0.7
        super().__init__(graph, FIRST + n, f"Penelepon{n}", shows_number=shown)
        self.random, self.written = random, list[Written]()
        self.address = f"penelepon{n}@contoh.go.id"
        self._book, self._mail_room, self._pause = book, mail_room, pause
        self._looked_to, self._codes_typed, self._quiet_turns = 0, 0, 0
        self.is_registered = False

    async def live(self) -> None:
        """Act until cancelled."""
        while True:
            pause = self._pause if self.is_registered else min(QUICK, self._pause)
            await asyncio.sleep(self.random.expovariate(1 / pause))
            with suppress(NoSuchButton):
                await self._turn()

    async def _turn(self) -> None:
        if not self.account.connected:
            if self.random.random() < 0.3:
                await self.connect()
            return
        prompt = self._prompt()
        if prompt is not None and self.random.random() < 0.9:
            self._quiet_turns = 0
            await getattr(self, prompt)()
        elif self.is_registered:
            weights, acts = zip(*self.ACTS, strict=True)
            await self.random.choices(acts, weights)[0](self)
        else:
            await self._begin()

    async def _begin(self) -> None:
        self._quiet_turns += 1
        if not self.chat or self._quiet_turns > PATIENCE:
            self._quiet_turns = 0
            await self.say("/mulai")

    def _prompt(self) -> str | None:
        """The name of the answer to the newest unread message that asks for one."""
        unread, self._looked_to = self.chat[self._looked_to :], len(self.chat)
        for message in reversed(unread):
            for phrase, answer in PROMPTS if message.by_business else ():
                if phrase in message.text:
                    return answer.__name__
        return None

    # What the desk asks for; named as the answers of people on Telegram are.

    async def press(self, label: str) -> None:
        await self.tap(label, within=AT_ONCE)

    async def agree(self) -> None:
        await self.press("Setuju")

    async def give_address(self) -> None:
        await self.say(self.address)

    async def give_code(self) -> None:
        letters = [letter for letter in self._mail_room.to(self.address) if letter.code]
        if len(letters) > self._codes_typed:
            self._codes_typed = len(letters)
            await self.say(letters[-1].code)
        else:
            await self.press("Kirim ulang")

    async def give_name(self) -> None:
        await self.say("Maria Sihombing")

    async def skip(self) -> None:
        await self.say("Lewati")

    async def choose_type(self) -> None:
        self.is_registered = True
        await self.press(self.random.choice(("Data", "Metadata", "Belum yakin")))

    async def ask(self) -> None:
        self.is_registered = True
        for _ in range(self.random.randint(1, 3)):
            await self.write()
        if self.random.random() < 0.8:
            await self.say("Kirim")

    async def send_question(self) -> None:
        await self.say("Kirim")

    async def rate(self) -> None:
        if self.random.random() < 0.7:
            await self.say(str(self.random.randint(1, 5)))

    async def choose(self) -> None:
        await self.press(self.random.choice(("Lanjutkan tiket itu", "Buat tiket baru")))

    # What one likes to do.

    async def write(self, *, most: int = SHORT, reply_to: WhatsAppMessage | None = None) -> None:
        token = self._book.token(Role.TALK, self.number)
        words = " ".join(self.random.choices(WORDS, k=self.random.randint(1, most)))
        message = await self.say(f"{token} {words}", reply_to=reply_to)
        self.written.append(Written(token, self.number, message, self.graph.clock.now()))

    async def write_at_length(self) -> None:
        await self.write(most=LONG)

    async def gush(self) -> None:
        for _ in range(self.random.randint(3, 7)):
            await self.write()

    async def quote(self) -> None:
        if copies := self._copies():
            await self.write(reply_to=self.random.choice(copies))

    async def feel(self) -> None:
        if copies := self._copies():
            await self.react(self.random.choice(copies), self.random.choice((*EMOJI, None)))

    async def look(self) -> None:
        await self.read()

    async def show_place(self) -> None:
        await self.send(self.random.choice(("location", "contacts", "unsupported")))

    async def press_something(self) -> None:
        shown = [one for one in self.chat[-RECENT:] if one.by_business and one.choices]
        labels = [(one, label) for one in shown for label in one.labels if label not in SHUNNED]
        if labels:
            message, label = self.random.choice(labels)
            await self.tap(label, message=message, within=AT_ONCE)

    async def look_up(self) -> None:
        await self.say(self.random.choice(("/status", "/standar", "/bantuan", "/mulai")))

    async def switch_off(self) -> None:
        await self.disconnect()

    def _copies(self) -> list[WhatsAppMessage]:
        recent = self.chat[-2 * RECENT :]
        return [message for message in recent if message.by_business and f"[{Role.ANSWER}" in message.text]

    ACTS: ClassVar[Any] = (
        (24, write),
        (2, write_at_length),
        (5, gush),
        (8, quote),
        (6, feel),
        (6, look),
        (3, show_place),
        (10, press_something),
        (3, look_up),
        (2, switch_off),
    )


IN_WORDS = ["answer", "answer_at_length", "quote", "feel", "note", "question", "deliver", "handle", "close", "slip"]


class Clerk(Officer):
    """An officer who answers in words: files are another story."""

    ACTS: ClassVar[Any] = tuple(
        (weight, act)
        for weight, act in Officer.ACTS
        if act.__name__
        in ("answer", "answer_at_length", "quote", "feel", "note", "question", "deliver", "handle", "close", "slip")
    )
