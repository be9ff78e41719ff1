"""/report with its files: picture, paper and workbook, made by a real process of their own."""

from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from bot.playground.messages import Message
from tests.flows.conftest import ADMIN, Office, office_at
from tests.flows.way import value


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with office_at(tmp_path / "meja.db", report={"files": True}) as office, office.open():
        yield office


async def _of_kind(office: Office, kind: str) -> Message:
    return await office.admin.sees(kind=kind, within=60)


def _bytes(office: Office, message: Message) -> bytes:
    file = office.telegram.world.files.by_id(str(message.file_id))
    assert file is not None and file.content is not None
    return file.content


async def test_a_report_comes_as_figures_picture_paper_and_workbook(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.admin.say("/report")
    text = await office.admin.sees("Laporan layanan")
    assert "Grafik, PDF, dan XLSX menyusul." in text.text
    picture = await _of_kind(office, "photo")
    assert "November 2026" in picture.text
    assert "1 permintaan" in picture.text
    paper = await _of_kind(office, "document")
    book = await _of_kind(office, "document")
    names = [message.body["document"]["file_name"] for message in (paper, book)]
    assert names == ["laporan-1207-2026-11.pdf", "laporan-1207-2026-11.xlsx"]
    workbook = openpyxl.load_workbook(BytesIO(_bytes(office, book)))
    cells = {cell.value for row in workbook["Daftar tiket"].iter_rows() for cell in row}
    assert number in cells
    assert "Siti" not in cells and not any("@" in str(cell) for cell in cells)


async def test_names_come_with_a_reason_into_a_private_chat_only_and_leave_a_line(office: Office) -> None:
    number, _ = await office.ticket()
    await office.admin.say("/report 2026-11 nama", topic=None)
    await office.officer.sees("alasannya", topic=None)
    await office.admin.say("/report 2026-11 nama pemeriksaan inspektorat", topic=None)
    await office.officer.sees("alasannya", topic=None)
    await office.admin.say("/report 2026-11 nama pemeriksaan inspektorat")
    await _of_kind(office, "document")
    book = await _of_kind(office, "document")
    workbook = openpyxl.load_workbook(BytesIO(_bytes(office, book)))
    cells = {cell.value for row in workbook["Daftar tiket"].iter_rows() for cell in row}
    assert number in cells
    assert any("Siti" in str(cell) for cell in cells)
    line = await value(office, "SELECT actor || data FROM audit WHERE action = 'report_names'")
    assert line.startswith(f"admin:{ADMIN}")
    assert "pemeriksaan inspektorat" in line


async def test_whoever_is_no_admin_gets_neither_figures_nor_files(office: Office) -> None:
    await office.ticket()
    await office.user.say("/report")
    await office.user.sees("belum kami kenal")
    await office.settled()
    assert await value(office, "SELECT count(*) FROM outbox WHERE kind = 'report_file'") == 0


async def test_the_month_goes_to_the_group_on_its_first_working_day_once(tmp_path: Path) -> None:
    monthly = {"files": True, "monthly": "staff"}
    async with office_at(tmp_path / "meja.db", report=monthly) as office, office.open():
        await office.ticket()
        await office.move(days=7, hours=22, minutes=30)  # Tuesday 1 December, 08.30
        paper = await office.officer.sees(kind="document", topic=None, within=60)
        assert paper.body["document"]["file_name"] == "laporan-1207-2026-11.pdf"
        await office.officer.sees(kind="document", topic=None, within=60)
        await office.move(days=1)
        await office.settled()
        assert await value(office, "SELECT count(*) FROM outbox WHERE kind = 'report_file'") == 3


async def test_a_desk_that_was_down_on_that_morning_sends_the_month_when_it_is_back(tmp_path: Path) -> None:
    monthly = {"files": True, "monthly": "staff"}
    async with office_at(tmp_path / "meja.db", report=monthly, service={"reminder_at": ""}) as office:
        async with office.open():
            await office.ticket()
            assert await value(office, "SELECT reported_month FROM offices") == "2026-10", "no report of the past"
        office.jump(days=9, hours=5)  # Wednesday 2 December, 15.00
        async with office.open():
            paper = await office.officer.sees(kind="document", topic=None, within=60)
            assert paper.body["document"]["file_name"] == "laporan-1207-2026-11.pdf"
            await office.officer.sees(kind="document", topic=None, within=60)


async def test_the_month_goes_to_the_supervisor_by_mail_with_its_files(tmp_path: Path) -> None:
    monthly = {"files": True, "monthly": "supervisor"}
    address = {"email": "kepala@contoh.go.id"}
    async with office_at(tmp_path / "meja.db", report=monthly, supervisor=address) as office, office.open():
        await office.ticket()
        await office.move(days=7, hours=22, minutes=30)
        mail = await office.mailbox.mail_to("kepala@contoh.go.id", within=60)
        while "Laporan layanan" not in mail.subject:
            mail = await office.mailbox.mail_to("kepala@contoh.go.id", within=60)
        assert mail.files == ("laporan-1207-2026-11.pdf", "laporan-1207-2026-11.xlsx")


async def test_files_that_cannot_be_made_are_said_once_and_the_chat_goes_on(tmp_path: Path) -> None:
    broken = tmp_path / "letter.typ"
    broken.write_text("#let", encoding="utf-8")
    report = {"files": True, "template": str(broken)}
    async with office_at(tmp_path / "meja.db", report=report) as office, office.open():
        await office.ticket()
        await office.admin.say("/report 2026-11")
        await office.admin.sees("Laporan layanan")
        await office.admin.say("/sla")
        await office.admin.sees("Standar: ")
        for _ in range(3):
            await office.settled()
            await office.move(minutes=1)
        await office.admin.sees("Berkas laporan 2026-11 tidak dapat dibuat", within=60)
        await office.settled()
        assert sum("tidak dapat dibuat" in message.text for message in office.admin.chat) == 1
        states = "SELECT group_concat(state) FROM (SELECT state FROM outbox WHERE kind = 'report_file' ORDER BY id)"
        assert await value(office, states) == "failed,dropped,dropped"
