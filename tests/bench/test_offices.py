"""The small edition of the measurement of many offices: that everybody is served. No time is asserted here."""

from pathlib import Path

import pytest

from tests.bench.offices import measure
from tests.bench.offices_page import Pair, Size, many_section, one_section
from tests.bench.report import put_section
from tests.bench.steady import Day

pytestmark = pytest.mark.crash

SMALL = Size(offices=3, idle=0.1, words=2, seconds=0.5, rush=2)
PAGE = """# Benchmarks

## Many offices

Old figures.

## How it is measured

So.
"""


async def test_every_office_is_served_and_taken_over(tmp_path: Path, url: str) -> None:
    if url.startswith("sqlite"):
        town = await measure(tmp_path, f"sqlite:///{tmp_path}/{{code}}.db", 1, SMALL)
        assert town.killed is None
    else:
        town = await measure(tmp_path, url, 2, SMALL)
        assert town.killed is not None and town.stopped is not None
        assert 0 < town.killed[0] < 3
    assert len(town.talk.relayed) == 6
    assert len(town.talk.kept) > 6
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    one = Pair([0.5], ([1.0], [2.0]), ([Day(1, 2, 3, 4, 5)], [Day(1, 2, 3, 4, 5)]))
    for section in (many_section([town, town, town], SMALL), one_section(one, SMALL)) * 2:
        put_section(page, section)
    told = page.read_text()
    assert [line for line in told.splitlines() if line.startswith("#")] == [
        "# Benchmarks",
        "## One office in PostgreSQL",
        "## Many offices",
        "## How it is measured",
    ]
    assert "Old figures" not in told
    assert told.endswith("## How it is measured\n\nSo.\n")
