"""Officers and an admin: answer, note, ask, close, and make a mess of the group now and then."""

from typing import Any, ClassVar

from bot.playground.chats import FULL_RIGHTS, Topic
from bot.playground.messages import Message
from tests.simulation.book import Role
from tests.simulation.people import EMOJI, LONG, RECENT, Place, Player

UPGRADED = -1009999999999
REASONS = ("selesai", "rujuk Dinas Pertanian", "ganda", "")


class Officer(Player):
    """Somebody of the staff group, who looks into one of its topics at a time."""

    def __init__(self, place: Place, *, id: int, status: str = "member") -> None:
        super().__init__(place, id=id, first_name=f"Petugas{id}", staff=status)
        self._here: Topic | None = None

    async def turn(self) -> None:
        topics = [topic for topic in self.telegram.topics if not topic.deleted]
        if not self._is_member:
            await self.join()
        elif topics:
            self._here = self.random.choice(topics[-RECENT:])
            await super().turn()

    @property
    def here(self) -> Topic:
        assert self._here is not None
        return self._here

    @property
    def _is_member(self) -> bool:
        return self.telegram.staff.status_of(self.id) not in ("left", "kicked")

    def _copies(self) -> list[Message]:
        """The last messages of the ticket's owner in this topic."""
        seen = self.here.messages[-2 * RECENT :]
        return [message for message in seen if message.by_bot and f"[{Role.TALK}" in message.text]

    async def answer(self) -> None:
        await self.write(Role.ANSWER, where=self.here)

    async def answer_at_length(self) -> None:
        await self.write(Role.ANSWER, where=self.here, most=LONG)

    async def quote(self) -> None:
        copies = self._copies()
        if copies:
            await self.write(Role.ANSWER, where=self.here, reply_to=self.random.choice(copies))

    async def send_file(self) -> None:
        await self.show(Role.ANSWER, where=self.here)

    async def send_album(self) -> None:
        await self.show_album(Role.ANSWER, where=self.here)

    async def mend(self) -> None:
        await self.change(Role.ANSWER)

    async def mend_note(self) -> None:
        await self.change(Role.NOTE)

    async def feel(self) -> None:
        copies = self._copies()
        if copies:
            await self.react(self.random.choice(copies), self.random.choice(EMOJI), topic=self.here)

    async def note(self) -> None:
        await self.write(Role.NOTE, where=self.here, before=self.random.choice(("// ", "//", "/catatan ", "/note ")))

    async def note_file(self) -> None:
        await self.show(Role.NOTE, where=self.here, before="// ")

    async def note_album(self) -> None:
        await self.show_album(Role.NOTE, where=self.here, before="// ")

    async def question(self) -> None:
        await self.write(Role.ANSWER, where=self.here, before="/tanya ")

    async def deliver(self) -> None:
        """/jawab, with the answer or alone."""
        if self.random.random() < 0.5:
            await self.write(Role.ANSWER, where=self.here, before="/jawab ")
        else:
            await self.say("/jawab", topic=self.here)

    async def handle(self) -> None:
        await self.say(self.random.choice(("/ambil", "/ambil", "/lepas", "/riwayat", "/jenis data")), topic=self.here)

    async def close(self) -> None:
        await self.say(f"/tutup {self.random.choice(REASONS)}".strip(), topic=self.here)

    async def slip(self) -> None:
        await self.write(Role.MUTTER, where=self.here, before="/tutpu ")

    async def press_something(self) -> None:
        await self.press_any([message for message in self.here.messages if message.by_bot])

    async def go(self) -> None:
        await self.leave()

    ACTS: ClassVar[Any] = (
        (24, answer),
        (2, answer_at_length),
        (8, quote),
        (4, send_file),
        (3, send_album),
        (5, mend),
        (2, mend_note),
        (3, feel),
        (6, note),
        (1, note_file),
        (2, note_album),
        (4, question),
        (4, deliver),
        (5, handle),
        (3, close),
        (1, slip),
        (6, press_something),
        (1, go),
    )


class Admin(Officer):
    """An officer who may do more, and sometimes does. Topics come with the group's upgrade, if it has none yet."""

    def __init__(self, place: Place, *, id: int, is_rough: bool) -> None:
        super().__init__(place, id=id, status="administrator")
        self._is_rough = is_rough

    async def turn(self) -> None:
        if self.telegram.staff.status_of(self.world.bot.id) != "administrator":
            await self.restore()
        elif not self.telegram.staff.is_forum:
            self.telegram.upgrade_group(self.telegram.staff.id, UPGRADED)
        elif self._is_rough and self.random.random() < 0.15:
            await self._spoil()
        else:
            await super().turn()

    async def restore(self) -> None:
        """The bot is back with all its rights."""
        await self.set_bot_status("administrator", rights=set(FULL_RIGHTS))

    async def _spoil(self) -> None:
        topics = [topic for topic in self.telegram.topics if not topic.deleted]
        act = self.random.choice(("delete", "delete", "close", "throw out", "take rights", "hide"))
        if act == "throw out":
            await self.set_bot_status("kicked")
        elif act == "take rights":
            await self.set_bot_status("member")
        elif topics:
            await self._spoil_topic(act, self.random.choice(topics))

    async def _spoil_topic(self, act: str, topic: Topic) -> None:
        if act == "delete":
            await self.delete_topic(topic)
        elif act == "close" and not topic.closed:
            await self.close_topic(topic)
        elif act == "hide":
            await self.write(Role.MUTTER, where=topic, anonymous=True)
