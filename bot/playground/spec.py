"""The Bot API's own description, used to check every request: methods, parameters, required ones, types, nested too."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.playground.arguments import Upload
from bot.playground.replies import Json

PATH_VARIABLE = "MEJA_BOT_API_JSON"
_DEFAULT = Path("shared") / "telegram-bot-api.json"
_SCALARS: dict[str, Callable[[Any], bool]] = {
    "String": lambda value: isinstance(value, str),
    "Integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "Boolean": lambda value: isinstance(value, bool),
}
_FORM_BOOLEANS = {"true", "false", "1", "0"}


def spec_path() -> Path:
    """Where the description is looked for; nothing need stand there."""
    named = os.environ.get(PATH_VARIABLE)
    return Path(named) if named else Path(__file__).resolve().parents[3] / _DEFAULT


class Spec:
    """The description, indexed by method and type name."""

    def __init__(self, described: Json) -> None:
        self._methods: Json = described["methods"]
        self._types: Json = described["types"]
        self._fields: dict[str, dict[str, Json]] = {}

    @classmethod
    def load(cls, path: Path) -> "Spec":
        """Reads the description; OSError where there is none."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def find(cls) -> "Spec | None":
        """The description named by the environment or lying beside the checkout; None where there is none."""
        path = spec_path()
        return cls.load(path) if path.is_file() else None

    def check(self, method: str, params: Json, files: dict[str, Upload]) -> str | None:
        """What is wrong with a request, in one line; None when it is as described."""
        described = self._methods.get(method)
        if described is None:
            return f"{method} is no method"
        fields = self._fields_of(method, described)
        given = params.keys() | {name for name in files if name in fields}
        if unknown := sorted(given - fields.keys()):
            return f"{method} has no parameter {', '.join(unknown)}"
        required = {name for name, field in fields.items() if field["required"]}
        if missing := sorted(required - given):
            return f"{method} needs {', '.join(missing)}"
        for name, value in params.items():
            if value is not None and not self._fits(value, fields[name]["types"], files, form=True):
                return f"{method}: {name} is not {' or '.join(fields[name]['types'])}"
        return None

    def describes(self, value: Any, type_name: str) -> bool:
        """Whether an object is as the description of its type says, with nothing unknown in it."""
        return self._is(value, type_name, {}, form=False)

    def _fields_of(self, name: str, described: Json) -> dict[str, Json]:
        fields = self._fields.get(name)
        if fields is None:
            fields = self._fields[name] = {field["name"]: field for field in described.get("fields", [])}
        return fields

    def _fits(self, value: Any, types: list[str], files: dict[str, Upload], *, form: bool = False) -> bool:
        return any(self._is(value, name, files, form=form) for name in types)

    def _is(self, value: Any, name: str, files: dict[str, Upload], *, form: bool) -> bool:
        """Whether a value is of a type; `form`: it may be the text a form carries instead."""
        if name == "String":
            return isinstance(value, str) and self._is_attached(value, files)
        if form and isinstance(value, str):
            return self._is_form_text(value, name, files)
        if name in _SCALARS:
            return _SCALARS[name](value)
        if name.startswith("Array of "):
            inner = name.removeprefix("Array of ")
            return isinstance(value, list) and all(self._is(item, inner, files, form=False) for item in value)
        return self._is_object(value, name, files)

    def _is_form_text(self, text: str, name: str, files: dict[str, Upload]) -> bool:
        if name == "Boolean":
            return text.lower() in _FORM_BOOLEANS
        if name == "InputFile":
            return self._is_attached(text, files)
        try:
            return self._is(json.loads(text), name, files, form=False)
        except ValueError:
            return False

    def _is_object(self, value: Any, name: str, files: dict[str, Upload]) -> bool:
        described = self._types[name]
        if name == "InputFile":
            return isinstance(value, str) and self._is_attached(value, files)
        if subtypes := described.get("subtypes"):
            return any(self._is(value, subtype, files, form=False) for subtype in subtypes)
        if not isinstance(value, dict):
            return False
        fields = self._fields_of(name, described)
        required = {key for key, field in fields.items() if field["required"]}
        return required <= value.keys() <= fields.keys() and all(
            self._fits(item, fields[key]["types"], files) for key, item in value.items()
        )

    @staticmethod
    def _is_attached(value: str, files: dict[str, Upload]) -> bool:
        """A reference to an uploaded part must name a part that is there."""
        return not value.startswith("attach://") or value.removeprefix("attach://") in files
