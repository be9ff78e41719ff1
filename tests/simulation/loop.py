"""Virtual time: an event loop without sockets and threads that waits for nothing, and the clock that shows its time."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import CoroutineType
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

STEPS = 1_500_000
LAST_STEPS = 20_000
MOST_TASKS = 1_000
SHOWN = 12
_LIBRARY = str(Path(asyncio.__file__).parent)


class Standstill(Exception):
    """Nothing will ever happen again, or it never ends; the message lists what every task waits for."""


class _Eternity:
    """Where other loops ask the operating system for events: here time itself is the only event."""

    def __init__(self, steps: int) -> None:
        self.now = 0.0
        self.left = steps

    def select(self, timeout: float | None) -> list[NoReturn]:
        """Called once for each round of the loop; `timeout` is the way to the next timer, in seconds."""
        self.left -= 1
        if timeout is None:
            raise Standstill("nothing is left to wait for")
        if self.left < 0:
            raise Standstill("too many steps")
        self.now += timeout
        return []

    def close(self) -> None:
        """Nothing to let go of."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Jumps to the next timer when nothing is ready. The same program on it takes the same steps every time."""

    def __init__(self, *, steps: int = STEPS) -> None:
        super().__init__()
        self._selector = _Eternity(steps)
        self._tasks: list[asyncio.Task[Any]] = []
        self._kept_at_most = MOST_TASKS
        # Sums of floating-point seconds are off by a little: a timer a microsecond away is due.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._selector.now

    def create_task(self, coro: Any, **how: Any) -> asyncio.Task[Any]:
        """As usual, but kept in hand: what waits for ever must not end whenever garbage happens to be collected."""
        task = super().create_task(coro, **how)
        self._tasks.append(task)
        if len(self._tasks) > self._kept_at_most:
            self._tasks = [task for task in self._tasks if not task.done()]
            self._kept_at_most = 2 * len(self._tasks) + MOST_TASKS
        return task

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run `main` to its end. Raises Standstill with a report of all tasks."""
        task: asyncio.Task[T] = self.create_task(main, name="main")
        try:
            return self.run_until_complete(task)
        except Standstill as stop:
            raise Standstill(f"{stop}; waiting at {self.time():.3f} s:\n{self._report()}") from None

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> NoReturn:  # type: ignore[override]
        """No threads: their steps would not be the same every time."""
        raise RuntimeError(f"a thread was asked for by {func}")

    def end(self) -> None:
        """Cancel what still waits, then close. What resists is left to oblivion without a word."""
        self._selector.left = LAST_STEPS
        with suppress(Standstill):
            while waiting := asyncio.all_tasks(self):
                for task in waiting:
                    task.cancel()
                self.call_later(1.0, self.stop)
                self.run_forever()
        for task in asyncio.all_tasks(self):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        self.close()

    def _process_events(self, event_list: list[NoReturn]) -> None:
        """There are no events but time."""

    def _write_to_self(self) -> None:
        """Nothing to wake up: there is one thread."""

    def _report(self) -> str:
        waiting = sorted(f"  {task.get_name()}: {_where(task)}" for task in asyncio.all_tasks(self))
        return "\n".join([*waiting[:SHOWN], *([f"  and {len(waiting) - SHOWN} more"] if len(waiting) > SHOWN else [])])


def _where(task: asyncio.Task[Any]) -> str:
    """The innermost line of ours at which a task stands."""
    places = [place for place in _chain(task.get_coro()) if _LIBRARY not in place]
    return places[-1] if places else "in a library"


def _chain(coroutine: Any) -> Iterator[str]:
    while isinstance(coroutine, CoroutineType) and coroutine.cr_frame is not None:
        frame = coroutine.cr_frame
        yield f"{frame.f_code.co_filename}:{frame.f_lineno} ({coroutine.__name__})"
        coroutine = coroutine.cr_await


class VirtualClock:
    """The loop's time from `start` on, plus what it was moved by hand."""

    def __init__(self, loop: VirtualLoop, start: datetime) -> None:
        self._loop = loop
        self._origin = start

    def now(self) -> datetime:
        return self._origin + timedelta(seconds=self._loop.time())

    def jump(self, delta: timedelta) -> None:
        """Let this much time pass at once; timers of the loop do not notice."""
        self._origin += delta


@contextmanager
def virtual_loop(*, steps: int = STEPS) -> Iterator[VirtualLoop]:
    """A loop that is closed at the end, with whatever is left in it ended first."""
    loop = VirtualLoop(steps=steps)
    try:
        yield loop
    finally:
        loop.end()
