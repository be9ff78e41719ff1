"""What a call to the stand-in gives back, and the one exception by which it refuses, with Telegram's own texts."""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_PREFIXES = {
    400: "Bad Request: ",
    401: "Unauthorized",
    403: "Forbidden: ",
    404: "Not Found",
    409: "Conflict: ",
    413: "Request Entity Too Large",
    429: "Too Many Requests: ",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `body` is the JSON object, or raw bytes where a fault spoiled it; `cut`: no answer comes at all."""

    status: int
    body: Json | bytes
    cut: bool = False
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def result(self) -> Any:
        """The `result` of a good answer; KeyError (naming Telegram's description) for any other."""
        if not isinstance(self.body, dict) or "result" not in self.body:
            raise KeyError(self.body)
        return self.body["result"]


CUT = Reply(0, b"", cut=True)


def good(result: Any) -> Reply:
    """The answer of a call that worked."""
    return Reply(200, {"ok": True, "result": result})


class Refused(Exception):
    """A request the Bot API turns down: status, Telegram's description, and the `parameters` object if there is one."""

    def __init__(self, description: str, *, code: int = 400, parameters: Json | None = None) -> None:
        self.code = code
        self.description = _PREFIXES.get(code, "") + description
        self.parameters = parameters
        super().__init__(self.description)

    @property
    def reply(self) -> Reply:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters is not None:
            body["parameters"] = self.parameters
        return Reply(self.code, body)


def flood(retry_after: int) -> Refused:
    """The refusal of a request over a budget; `retry_after` in whole seconds."""
    return Refused(f"retry after {retry_after}", code=429, parameters={"retry_after": retry_after})
