"""The list of licences is that of what is installed, each is one an office may use, and every pin has its hash."""

import re
from importlib.metadata import distribution

import pytest

from tests.licences import ALLOWED, PAGE, ROOT, licence_of, page, pinned


def test_the_page_is_what_the_script_writes() -> None:
    assert PAGE.read_text("utf-8") == page(), "run `make licences`"


@pytest.mark.parametrize("name", pinned())
def test_an_office_may_use_it(name: str) -> None:
    licence = licence_of(distribution(name))
    assert any(allowed in licence for allowed in ALLOWED) and not re.search(r"\bA?GPL", licence), licence


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"])
def test_every_pin_has_its_hash_and_no_place(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    blocks = re.split(r"\n(?=[\w.-]+[=@ ])", text)
    assert len(blocks) > 10
    assert [block.partition("\n")[0] for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []
    assert "://" not in text
