"""Which text is drawn: by key and language, an office's own first, and nothing from anywhere else (QUALITY.md T18)."""

from pathlib import Path

import pytest
from jinja2.exceptions import SecurityError, TemplateNotFound

from bot.texts import Texts, UnknownText, languages
from tests.templates.samples import OFFICE

WAYS_OUT = [
    "../../etc/passwd",
    "/etc/passwd",
    "..",
    "",
    "free.html",
    "../mail/code",
    "_contact",
    "FREE",
    "free\x00",
    ".",
]


def own(folder: Path, name: str, text: str) -> Texts:
    """Texts of an office that has put this file into its own directory."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return Texts(OFFICE, override_dir=folder)


@pytest.mark.parametrize("key", WAYS_OUT)
def test_a_key_leads_nowhere_else(texts: Texts, key: str) -> None:
    with pytest.raises(UnknownText):
        texts.render(key, "id")
    with pytest.raises(UnknownText):
        texts.mail(key, "id")


@pytest.mark.parametrize("lang", ["../../etc", "..", "", "fr", "id/../../..", "ID"])
def test_an_unknown_language_is_drawn_in_indonesian(texts: Texts, lang: str) -> None:
    assert texts.render("free", lang) == texts.render("free", "id")
    assert texts.label("button.agree", lang) == "Setuju"


def test_an_office_may_have_its_own_wording(tmp_path: Path) -> None:
    texts = own(tmp_path, "id/messages/free.html", "Gratis, {{ office.title }}.")
    assert texts.render("free", "id") == "Gratis, BPS Kabupaten Labuhanbatu."
    assert texts.render("free", "en").startswith("Consultation is free")
    assert texts.render("thanks", "id").startswith("Masukan Anda")


def test_an_office_may_have_its_own_label_and_keeps_the_others(tmp_path: Path) -> None:
    texts = own(tmp_path, "id/labels.toml", '[origin]\nother = "Umum"\n')
    assert texts.label("origin.other", "id") == "Umum"
    assert texts.label("origin.bank", "id") == "Perbankan"
    assert list(texts.label_keys("origin"))[-1] == "origin.other"


def test_an_office_cannot_invent_a_text(tmp_path: Path) -> None:
    with pytest.raises(UnknownText):
        own(tmp_path, "id/messages/poetry.html", "…").render("poetry", "id")


def test_a_link_out_of_the_directory_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("secret")
    folder = tmp_path / "own" / "id" / "messages"
    folder.mkdir(parents=True)
    (folder / "free.html").symlink_to(secret)
    texts = Texts(OFFICE, override_dir=tmp_path / "own")
    assert texts.render("free", "id").startswith("Layanan konsultasi")


def test_an_include_cannot_read_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("secret")
    texts = own(tmp_path / "own", "id/messages/free.html", '{% include "../../secret.html" %}')
    with pytest.raises(TemplateNotFound):
        texts.render("free", "id")


def test_a_template_runs_in_a_sandbox(tmp_path: Path) -> None:
    with pytest.raises(SecurityError):
        own(tmp_path, "id/messages/free.html", "{{ ''.__class__.__mro__ }}").render("free", "id")


@pytest.mark.parametrize("typed", ["Setuju", "setuju", "  SETUJU ", "Setuju.", "setuju !", "Agree", "agree,"])
def test_typing_a_label_is_pressing_it_in_any_language(texts: Texts, typed: str) -> None:
    assert texts.same(typed, "button.agree")


def test_every_label_is_known_for_one(texts: Texts) -> None:
    said = [label for lang in languages() for label in texts.speaking(lang).labels.values()]
    assert all(texts.is_label(f" {label.upper()}! ") for label in said)
    assert not any(texts.is_label(typed) for typed in ("", "5 ribu", "Berapa penduduk Rantauprapat?", "setuju sekali"))


@pytest.mark.parametrize("typed", ["Tidak setuju", "setujui", "", ".", "Setuju?!x", "5"])
def test_other_words_are_not_the_label(texts: Texts, typed: str) -> None:
    assert not texts.same(typed, "button.agree")


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("data", "type.data"),
        ("rekomendasi  kegiatan", "type.recommendation"),
        ("Activity recommendation", "type.recommendation"),
        ("belum yakin…", "type.unsure"),
        ("Berapa jumlah penduduk?", None),
    ],
)
def test_a_typed_choice_is_found_among_its_labels(texts: Texts, typed: str, key: str | None) -> None:
    assert texts.find_label(typed, "type") == key


def test_buttons_are_those_of_the_contract(texts: Texts) -> None:
    contract = {
        "agree": ("Setuju", "Agree"),
        "decline": ("Tidak setuju", "Decline"),
        "resend": ("Kirim ulang", "Resend"),
        "skip": ("Lewati", "Skip"),
        "data": ("Data", "Data"),
        "metadata": ("Metadata", "Metadata"),
        "recommendation": ("Rekomendasi Kegiatan", "Activity recommendation"),
        "classification": ("Klasifikasi", "Classification"),
        "unsure": ("Belum yakin", "Not sure"),
        "send": ("Kirim", "Send"),
        "still_needed": ("Masih perlu", "Still need help"),
        "answered": ("Sudah terjawab", "Answered"),
        "reopen": ("Buka kembali", "Reopen"),
        "r1": ("1", "1"),
        "r5": ("5", "5"),
    }
    drawn = {key: (texts.label(f"button.{key}", "id"), texts.label(f"button.{key}", "en")) for key in contract}
    assert drawn == contract


def test_the_types_on_the_buttons_are_the_types_of_the_tickets(texts: Texts) -> None:
    for lang in ("id", "en"):
        for key, text in texts.label_keys("type", lang).items():
            assert texts.label(key.replace("type.", "button."), lang) == text


def test_command_descriptions_fit_telegram(texts: Texts) -> None:
    for lang in ("id", "en"):
        assert all(3 <= len(text) <= 256 for text in texts.label_keys("command", lang).values())


def test_an_unknown_label_is_refused(texts: Texts) -> None:
    with pytest.raises(UnknownText, match=r"button\.poetry"):
        texts.label("button.poetry", "id")
