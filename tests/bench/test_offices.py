"""The small edition of the measurement of many offices: that everybody is served. No time is asserted here."""

import os
from pathlib import Path

import pytest

from tests.bench.offices import arguments, measure

pytestmark = pytest.mark.crash


async def test_every_office_is_served(tmp_path: Path, url: str) -> None:
    words = ["--offices", "3", "--idle", "0.1", "--words", "2", "--seconds", "0.5"]
    if url.startswith("sqlite"):
        url = f"sqlite:///{tmp_path}/{{code}}.db"
    else:
        words += ["--database", "postgres", "--processes", "2"]
    os.mkdir(folder := tmp_path / "offices")  # noqa: PTH102
    found = await measure(folder, url, arguments(words))
    assert (found.offices, found.written) == (3, 6)
    assert found.kept_p99 > 0 and found.relay_p99 > 0
