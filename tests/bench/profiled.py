"""The desk under cProfile, each of its threads apart: `MEJA_BENCH_PROFILE=FOLDER python -m tests.bench run`.

Only for looking: a profile makes everything slower and some things slower than others.
"""

import cProfile
import os
import threading
from pathlib import Path

from bot.__main__ import main
from tests.bench.contenders import PROFILE


def _profiled(folder: Path) -> None:
    """Make every thread that starts from now on leave its profile in `folder`."""
    run = threading.Thread.run

    def profiled_run(thread: threading.Thread) -> None:
        profile = cProfile.Profile()
        profile.runcall(run, thread)
        profile.dump_stats(folder / f"{os.getpid()}-{thread.name}.prof")

    setattr(threading.Thread, "run", profiled_run)  # noqa: B010 (the type checker knows no other way)


if __name__ == "__main__":
    folder = Path(os.environ.pop(PROFILE))
    folder.mkdir(parents=True, exist_ok=True)
    _profiled(folder)
    profile = cProfile.Profile()
    try:
        profile.runcall(main)
    finally:
        profile.dump_stats(folder / f"{os.getpid()}-loop.prof")
