"""What people write to break out of their message, and files that may harm who opens them (QUALITY.md T14, T16)."""

from pathlib import Path

import pytest

from bot.playground.chats import Topic
from tests.flows.conftest import Office
from tests.flows.way import swift

CORPUS = (
    "<b>tebal</b> & <i>",
    "</b></i></pre>",
    "<a href='tg://user?id=2001'>x</a>",
    "[x](tg://user?id=2001)",
    "*tebal _miring `kode",
    "&lt;b&gt; &amp;amp; &#60;",
    "{{ 7 * 7 }} {% raw %}",
    "@all @everyone",
    "'; DROP TABLE tickets; --",
    '=HYPERLINK("http://x")',
    "abc\u202egnp.exe",
    "zero\u200bwidth\u200djoin",
    "́" * 200,
    "😀" * 2048,
    "x" * 4096,
    "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 100,
    "%s %d {0} %(x)s",
    "\x00nol\x07",
)
NAMES = ("<b>Siti</b>", "Siti & <i>Budi</i>", "Siti\u202eidub", "A" * 100)


async def _talk(office: Office) -> Topic:
    _, topic = await office.ticket()
    return topic


async def test_what_people_write_arrives_letter_by_letter_and_draws_nothing(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        topic = await _talk(office)
        for said in CORPUS:
            sent = await office.user.say(said)
            await office.settled()
            copy = topic.messages[-1]
            assert (copy.text, copy.entities) == (sent.text, sent.entities)
            back = await office.officer.say(said, topic=topic)
            await office.settled()
            assert office.user.chat[-1].text == back.text
        refused = [request for request in office.telegram.ledger.requests if request.status == 400]
        assert refused == []


@pytest.mark.parametrize("said", CORPUS)
async def test_in_the_card_and_the_history_too(tmp_path: Path, said: str) -> None:
    async with swift(tmp_path) as office:
        number, topic = await office.ticket(said)
        await office.settled()
        card = next(message for message in topic.messages if number in message.text)
        shown = "\n".join(message.text for message in topic.messages)
        assert said.strip() in shown
        assert {entity["type"] for entity in card.entities} <= {"bold"}
        await office.officer.delete_topic(topic)
        await office.user.say("Masih ada?")
        await office.telegram.until(lambda: len(office.telegram.topics) == 2)
        await office.officer.sees("Masih ada?", topic=office.telegram.topics[-1])


@pytest.mark.parametrize("name", NAMES)
async def test_a_name_is_plain_in_topic_and_card(tmp_path: Path, name: str) -> None:
    async with swift(tmp_path) as office:
        await office.register(name="Siti Aminah")
        assert office.app is not None
        await office.app.store.run(_rename, name)
        number = await office.ask("Berapa?")
        await office.telegram.until(lambda: bool(office.telegram.topics))
        topic = office.telegram.topics[0]
        card = await office.officer.sees(number, topic=topic)
        assert len(topic.name) <= 128
        assert "\u202e" not in topic.name
        assert not {entity["type"] for entity in card.entities} & {"italic", "text_link"}


async def _rename(tx: object, name: str) -> None:
    """Past the checks of the registration, as an account of an older version may be."""
    await tx.execute("UPDATE identities SET name = $1", name)  # type: ignore[attr-defined]


RISKY = (
    ("pembaruan.exe", "", "menjalankan program"),
    ("bps.apk", "application/vnd.android.package-archive", "menjalankan program"),
    ("makro.xlsm", "", "makro"),
    ("skrip.js", "text/javascript", "menjalankan program"),
    ("surat.pdf.exe", "application/pdf", "menyamar"),
    ("tabel\u202exslx.exe", "", "tersembunyi"),
    ("tanpa-akhiran", "application/x-msdownload", "menjalankan program"),
)


async def test_a_risky_file_comes_with_its_name_its_size_and_a_warning(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        topic = await _talk(office)
        for name, mime, reason in RISKY:
            sent = await office.user.send("document", file_name=name, mime=mime, size=1_250_000)
            copy = await office.officer.sees(topic=topic, kind="document")
            warning = await office.officer.sees("Hati-hati", topic=topic)
            assert copy.file_id == sent.file_id
            assert warning.reply_to == copy.id
            assert reason in warning.text
            assert "1,2 MB" in warning.text or "1,3 MB" in warning.text
            assert name.replace("\u202e", "") in warning.text
        assert not office.telegram.ledger.of("getFile")  # nothing is fetched to be looked at


async def test_the_test_virus_in_plain_clothes_goes_as_the_text_file_it_is(tmp_path: Path) -> None:
    """Names tell, not contents: the desk downloads nothing (QUALITY.md T16)."""
    eicar = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    async with swift(tmp_path) as office:
        topic = await _talk(office)
        await office.user.send("document", file_name="eicar.com", mime="application/octet-stream", content=eicar)
        await office.officer.sees("eicar.com", topic=topic)
        await office.user.send("document", file_name="catatan.txt", mime="text/plain", content=eicar)
        await office.officer.sees(topic=topic, kind="document")
        await office.settled()
        assert len([message for message in topic.messages if "Hati-hati" in message.text]) == 1


async def test_ordinary_files_come_without_a_word(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        topic = await _talk(office)
        for name in ("surat.pdf", "tabel 2025.v2.xlsx", "arsip.zip", "data.csv", "BERKAS"):
            await office.user.send("document", file_name=name)
        await office.user.album(["document", "document"], caption="Dua berkas")
        await office.officer.sees("Dua berkas", topic=topic)
        await office.settled()
        assert not [message for message in topic.messages if "Hati-hati" in message.text]


async def test_a_file_that_an_edit_puts_in_place_is_looked_at_too(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        topic = await _talk(office)
        sent = await office.user.send("document", file_name="surat.pdf")
        await office.officer.sees(topic=topic, kind="document")
        await office.user.edit(sent, kind="document", file_name="surat.scr")
        await office.officer.sees("surat.scr", topic=topic)


async def test_an_office_takes_only_the_types_it_names(tmp_path: Path) -> None:
    service = {"file_types": ["pdf", ".XLSX"]}
    async with swift(tmp_path, service=service) as office:
        topic = await _talk(office)
        await office.user.send("document", file_name="rekaman.zip", size=40_000)
        assert "pdf, .XLSX" in (await office.user.sees("jenisnya tidak kami terima")).text
        assert "rekaman.zip (40 KB)" in (await office.officer.sees("tidak diterima kantor ini", topic=topic)).text
        await office.user.send("document", file_name="Tabel.xlsx")
        await office.officer.sees(topic=topic, kind="document")
        await office.user.send("photo", caption="Foto saja")
        await office.officer.sees("Foto saja", topic=topic)
        await office.settled()
        assert len([message for message in topic.messages if message.kind == "document"]) == 1
