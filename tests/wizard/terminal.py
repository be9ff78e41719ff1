"""A terminal with a program in it, and somebody who reads and types."""

import asyncio
import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

COLUMNS = 110
WITHIN = 60.0
MARKS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """What came out so far is `screen`, without colours and line breaks; `sees` goes on from where it looked last."""

    def __init__(self, process: asyncio.subprocess.Process, master: int) -> None:
        self.process = process
        self._master = master
        self._raw = b""
        self._came = asyncio.Event()
        self._seen = 0
        os.set_blocking(master, False)
        asyncio.get_running_loop().add_reader(master, self._read)

    def _read(self) -> None:
        try:
            chunk = os.read(self._master, 65536)
        except (OSError, BlockingIOError):
            chunk = b""
        if not chunk:
            asyncio.get_running_loop().remove_reader(self._master)
        self._raw += chunk
        self._came.set()

    @property
    def page(self) -> str:
        """All that came out, without colours."""
        return MARKS.sub("", self._raw.decode("utf-8", "replace")).replace("\r\n", "\n")

    @property
    def screen(self) -> str:
        """The same in one line."""
        return " ".join(self.page.split())

    async def sees(self, words: str, *, within: float = WITHIN) -> str:
        """Wait until these words come out after those seen last; what came before them."""
        try:
            async with asyncio.timeout(within):
                while (at := self.screen.find(words, self._seen)) < 0:
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise AssertionError(f"{words!r} does not come after: …{self.screen[self._seen :][-1500:]}") from None
        before, self._seen = self.screen[self._seen : at], at + len(words)
        return before

    async def answers(self, *pairs: tuple[str, str]) -> None:
        """To each question its answer."""
        for question, answer in pairs:
            await self.sees(question)
            self.types(answer)

    def types(self, line: str) -> None:
        os.write(self._master, line.encode() + b"\n")

    def presses_ctrl_c(self) -> None:
        os.write(self._master, b"\x03")

    async def stops_it(self, words: str) -> None:
        """Ctrl-C until these words come: Python does not hear one that comes just before it waits for a line."""
        for _ in range(4):
            self.presses_ctrl_c()
            with suppress(AssertionError):
                await self.sees(words, within=WITHIN / 4)
                return
        raise AssertionError(f"{words!r} does not come after Ctrl-C")

    async def ends(self) -> int:
        async with asyncio.timeout(WITHIN):
            return await self.process.wait()


@asynccontextmanager
async def terminal(*command: str, cwd: Path, env: dict[str, str] | None = None) -> AsyncIterator[Terminal]:
    """Runs `python -m bot COMMAND…` on a terminal of its own."""
    with_paths = {**os.environ, "TERM": "xterm", "PYTHONPATH": os.pathsep.join(_paths()), **(env or {})}
    async with program(sys.executable, "-m", "bot", *command, cwd=cwd, env=with_paths) as running:
        yield running


@asynccontextmanager
async def program(*command: str, cwd: Path, env: Mapping[str, str], columns: int = COLUMNS) -> AsyncIterator[Terminal]:
    """Runs any program on a terminal of its own, with this environment and no other."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=cwd,
        env=env,
        start_new_session=True,
        preexec_fn=_take_terminal,
    )
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        asyncio.get_running_loop().remove_reader(master)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        os.close(master)


def _paths() -> list[str]:
    return [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]


def _take_terminal() -> None:
    """The program's terminal is this one, so that Ctrl-C reaches it and passwords are read from it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
