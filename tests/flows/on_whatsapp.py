"""The ways of the public on WhatsApp, for the tests of that channel."""

from bot.playground.chats import Topic
from bot.playground.graph.phone import WhatsAppPhone
from tests.flows.conftest import Office

QUESTION = "Berapa jumlah penduduk Labuhanbatu tahun 2025?"


def address_of(phone: WhatsAppPhone) -> str:
    """The address somebody registers with."""
    return f"user{phone.number % 10_000}@contoh.go.id"


async def register(office: Office, phone: WhatsAppPhone | None = None, *, first: str = "/mulai") -> WhatsAppPhone:
    """Through consent, address, code, name and two skipped taps, up to the choice of the type."""
    phone = phone or office.phone
    await phone.say(first)
    await phone.sees("Setuju")
    await phone.tap("Setuju")
    await phone.sees("alamat e-mail")
    address = address_of(phone)
    await phone.say(address)
    code = (await office.mailbox.mail_to(address)).code
    await phone.sees("Kode sudah dikirim")
    await phone.say(code)
    await phone.sees("Siapa nama")
    await phone.say(phone.account.name)
    for asked in ("lembaga apa", "untuk apa"):
        await phone.sees(asked)
        await phone.tap("Lewati")
    await phone.sees("jenis konsultasi")
    return phone


async def ask(office: Office, *texts: str, phone: WhatsAppPhone | None = None) -> str:
    """A registered person's question about data, sent; the ticket's number."""
    phone = phone or office.phone
    await phone.tap("Data")
    await phone.sees("pertanyaan")
    for text in texts or (QUESTION,):
        await phone.say(text)
    await phone.sees("Tersimpan")
    await phone.tap("Kirim")
    opened = await phone.sees("dibuka")
    return next(word for word in opened.text.replace("*", "").split() if word.startswith("1207-"))


async def ticket(office: Office, phone: WhatsAppPhone | None = None) -> tuple[str, Topic]:
    """A registered person's ticket and its topic, the card seen by the officer."""
    await register(office, phone)
    number = await ask(office, phone=phone)
    await office.telegram.until(lambda: any(number in topic.name for topic in office.telegram.topics) or None)
    topic = await office.telegram.opened(number)
    await office.officer.sees(number, topic=topic)
    return number, topic
