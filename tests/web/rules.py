"""The alert rules of docs/ops/alerts.yml, and as much of Prometheus's language as they use, on one scrape.

One scrape has no past: `increase` and `rate` are taken from the start of the desk, and the rule about the slowest
commits, which needs more, is looked at for its labels only.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from prometheus_client.samples import Sample

PAGE = Path(__file__).parents[2] / "docs" / "ops" / "alerts.yml"
SELECTOR = re.compile(r"\b(meja_\w+)(?:\{([^}]*)\})?(?:\[\w+\])?")
MATCHER = re.compile(r'(\w+)(!?=)"([^"]*)"')
AROUND = re.compile(r"\b(?:sum|max) by \(\w+\)|\b(?:increase|rate)(?=\()")
NOT_TRIED = ("up{", "histogram_quantile")
"""Prometheus's own figure, and what one scrape does not tell."""


def rules() -> dict[str, str]:
    """Alert -> expression."""
    return dict(re.findall(r"- alert: (\w+)\n\s+expr: (.+)\n", PAGE.read_text("utf-8")))


def mistakes(samples: Iterable[Sample]) -> Iterator[str]:
    """Names, labels and values that a rule asks for and the desk does not offer."""
    known = list(samples)
    for alert, expression in rules().items():
        for name, matchers in SELECTOR.findall(expression):
            found = [sample for sample in known if sample.name == name]
            if not found:
                yield f"{alert}: no {name}"
            for label, _, value in MATCHER.findall(matchers):
                if value not in {sample.labels.get(label) for sample in found}:
                    yield f'{alert}: no {name}{{{label}="{value}"}}'
        for label in re.findall(r"by \((\w+)\)", expression):
            if label not in ("office", "le"):
                yield f"{alert}: by {label}"


def firing(samples: Iterable[Sample], now: datetime) -> set[str]:
    """The alerts whose expression is true of this scrape."""
    known = list(samples)
    tried = {alert: text for alert, text in rules().items() if not any(part in text for part in NOT_TRIED)}
    return {alert for alert, text in tried.items() if _is_true(text, known, now)}


def _is_true(expression: str, samples: list[Sample], now: datetime) -> bool:
    def value(found: re.Match[str]) -> str:
        matchers = MATCHER.findall(found[2] or "")
        fitting = [it.value for it in samples if it.name == found[1] and _fits(it.labels, matchers)]
        return repr(max(fitting, default=float("nan"))).replace("nan", "NAN")

    python = AROUND.sub("", SELECTOR.sub(value, expression)).replace("time()", str(now.timestamp()))
    return bool(eval(python, {"__builtins__": {}, "NAN": float("nan")}))


def _fits(labels: Mapping[str, str], matchers: list[tuple[str, str, str]]) -> bool:
    return all((labels.get(label) == value) is (sign == "=") for label, sign, value in matchers)
