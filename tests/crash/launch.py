"""The desk as a process of its own. `python -m tests.crash.launch POINT MARK --config PATH` starts one that dies.

POINT is one of `points.POINTS`, or of those in tests/offices/points.py; the process kills itself there, at the first
message that carries MARK.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from bot.settings import Settings

START_SECONDS = 60.0
STOP_SECONDS = 60.0
OPEN = " is open"
WHATSAPP_SECRETS = ("access_token", "app_secret", "verify_token")


class Desk:
    """`python -m bot run` on a configuration. What it writes to stderr is in `lines`."""

    def __init__(self, config: Path, *, clock_file: Path | None = None, under: tuple[str, ...] = ()) -> None:
        """`under`: a command that runs it, such as a tracer."""
        self._config = config
        self._under = under
        self._clock_file = clock_file
        self._process: Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()
        self.lines: list[str] = []
        self.environment: dict[str, str] = {}

    @property
    def process(self) -> Process:
        assert self._process is not None
        return self._process

    async def begin(self, *, point: str = "", mark: str = "") -> None:
        """Start the process; with `point` one that dies there."""
        module = ("tests.crash.launch", point, mark) if point else ("bot", "run")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MEJA_")}
        environment |= self.environment
        if self._clock_file is not None:
            environment["MEJA_CLOCK_FILE"] = str(self._clock_file)
        command = (*self._under, sys.executable, "-m", *module, "--config", str(self._config))
        self._opened.clear()
        self._process = await asyncio.create_subprocess_exec(*command, stderr=PIPE, env=environment)
        self._reader = asyncio.create_task(self._read(self._process))

    async def start(self, *, point: str = "", mark: str = "") -> None:
        """Start the process and wait until it says that it is open."""
        await self.begin(point=point, mark=mark)
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._opened.wait()
        except TimeoutError:
            raise AssertionError("the desk did not open:\n" + "\n".join(self.lines)) from None

    async def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        await self.ended()

    async def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended()

    async def end(self) -> None:
        """Whatever still runs is killed."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()

    async def ended(self) -> int:
        """The exit code, once the process has ended."""
        async with asyncio.timeout(STOP_SECONDS):
            code = await self.process.wait()
            assert self._reader is not None
            await self._reader
        return code

    async def _read(self, process: Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            self.lines.append(line.decode().rstrip())
            if OPEN in self.lines[-1]:
                self._opened.set()


def write_configuration(path: Path, settings: Settings) -> Path:
    """The settings as the TOML file they could have come from."""
    raw = settings.model_dump(mode="json", exclude_unset=True)
    raw["telegram"]["token"] = settings.telegram.token.get_secret_value()
    for name in WHATSAPP_SECRETS if settings.whatsapp.enabled else ():
        raw["whatsapp"][name] = getattr(settings.whatsapp, name).get_secret_value()
    path.write_text(toml(raw), encoding="utf-8")
    return path


def toml(raw: dict[str, object]) -> str:
    """A table of tables as TOML."""
    return "\n".join(_lines(raw))


def _lines(table: dict[str, object], name: str = "") -> list[str]:
    lines = [f"[{name}]"] if name else []
    lines += [f"{key} = {_toml(value)}" for key, value in table.items() if not isinstance(value, dict)]
    for key, value in table.items():
        if isinstance(value, dict):
            lines += _lines(value, f"{name}.{key}" if name else key)
    return lines


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def main() -> None:
    from bot.__main__ import main as meja
    from tests.crash.points import POINTS
    from tests.offices.points import DEATHS, SLEEPS

    point, mark, *rest = sys.argv[1:]
    (POINTS | SLEEPS | DEATHS)[point](mark)
    sys.argv = ["meja", "run", *rest]
    meja()


if __name__ == "__main__":
    main()
