"""What README tells somebody to type who sets the desk up."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def commands(heading: str) -> list[str]:
    """The lines of the shell in the section of this heading, without their remarks. ValueError: no such section."""
    text = (ROOT / "README.md").read_text("utf-8")
    section = text.partition(f"\n### {heading}\n")[2].partition("\n##")[0]
    if not section:
        raise ValueError(f"no section {heading!r} in README")
    return typed(section)


def typed(text: str) -> list[str]:
    """The lines of the shell in a text, without their remarks."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line.partition("  #")[0].rstrip() for block in blocks for line in block.splitlines()]
