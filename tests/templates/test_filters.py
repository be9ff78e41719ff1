"""Values are drawn in the office's zone and the reader's language (DOMAIN.md §4)."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from bot.texts import Texts, UnknownText
from tests.templates.samples import OFFICE

DUE = "2026-11-26T08:30:00+00:00"


@pytest.fixture
def draw(tmp_path: Path) -> Any:
    """Draws one expression in a language, through an office's own file."""

    def expression(source: str, lang: str, *, zone: str = "Asia/Jakarta", label: str = "WIB", **params: object) -> str:
        for code in ("id", "en"):
            (tmp_path / code / "messages").mkdir(parents=True, exist_ok=True)
            (tmp_path / code / "messages" / "free.html").write_text(source, "utf-8")
        office = replace(OFFICE, zone=ZoneInfo(zone), zone_label=label)
        return Texts(office, override_dir=tmp_path).render("free", lang, **params)

    return expression


@pytest.mark.parametrize(
    ("source", "indonesian", "english"),
    [
        ("{{ at|day }}", "Kamis, 26 November 2026", "Thursday, 26 November 2026"),
        ("{{ at|clock }}", "15.30 WIB", "15:30 WIB"),
        ("{{ at|moment }}", "Kamis, 26 November 2026 pukul 15.30 WIB", "Thursday, 26 November 2026, 15:30 WIB"),
        ("{{ at|date }}", "26 Nov 2026", "26 Nov 2026"),
        ("{{ '2026-08-17'|date }}", "17 Agu 2026", "17 Aug 2026"),
        ("{{ '2026-08-17'|day }}", "Senin, 17 Agustus 2026", "Monday, 17 August 2026"),
        ("{{ 4.6|decimal }}", "4,6", "4.6"),
        ("{{ 1234.5|decimal(2) }}", "1.234,50", "1,234.50"),
        ("{{ 0.25|decimal }}", "0,3", "0.3"),
        ("{{ 12|decimal(0) }}", "12", "12"),
        ("{{ 8100|duration }}", "2 jam 15 menit", "2 hours 15 minutes"),
        ("{{ 3600|duration }}", "1 jam", "1 hour"),
        ("{{ 42.7|duration }}", "42 detik", "42 seconds"),
        ("{{ 0|duration }}", "0 menit", "0 minutes"),
        ("{{ 730|days }}", "2 tahun", "2 years"),
        ("{{ 30|days }}", "30 hari", "30 days"),
        ("{{ '5 tahun sesuai JRA'|days }}", "5 tahun sesuai JRA", "5 tahun sesuai JRA"),
        ("{{ 'type.recommendation'|label }}", "Rekomendasi Kegiatan", "Activity recommendation"),
        ("{{ 'poll'|named('kind') }}", "jajak pendapat", "poll"),
        ("{{ 'hologram'|named('kind') }}", "hologram", "hologram"),
        ("{{ office.title }}", "BPS Kabupaten Labuhanbatu", "BPS-Statistics Labuhanbatu Regency"),
        ("{{ retention|days }}", "2 tahun", "2 years"),
    ],
)
def test_a_value_is_drawn_in_the_language(draw: Any, source: str, indonesian: str, english: str) -> None:
    assert draw(source, "id", at=DUE) == indonesian
    assert draw(source, "en", at=DUE) == english


@pytest.mark.parametrize(
    ("local", "indonesian", "english"),
    [
        ("00:00", "pagi", "morning"),
        ("10:59", "pagi", "morning"),
        ("11:00", "siang", "morning"),
        ("12:00", "siang", "afternoon"),
        ("14:59", "siang", "afternoon"),
        ("15:00", "sore", "afternoon"),
        ("17:59", "sore", "afternoon"),
        ("18:00", "malam", "evening"),
        ("23:59", "malam", "evening"),
    ],
)
def test_the_greeting_knows_the_part_of_the_day(draw: Any, local: str, indonesian: str, english: str) -> None:
    at = f"2026-11-26T{local}:00+07:00"
    assert draw("{{ at|part_of_day }}", "id", at=at) == indonesian
    assert draw("{{ at|part_of_day }}", "en", at=at) == english


@pytest.mark.parametrize(
    ("zone", "label", "drawn"),
    [
        ("Asia/Jakarta", "WIB", "Senin, 23 November 2026 pukul 23.30 WIB"),
        ("Asia/Makassar", "WITA", "Selasa, 24 November 2026 pukul 00.30 WITA"),
        ("Asia/Jayapura", "WIT", "Selasa, 24 November 2026 pukul 01.30 WIT"),
    ],
)
def test_the_same_moment_is_another_day_further_east(draw: Any, zone: str, label: str, drawn: str) -> None:
    assert draw("{{ at|moment }}", "id", zone=zone, label=label, at="2026-11-23T16:30:00Z") == drawn


def test_an_aware_datetime_is_drawn_like_its_text(draw: Any) -> None:
    assert draw("{{ at|clock }}", "id", at=datetime(2026, 11, 26, 8, 30, tzinfo=UTC)) == "15.30 WIB"


def test_a_moment_without_a_zone_is_refused(draw: Any) -> None:
    with pytest.raises(ValueError, match="time zone"):
        draw("{{ at|moment }}", "id", at="2026-11-26T08:30:00")


def test_a_calendar_day_has_no_clock(draw: Any) -> None:
    with pytest.raises(ValueError, match="time zone"):
        draw("{{ at|clock }}", "id", at="2026-11-26")


def test_an_exact_figure_is_rounded_half_up(draw: Any) -> None:
    assert draw("{{ x|decimal(2) }}", "id", x=Decimal("91.485")) == "91,49"


def test_cutting_counts_as_telegram_does_and_never_halves_a_character(draw: Any) -> None:
    assert draw("{{ t|cut(4) }}", "id", t="😀😀😀") == "😀…"
    assert draw("{{ t|cut(6) }}", "id", t="😀😀😀") == "😀😀😀"


def test_an_unknown_label_is_an_error(draw: Any) -> None:
    with pytest.raises(UnknownText, match=r"type\.poetry"):
        draw("{{ 'type.poetry'|label }}", "id")


def test_a_forgotten_parameter_is_an_error_and_no_empty_text(texts: Texts) -> None:
    with pytest.raises(UndefinedError, match="due"):
        texts.render("waiting", "id", number="1207-2611-0042")
