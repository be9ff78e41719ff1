"""Telegram hears that an update was received only when its bytes are on the disk (QUALITY.md P2)."""

import shutil
from pathlib import Path

import pytest

from tests.crash.power import prove

pytestmark = [pytest.mark.crash, pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")]
UPDATES = 200


async def test_what_is_confirmed_survives_a_power_failure(tmp_path: Path) -> None:
    proof = await prove(tmp_path, updates=UPDATES)
    assert proof.missing == []
    assert proof.updates >= UPDATES
    assert proof.polls > 1
