"""From README to the first answered ticket: all that is typed, pressed and read on the way, and how long it took."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from time import monotonic

from bot.clock import SystemClock
from bot.playground.mailbox import Mailbox
from bot.playground.people import Person
from bot.playground.server import serve
from bot.playground.telegram import Telegram
from tests.firsthour.machine import INSTALLING, Machine, machine
from tests.firsthour.readme import commands

PROGRAM, WIZARD, START = "1. The program", "2. Bot, group, mail server: `meja init`", "4. Start"
OFFICE, SENDER, CLERK = "BPS Kabupaten Labuhanbatu", "konsultasi@bps1207.example", "ucok@bps1207.example"
QUESTION = "Berapa jumlah penduduk Labuhanbatu tahun 2025?"
WITHIN = 60.0


class Hour:
    """The clerk's machine and phone, an officer, somebody with a question, and the clock on the wall."""

    def __init__(self, here: Machine, telegram: Telegram, mailbox: Mailbox, url: str) -> None:
        self.machine, self.shell = here, here.shell
        self.telegram, self.mailbox, self.url = telegram, mailbox, url
        self.clerk = Person(telegram, id=111, first_name="Ucok", staff="administrator")
        self.officer = Person(telegram, id=2001, first_name="Rina", last_name="Lubis", staff="member")
        self.user = Person(telegram, id=1001, first_name="Siti", last_name="Aminah")
        self.took: dict[str, float] = {}
        self._since = monotonic()

    def _done(self, step: str) -> None:
        self.took[step], self._since = monotonic() - self._since, monotonic()

    async def installs(self, *, with_pip: bool) -> None:
        """README's first part; without pip, the libraries are there already when make looks."""
        for line in commands(PROGRAM):
            if "make setup" in line and not with_pip:
                self.machine.libraries_are_there()
            await self.machine.runs(line, within=INSTALLING)
        self._done("the program")

    async def answers_the_wizard(self) -> None:
        (line,) = commands(WIZARD)
        self.machine.types(f"{line} --api-url {self.url}")
        await self.shell.answers(("Bahasa / Language", ""), ("Kode BPS kantor", "1207"), ("Nama kantor:", OFFICE))
        for question in ("bahasa Inggris", "Zona waktu", "Alamat:", "Telepon", "E-mail kantor", "Situs web"):
            await self.shell.answers((question, ""))
        for question in ("Nomor SK", "Formulir pengaduan", "E-mail pengaduan", "kotak saran", "Kamis [", "Jumat ["):
            await self.shell.answers((question, ""))
        await self.shell.answers(("Token (tidak terlihat", self.telegram.token))
        await self.shell.sees("Tulis di grup itu: /id")
        await self.clerk.say("/id", topic=None)
        await self.clerk.say("/start")
        await self.shell.answers(("atau nomor grup:", ""), ("Nomor admin, pisahkan dengan koma [111]", ""))
        await self._mail()
        await self.shell.answers(("E-mail atasan", ""), ("(PPDP)", ""), ("Tempat data", ""))
        await self.shell.answers(("Folder cadangan", ""), ("WhatsApp juga?", ""), ("[polling]", ""))
        await self.shell.answers(("Enter untuk menulis konfigurasi", ""))
        await self.shell.sees("Pemeriksaan menyeluruh")
        self.findings = await self.shell.sees("Selanjutnya:")
        self.check = (await self.shell.sees("memeriksa semuanya lagi")).strip()
        await self.machine.is_done()
        self._done("meja init")

    async def _mail(self) -> None:
        await self.shell.answers(
            ("Server SMTP", self.mailbox.host),
            ("Port [587]", str(self.mailbox.port)),
            ("Pengamanan", ""),
            ("Nama pengguna", ""),
            ("Alamat pengirim", SENDER),
            ("surat uji ke alamat mana", CLERK),
        )
        await self.shell.answers(("Kode enam angka", (await self.mailbox.mail_to(CLERK, within=WITHIN)).code))

    async def looks_again(self) -> None:
        """The command is the one the wizard names at its end."""
        await self.machine.runs(self.check)
        self._done("meja check")

    async def starts(self) -> None:
        *lines, journal = commands(START)
        for line in lines:
            await self.machine.runs(line)
        self.machine.types(journal)
        await self.shell.sees(f"meja: {OFFICE} is open")
        self.shell.presses_ctrl_c()
        await self.shell.sees("[done: ")
        self._done("start")

    async def registers(self) -> None:
        user = self.user
        await user.say("/mulai")
        await user.sees("Setuju", within=WITHIN)
        await user.press("Setuju")
        await user.sees("alamat e-mail", within=WITHIN)
        await user.say("siti@contoh.go.id")
        code = (await self.mailbox.mail_to("siti@contoh.go.id", within=WITHIN)).code
        await user.sees("Kode sudah dikirim", within=WITHIN)
        await user.say(code)
        await user.sees("Siapa nama", within=WITHIN)
        await user.say("Siti Aminah")
        await user.sees("lembaga apa", within=WITHIN)
        await user.press("Lewati")
        await user.sees("digunakan", within=WITHIN)
        await user.press("Lewati")
        await user.sees("jenis konsultasi", within=WITHIN)
        self._done("registration")

    async def asks_and_is_answered(self) -> None:
        user, officer = self.user, self.officer
        await user.press("Data")
        await user.sees("pertanyaan", within=WITHIN)
        await user.say(QUESTION)
        await user.sees("Kirim", within=WITHIN)
        await user.press("Kirim")
        opened = await user.sees("dibuka", within=WITHIN)
        number = next(word for word in opened.text.split() if word.startswith("1207-"))
        await self.telegram.until(lambda: any(number in topic.name for topic in self.telegram.topics), within=WITHIN)
        topic = await self.telegram.opened(number)
        await officer.sees(QUESTION, topic=topic, within=WITHIN)
        await officer.say("499.205 jiwa.", topic=topic)
        await user.sees("499.205 jiwa.", within=WITHIN)
        self._done("question and answer")
        await officer.say("/tutup selesai", topic=topic)
        await user.sees("Bagaimana layanan kami", within=WITHIN)
        self._done("closed")


@asynccontextmanager
async def hour(folder: Path) -> AsyncIterator[Hour]:
    """Nothing is installed, nothing is set up; Telegram and a mail server are there."""
    async with AsyncExitStack() as stack:
        telegram = Telegram(SystemClock())
        mailbox = await stack.enter_async_context(Mailbox(SystemClock(), bell=telegram.bell))
        url = await stack.enter_async_context(serve(telegram))
        yield Hour(await stack.enter_async_context(machine(folder)), telegram, mailbox, url)


async def whole(first: Hour, *, with_pip: bool) -> None:
    await first.installs(with_pip=with_pip)
    await first.answers_the_wizard()
    await first.looks_again()
    await first.starts()
    await first.registers()
    await first.asks_and_is_answered()
