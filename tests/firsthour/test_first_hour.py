"""README is followed to the letter on an empty machine, up to the first answered ticket.

The libraries are those of the tests; `make firsthour` installs them as well, from nothing.
"""

from pathlib import Path

import pytest

from tests.firsthour.hour import PROGRAM, START, WIZARD, hour, whole
from tests.firsthour.readme import ROOT, commands, typed


async def test_who_follows_readme_to_the_letter_has_answered_a_ticket(tmp_path: Path) -> None:
    async with hour(tmp_path) as first:
        await whole(first, with_pip=False)
        print(*(f"{step}: {seconds:.1f} s" for step, seconds in first.took.items()), sep=", ")
    written = tmp_path / "etc" / "meja" / "config.toml"
    assert written.stat().st_mode & 0o777 == 0o600
    assert "✗" not in first.findings and first.check.startswith("sudo -u ")
    assert "Traceback" not in (tmp_path / "journal").read_text() + first.shell.screen


def test_the_commands_are_those_of_the_page() -> None:
    assert commands("1. The program")[1] == "cd /opt/meja && sudo make setup"
    with pytest.raises(ValueError, match="no section"):
        commands("5. Whatever")


def test_the_indonesian_page_has_the_same_typed() -> None:
    readme = [line for section in (PROGRAM, WIZARD, START) for line in commands(section)]
    lines = typed((ROOT / "docs" / "pemasangan.md").read_text("utf-8"))
    assert [line for line in lines if "meja check" not in line] == readme
