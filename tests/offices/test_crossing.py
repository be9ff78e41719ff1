"""What people of one office say is found in nothing of another: no chat, file, export, search or row."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import openpyxl
import pypdfium2
import pytest

from bot.check import check
from bot.findings import as_lines
from bot.offices.national import as_lines as standing
from bot.offices.national import status
from bot.playground.chats import Topic
from bot.reporting import export, report
from bot.reports.press import FILES
from bot.reports.workshop import Wish
from tests.flows.conftest import Office
from tests.flows.trouble import becomes_true
from tests.offices.conftest import Town, run
from tests.offices.test_city import owned

WORDS = {"1201": "wexifoda", "1202": "zarqanum"}  # each is said in one office only


async def _lives(office: Office, word: str) -> Topic:
    """A question, a prepared answer, a note, a close, stars with words, a complaint, and a second question."""
    user, officer = office.user, office.officer
    await office.supervisor.say("/bantuan")
    await office.register(name=f"Siti {word.title()}", address=f"{word}@contoh.go.id")
    number = await office.ask(f"Berapa luas panen padi {word}?")
    await office.telegram.until(lambda: bool(office.telegram.topics))
    topic = office.telegram.topics[-1]
    await officer.sees(number, topic=topic)
    await officer.say(f"/baku simpan salam: Selamat pagi {word}.", topic=topic)
    await officer.sees("salam", topic=topic)
    await officer.say(f"// catatan {word}", topic=topic)
    await officer.say(f"/jawab Luas panen padi 12 hektare {word}", topic=topic)
    await user.sees("12 hektare")
    await officer.say("/tutup selesai", topic=topic)
    await user.sees("Bagaimana layanan kami")
    await user.press("4")
    await user.sees("saran atau masukan")
    await user.say(f"Terima kasih {word}")
    await user.say(f"/pengaduan Loket {word} tutup lebih awal")
    await office.supervisor.sees(word)
    await user.say("/mulai")
    await user.sees("jenis konsultasi")
    number = await office.ask(f"Masih tentang panen padi {word}")
    await office.telegram.until(lambda: any(number in topic.name for topic in office.telegram.topics))
    topic = await office.telegram.opened(number)
    await officer.sees(number, topic=topic)
    return topic


async def _asks_for_everything(office: Office, topic: Topic) -> None:
    """Whatever shows anything, in words that both offices use."""
    for command in ("/cari panen padi", "/cari tabel", "/status"):
        await office.user.say(command)
    await office.user.say("/privasi")
    await office.user.sees("Data Anda pada")
    await office.user.press("Salinan data saya")
    for command in ("/riwayat", "/baku", "/baku salam"):
        await office.officer.say(command, topic=topic)
    for command in ("/sla", "/antrean", "/petugas", "/atur", "/blokir daftar", "/laporan nama pemeriksaan inspektorat"):
        await office.admin.say(command)
    for kind in ("photo", "document", "document"):
        await office.admin.sees(kind=kind, within=60)
    await office.user.sees("Berikut salinan data Anda", within=60)
    await office.telegram.until(lambda: sum(message.kind == "document" for message in office.user.chat) == 2)


def _said(office: Office) -> str:
    """All that its bot was ever asked to say or show."""
    return "\n".join(str(request.params) for request in office.telegram.ledger.requests).lower()


def _pages(data: bytes | Path) -> str:
    return "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(data))


def _cells(path: Path) -> str:
    book = openpyxl.load_workbook(path)
    return "\n".join(f"{sheet.title} {cell.value}" for sheet in book for row in sheet.iter_rows() for cell in row)


def _read(path: Path) -> str:
    readers: dict[str, Any] = {".pdf": _pages, ".xlsx": _cells, ".png": lambda path: ""}
    return str(readers.get(path.suffix, lambda path: path.read_text(encoding="utf-8"))(path)).lower()


def _sent(office: Office, folder: Path) -> Iterator[str]:
    """The files that its bot sent, as somebody reads them who opens them."""
    chats = (*office.user.chat, *office.admin.chat, *office.telegram.staff.messages)
    for message in (message for message in chats if message.kind in ("photo", "document")):
        file = office.telegram.world.files.by_id(str(message.file_id))
        assert file is not None and file.content is not None
        path = folder / f"{message.id}-{file.name}"
        path.write_bytes(file.content)
        yield _read(path)


async def _rows(city: Town, code: str) -> str:
    """Every row of every table that a transaction of this office sees, whatever it asks for."""
    connection = await asyncpg.connect(city.url)
    try:
        await connection.execute(f"SET meja.office = '{code}'")
        tables = [
            row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        found = [await connection.fetch(f"SELECT t::text FROM {table} t") for table in tables]
        return "\n".join(row[0] for rows in found for row in rows).lower()
    finally:
        await connection.close()


async def test_a_word_of_one_office_is_found_in_nothing_of_another(
    city: Town, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    topics: dict[str, Topic] = {}
    for code, word in WORDS.items():
        answers = tmp_path / f"{code}.toml"
        answers.write_text(f'[[entry]]\ntitle = "Panen padi {word}"\nanswer = "Lihat tabel {word}"\n')
        more = {"catalogue": {"offer": False, "starter": False, "file": [str(answers)]}, "report": {"files": True}}
        await city.found(code, **more)
    async with run(city) as house:
        await becomes_true(lambda: owned(house) == set(WORDS), within=60)
        for code, word in WORDS.items():
            topics[code] = await _lives(city.offices[code], word)
        for code, topic in topics.items():
            await _asks_for_everything(city.offices[code], topic)
        for code, own in WORDS.items():
            (other,) = set(WORDS.values()) - {own}
            office, out = city.offices[code], tmp_path / f"out{code}"
            out.mkdir()
            wish = Wish("", names="pemeriksaan inspektorat", officers=True)
            await report(city.file(code), wish, [*FILES], out)
            await export(city.file(code), wish, out / "silastik.csv")
            sheets = {path.suffix: _read(path) for path in out.rglob("*") if path.is_file()}
            assert own in sheets[".xlsx"] and own in sheets[".csv"]
            shown = "\n".join(as_lines(await check(city.file(code), offline=True), "id"))
            texts = {
                "chats": _said(office),
                "rows": await _rows(city, code),
                "mails": "\n".join(str(mail) for mail in office.mailbox.mails).lower(),
                "check": shown,
            }
            texts |= {f"file {path}": _read(path) for path in out.rglob("*") if path.is_file()}
            files = dict(enumerate(_sent(office, out)))
            assert len(files) == 5 and sum(own in text for text in files.values()) >= 3
            assert own in texts["chats"] and own in texts["rows"]
            assert [place for place, text in texts.items() if other in text] == []
            assert [number for number, text in files.items() if other in text] == []
        national = "\n".join(standing(await status(city.folder)))
    ours = [str(record.__dict__) for record in caplog.records if record.name.startswith(("bot", "storage", "handlers"))]
    told = "\n".join([*ours, national, *capsys.readouterr()]).lower()
    assert [word for word in WORDS.values() if word in told] == []
