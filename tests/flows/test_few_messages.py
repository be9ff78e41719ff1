"""Each message on WhatsApp is billed: there are few, and every choice may be typed."""

from bot.playground.graph.phone import WhatsAppPhone
from tests.flows.conftest import Office
from tests.flows.on_whatsapp import ask, register

WHOLE, KNOWN = 16, 8  # as docs/whatsapp.md says


def said(phone: WhatsAppPhone) -> list[str]:
    return [message.text for message in phone.chat if message.by_business]


async def _consult(office: Office, question: str, number_of_topics: int) -> None:
    """A question, its answer, the close and the rating."""
    phone, officer = office.phone, office.officer
    number = await ask(office, question)
    await office.telegram.until(lambda: len(office.telegram.topics) == number_of_topics)
    topic = office.telegram.topics[-1]
    await officer.sees(number, topic=topic)
    await officer.say(f"Jawaban {number_of_topics}.", topic=topic)
    await phone.sees(f"Jawaban {number_of_topics}.")
    await officer.say("/tutup selesai", topic=topic)
    await phone.sees("Bagaimana layanan kami")
    await phone.tap("5")
    await phone.sees("saran atau masukan")
    await phone.say("Lewati")
    await phone.sees("Masukan Anda sudah tercatat")
    await office.settled()


async def test_a_consultation_takes_few_messages(whatsapp_office: Office) -> None:
    office, phone = whatsapp_office, whatsapp_office.phone
    await register(office)
    await _consult(office, "Berapa jumlah penduduk?", 1)
    first = said(phone)
    assert len(first) <= WHOLE, first
    assert any("Selamat" in text and "Sebelum mulai" in text for text in first), "greeting and notice are one message"
    await phone.say("/mulai")
    await phone.sees("jenis konsultasi")
    await _consult(office, "Berapa inflasi?", 2)
    second = said(phone)[len(first) :]
    assert len(second) <= KNOWN, second


async def test_every_choice_may_be_typed_by_its_label_or_its_number(whatsapp_office: Office) -> None:
    office, phone = whatsapp_office, whatsapp_office.phone
    await phone.say("Halo")
    await phone.sees("Setuju")
    await phone.say("setuju")
    await phone.sees("alamat e-mail")
    address = f"user{phone.number}@contoh.go.id"
    await phone.say(address)
    code = (await office.mailbox.mail_to(address)).code
    await phone.sees("Kode sudah dikirim")
    await phone.say(code)
    await phone.sees("Siapa nama")
    await phone.say("Maria")
    await phone.sees("lembaga apa")
    await phone.say("3")
    await phone.sees("untuk apa")
    await phone.say("Penelitian")
    await phone.sees("jenis konsultasi")
    await phone.say("2")
    await phone.sees("Metadata")
    await phone.say("Kirim")
    opened = await phone.sees("dibuka")
    assert "Metadata" in opened.text
    assert office.app is not None
    async with office.app.store.reader() as reader:
        chosen = await reader.value("SELECT origin || ' ' || use_for FROM accounts")
    assert chosen == "ministry research"
