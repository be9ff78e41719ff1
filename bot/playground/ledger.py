"""The stand-in's book: every request it got and the life of every update, for proofs after the fact."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.playground.replies import Json

_MAKERS = ("send", "copy", "forward")
Phase = Literal["answered", "refused", "before", "after", "swallow"]


@dataclass(slots=True)
class Request:
    """A request; `at` aware UTC; `phase` says what became of it; `inside_penalty`: sent while a retry_after ran.

    `params` are as they came: over a form every value is text. `chat_id` and `topic` are the numbers in them.
    """

    n: int
    at: datetime
    method: str
    chat_id: int | None
    topic: int | None
    params: Json
    phase: Phase = "answered"
    status: int = 0
    description: str = ""
    message_ids: list[int] = field(default_factory=list)
    inside_penalty: bool = False

    def as_json(self) -> Json:
        return {**asdict(self), "at": self.at.isoformat()}


@dataclass(slots=True)
class UpdateLife:
    """When an update was created, first served, and confirmed by a higher offset; `fate` is expired or dropped."""

    update_id: int
    kind: str
    chat_id: int | None
    created: datetime
    served: datetime | None = None
    times_served: int = 0
    confirmed: datetime | None = None
    fate: Literal["", "expired", "dropped"] = ""

    def as_json(self) -> Json:
        return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in asdict(self).items()}


@dataclass(slots=True)
class Ledger:
    """Append-only; empty getUpdates are left out."""

    requests: list[Request] = field(default_factory=list)
    updates: dict[int, UpdateLife] = field(default_factory=dict)
    _next: int = 1

    def open(self, at: datetime, method: str, params: Json) -> Request:
        """A request that is not yet in the book; `enter` puts it there."""
        chat_id, topic = _number(params.get("chat_id")), _number(params.get("message_thread_id"))
        request = Request(self._next, at, method, chat_id, topic, params)
        self._next += 1
        return request

    def enter(self, request: Request) -> None:
        self.requests.append(request)

    def of(self, method: str, *, chat_id: int | None = None, **params: Any) -> list[Request]:
        """The requests of a method, optionally of one chat and with these parameters."""
        return [request for request in self._of(method, chat_id) if params.items() <= request.params.items()]

    def sent(self, *, chat_id: int | None = None) -> list[Request]:
        """The sends, copies and forwards that made messages somebody got."""
        return [
            request
            for request in self.requests
            if request.message_ids
            and request.method.startswith(_MAKERS)
            and request.phase in ("answered", "after")
            and chat_id in (None, request.chat_id)
        ]

    @property
    def inside_penalty(self) -> int:
        return sum(request.inside_penalty for request in self.requests)

    def as_json(self) -> Json:
        return {
            "requests": [request.as_json() for request in self.requests],
            "updates": [life.as_json() for life in self.updates.values()],
            "inside_penalty": self.inside_penalty,
        }

    def _of(self, method: str, chat_id: int | None) -> Iterator[Request]:
        return (
            request
            for request in self.requests
            if request.method == method and (chat_id is None or request.chat_id == chat_id)
        )


def _number(value: Any) -> int | None:
    """The whole number in a parameter that may be text, a user name, or nonsense."""
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return None
