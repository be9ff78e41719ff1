"""The real desk as a process of its own: started, watched, killed on request, and started again when it dies."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from bot.errors import Exit
from bot.playground.bell import PATIENCE, Bell

RESTART_PAUSE = 1.0
STOP_SECONDS = 15.0
_HOPELESS = (Exit.CONFIG, Exit.BUSY)
_OPEN = " is open"
_KEPT_LINES = 12
_EARLY_DEATHS = 3


class DeskFailed(AssertionError):
    """The desk does not start; says why in its own last lines."""


class Condition(StrEnum):
    """What the desk is doing."""

    STARTING = "starting"
    RUNNING = "running"
    DOWN = "down"
    FAILED = "failed"


class Desk:
    """`meja run` on a configuration, kept alive.

    Whatever it writes goes to `log_file`; `bell` rings at each change of condition; `say` gets a line about each death.
    Use as `async with`; then `ready` waits until it serves.
    """

    def __init__(
        self, config: Path, *, clock_file: Path, log_file: Path, bell: Bell, say: Callable[[str], None]
    ) -> None:
        self.condition = Condition.STARTING
        self.restarts = 0
        child = (sys.executable, "-m", "bot.playground.child", str(os.getpid()))
        self._command = (*child, "run", "--config", str(config))
        self._environment = _environment(clock_file)
        self._log_file = log_file
        self._bell = bell
        self._say = say
        self._last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._process: Process | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process number while there is a process."""
        return self._process.pid if self._process is not None and self._process.returncode is None else None

    async def __aenter__(self) -> "Desk":
        self._watcher = asyncio.create_task(self._keep_alive(), name="desk watcher")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.gather(self._watcher, return_exceptions=True)
        await self._stop()

    async def ready(self, *, within: float = PATIENCE) -> None:
        """Returns once the desk serves; DeskFailed when it does not in time, or ever."""
        await self._bell.until(lambda: self.condition in (Condition.RUNNING, Condition.FAILED) or None, within=within)
        if self.condition is not Condition.RUNNING:
            raise DeskFailed("the desk did not start:\n" + "\n".join(self._last_lines))

    def kill(self) -> None:
        """kill -9: no goodbye, nothing saved that was not saved already."""
        if self.pid is not None and self._process is not None:
            self._process.kill()

    async def _keep_alive(self) -> None:
        """Starts it again after each death, until it dies of its configuration or again and again before serving."""
        early_deaths = 0
        while early_deaths < _EARLY_DEATHS:
            code = await self._run_once()
            if code in _HOPELESS:
                break
            early_deaths = 0 if self.condition is Condition.RUNNING else early_deaths + 1
            self._become(Condition.DOWN)
            self._say(f"the desk died (exit code {code}); starting it again")
            await asyncio.sleep(RESTART_PAUSE)
            self.restarts += 1
        self._become(Condition.FAILED)

    async def _run_once(self) -> int:
        """One life of the process, to its exit code."""
        # In a session of its own: Ctrl-C is for us, and we end the desk in good order.
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stderr=PIPE, env=self._environment, start_new_session=True
        )
        self._become(Condition.STARTING)
        assert self._process.stderr is not None
        with self._log_file.open("a", encoding="utf-8") as log:
            async for line in self._process.stderr:
                self._heard(line.decode(errors="replace"), log.write)
        return await self._process.wait()

    def _heard(self, line: str, write: Callable[[str], object]) -> None:
        write(line)
        self._last_lines.append(line.rstrip())
        if _OPEN in line:
            self._become(Condition.RUNNING)

    def _become(self, condition: Condition) -> None:
        self.condition = condition
        self._bell.ring()

    async def _stop(self) -> None:
        """SIGTERM first; what does not end by itself is killed."""
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._process.communicate()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def _environment(clock_file: Path) -> dict[str, str]:
    """Ours, without settings meant for a real desk."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MEJA_")}
    return {**kept, "MEJA_CLOCK_FILE": str(clock_file)}
