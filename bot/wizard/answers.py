"""What has been answered so far: by the flags, by an earlier sitting, by the file that is there already."""

import json
import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.settings import Settings


@dataclass
class Answers:
    """Values by dotted key ("mail.port"), and which steps are behind us. Every change goes to the draft at once."""

    draft: Path
    values: dict[str, Any] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    lang: str = ""

    @classmethod
    def begin(cls, config: Path, asked: Collection[str], given: Mapping[str, Any]) -> "Answers":
        """What the file says to what is asked, over it an unfinished sitting, over that the flags.

        Raises TOMLDecodeError, OSError.
        """
        answers = cls(config.with_name(f".{config.name}.draft"))
        if config.exists():
            found = _flat(tomllib.loads(config.read_text("utf-8")))
            answers.values = {key: value for key, value in found.items() if key in asked}
        if answers.draft.exists():
            kept = json.loads(answers.draft.read_text("utf-8"))
            answers.values |= kept["values"]
            answers.done, answers.lang = kept["done"], kept["lang"]
        answers.values |= given
        return answers

    def get(self, key: str) -> Any:
        return self.values.get(key)

    def put(self, key: str, value: Any) -> None:
        self.values[key] = value
        self.keep()

    def finish(self, step: str) -> None:
        self.done = [*(name for name in self.done if name != step), step]
        self.keep()

    def keep(self) -> None:
        """It may hold a token and a password: for its owner only."""
        write_private(self.draft, json.dumps({"lang": self.lang, "done": self.done, "values": self.values}))

    def tree(self) -> dict[str, Any]:
        """The values as the settings take them."""
        tree: dict[str, Any] = {}
        for dotted, value in self.values.items():
            *tables, key = dotted.split(".")
            place = tree
            for table in tables:
                place = place.setdefault(table, {})
            place[key] = value
        return tree


def fits(key: str, value: Any) -> bool:
    """Whether the settings take that value for the key."""
    model: Any = Settings
    *tables, name = key.split(".")
    for table in tables:
        model = model.model_fields[table].annotation
    found = model.model_fields[name]
    try:
        TypeAdapter(found.rebuild_annotation()).validate_python(value)
    except ValidationError:
        return False
    return bool(value) or not found.is_required()


def write_private(path: Path, text: str) -> None:
    """Written whole or not at all, readable to its owner only."""
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
