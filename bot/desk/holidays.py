"""Indonesian national holidays and cuti bersama, from the `holidays` package (the joint decrees of three ministers).

Changes come late in the year: the office overlays its own by /libur and /masuk (DOMAIN.md §3).
"""

from collections.abc import Iterable
from datetime import date
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

import holidays

if TYPE_CHECKING:
    from holidays.countries.indonesia import Indonesia

CATEGORIES = ("public", "government")
"""Cuti bersama, days off for BPS too, come only with the category "government" (DOMAIN.md §0.5)."""


def _indonesia() -> "type[Indonesia]":
    """From its own file: imported by its name it brings all other countries along, at each start 50 ms and 7 MB."""
    path = Path(holidays.__file__).parent / "countries" / "indonesia.py"
    spec = spec_from_file_location("holidays_indonesia", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: type[Indonesia] = module.Indonesia
    return found


INDONESIA = _indonesia()


def closures(years: Iterable[int]) -> dict[date, str]:
    """The days off of `years` with their Indonesian names, weekends included; a year without a table gives none.

    For such a year the package only estimates, so the calendar falls back to weekends (DOMAIN.md §3).
    """
    return dict(_table(known_years(years)))


@cache
def _table(years: frozenset[int]) -> tuple[tuple[date, str], ...]:
    """Once for all offices of a process."""
    return tuple(sorted(INDONESIA(years=years, categories=CATEGORIES, language="id").items()))


def known_years(years: Iterable[int]) -> frozenset[int]:
    """Those of `years` whose joint decree the package knows: the ones with cuti bersama."""
    return frozenset(filter(_is_known, years))


@cache
def _is_known(year: int) -> bool:
    return bool(INDONESIA(years=year, categories="government", expand=False))
