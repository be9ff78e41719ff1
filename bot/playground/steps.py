"""The steps of the scripted consultation, in order; each plays a piece, asserts, and says what it checked."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.playground.chats import Topic
from bot.playground.demo import Playground
from bot.playground.messages import Message
from bot.playground.people import Person

ADDRESS = "siti.aminah@contoh.go.id"
QUESTION = "Berapa jumlah penduduk Labuhanbatu tahun 2025?"
DETAIL = "Kalau bisa per kecamatan, untuk bahan Renstra."
FAQ = "Apakah konsultasi ini berbayar?"
NOTE = "// tanyakan ke Seksi Statistik Sosial"
ANSWER = "Selamat pagi, Ibu Siti. Tabelnya ada di publikasi Labuhanbatu Dalam Angka 2026, bab 3."
DUE = "Kamis, 26 November 2026 pukul 15.30 WIB"
DAY = 86400.0
START_SECONDS = 60.0
_SHOWN = 6


@dataclass
class Play:
    """The stage and what the steps have to remember; `within` is the patience of each wait in seconds."""

    running: Playground
    within: float
    number: str = ""
    answer: Message | None = None

    @property
    def user(self) -> Person:
        return self.running.cast.user

    @property
    def officer(self) -> Person:
        return self.running.cast.officer

    @property
    def topic(self) -> Topic:
        return self.running.telegram.topic(self.number)

    async def user_sees(self, text: str, *, kind: str | None = None) -> Message:
        return await self.user.sees(text, within=self.within, kind=kind)

    async def officer_sees(self, text: str, *, kind: str | None = None) -> Message:
        return await self.officer.sees(text, within=self.within, topic=self.topic, kind=kind)

    async def until(self, true: Callable[[], object]) -> None:
        await self.running.telegram.until(lambda: true() or None, within=self.within)

    def last_messages(self) -> dict[str, list[str]]:
        """The ends of all chats, for whoever looks for what went wrong."""
        places: dict[str, Sequence[object]] = {self.user.account.first_name: self.user.chat}
        phone = self.running.cast.phone
        places |= {f"{phone.account.name} (WhatsApp)": phone.chat} if phone.chat else {}
        places |= {topic.name: topic.messages for topic in self.running.telegram.topics if not topic.deleted}
        return {name: [str(message) for message in messages[-_SHOWN:]] for name, messages in places.items()}


Step = Callable[[Play], Awaitable[list[str]]]


async def opening(play: Play) -> list[str]:
    """The desk opens as a process of its own."""
    await play.running.desk.ready(within=START_SECONDS)
    return [f"process {play.running.desk.pid} serves {play.running.url}"]


async def language(play: Play) -> list[str]:
    """Siti writes; she is greeted, may change the language, and is asked for consent."""
    await play.user.say(QUESTION)
    await play.user_sees("Sahabat Data")
    await play.user_sees("Setuju?")
    await play.user.press("English")
    await play.user_sees("Before we start")
    await play.user.press("Bahasa Indonesia")
    await play.user_sees("Sebelum mulai")
    return ["greeted at once", "consent asked in Indonesian, English, and Indonesian again"]


async def address(play: Play) -> list[str]:
    """She agrees and gives her e-mail address; a code comes by mail; a wrong one is refused."""
    await play.user.press("Setuju")
    await play.user_sees("alamat e-mail")
    await play.user.say("siti.aminah")
    await play.user_sees("belum lengkap")
    await play.user.say(ADDRESS)
    code = (await play.running.mailbox.mail_to(ADDRESS, within=play.within)).code
    await play.user_sees("Kode sudah dikirim")
    await play.user.say(f"{(int(code) + 1) % 1_000_000:06}")
    await play.user_sees("belum sesuai")
    await play.user.say(code)
    await play.user_sees("terverifikasi")
    return ["half an address refused in words", "a code came by real SMTP", "the wrong code refused, the right taken"]


async def profile(play: Play) -> list[str]:
    """She gives her name and answers the two questions with a tap each."""
    await play.user.say("Siti Aminah")
    await play.user_sees("dari lembaga apa")
    await play.user.press("Pemerintah daerah")
    await play.user_sees("untuk apa")
    await play.user.press("Pemerintahan")
    kept = await play.user_sees("jenis konsultasi")
    assert kept.text.startswith("1 pesan"), f"the first question was not kept: {kept}"
    return ["name and two taps taken", "the question typed at the beginning is still there"]


async def question(play: Play) -> list[str]:
    """She chooses the type, adds a message and a photo, and sends: a ticket with number and due date."""
    await play.user.press("Data")
    await play.user_sees("Jenis konsultasi")
    await play.user.say(DETAIL)
    await play.user.send("photo", caption="Tabel tahun lalu")
    await play.user.press("Kirim")
    opened = await play.user_sees("dibuka")
    play.number = next(word for word in opened.text.split() if word.startswith("1207-"))
    assert DUE in opened.text, f"expected the due date {DUE}: {opened.text}"
    return [f"ticket {play.number}", f"due {DUE}: the third working day"]


async def topic(play: Play) -> list[str]:
    """A topic opens in the staff group with a card and everything she wrote, in order."""
    await play.until(lambda: any(play.number in topic.name for topic in play.running.telegram.topics))
    card = await play.officer_sees(play.number)
    assert QUESTION in card.text and "Siti Aminah" in card.text, f"card without question or name: {card}"
    assert ADDRESS not in card.text, "the e-mail address stands in the card"
    await play.officer_sees(DETAIL)
    await play.officer_sees("Tabel tahun lalu", kind="photo")
    assert play.topic.name.split()[0] == play.number, f"a topic is named {play.topic.name}"
    return ["header card with the question; no e-mail address in it", "message and photo follow in order"]


async def take(play: Play) -> list[str]:
    """Rina takes the ticket with the button on the card."""
    await play.officer.press("Ambil", topic=play.topic)
    await play.officer_sees("diambil Rina Lubis")
    joined = await play.user_sees("kini melayani tiket")
    assert "Rina" not in joined.text, "the officer's name went to the public"
    return ["the user is told, without the officer's name"]


async def answer(play: Play) -> list[str]:
    """She answers; the message reaches Siti, and its mark says so."""
    sent = play.answer = await play.officer.say(ANSWER, topic=play.topic)
    await play.user_sees(ANSWER)
    await play.until(lambda: "👌" in sent.reactions.values())
    return ["the answer arrived", "delivery mark on the officer's message"]


async def reaction(play: Play) -> list[str]:
    """Siti reacts, then replies to the answer; both show on the officer's side."""
    sent = play.answer
    assert sent is not None
    copy = next(message for message in play.user.chat if message.text == ANSWER)
    await play.user.react(copy, "❤")
    await play.until(lambda: "❤" in sent.reactions.values())
    await play.user.say("Terima kasih! Apakah ada versi Excel?", reply_to=copy)
    shown = await play.officer_sees("versi Excel")
    assert shown.reply_to == sent.id, f"the reply quotes {shown.reply_to}, not {sent.id}"
    return ["reaction mirrored", "the reply quotes the officer's own message"]


async def note(play: Play) -> list[str]:
    """A note stays in the topic; /jawab delivers the information."""
    await play.officer.say(NOTE, topic=play.topic)
    await play.officer.say("/jawab Ada; berkasnya pada halaman yang sama.", topic=play.topic)
    await play.user_sees("berkasnya pada halaman yang sama")
    await play.officer_sees("menandai jawaban disampaikan")
    assert not any("Seksi Statistik" in message.text for message in play.user.chat), "a note reached the user"
    return ["the note never left", "the answer is marked: here the three working days are judged"]


async def close(play: Play) -> list[str]:
    """Rina closes with a reason; Siti rates 5 and writes feedback."""
    await play.officer.say("/tutup selesai", topic=play.topic)
    await play.user_sees("selesai")
    await play.user_sees("Bagaimana layanan kami")
    await play.until(lambda: play.topic.closed)
    await play.user.press("5")
    await play.user_sees("saran atau masukan")
    await play.user.say("Cepat dan jelas.")
    await play.user_sees("sudah tercatat")
    await play.officer_sees("5 dari 5")
    await play.officer_sees("Cepat dan jelas.")
    return ["topic closed", "rating and feedback recorded and shown in the topic"]


async def reopen(play: Play) -> list[str]:
    """She reopens the ticket and is answered again."""
    await play.user.press("Buka kembali")
    await play.user_sees("dibuka kembali")
    await play.officer_sees("putaran ke-2")
    await play.until(lambda: not play.topic.closed)
    again = await play.officer.say("Tentu, apa yang masih kurang?", topic=play.topic)
    await play.user_sees("apa yang masih kurang")
    await play.until(lambda: "👌" in again.reactions.values())
    return ["same number and topic, a new cycle with a deadline of its own"]


async def silence(play: Play) -> list[str]:
    """Siti is silent: warned after 5 and 6 days, closed after 7, and asked for a rating."""
    move = play.running.clock.move
    move(5 * DAY)
    await play.user_sees("menunggu balasan Anda")
    move(DAY)
    await play.user_sees("Pengingat terakhir")
    assert not play.topic.closed, "closed too early"
    move(DAY)
    await play.user_sees("belum ada balasan selama 7 hari")
    await play.user_sees("Bagaimana layanan kami")
    await play.until(lambda: play.topic.closed)
    await play.user.press("4")
    await play.user_sees("saran atau masukan")
    await play.user.press("Lewati")
    await play.user_sees("sudah tercatat")
    return ["two warnings, one close, none early", "the second cycle has a rating of its own"]


async def self_service(play: Play) -> list[str]:
    """She asks what the office has answered already: she is shown it, and needs no ticket."""
    await play.user.say(FAQ)
    await play.user_sees("lanjutkan tiket itu atau")
    await play.user.press("Buat tiket baru")
    await play.user_sees("jenis konsultasi")
    await play.user.press("Belum yakin")
    await play.user_sees("Jenis konsultasi")
    await play.user.press("Kirim")
    await play.user_sees("tidak dipungut biaya")
    await play.user.press("Sudah terjawab")
    await play.user_sees("Tiket tidak dibuka")
    topics = [topic.name for topic in play.running.telegram.topics]
    assert len(topics) == 1, f"a ticket was opened all the same: {topics}"
    return ["the answer is offered before a ticket", "answered: no ticket, no topic"]


async def book(play: Play) -> list[str]:
    """The stand-in's book: nothing was sent against Telegram's limits, nothing was left unread or doubled."""
    telegram = play.running.telegram
    await play.until(lambda: all(life.confirmed for life in telegram.ledger.updates.values()))
    assert telegram.ledger.inside_penalty == 0, "requests inside a penalty"
    texts = [message.text for message in play.user.chat if message.by_bot and message.text]
    doubled = [one for one, other in pairwise(texts) if one == other]
    assert not doubled, f"said twice: {doubled}"
    updates, sent = len(telegram.ledger.updates), len(telegram.ledger.sent())
    return [f"{updates} updates taken and confirmed, {sent} messages sent, none into a penalty, none twice"]


STEPS: tuple[Step, ...] = (
    opening,
    language,
    address,
    profile,
    question,
    topic,
    take,
    answer,
    reaction,
    note,
    close,
    reopen,
    silence,
    self_service,
    book,
)
