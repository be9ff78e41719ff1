"""Generated updates, configurations and webhook bodies; `make fuzz` does the same with a hundred thousand."""

import asyncio
import json
import sys
from pathlib import Path
from random import Random

import aiohttp
import pytest

from bot.channels.base import RawUpdate
from bot.channels.telegram.webhook import SECRET_HEADER, route
from bot.errors import Exit
from bot.settings import ConfigError, Web, load
from bot.texts import packaged
from bot.web.server import Site
from tests.fuzz.configs import fuzz_configs
from tests.fuzz.fuzz import fuzz
from tests.fuzz.mutation import Mutator

JSON = {"Content-Type": "application/json"}


async def test_two_thousand_updates_stop_nothing_and_hold_up_nobody(tmp_path: Path) -> None:
    result = await fuzz(tmp_path, updates=2000, seed=7)
    assert (result.lost, result.leaks) == ([], [])
    assert 0 < result.failures.total() < 1500


def test_a_spoilt_configuration_is_refused_in_a_few_lines_without_a_secret(tmp_path: Path) -> None:
    result = fuzz_configs(tmp_path, count=100, seed=7)
    assert result.faults == [] and 40 < result.refused < 100


def test_a_lost_heading_is_a_fault_of_many_keys_and_told_in_five_lines(tmp_path: Path) -> None:
    """Found by `make fuzz` (seed 1, configuration 2840): twelve lines, of which the first said it all."""
    path = tmp_path / "config.toml"
    example = (packaged() / "config.example.toml").read_text("utf-8")
    path.write_text(example.replace("[mail]", "[[office.dated_hours]]"), "utf-8")
    with pytest.raises(ConfigError) as refused:
        load(path)
    lines = refused.value.told("en")
    assert len(lines) == 5 and "mail: missing, the whole table" in lines[0]
    assert "office.dated_hours.0.first: missing" in lines[1]
    assert lines[-1].endswith("they may be the cause of the others.")


async def test_a_spoilt_configuration_ends_the_program_with_78(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[office]\ncode = "12"\nname = "BPS"\n[telegram]\ntoken = "x"\n[mail]\nhost = 5\nport = "a"\n')
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--config", str(path)), stderr=asyncio.subprocess.PIPE
    )
    said = (await process.communicate())[1].decode()
    assert process.returncode == Exit.CONFIG
    assert "Traceback" not in said and 1 <= len(said.splitlines()) <= 6


async def test_bodies_of_a_webhook_are_kept_or_refused_and_the_next_one_is_kept(site: Site, web: Web) -> None:
    kept: list[str] = []

    async def receive(updates: list[RawUpdate]) -> None:
        for update in updates:
            update.raw.encode()  # as a database would
            kept.append(update.update_id)

    site.mount("1207", [route("1207", "s" * 64, receive)])
    mutator = Mutator([json.dumps({"update_id": 1, "message": {"message_id": 1, "text": "x", "chat": {"id": 1}}})], 7)
    random = Random(7)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{web.port}") as visitor:
        for number in range(300):
            body = json.dumps(mutator.next(), allow_nan=True).encode()
            at = random.randrange(len(body))
            spoilt = random.choice(
                (body, body[:at], body[:at] + bytes([random.randrange(256)]) + body[at + 1 :], b"", b"[]")
            )
            headers = {SECRET_HEADER: random.choice(("s" * 64, "s" * 63, ""))}
            answer = await visitor.post("/telegram/1207", data=spoilt, headers={**headers, **JSON})
            assert answer.status in (200, 400, 403), spoilt
            assert headers[SECRET_HEADER] == "s" * 64 or answer.status == 403
            good = {"update_id": 500_000 + number, "message": {"message_id": 1}}
            answer = await visitor.post("/telegram/1207", json=good, headers={SECRET_HEADER: "s" * 64})
            assert answer.status == 200 and kept[-1] == str(500_000 + number)
