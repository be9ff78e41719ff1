"""One seed played and judged: `simulate` is what tests and the command line call."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.simulation.evidence import Evidence
from tests.simulation.loop import VirtualLoop, virtual_loop
from tests.simulation.promises import PROMISES
from tests.simulation.world import Studio, World

OURS = ("bot", "handlers", "storage")


class Ear(logging.Handler):
    """What the desk logs as an error of its own; in a sound desk there is nothing."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info is not None:
            self.heard.append(f"{record.getMessage()}: {logging.Formatter().formatException(record.exc_info)}")


@dataclass(frozen=True)
class Outcome:
    """What one seed led to; `faults` is empty when all is well."""

    seed: int
    fingerprint: str
    faults: list[str]
    requests: int
    lives: int
    said: int


def simulate(
    seed: int,
    studio: Studio,
    *,
    make: Callable[[int, Studio, VirtualLoop], World] = World,
    judge: Callable[[Any], list[str]] | None = None,
) -> Outcome:
    """Play the world of this seed and check it; `make` and `judge` are for worlds of another kind."""
    trouble: list[str] = []
    with _listening() as heard, virtual_loop() as loop:
        loop.set_exception_handler(lambda _, context: trouble.append(str(context)))
        asyncio.set_event_loop(loop)
        world = make(seed, studio, loop)
        loop.run(world.play())
        faults = [*(judge or judge_by_promises)(world), *heard, *trouble]
        asyncio.set_event_loop(None)
    world.desk.scrap()
    world.database.close()
    for path in studio.folder.glob(f"{seed}.*"):
        path.unlink()
    return Outcome(
        seed,
        world.fingerprint,
        faults,
        requests=len(world.telegram.ledger.requests),
        lives=len(world.desk.lives),
        said=len(world.book.said),
    )


def judge_by_promises(world: World) -> list[str]:
    """What is wrong with a world that has come to rest, each a sentence; nothing when all is well."""
    evidence = Evidence(world)
    return [f"{promise.__name__}: {fault}" for promise in PROMISES for fault in promise(evidence)]


@contextmanager
def _listening() -> Iterator[list[str]]:
    """What the desk logs as an error of its own while this is open."""
    ear, loggers = Ear(), [logging.getLogger(name) for name in OURS]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(ear)
        logger.setLevel(logging.ERROR)
        logger.propagate = False
    try:
        yield ear.heard
    finally:
        for logger, level, propagate in before:
            logger.removeHandler(ear)
            logger.setLevel(level)
            logger.propagate = propagate
