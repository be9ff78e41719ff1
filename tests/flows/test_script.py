"""`meja demo --script` as the operator runs it: a process, an exit code, one JSON document."""

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE
from typing import Any


async def demo_script(*options: str) -> tuple[int, Any]:
    """The exit code and what was printed on stdout."""
    script = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", "--script", "--json", *options, stdout=PIPE, stderr=DEVNULL
    )
    async with asyncio.timeout(60):
        printed, _ = await script.communicate()
    assert script.returncode is not None
    return script.returncode, json.loads(printed)


async def test_the_script_plays_a_whole_consultation() -> None:
    code, played = await demo_script()
    assert (code, played["failure"]) == (0, None)
    assert len(played["steps"]) >= 12 and all(step["checked"] for step in played["steps"])
    assert played["ledger"]["inside_penalty"] == 0
    assert all(update["confirmed"] for update in played["ledger"]["updates"])


async def test_the_script_plays_a_consultation_on_whatsapp() -> None:
    code, played = await demo_script("--channel", "whatsapp")
    assert (code, played["failure"]) == (0, None)
    assert len(played["steps"]) >= 8 and all(step["checked"] for step in played["steps"])
    assert all(hook["delivered"] for hook in played["ledger"]["whatsapp"]["hooks"])


async def test_the_script_notices_when_nothing_arrives() -> None:
    code, played = await demo_script("--break", "send")
    assert code == 1
    assert "greeted" in played["failure"]["step"]
    assert played["failure"]["last"]["Siti"]
    assert any(request["phase"] == "swallow" for request in played["ledger"]["requests"])
