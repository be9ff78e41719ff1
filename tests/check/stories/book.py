"""How a story is told, and by which finding it is found.

A story brings its fault about and waits (`lines = yield`) for the two lines that tell of it in English. Then it does
what the second one says, and ends; or waits once more, where what mends it must last while all is looked at again.
"""

import re
import subprocess
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from tests.check.conftest import Clinic, Ward

Story = AsyncGenerator[None, str]
Fault = tuple[str, str]
OF_A_DESK: dict[Fault, Callable[[Clinic, pytest.MonkeyPatch], Story]] = {}
OF_WHATSAPP: dict[Fault, Callable[[Ward, pytest.MonkeyPatch], Story]] = {}
OF_POSTGRES: dict[Fault, Callable[[Clinic, str], Story]] = {}


def tells(table: dict[Fault, Any], name: str, verdict: str) -> Callable[[Any], Any]:
    """The story of this finding."""

    def enter(story: Any) -> Any:
        table[name, verdict] = story
        return story

    return enter


def typed(lines: str) -> None:
    """The command of a fix, as an operator would type it; here everybody is the user who runs the desk."""
    command = re.search(r"(?:Run: |sudo )((?:chmod|install) .*)$", lines, re.MULTILINE)
    assert command is not None, lines
    subprocess.run(command[1].replace("-o meja ", "").split(), check=True)


def number_in(lines: str, pattern: str) -> int:
    """What a fix names, to be written into the configuration."""
    found = re.search(pattern, lines)
    assert found is not None, lines
    return int(found[1])
