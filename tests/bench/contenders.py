"""Who runs: the desk and the two yardsticks, each as a process of its own, with what the machine says it used."""

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.bench.ground import ADMIN, Ground
from tests.bench.seed import SECRET

ROOT = Path(__file__).parents[2]
RELAYS = ROOT / ".venv-bench" / "bin" / "python"
PROFILE = "MEJA_BENCH_PROFILE"
STOP_SECONDS = 15.0
_TICKS = os.sysconf("SC_CLK_TCK")
_MEGABYTE = 1024
_OPEN = " is open"


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What the desk believes Telegram takes; by default more than any machine sends, for a stand-in without limits."""

    group_messages: int = 1_000_000
    group_seconds: float = 1.0
    bot_per_second: int = 1_000_000


Command = Callable[[Ground, Path], list[str]]


@dataclass(frozen=True)
class Contender:
    """A name and how to start it on a ground, with a folder of its own for its files."""

    name: str
    command: Command


class Running:
    """A contender's process: when it was started, its CPU seconds and its memory, by /proc."""

    def __init__(self, pid: int, started: datetime, log: Path) -> None:
        self.pid = pid
        self.started = started
        self._proc = Path(f"/proc/{pid}")
        self._log = log

    @property
    def cpu_seconds(self) -> float:
        """User and system time of all its threads so far."""
        after_name = (self._proc / "stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS

    def memory_mb(self, line: str = "VmRSS") -> float:
        """Resident memory now, or (VmHWM) at its highest, in MiB."""
        status = dict(row.split(":", 1) for row in (self._proc / "status").read_text().splitlines())
        return int(status[line].split()[0]) / _MEGABYTE

    async def is_open(self, *, within: float) -> datetime:
        """The moment at which the desk said that it serves. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while _OPEN not in self._log.read_text():  # noqa: ASYNC110 (another process writes it)
                await asyncio.sleep(0.005)
        return datetime.now(UTC)


@asynccontextmanager
async def running(contender: Contender, ground: Ground, folder: Path) -> AsyncIterator[Running]:
    """The contender at work while open; SIGTERM at the end. What it prints goes into its folder."""
    command, log = contender.command(ground, folder), folder / "output"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MEJA_")}
    if PROFILE in os.environ:
        environment[PROFILE] = os.environ[PROFILE]
    with log.open("w") as output:
        started = datetime.now(UTC)
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    try:
        yield Running(process.pid, started, log)
    finally:
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def relay(name: str) -> Contender:
    """A yardstick: "ptb" or "aiogram"."""

    def command(ground: Ground, folder: Path) -> list[str]:
        script = Path(__file__).with_name(f"{name}_relay.py")
        topic = min(ground.telegram.staff.topics)
        return [str(RELAYS), str(script), ground.url, ground.telegram.token, str(ground.group), str(topic)]

    return Contender(name, command)


def desk(database: Path | None = None, *, pace: Pace | None = None, copied: bool = True) -> Contender:
    """The desk: on a copy of `database`, on that file itself (`copied` false), or (None) on an empty one."""

    def command(ground: Ground, folder: Path) -> list[str]:
        file = folder / "meja.db" if copied or database is None else database
        if database is not None and copied:
            shutil.copy(database, file)
            file.with_suffix(".secret").write_bytes(SECRET)
        return _run(folder, _configuration(ground, f"sqlite:///{file}", pace or Pace()))

    return Contender("desk", command)


def desk_at(url: str) -> Contender:
    """The desk on a seeded database of PostgreSQL."""

    def command(ground: Ground, folder: Path) -> list[str]:
        secret = folder / "meja.secret"
        secret.write_bytes(SECRET)
        return _run(folder, f'{_configuration(ground, url, Pace())}[security]\nsecret_file = "{secret}"\n')

    return Contender("desk on PostgreSQL", command)


def _run(folder: Path, configuration: str) -> list[str]:
    config = folder / "meja.toml"
    config.write_text(configuration, encoding="utf-8")
    launcher = ("-m", "tests.bench.profiled") if PROFILE in os.environ else ("-m", "bot")
    return [sys.executable, *launcher, "run", "--config", str(config)]


def _configuration(ground: Ground, url: str, pace: Pace) -> str:
    """An office that is open all day and every day: what the desk says does not depend on when the benchmark runs."""
    hours = "\n".join(f'{day} = "00:00-23:59"' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    today = datetime.now(UTC).date()
    return f"""\
[office]
code = "1207"
name = "BPS Kabupaten Labuhanbatu"
[office.hours]
{hours}
[office.working_days]
"{today - timedelta(days=1)}..{today + timedelta(days=1)}" = "bench"
[telegram]
token = "{ground.telegram.token}"
staff_chat_id = {ground.group}
admin_ids = [{ADMIN}]
api_url = "{ground.url}"
[telegram.pace]
group_messages = {pace.group_messages}
group_seconds = {pace.group_seconds}
bot_per_second = {pace.bot_per_second}
[mail]
host = "{ground.mailbox.host}"
port = {ground.mailbox.port}
security = "none"
from_address = "konsultasi@bps1207.example"
[storage]
url = "{url}"
[log]
level = "error"
"""
