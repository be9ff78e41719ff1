"""The whole way of one consultation, from the first word to the rating."""

import pytest

from tests.flows.conftest import Office


@pytest.mark.postgres
async def test_a_consultation_from_start_to_rating(office: Office) -> None:
    user, officer = office.user, office.officer
    await office.register()
    number = await office.ask("Berapa jumlah penduduk Labuhanbatu tahun 2025?", "Menurut kecamatan.")

    await office.telegram.until(lambda: len(office.telegram.topics) == 1)
    topic = office.telegram.topics[0]
    assert topic.name.split()[0] == number
    card = await officer.sees(number, topic=topic)
    assert "Siti Aminah" in card.text
    assert "Berapa jumlah penduduk" in card.text
    await officer.sees("Menurut kecamatan.", topic=topic)

    await officer.press("Ambil", topic=topic)
    await user.sees("melayani tiket")
    sent = await officer.say("Baik, ini tabelnya.", topic=topic)
    await user.sees("Baik, ini tabelnya.")
    await office.telegram.until(lambda: "👌" in str(sent.reactions))
    await user.say("Terima kasih")
    await officer.sees("Terima kasih", topic=topic)

    await officer.say("/tutup selesai", topic=topic)
    await user.sees("selesai")
    await user.sees("Bagaimana layanan kami")
    await user.press("5")
    await user.sees("saran atau masukan")
    await user.say("Cepat sekali")
    await user.sees("Masukan Anda sudah tercatat")
    await officer.sees("Cepat sekali", topic=topic)
