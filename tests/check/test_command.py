"""`meja check` as a command, and its texts in both languages."""

import asyncio
import json
import string
import sys
import tomllib
from pathlib import Path

from bot.errors import Exit
from bot.findings import Finding, Wording, summary
from bot.texts import languages, packaged
from tests.check.conftest import Clinic


async def _meja(clinic: Clinic, *arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "check", "--config", str(clinic.path), *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_the_command_speaks_indonesian_and_ends_with_0(clinic: Clinic) -> None:
    code, output = await _meja(clinic)
    assert code == Exit.OK
    assert "✓ Grup petugas: Petugas PST" in output and "Semua siap" in output


async def test_one_fault_is_enough_for_1_and_the_json_says_which(clinic: Clinic) -> None:
    clinic.telegram.staff.rights.discard("can_manage_topics")
    code, output = await _meja(clinic, "--json", "--lang", "en")
    report = json.loads(output)
    wrong = [it for it in report["checks"] if not it["ok"]]
    assert code == Exit.CHECK_FAILED and report["ok"] is False
    assert [(it["name"], it["finding"]) for it in wrong] == [("rights", "topics")] and wrong[0]["fix"]


async def test_a_desk_without_its_group_does_not_start(clinic: Clinic) -> None:
    clinic.configure(group=0)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", "--config", str(clinic.path), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == Exit.CONFIG
    assert "meja check" in errors.decode() and "Traceback" not in errors.decode()


def _fields(lang: str) -> dict[str, set[str]]:
    """Dotted key -> the values its text shows."""
    found = {}
    for table, entries in tomllib.loads((packaged() / lang / "check.toml").read_text("utf-8")).items():
        flat = {key: text for key, text in entries.items() if isinstance(text, str)}
        flat |= {f"fix.{key}": text for key, text in entries.get("fix", {}).items()}
        for key, text in flat.items():
            found[f"{table}.{key}"] = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return found


def test_the_languages_say_the_same_and_show_the_same() -> None:
    assert languages() == {"id", "en"}
    assert _fields("id") == _fields("en")


def test_a_summary_counts_what_is_wrong() -> None:
    wrong = [Finding("clock", "wrong", False, {"seconds": 90})] * 2
    assert Wording("en").says(summary(wrong, Path("config.toml"), offline=False)) == "To be mended: 2"
