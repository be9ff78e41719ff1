"""The demo as a program: it starts, says where, and stops; and the desk in it is looked after."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest

from bot.playground.bell import Bell
from bot.playground.desk import Condition, Desk, DeskFailed
from tests.e2e.browser import demo_in


async def test_the_demo_says_where_it_is_and_stops_when_asked() -> None:
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", "0", stdout=DEVNULL, stderr=PIPE
    )
    assert demo.stderr is not None
    line = b""
    async with asyncio.timeout(60):
        while b"open http://127.0.0.1:" not in line:
            line = await demo.stderr.readline()
            assert line, "the demo ended before it said where it is"
        demo.send_signal(signal.SIGINT)
        rest = await demo.stderr.read()
        assert (await demo.wait(), rest) == (0, b"meja: stopped\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process of its parent's death")
async def test_a_demo_that_is_killed_leaves_no_desk_behind() -> None:
    demo = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--port", "0", stdout=DEVNULL, stderr=PIPE
    )
    assert demo.stderr is not None
    async with asyncio.timeout(60):
        while b"open http://127.0.0.1:" not in await demo.stderr.readline():
            pass
        children = _children(demo.pid)
        demo.kill()
        await demo.communicate()
        while any(map(_is_there, children)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # nobody is told of the end of another's child
    assert children


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _is_there(pid: str) -> bool:
    return Path(f"/proc/{pid}").exists()


async def test_without_its_mail_server_the_demo_says_what_to_install() -> None:
    script = (
        "import sys; sys.modules['aiosmtpd'] = None; sys.argv = ['meja', 'demo']; from bot.__main__ import main; main()"
    )
    demo = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=DEVNULL, stderr=PIPE)
    _, said = await demo.communicate()
    assert (demo.returncode, said.count(b"\n")) == (70, 1)
    assert b"aiosmtpd: install it with" in said


async def test_a_taken_port_is_no_obstacle() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = str(other.getsockname()[1])
        demo = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "demo", "--port", taken, stdout=DEVNULL, stderr=PIPE
        )
        assert demo.stderr is not None
        async with asyncio.timeout(60):
            said = [await demo.stderr.readline(), await demo.stderr.readline()]
            demo.terminate()
            await demo.communicate()
    assert b"open http://127.0.0.1:" in said[1] and taken.encode() not in said[1]


async def test_a_desk_that_dies_is_started_again(tmp_path: Path) -> None:
    async with demo_in(tmp_path) as running:
        first = running.desk.pid
        running.desk.kill()
        await running.telegram.until(lambda: running.desk.condition is Condition.DOWN)
        await running.desk.ready()
        assert (running.desk.restarts, running.desk.pid != first) == (1, True)


async def test_a_desk_that_cannot_start_is_given_up_in_words(tmp_path: Path) -> None:
    config, said = tmp_path / "meja.toml", list[str]()
    config.write_text("[office]\ncode = 1207\n")
    desk = Desk(config, clock_file=tmp_path / "clock", log_file=tmp_path / "log", bell=Bell(), say=said.append)
    async with desk:
        with pytest.raises(DeskFailed, match=r"office\.code"):
            await desk.ready()
    assert (desk.condition, desk.restarts) == (Condition.FAILED, 0)
