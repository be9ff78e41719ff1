"""The whole way of one consultation on WhatsApp: by texts, reply buttons and lists, over real HTTP both ways."""

from tests.flows.conftest import Office
from tests.flows.on_whatsapp import ask, register


async def test_a_consultation_on_whatsapp_from_start_to_rating(whatsapp_office: Office) -> None:
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    await register(office)
    number = await ask(office, "Berapa jumlah penduduk Labuhanbatu tahun 2025?", "Menurut kecamatan.")
    await office.telegram.until(lambda: len(office.telegram.topics) == 1)
    topic = office.telegram.topics[0]
    assert topic.name.split()[0] == number
    card = await officer.sees(number, topic=topic)
    assert "Maria Sihombing" in card.text and "Berapa jumlah penduduk" in card.text
    await officer.sees("Menurut kecamatan.", topic=topic)

    await officer.press("Ambil", topic=topic)
    await phone.sees("melayani tiket")
    sent = await officer.say("Baik, ini tabelnya.", topic=topic)
    await phone.sees("Baik, ini tabelnya.")
    await office.telegram.until(lambda: "👌" in str(sent.reactions))
    await phone.say("Terima kasih")
    await officer.sees("Terima kasih", topic=topic)

    await officer.say("/tutup selesai", topic=topic)
    closed = await phone.sees("Bagaimana layanan kami")
    assert "selesai" in closed.text, "the close and the rating are one message where each costs"
    await phone.tap("5")
    await phone.sees("saran atau masukan")
    await phone.say("Cepat sekali")
    await phone.sees("Masukan Anda sudah tercatat")
    await officer.sees("Cepat sekali", topic=topic)
    await office.graph.hooks.all_taken()
    assert all(request.status == 200 for request in office.graph.book.requests)
