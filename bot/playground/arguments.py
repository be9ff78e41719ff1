"""The parameters of one request, read as Telegram reads them: JSON values, or the strings a form carries."""

import json
from dataclasses import dataclass
from typing import Any

from bot.playground.replies import Json, Refused

_TRUE = {"true", "yes", "1"}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a request."""

    name: str
    content: bytes
    mime: str = "application/octet-stream"


class Arguments:
    """Typed access to a request's parameters; a value that cannot be read is refused."""

    __slots__ = ("_params", "files")

    def __init__(self, params: Json, files: dict[str, Upload] | None = None) -> None:
        self._params = params
        self.files = files or {}

    def __contains__(self, name: str) -> bool:
        return name in self._params or name in self.files

    def text(self, name: str) -> str:
        value = self._params.get(name)
        return "" if value is None else value if isinstance(value, str) else str(value)

    def optional(self, name: str) -> int | None:
        """A whole number, or None where the parameter is absent or empty."""
        value = self._params.get(name)
        if value is None or value == "":
            return None
        try:
            return int(value)
        except (TypeError, ValueError):
            raise Refused(f'parameter "{name}" must be an integer') from None

    def integer(self, name: str, default: int = 0) -> int:
        value = self.optional(name)
        return default if value is None else value

    def number(self, name: str, default: float = 0.0) -> float:
        value = self._params.get(name)
        try:
            return default if value in (None, "") else float(value)
        except (TypeError, ValueError):
            raise Refused(f'parameter "{name}" must be a number') from None

    def flag(self, name: str) -> bool:
        value = self._params.get(name)
        return value.lower() in _TRUE if isinstance(value, str) else bool(value)

    def parsed(self, name: str) -> Any:
        """An object or array, given as such or as a JSON text; None where absent."""
        value = self._params.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise Refused(f"can't parse {name} JSON object") from None

    def items(self, name: str) -> list[Any]:
        value = self.parsed(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise Refused(f"expected an Array for {name}")
        return value

    def mapping(self, name: str) -> Json | None:
        value = self.parsed(name)
        if value is not None and not isinstance(value, dict):
            raise Refused(f"object expected as {name}")
        return value
