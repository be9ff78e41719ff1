"""The public: registers, asks, talks, rates, complains, goes silent."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import ClassVar

from bot.playground.messages import Message
from bot.playground.people import NoSuchButton
from tests.simulation.book import Role
from tests.simulation.people import EMOJI, LONG, RECENT, Place, Player
from tests.simulation.wires import MailRoom

# They would end what the play is about, or lead where no talk is.
SHUNNED = ("Tidak setuju", "English", "Bahasa Indonesia", "Ganti alamat e-mail")
QUICK = 2.5
PATIENCE = 8  # turns without a word of the desk before somebody who is not registered asks again


class User(Player):
    """Somebody with questions."""

    def __init__(self, place: Place, mail_room: MailRoom, *, id: int) -> None:
        super().__init__(place, id=id, first_name=f"Warga{id}")
        self.address = f"warga{id}@contoh.go.id"
        self._mail_room = mail_room
        self._read_to = 0
        self._codes_typed = 0
        self._quiet_turns = 0
        self.is_registered = False

    @property
    def pause(self) -> float:
        """The registration is not what takes time here."""
        return super().pause if self.is_registered else min(QUICK, super().pause)

    async def turn(self) -> None:
        """Answer what the desk asks for; else do as one likes."""
        if self.account.blocked:
            await self._let_in_again()
            return
        prompt = self._prompt()
        if prompt is not None and self.random.random() < 0.9:
            self._quiet_turns = 0
            await prompt(self)
        elif self.is_registered:
            await super().turn()
        else:
            await self._begin()

    async def _begin(self) -> None:
        """Somebody new begins with a hello or at once with the question; who hears nothing asks again."""
        self._quiet_turns += 1
        if not self.chat or self._quiet_turns > PATIENCE:
            self._quiet_turns = 0
            await self.say("/mulai")
        elif self.random.random() < 0.15:
            await self.write(Role.TALK)

    def _prompt(self) -> "Callable[[User], Awaitable[None]] | None":
        """The answer to the newest unread message that asks for one."""
        log = self.world.chats[self.id].log
        unread, self._read_to = log[self._read_to :], len(log)
        for message in reversed(unread):
            for phrase, answer in PROMPTS if message.by_bot else ():
                if phrase in message.text:
                    return answer
        return None

    # What the desk asks for.

    async def agree(self) -> None:
        await self.press("Setuju")

    async def give_address(self) -> None:
        await self.say(self.address)

    async def give_code(self) -> None:
        """The code of the newest mail, once; without one, ask for another."""
        letters = [letter for letter in self._mail_room.to(self.address) if letter.code]
        if len(letters) > self._codes_typed:
            self._codes_typed = len(letters)
            await self.say(letters[-1].code)
        else:
            await self.press("Kirim ulang")

    async def give_name(self) -> None:
        await self.say("Siti Aminah")

    async def skip(self) -> None:
        await self.press("Lewati")

    async def choose_type(self) -> None:
        self.is_registered = True
        await self.press(self.random.choice(("Data", "Metadata", "Belum yakin")))

    async def ask(self) -> None:
        """A question in one message or several, and off with it."""
        self.is_registered = True
        for _ in range(self.random.randint(1, 3)):
            await self.write(Role.TALK)
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

    async def talk(self) -> None:
        await self.write(Role.TALK)

    async def talk_at_length(self) -> None:
        await self.write(Role.TALK, most=LONG)

    async def gush(self) -> None:
        for _ in range(self.random.randint(3, 7)):
            await self.write(Role.TALK)

    async def quote(self) -> None:
        copies = self._copies()
        if copies:
            said = self.random.choice(copies)
            part = said.text[: self.random.randint(1, 9)].strip()
            await self.write(Role.TALK, reply_to=said, quote=part if self.random.random() < 0.5 and part else None)

    async def send_file(self) -> None:
        await self.show(Role.TALK)

    async def send_album(self) -> None:
        await self.show_album(Role.TALK)

    async def mend(self) -> None:
        await self.change(Role.TALK)

    async def feel(self) -> None:
        copies = self._copies()
        if copies:
            await self.react(self.random.choice(copies), self.random.choice((*EMOJI, None)))

    async def complain(self) -> None:
        await self.write(Role.COMPLAINT, before="/pengaduan ")
        with suppress(NoSuchButton):
            await self.press("Selesai")

    async def press_something(self) -> None:
        await self.press_any([message for message in self.chat if message.by_bot], besides=SHUNNED)

    async def look_up(self) -> None:
        await self.say(self.random.choice(("/status", "/standar", "/bantuan", "/mulai")))

    async def call_off(self) -> None:
        await self.say("/batal")

    async def shut_out(self) -> None:
        await self.block()

    async def _let_in_again(self) -> None:
        if self.random.random() < 0.3:
            await self.unblock()

    def _copies(self) -> list[Message]:
        """The last messages of officers on this phone."""
        return [message for message in self.chat[-2 * RECENT :] if message.by_bot and f"[{Role.ANSWER}" in message.text]

    ACTS: ClassVar = (
        (24, talk),
        (2, talk_at_length),
        (5, gush),
        (8, quote),
        (6, send_file),
        (4, send_album),
        (6, mend),
        (6, feel),
        (1, complain),
        (10, press_something),
        (3, look_up),
        (1, call_off),
        (1, shut_out),
    )


PROMPTS: tuple[tuple[str, Callable[[User], Awaitable[None]]], ...] = (
    ("Setuju?", User.agree),
    ("tulis alamat e-mail", User.give_address),
    ("tulis alamat itu sekali lagi", User.give_address),
    ("Kode sudah dikirim", User.give_code),
    ("Kami menunggu 6 angka", User.give_code),
    ("Kode sudah tidak berlaku", User.give_code),
    ("Kode belum sesuai", User.give_code),
    ("Kode baru dapat dikirim", User.give_code),
    ("Siapa nama Anda", User.give_name),
    ("dari lembaga apa", User.skip),
    ("akan digunakan?", User.skip),
    ("Pilih jenis konsultasi", User.choose_type),
    ("Jenis konsultasi:", User.ask),
    ("Tersimpan. Tambahkan", User.send_question),
    ("tetapi belum dikirim", User.send_question),
    ("Bagaimana layanan kami", User.rate),
    ("lanjutkan tiket itu atau", User.choose),
)
