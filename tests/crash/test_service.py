"""What a service manager sees: ready when open, signs of life, an end; and a unit that is closed enough."""

import asyncio
import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

from tests.crash.conftest import Scene

UNIT = Path(__file__).parents[2] / "docs" / "meja.service"
MOST_EXPOSED = 20  # tenths: 2.0 of 10

pytestmark = pytest.mark.crash


class Manager:
    """The other end of NOTIFY_SOCKET."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)

    async def hears(self, state: str) -> None:
        """Until it is told this."""
        async with asyncio.timeout(60):
            while state not in (await asyncio.get_running_loop().sock_recv(self._socket, 4096)).decode().split("\n"):
                pass

    async def hears_nothing(self, seconds: float) -> bool:
        """Whether there is silence, once what was said before is heard."""
        try:
            while True:
                self._socket.recv(4096)
        except BlockingIOError:
            pass
        try:
            async with asyncio.timeout(seconds):
                await asyncio.get_running_loop().sock_recv(self._socket, 4096)
        except TimeoutError:
            return True
        return False

    def close(self) -> None:
        self._socket.close()


async def test_ready_alive_and_stopping_are_told(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = Manager(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "600000")
    await scene.desk.begin()
    await manager.hears("READY=1")
    await manager.hears("WATCHDOG=1")
    await manager.hears("WATCHDOG=1")
    scene.desk.process.send_signal(signal.SIGSTOP)
    assert await manager.hears_nothing(0.6), "a desk that hangs shows signs of life"
    scene.desk.process.send_signal(signal.SIGCONT)
    await manager.hears("WATCHDOG=1")
    stopping = asyncio.create_task(scene.desk.stop())
    await manager.hears("STOPPING=1")
    assert await stopping == 0
    manager.close()


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_the_unit_is_closed_enough(tmp_path: Path) -> None:
    unit = shutil.copy(UNIT, tmp_path)
    command = ["systemd-analyze", "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", unit]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-500:]
    said = (UNIT.parent / "ops" / "service.md").read_text("utf-8")
    assert f"**{done.stdout.rpartition('meja.service: ')[2].split()[0]}**" in said
