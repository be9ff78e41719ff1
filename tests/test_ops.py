"""What stands in docs/ops asks only for what the desk really offers."""

import json
import re
from pathlib import Path

import pytest

from tests.web.test_metrics import PROMISED

OPS = Path(__file__).parents[1] / "docs" / "ops"
SUFFIXES = ("_total", "_bucket", "_count", "_sum", "")


@pytest.mark.parametrize("name", ["alerts.yml", "grafana.json", "monitoring.md"])
def test_every_metric_that_is_asked_for_exists(name: str) -> None:
    asked = set(re.findall(r"\bmeja_\w+", (OPS / name).read_text("utf-8")))
    unknown = {it for it in asked if not any(it.removesuffix(end) in PROMISED for end in SUFFIXES)}
    assert asked and unknown == set()


def test_the_page_explains_every_metric() -> None:
    page = (OPS / "monitoring.md").read_text("utf-8")
    assert [it for it in PROMISED if it not in page] == []


def test_the_board_is_json_and_no_panel_stands_on_another() -> None:
    panels = json.loads((OPS / "grafana.json").read_text("utf-8"))["panels"]
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels) and all(panel["targets"] for panel in panels)
