"""The wizard's side of the conversation: sentences and questions of ``templates/<language>/init.toml``."""

import tomllib
from getpass import getpass
from typing import Any

from rich.console import Console

from bot.findings import Finding, Wording
from bot.texts import packaged

EMPTY = "-"


class Missing(Exception):
    """Nobody is there to answer `key`, or the answer that was given will not do."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Talk:
    """On a terminal. `asks`: whether anybody is there; without, what was given must do."""

    def __init__(self, lang: str, *, asks: bool = True) -> None:
        self.lang = lang
        self.asks = asks
        self._console = Console(highlight=False, soft_wrap=False)
        self._texts: dict[str, dict[str, str]] = tomllib.loads((packaged() / lang / "init.toml").read_text("utf-8"))
        self._wording = Wording(lang)

    def text(self, table: str, key: str, /, **values: Any) -> str:
        """A text, or "" where the table has none of that name."""
        return self._texts[table].get(key, "").format(**values)

    def say(self, key: str, /, *, style: str = "", **values: Any) -> None:
        self.tell(self.text("say", key, **values), style=style)

    def tell(self, text: str, *, style: str = "") -> None:
        self._console.print(text, style=style or _style(text), markup=False)

    def step(self, name: str, number: int, count: int) -> None:
        self._console.print()
        self._console.rule(self.text("say", "step", number=number, count=count, name=name), style="cyan", align="left")

    def found(self, finding: Finding) -> bool:
        """Say what a test found, with the fix where it needs one; whether it is well."""
        self.tell(f"{'✓' if finding.ok else '✗'} {self._wording.label(finding)}: {self._wording.says(finding)}")
        if fix := self._wording.fix(finding):
            self.tell(f"  → {fix}")
        return finding.ok

    def ask(self, key: str, default: str = "", *, secret: bool = False) -> str:
        """One line, trimmed; `default` for Enter alone, "" for a lone "-". Raises EOFError, KeyboardInterrupt."""
        if not self.asks:
            return default
        if hint := self.text("hint", key):
            self.tell(hint, style="dim")
        shown = "•••" if secret and default else default
        prompt = f"{self.text('ask', key)}{f' [{shown}]' if shown else ''}: "
        typed = (getpass(prompt) if secret else input(prompt)).strip()
        return "" if typed == EMPTY else typed or default

    def wrong(self, key: str) -> None:
        """The answer will not do. Raises Missing where nobody can give another."""
        self.tell(self.text("wrong", key), style="yellow")
        self.once_more(key)

    def once_more(self, key: str) -> None:
        """Something has to be tried again. Raises Missing where nobody is there to do that."""
        if not self.asks:
            raise Missing(key)


def _style(text: str) -> str:
    return {"✓": "green", "✗": "red"}.get(text[:1], "")
