"""Time zones of offices: by the first two digits of the BPS code (not Kemendagri's), with the label people know."""

from zoneinfo import ZoneInfo

from bot.domain.ids import OfficeCode

LABELS = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Ujung_Pandang": "WITA",
    "Asia/Jayapura": "WIT",
}
PROVINCES = {
    "Asia/Jakarta": (*range(11, 37), 61, 62),
    "Asia/Makassar": (*range(51, 54), *range(63, 66), *range(71, 77)),
    "Asia/Jayapura": (81, 82, *range(91, 98)),
}
ZONES = {f"{province}": zone for zone, provinces in PROVINCES.items() for province in provinces}


def zone_of(office: OfficeCode) -> ZoneInfo | None:
    """The usual zone of an office (DOMAIN.md §3): "1207" is in Sumatera Utara, WIB. None for an unknown province."""
    name = ZONES.get(office[:2])
    return ZoneInfo(name) if name else None


def zone_label(zone: ZoneInfo) -> str:
    """WIB, WITA or WIT, to be printed with every time of day; any other zone shows its own name."""
    return LABELS.get(zone.key, zone.key)
