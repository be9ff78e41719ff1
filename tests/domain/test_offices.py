"""Time zones by BPS code (DOMAIN.md §3)."""

from zoneinfo import ZoneInfo

import pytest

from bot.domain.ids import OfficeCode
from bot.domain.offices import zone_label, zone_of


@pytest.mark.parametrize(
    ("provinces", "label"),
    [
        ((*range(11, 37), 61, 62), "WIB"),
        ((51, 52, 53, 63, 64, 65, 71, 72, 73, 74, 75, 76), "WITA"),
        ((81, 82, 91, 92, 93, 94, 95, 96, 97), "WIT"),
    ],
)
def test_an_office_s_zone_follows_from_its_code(provinces: tuple[int, ...], label: str) -> None:
    zones = [zone_of(OfficeCode(f"{province}07")) for province in provinces]
    assert [zone_label(zone) for zone in zones if zone] == [label] * len(provinces)


@pytest.mark.parametrize("code", ["3701", "5401", "9801", "", "demo"])
def test_an_unknown_province_has_no_zone(code: str) -> None:
    assert zone_of(OfficeCode(code)) is None


def test_labuhanbatu_is_in_sumatera_utara() -> None:
    assert zone_of(OfficeCode("1207")) == ZoneInfo("Asia/Jakarta")


def test_other_names_of_the_zones_keep_their_label_and_foreign_ones_their_name() -> None:
    labels = [zone_label(ZoneInfo(name)) for name in ("Asia/Pontianak", "Asia/Ujung_Pandang", "Asia/Dili")]
    assert labels == ["WIB", "WITA", "Asia/Dili"]
