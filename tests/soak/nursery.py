"""Cheap births: a process that has read the program already and forks one desk after the other.

What is born is a real process that opens the real file; only reading the program, most of a start's time, is saved.
`python -m tests.soak.nursery --config PATH` forks at each line it reads, and tells of births and deaths, one a line.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tests.crash.launch import OPEN, START_SECONDS, STOP_SECONDS

BORN, DIED = "born", "died"


@dataclass
class Child:
    """A desk; `returncode` as of a subprocess."""

    pid: int
    returncode: int | None = None


class ForkedDesk:
    """In the manner of `tests.crash.launch.Desk`."""

    def __init__(self, config: Path, *, clock_file: Path) -> None:
        self._config = config
        self._clock_file = clock_file
        self._nursery: Process | None = None
        self._born, self._died, self._opened = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._readers: list[asyncio.Task[None]] = []
        self.lines: list[str] = []
        self.process = Child(0, 0)

    async def begin(self) -> None:
        """Bring a desk into the world."""
        for event in (self._born, self._died, self._opened):
            event.clear()
        nursery = self._nursery or await self._found()
        assert nursery.stdin is not None
        nursery.stdin.write(b"another\n")
        async with asyncio.timeout(START_SECONDS):
            await self._born.wait()

    async def start(self) -> None:
        """The same, and wait until it says that it is open."""
        await self.begin()
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._opened.wait()
        except TimeoutError:
            raise AssertionError("the desk did not open:\n" + "\n".join(self.lines)) from None

    async def kill(self) -> None:
        """kill -9."""
        os.kill(self.process.pid, signal.SIGKILL)
        await self.ended()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        os.kill(self.process.pid, signal.SIGTERM)
        return await self.ended()

    async def ended(self) -> int:
        async with asyncio.timeout(STOP_SECONDS):
            await self._died.wait()
        assert self.process.returncode is not None
        return self.process.returncode

    async def end(self) -> None:
        """Whatever still runs is killed, the nursery too."""
        if self.process.returncode is None:
            await self.kill()
        if self._nursery is not None:
            self._nursery.kill()
            await self._nursery.wait()
        for reader in self._readers:
            reader.cancel()

    async def _found(self) -> Process:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MEJA_")}
        environment["MEJA_CLOCK_FILE"] = str(self._clock_file)
        command = (sys.executable, "-m", "tests.soak.nursery", "--config", str(self._config))
        pipes = {"stdin": PIPE, "stdout": PIPE, "stderr": PIPE}
        self._nursery = await asyncio.create_subprocess_exec(*command, **pipes, env=environment)
        self._readers = [asyncio.create_task(self._hear()), asyncio.create_task(self._read())]
        return self._nursery

    async def _hear(self) -> None:
        """Births and deaths."""
        assert self._nursery is not None and self._nursery.stdout is not None
        async for line in self._nursery.stdout:
            what, pid, *code = line.decode().split()
            if what == BORN:
                self.process = Child(int(pid))
                self._born.set()
            else:
                self.process.returncode = int(code[0])
                self._died.set()

    async def _read(self) -> None:
        """What the desks say."""
        assert self._nursery is not None and self._nursery.stderr is not None
        async for line in self._nursery.stderr:
            self.lines.append(line.decode().rstrip())
            if OPEN in self.lines[-1]:
                self._opened.set()


def main() -> None:
    """One child at a time: the next line is read when the last one has died."""
    from bot.__main__ import main as meja

    import_module("bot.app")  # and with it everything a desk needs
    config = sys.argv[1:]
    while sys.stdin.readline():
        pid = os.fork()
        if pid == 0:
            sys.stdin.close()
            sys.argv = ["meja", "run", *config]
            meja()
            return
        print(BORN, pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(DIED, pid, os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
