"""Files that may do harm, told by name and type (QUALITY.md T16)."""

import pytest

from bot.domain.attachments import is_allowed, plain_name, risk


@pytest.mark.parametrize(
    ("name", "mime", "reason"),
    [
        ("surat.pdf", "application/pdf", ""),
        ("tabel 2025.v2.xlsx", "", ""),
        ("", "", ""),
        ("README", "text/plain", ""),
        ("arsip.zip", "application/zip", ""),
        ("setup.EXE", "", "program"),
        ("setup.exe. ", "", "program"),
        ("a.apk", "", "program"),
        ("skrip.js", "", "program"),
        ("pintasan.lnk", "", "program"),
        ("anggaran.xlsm", "", "macro"),
        ("surat.docm", "", "macro"),
        ("surat.pdf.exe", "", "double"),
        ("foto.jpg.scr", "", "double"),
        ("surat.pdf", "application/x-msdownload", "double"),
        ("surat.pdf", "application/x-msdownload; charset=x", "double"),
        ("tanpa", "application/vnd.android.package-archive", "program"),
        ("foto\u202egpj.exe", "", "disguise"),
        ("surat.p\u200bdf", "", "disguise"),
    ],
)
def test_the_name_and_the_type_tell(name: str, mime: str, reason: str) -> None:
    assert risk(name, mime) == reason


def test_an_office_may_name_what_it_takes() -> None:
    assert is_allowed("a.exe", ())
    assert is_allowed("Surat.PDF", ("pdf", "docx"))
    assert is_allowed("a.docx ", (".DOCX",))
    assert not is_allowed("a.pdf.exe", ("pdf",))
    assert not is_allowed("tanpa", ("pdf",))


def test_a_name_is_shown_without_what_hides() -> None:
    assert plain_name("foto\u202egpj\x00.exe") == "fotogpj.exe"
