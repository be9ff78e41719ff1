"""/baku alone: the prepared answers that fit, and how others like it were answered. Nothing is sent by itself."""

import pytest

from bot.domain.ids import TicketId
from bot.playground.chats import Topic
from bot.playground.people import Person
from storage import precedents
from tests.flows.conftest import Office
from tests.flows.way import value

ANSWER = "Luas panen padi 2025: 12.345 hektare, tabel 5.1."


async def closed_ticket(office: Office, question: str = "Berapa luas panen padi sawah 2025?") -> Topic:
    """Somebody else's ticket, answered with /jawab and closed."""
    budi = Person(office.telegram, id=1002, first_name="Budi")
    await office.register(budi, name="Budi Hartono")
    number = await office.ask(question, user=budi)
    await office.telegram.until(lambda: bool(office.telegram.topics))
    topic = await office.telegram.opened(number)
    await office.officer.sees(number, topic=topic)
    await office.officer.say("Sebentar, kami carikan.", topic=topic)
    await budi.sees("carikan")
    await office.officer.say(f"/jawab {ANSWER}", topic=topic)
    await budi.sees(ANSWER)
    await office.officer.sees("menandai jawaban", topic=topic)
    await office.officer.say("// catatan intern RAHASIA", topic=topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await budi.sees("Bagaimana layanan kami")
    return topic


async def opened(office: Office, question: str) -> Topic:
    await office.register()
    number = await office.ask(question)
    await office.telegram.until(lambda: any(number in topic.name for topic in office.telegram.topics))
    topic = await office.telegram.opened(number)
    await office.officer.sees(number, topic=topic)
    return topic


async def baku(office: Office, topic: Topic, text: str = "/baku") -> str:
    await office.officer.say(text, topic=topic)
    return (await office.officer.sees("Jawaban baku", topic=topic)).text


@pytest.mark.postgres
async def test_a_similar_closed_ticket_is_shown_with_its_answer(office: Office) -> None:
    before = await closed_ticket(office)
    topic = await opened(office, "Mohon data luas panen padi tahun 2025")
    shown = await baku(office, topic)
    assert before.name.split()[0] in shown and ANSWER in shown and "luas panen padi sawah" in shown
    assert "RAHASIA" not in shown and "carikan" not in shown and "Budi" not in shown
    await office.settled()
    assert not any(ANSWER in message.text for message in office.user.chat)


@pytest.mark.postgres
async def test_a_ticket_about_something_else_is_not(office: Office) -> None:
    await closed_ticket(office)
    topic = await opened(office, "Bagaimana cara menghitung indeks gini?")
    assert ANSWER not in await baku(office, topic)


async def test_the_prepared_answers_that_fit_stand_first(office: Office) -> None:
    topic = await opened(office, "Berapa angka kemiskinan tahun ini?")
    for name, text in (("a", "Selamat pagi."), ("z-miskin", "Profil kemiskinan terbit tiap Juli.")):
        await office.officer.say(f"/baku simpan {name}: {text}", topic=topic)
        await office.officer.sees(f"/baku {name}", topic=topic)
    shown = await baku(office, topic)
    assert shown.index("/baku z-miskin") < shown.index("/baku a")
    assert shown.count("/baku z-miskin") == 1


async def test_an_erased_ticket_is_gone_from_the_index_to_the_last_byte(office: Office) -> None:
    await closed_ticket(office, "Berapa harga XYZZYPLUGH padi sawah 2025?")
    await office.settled()
    assert office.app is not None
    assert await value(office, "SELECT count(*) FROM precedents WHERE stems LIKE '%xyzzyplugh%'") == 1
    ticket = TicketId(await value(office, "SELECT id FROM tickets"))
    await office.app.store.run(precedents.forget, [ticket])
    async with office.app.store.reader() as reader:
        left = await reader.value("SELECT count(*) FROM precedents_index_data WHERE instr(block, 'xyzzyplugh') > 0")
    assert left == 0
    topic = await opened(office, "Berapa harga XYZZYPLUGH padi sawah 2025?")
    assert ANSWER not in await baku(office, topic)


VARIABLES = {
    "{nama}": "Siti Aminah",
    "{nomor}": "1207-2611-0001",
    "{kantor}": "BPS Kabupaten Labuhanbatu",
    "{petugas}": "Petugas PST 1",
    "{jenis}": "Data",
    "{tenggat}": "Kamis, 26 November 2026 pukul 15.30 WIB",
    "{telepon}": "(0624) 21207",
}


@pytest.mark.parametrize("variable", VARIABLES)
async def test_a_variable_is_filled_in(office: Office, variable: str) -> None:
    topic = await opened(office, "Berapa angka kemiskinan?")
    await office.officer.say(f"/baku simpan isi: Nilai: {variable}.", topic=topic)
    await office.officer.sees("/baku isi", topic=topic)
    await office.officer.say("/baku isi", topic=topic)
    await office.user.sees(f"Nilai: {VARIABLES[variable]}.")


async def test_an_unknown_variable_is_told_and_not_saved(office: Office) -> None:
    topic = await opened(office, "Berapa angka kemiskinan?")
    await office.officer.say("/baku simpan salam: Halo {nma}, dari {kantor}", topic=topic)
    told = await office.officer.sees("tidak dikenal: nma", topic=topic)
    assert "nama, nomor" in told.text
    await office.settled()
    assert await value(office, "SELECT count(*) FROM snippets") == 0


async def test_a_name_that_looks_like_a_variable_stays_a_name(office: Office) -> None:
    office.user.account.first_name = "Siti"
    await office.register(name="Siti {nomor}")
    number = await office.ask("Berapa angka kemiskinan?")
    await office.telegram.until(lambda: bool(office.telegram.topics))
    topic = await office.telegram.opened(number)
    await office.officer.sees(number, topic=topic)
    await office.officer.say("/baku simpan salam: Halo {nama}.", topic=topic)
    await office.officer.sees("/baku salam", topic=topic)
    await office.officer.say("/baku salam", topic=topic)
    await office.user.sees("Halo Siti {nomor}.")
