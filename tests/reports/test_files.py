"""The files of a report, opened and read back: workbook, list, paper and picture."""

import asyncio
import csv
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pypdfium2
import pytest

from bot.reports import charts, sheets_csv
from bot.reports.apart import NotDrawn, apart
from bot.reports.book import Book, Column, Kind, Table
from bot.reports.paper import Letter
from bot.reports.press import Press
from bot.reports.sheets_csv import harmless
from bot.reports.words import Words
from bot.texts import Texts
from tests.domain.cast import WIB
from tests.reports.cast import Desk
from tests.reports.test_book import asked, told
from tests.reports.test_report import a_month_of_work

SHEETS = [
    "Ringkasan", "Tren bulanan", "Per jenis", "Per kategori pengguna", "Per petugas", "Ketepatan waktu",
    "Alasan penutupan", "Kepuasan", "Umpan balik", "Pengaduan", "Daftar tiket",
]  # fmt: skip
COLUMNS = [
    "No. Tiket",
    "Tanggal Permintaan",
    "Jam",
    "Kanal",
    "Jenis Konsultasi",
    "Kategori Instansi",
    "Pemanfaatan",
    "Ringkasan",
    "Petugas",
    "Respons Pertama",
    "Jawaban Disampaikan",
    "Tenggat",
    "Ditutup",
    "Lama Penyelesaian (hari kerja)",
    "Tepat Waktu",
    "Hari Menunggu Pengguna",
    "Status",
    "Alasan Penutupan",
    "Dibuka Kembali (n)",
    "Rating",
    "Umpan Balik",
    "No. Silastik",
]
ATTACKS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\u00a0=1",
    "aman\n=cmd|' /C calc'!A0",
    '=HYPERLINK("x")',
)


@pytest.fixture
def press(texts: Texts) -> Press:
    return of_language(texts, "id")


def of_language(texts: Texts, lang: str) -> Press:
    letter = Letter(office="BPS Kabupaten Labuhanbatu", decree="107", signer="Ir. Hasan Basri")
    return Press(Words(texts.speaking(lang), WIB, answer_days=3), letter)


@pytest.fixture
async def book(desk: Desk) -> Book:
    await a_month_of_work(desk)
    return await told(desk, asked(desk))


async def test_the_workbook_has_the_sheets_and_columns_of_the_office(book: Book, press: Press, tmp_path: Path) -> None:
    (path,) = press.make(book, ["xlsx"], tmp_path)
    workbook = openpyxl.load_workbook(path)
    assert workbook.sheetnames == SHEETS
    page = workbook["Daftar tiket"]
    header = next(row for row in page.iter_rows() if row[0].value == "No. Tiket")
    assert [cell.value for cell in header] == COLUMNS
    (table,) = page.tables.values()
    assert table.autoFilter is not None
    assert page.freeze_panes is not None
    first = [cell.value for cell in page[header[0].row + 1]]
    assert (first[0], first[4], first[13], first[14]) == ("1207-2611-0001", "Data", 0, "Ya")
    assert str(first[1]) == "2026-11-02 09:00:00"
    assert page.cell(header[0].row + 1, 2).number_format == "dd/mm/yyyy"


async def test_every_table_of_the_workbook_explains_its_figures(book: Book, press: Press, tmp_path: Path) -> None:
    (path,) = press.make(book, ["xlsx"], tmp_path)
    text = {cell.value for page in openpyxl.load_workbook(path) for row in page.iter_rows() for cell in row}
    for sheet in book.sheets:
        for table in sheet.tables:
            assert table.notes, table.key
            assert {press.words.note(note) for note in table.notes} <= text


async def test_charts_of_the_workbook_are_native(book: Book, press: Press, tmp_path: Path) -> None:
    (path,) = press.make(book, ["xlsx"], tmp_path)
    assert any(name.startswith("xl/charts/chart") for name in ZipFile(path).namelist())


async def test_no_cell_of_the_workbook_is_ever_a_formula(desk: Desk, press: Press, tmp_path: Path) -> None:
    columns = (Column("feedback", Kind.TEXT), Column("officer", Kind.TEXT))
    table = Table("feedback", columns, [[attack, attack] for attack in ATTACKS], ("feedback",))
    hostile = (await told(desk, asked(desk))).mapped(lambda other: table if other.key == "feedback" else other)
    (path,) = press.make(hostile, ["xlsx"], tmp_path)
    page = openpyxl.load_workbook(path)["Umpan balik"]
    kinds = {cell.value: cell.data_type for row in page.iter_rows() for cell in row if cell.value is not None}
    assert set(kinds.values()) == {"s"}
    assert "<f>" not in ZipFile(path).read("xl/worksheets/sheet9.xml").decode()


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_line_of_the_list_begins_like_a_formula(attack: str, press: Press, tmp_path: Path) -> None:
    table = Table("tickets", (Column("number", Kind.TEXT), Column("feedback", Kind.TEXT)), [["1", attack]])
    path = tmp_path / "list.csv"
    sheets_csv.write(table, press.words, path)
    text = path.read_text("utf-8-sig")
    ((_, cell),) = list(csv.reader(text.splitlines(keepends=True), delimiter=";"))[1:]
    assert not any(re.match(r"[\s\u00a0]*[=+\-@]", line) for line in cell.split("\n"))
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_harmless_words_stay_as_they_are() -> None:
    assert harmless("Jumlah penduduk 2025 = 500.000") == "Jumlah penduduk 2025 = 500.000"


async def test_the_list_opens_with_either_separator(book: Book, press: Press, tmp_path: Path) -> None:
    for separator in ";,":
        path = tmp_path / "list.csv"
        sheets_csv.write(book.table("tickets"), press.words, path, separator=separator)
        rows = list(csv.reader(path.read_text("utf-8-sig").splitlines(), delimiter=separator))
        assert rows[0] == COLUMNS
        assert [len(row) for row in rows] == [len(COLUMNS)] * 9


async def test_the_paper_has_letterhead_figures_definitions_and_a_place_to_sign(
    book: Book, press: Press, tmp_path: Path
) -> None:
    (path,) = press.make(book, ["pdf"], tmp_path)
    document = pypdfium2.PdfDocument(path)
    text = " ".join(page.get_textpage().get_text_bounded() for page in document)
    plain = re.sub(r"\s+", " ", text)
    for words in ("BPS Kabupaten Labuhanbatu", "November 2026", "60,0 %", "Mengetahui", "Ir. Hasan Basri", "persentil"):
        assert words in plain, words
    assert f"Halaman 1 dari {len(document)}" in plain
    assert book.checksum[:12] in plain
    assert "Umpan balik" in plain


async def test_the_paper_takes_what_people_wrote_as_words_never_as_code(
    desk: Desk, press: Press, tmp_path: Path
) -> None:
    attack = '#panic() #eval("1") $x$ *bold* @label <b> `raw` ] } \\ https://x.id'
    table = Table("feedback", (Column("feedback", Kind.TEXT),), [[attack]], ("feedback",))
    hostile = (await told(desk, asked(desk))).mapped(lambda other: table if other.key == "feedback" else other)
    (path,) = press.make(hostile, ["pdf"], tmp_path)
    text = "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(path))
    assert "".join(attack.split()) in "".join(text.split())


async def test_an_office_may_have_a_template_and_a_logo_of_its_own(book: Book, texts: Texts, tmp_path: Path) -> None:
    template, logo = tmp_path / "own.typ", tmp_path / "logo.svg"
    template.write_text("#let data = json(bytes(sys.inputs.data))\nOwn paper of #data.office #image(data.logo)")
    logo.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>')
    letter = Letter(office="BPS Kota Contoh", template=template, logo=logo)
    own = Press(Words(texts.speaking("id"), WIB, answer_days=3), letter)
    (path,) = own.make(book, ["pdf"], tmp_path)
    assert "Own paper of BPS Kota Contoh" in pypdfium2.PdfDocument(path)[0].get_textpage().get_text_bounded()


async def test_every_word_of_every_sheet_is_there_in_both_languages(book: Book, texts: Texts, tmp_path: Path) -> None:
    for lang in ("id", "en"):
        paths = of_language(texts, lang).make(book, ["xlsx", "pdf", "png", "csv"], tmp_path)
        assert [path.stat().st_size > 1000 for path in paths] == [True] * 4


@pytest.mark.parametrize("name", sorted(charts.CHARTS))
async def test_a_chart_without_data_is_drawn_with_grace(name: str, desk: Desk, press: Press) -> None:
    empty = await told(desk, asked(desk))
    picture = charts.svg(charts.spec(name, empty, press.words), press.words)
    assert "NaN" not in picture
    assert "undefined" not in picture
    assert press.words.language.label("chart.requests").split()[0] in picture or name != "requests"


@pytest.mark.parametrize(("lang", "written"), [("id", "10.000"), ("en", "10,000")])
def test_thousands_in_a_chart_are_written_as_the_language_does(lang: str, written: str, texts: Texts) -> None:
    chart = charts._template("ratings") | {"data": {"values": [{"label": "5", "n": 10_000}]}}
    assert f">{written}<" in charts.svg(chart, of_language(texts, lang).words)


@pytest.fixture
def office() -> Iterator[str]:
    found = shutil.which("soffice")
    if not found:
        pytest.skip("LibreOffice is not installed")
    yield found


async def test_libreoffice_opens_the_workbook_without_repair(
    book: Book, press: Press, office: str, tmp_path: Path
) -> None:
    (path,) = press.make(book, ["xlsx"], tmp_path)
    home = f"-env:UserInstallation={(tmp_path / 'home').as_uri()}"
    order = [
        office,
        home,
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
    ]
    order += ["--outdir", str(tmp_path / "out"), str(path)]
    await asyncio.to_thread(subprocess.run, order, check=True, capture_output=True, timeout=120)
    converted = {file.stem.rpartition("-")[2]: file.read_text("utf-8") for file in (tmp_path / "out").glob("*.csv")}
    assert set(converted) == set(SHEETS)
    assert "1207-2611-0001" in converted["Daftar tiket"]
    assert "Err:" not in "".join(converted.values())


def test_a_step_apart_leaves_its_file_and_its_failure_is_known(tmp_path: Path) -> None:
    apart((tmp_path / "drawn").write_text, "drawn by a fork")
    assert (tmp_path / "drawn").read_text() == "drawn by a fork"
    with pytest.raises(NotDrawn):
        apart((tmp_path / "nowhere" / "drawn").write_text, "lost")
