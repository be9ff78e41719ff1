"""What a doctor finds, and how it is said: the texts stand in ``templates/<language>/check.toml``."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Finding:
    """`name` and `verdict` are keys of ``templates/*/check.toml``; `params` fill its text, findings among them too."""

    name: str
    verdict: str
    ok: bool
    params: dict[str, Any]


def good(name: str, verdict: str = "ok", **params: Any) -> Finding:
    return Finding(name, verdict, True, params)


def bad(name: str, verdict: str, **params: Any) -> Finding:
    return Finding(name, verdict, False, params)


class Wording:
    """The texts of one language."""

    def __init__(self, lang: str) -> None:
        from bot.texts import packaged  # a desk that starts has findings of its configuration only when it does not

        self._tables = tomllib.loads((packaged() / lang / "check.toml").read_text("utf-8"))

    def label(self, finding: Finding) -> str:
        return str(self._tables[finding.name]["label"])

    def says(self, finding: Finding) -> str:
        return self._fill(self._tables[finding.name][finding.verdict], finding)

    def fix(self, finding: Finding) -> str:
        """What to do about it; nothing for a good finding."""
        fixes = {} if finding.ok else self._tables[finding.name].get("fix", {})
        return self._fill(fixes[finding.verdict], finding) if fixes else ""

    def line(self, finding: Finding) -> str:
        """What was found, and what to do about it, in one line."""
        said, fix = self.says(finding), self.fix(finding)
        return f"{said}. {fix}" if fix else said

    def _fill(self, text: str, finding: Finding) -> str:
        values = finding.params.items()
        return text.format(**{key: self.says(value) if isinstance(value, Finding) else value for key, value in values})


def summary(findings: list[Finding], path: Path, *, offline: bool) -> Finding:
    wrong = sum(not finding.ok for finding in findings)
    if wrong:
        return Finding("summary", "wrong", False, {"count": wrong})
    return good("summary", "offline" if offline else "ok", path=path)


def as_lines(findings: list[Finding], lang: str) -> Iterator[str]:
    """A line for each finding, and one below it with the fix where it needs one."""
    wording = Wording(lang)
    for finding in findings:
        yield f"{'✓' if finding.ok else '✗'} {wording.label(finding)}: {wording.says(finding)}"
        if fix := wording.fix(finding):
            yield f"  → {fix}"


def as_json(findings: list[Finding], lang: str) -> str:
    """`{ok, checks: [{name, finding, ok, says, fix}]}`."""
    wording = Wording(lang)
    checks = [
        {"name": it.name, "finding": it.verdict, "ok": it.ok, "says": wording.says(it), "fix": wording.fix(it)}
        for it in findings
    ]
    return json.dumps({"ok": all(it.ok for it in findings), "checks": checks}, ensure_ascii=False, indent=2)
