"""Worlds whose public is on WhatsApp: people, faults of Meta, crashes, and all promises kept at the end."""

import time

from tests.simulation.night import studio
from tests.simulation.play import Outcome, simulate
from tests.simulation.whatsapp.promises import PROMISES, Evidence
from tests.simulation.whatsapp.world import WhatsAppWorld
from tests.simulation.world import Studio

LEAST = 6
BUDGET = 8.0  # seconds of real time for fresh seeds, once the least are done


def judge(world: WhatsAppWorld) -> list[str]:
    """What is wrong with a world that has come to rest, each a sentence; nothing when all is well."""
    evidence = Evidence(world)
    return [f"{promise.__name__}: {fault}" for promise in PROMISES for fault in promise(evidence)]


def play(seed: int, place: Studio) -> Outcome:
    return simulate(seed, place, make=WhatsAppWorld, judge=judge)


def test_a_proof_that_came_before_the_death_counts_though_the_window_closed_since() -> None:
    """The desk did not start any more: it asked whether the person might be written to now."""
    with studio() as place:
        assert play(17, place).faults == []


def test_worlds_on_whatsapp_keep_their_promises() -> None:
    """As many as fit, the same ones each time."""
    ends, seed = time.monotonic() + BUDGET, 0
    with studio() as place:
        while seed < LEAST or time.monotonic() < ends:
            assert play(seed, place).faults == [], f"seed {seed}"
            seed += 1


def test_the_same_seed_is_the_same_world_on_whatsapp_too() -> None:
    with studio() as place:
        assert play(2, place) == play(2, place)
