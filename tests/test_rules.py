"""Every rule of the service that a naive build misses (DOMAIN.md §6) has a test of its number, on the desk itself."""

import re
from pathlib import Path

TESTS = Path(__file__).parent
RULES = {*range(1, 29)}


def test_every_rule_has_a_test_of_its_number() -> None:
    files = [path for path in TESTS.rglob("test_*.py") if path.parent.name != "domain"]
    found = {int(n) for path in files for n in re.findall(r"def test_rule_(\d\d)_", path.read_text("utf-8"))}
    assert sorted(RULES - found) == []
