"""Whole worlds from seeds: people, faults and crashes around the real desk, and all promises kept at the end."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.simulation.loop import Standstill, virtual_loop
from tests.simulation.night import studio
from tests.simulation.play import simulate

SEEDS = Path(__file__).with_name("seeds.txt")
LEAST = 50
BUDGET = 40.0  # seconds of real time for fresh seeds, once the least are done


def _kept_seeds() -> list[int]:
    lines = SEEDS.read_text("utf-8").splitlines()
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("seed", _kept_seeds())
def test_a_world_that_once_showed_a_bug_keeps_its_promises(seed: int) -> None:
    with studio() as place:
        assert simulate(seed, place).faults == []


def test_fresh_worlds_keep_their_promises(capsys: pytest.CaptureFixture[str]) -> None:
    """As many as fit, the same ones each time: a failing one is played again with its seed."""
    ends, seed = time.monotonic() + BUDGET, 0
    with studio() as place:
        while seed < LEAST or time.monotonic() < ends:
            outcome = simulate(seed, place)
            assert outcome.faults == [], f"python -m tests.simulation --seed {seed}"
            seed += 1
    with capsys.disabled():
        print(f" [{seed} worlds] ", end="")


def test_the_same_seed_is_the_same_world() -> None:
    with studio() as place:
        assert simulate(7, place) == simulate(7, place)


def test_a_loop_that_waits_for_nothing_says_who_waits() -> None:
    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    with virtual_loop() as loop, pytest.raises(Standstill, match="main"):
        loop.run(wait_for_ever())
