"""A backup beside a desk under load is sound and whole; killed in the middle it counts for nothing."""

from pathlib import Path

import pytest

from tests.crash.backups import prove

pytestmark = pytest.mark.crash


async def test_backups_under_load_with_kills(tmp_path: Path) -> None:
    proof = await prove(tmp_path, backups=3, ballast=20_000)
    assert proof.faults == []
    assert proof.copies >= 2 and proof.said > 20
    assert proof.ends["killed, in the middle"] == 1
