"""Catalogue files: what is right counts, what is wrong is named with its line and takes nothing with it."""

from datetime import date
from pathlib import Path

import pytest

from bot.catalogue.files import Fault, Reading, read
from bot.texts import packaged

FACTS = {"kantor": "BPS Kabupaten Labuhanbatu", "website": ""}


def toml(text: str) -> Reading:
    return read(text.encode(), "katalog.toml", lambda lang: FACTS)


def csv(text: str) -> Reading:
    return read(text.encode(), "katalog.csv", lambda lang: FACTS)


def test_an_entry_with_everything() -> None:
    reading = toml(
        '[[entry]]\nid = "pdrb"\nlang = "en"\nkind = "table"\ntitle = "GRDP"\nanswer = "See  chapter 11.\\nPage 3"\n'
        'link = "https://labuhanbatukab.bps.go.id/a?b=c"\nwords = "growth"\ndate = 2026-02-27\n'
    )
    (entry,), faults = reading.entries, reading.faults
    assert faults == []
    assert (entry.key, entry.lang, entry.kind, entry.title) == ("pdrb", "en", "table", "GRDP")
    assert entry.summary == "See  chapter 11.\nPage 3"
    assert entry.dated == date(2026, 2, 27)
    assert "pdrb" in entry.title_stems.split() and "growth" in entry.title_stems


WRONG = {
    'title = "Tanpa jawaban"': "answer: missing",
    'answer = "Tanpa judul"': "title: missing",
    'title = "A"\nanswer = "B"\nlang = "fr"': "lang: expected id or en",
    'title = "A"\nanswer = "B"\nkind = "buku"': "kind: expected faq or publication or table or press",
    'title = "A"\nanswer = "B"\nlink = "javascript:alert(1)"': "link: expected an address such as https://www.bps.go.id",
    'title = "A"\nanswer = "B"\nlink = "https://a b"': "link: expected an address such as https://www.bps.go.id",
    'title = "A"\nanswer = 5': "answer: expected text in quotes",
    'title = "A"\nanswer = "B"\ndate = "kemarin"': "date: expected a day such as 2026-11-30",
    'title = "A"\nanswer = "B"\njawaban = "C"': "unknown field 'jawaban'",
    'title = "A"\nanswer = "B': "not valid TOML",
    f'title = "{"A" * 301}"\nanswer = "B"': "title: longer than 300 characters",
    'title = "Pertama"\nanswer = "lagi"': "id 'pertama' stands there twice in this language",
}


@pytest.mark.parametrize("block", WRONG)
def test_a_row_that_is_wrong_is_named_and_takes_no_other_with_it(block: str) -> None:
    good = '[[entry]]\ntitle = "{}"\nanswer = "Jawaban"\n\n'
    reading = toml(good.format("Pertama") + f"[[entry]]\n{block}\n\n" + good.format("Kedua"))
    assert [entry.title for entry in reading.entries] == ["Pertama", "Kedua"]
    (fault,) = reading.faults
    assert fault.problem.startswith(WRONG[block]) and 5 <= fault.line <= 8


def test_something_before_the_first_entry() -> None:
    reading = toml('judul = "Katalog"\n[[entry]]\ntitle = "A"\nanswer = "B"\n')
    assert reading.faults == [Fault(1, "expected [[entry]] before judul")] and len(reading.entries) == 1


@pytest.mark.parametrize("sign", [",", ";"])
def test_csv_with_commas_or_as_excel_writes_it_here(sign: str) -> None:
    rows = [
        "\ufeffid,title,answer",
        'a,"Jumlah, penduduk","Bab 3;\nlihat"',
        "b,Tanpa jawaban,",
        "c,Baik,Ada,lebih",
        "d,D,E",
    ]
    text = "\r\n".join(
        row.replace('"Jumlah, penduduk"', "Jumlah penduduk").replace(",", sign) if sign == ";" else row for row in rows
    )
    text = text.replace("Bab 3;", "Bab 3")
    reading = csv(text)
    assert [entry.key for entry in reading.entries] == ["a", "d"]
    assert [(fault.line, fault.problem) for fault in reading.faults] == [
        (4, "answer: missing"),
        (5, "more fields than the first line names"),
    ]


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b"\x00" * 100, b'title\nanswer\n"open', b"[[entry]]\n" * 50])
@pytest.mark.parametrize("name", ["a.toml", "a.csv", "a"])
def test_no_content_is_too_broken(data: bytes, name: str) -> None:
    reading = read(data, name, lambda lang: FACTS)
    assert reading.entries == [] and (reading.faults or name == "a.csv" or not data)


def test_a_file_in_another_encoding_is_told_so_with_its_line() -> None:
    reading = read("id,title\na,caf\xe9\n".encode("latin-1"), "a.csv", lambda lang: FACTS)
    assert reading.faults == [Fault(2, "not UTF-8; save the file as UTF-8 (in Excel: CSV UTF-8)")]


def test_the_offices_facts_are_filled_in_and_an_entry_without_its_fact_is_left_out() -> None:
    reading = toml(
        '[[entry]]\ntitle = "Di mana {kantor}?"\nanswer = "Di sini {lain}"\n'
        '[[entry]]\ntitle = "Situs"\nanswer = "{website}"\n'
    )
    assert [entry.title for entry in reading.entries] == ["Di mana BPS Kabupaten Labuhanbatu?"]
    assert reading.entries[0].summary == "Di sini {lain}" and reading.faults == []


def test_the_questions_that_come_with_the_program_are_the_same_in_both_languages() -> None:
    keys = {}
    for lang in ("id", "en"):
        path = Path(packaged() / lang / "faq.toml")
        reading = read(
            path.read_bytes(), path.name, lambda lang: dict.fromkeys(FACTS, "https://www.bps.go.id"), lang=lang
        )
        assert reading.faults == []
        keys[lang] = [entry.key for entry in reading.entries]
        assert all(len(entry.summary) <= 500 for entry in reading.entries)
    assert keys["id"] == keys["en"] and len(keys["id"]) >= 20
