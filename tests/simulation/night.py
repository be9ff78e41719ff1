"""Many worlds in several processes, each with a studio of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from tests.simulation.play import Outcome, simulate
from tests.simulation.world import Studio

# A file system in memory, where there is one: the databases of a night are many.
MEMORY = Path("/dev/shm")
# A process plays so many and gives way to a fresh one, so that a leak of the harness ends with it.
LIFETIME = 500
_place: Studio | None = None  # of a process of the pool


@contextmanager
def studio() -> Iterator[Studio]:
    with TemporaryDirectory(dir=_memory()) as folder:
        yield Studio(Path(folder))


def played(seeds: range, *, jobs: int) -> Iterator[Outcome]:
    """The outcomes as they come, out of order."""
    spawned = get_context("spawn")
    with TemporaryDirectory(dir=_memory()) as folder, spawned.Pool(jobs, _move_in, (folder,), LIFETIME) as pool:
        yield from pool.imap_unordered(_play, seeds)


def _memory() -> Path | None:
    return MEMORY if MEMORY.is_dir() else None


def _move_in(folder: str) -> None:
    """A process of the pool begins."""
    global _place
    _place = Studio(Path(mkdtemp(dir=folder)))


def _play(seed: int) -> Outcome:
    assert _place is not None
    return simulate(seed, _place)
