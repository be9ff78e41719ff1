"""The small edition of `make soak`: some hundred updates, faults, a few kills, a day that passes."""

from pathlib import Path

import pytest

from tests.soak.soak import Plan, soak
from tests.soak.table import broken, lines

pytestmark = pytest.mark.crash
SMALL = Plan(updates=600, faults=3.0, kills=4, days=1.0, users=10, officers=3)


async def test_a_small_soak_keeps_every_promise(tmp_path: Path) -> None:
    told: list[str] = []
    outcome = await soak(SMALL, tmp_path, told.append)
    assert broken(outcome) == []
    assert outcome.kills == SMALL.kills
    assert outcome.updates >= SMALL.updates
    assert outcome.verdict.arrived > 50
    assert dict(lines(outcome))["promises broken"] == "0"
