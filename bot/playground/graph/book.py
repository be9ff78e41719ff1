"""The Graph stand-in's book: every request, and the way of every webhook, for proofs after the fact."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.playground.ledger import Phase
from bot.playground.replies import Json


@dataclass(slots=True)
class GraphRequest:
    """A request; `at` aware UTC; `person` the phone number it is about; `tag` the desk's own mark on it."""

    n: int
    at: datetime
    method: str
    person: int | None
    body: Json
    tag: str = ""
    phase: Phase = "answered"
    status: int = 0
    code: int = 0
    details: str = ""
    wamid: str = ""

    def as_json(self) -> Json:
        return {**asdict(self), "at": self.at.isoformat()}


@dataclass(slots=True)
class HookLife:
    """One update on its way to the desk: `key` is a wamid, or wamid:status; `fate` dropped after seven days."""

    key: str
    kind: Literal["message", "status", "account", "raw"]
    person: int | None
    created: datetime
    tries: int = 0
    delivered: datetime | None = None
    fate: Literal["", "dropped", "muted"] = ""

    def as_json(self) -> Json:
        return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in asdict(self).items()}


@dataclass(slots=True)
class GraphBook:
    """Append-only."""

    requests: list[GraphRequest] = field(default_factory=list)
    hooks: list[HookLife] = field(default_factory=list)

    def enter(self, at: datetime, method: str, person: int | None, body: Json) -> GraphRequest:
        tag = str(body.get("biz_opaque_callback_data") or "")
        request = GraphRequest(len(self.requests) + 1, at, method, person, body, tag)
        self.requests.append(request)
        return request

    def of(self, method: str, *, person: int | None = None, **fields: Any) -> list[GraphRequest]:
        """The requests of a method, optionally about one person and with these fields in the body."""
        return [
            request
            for request in self.requests
            if request.method == method and person in (None, request.person) and fields.items() <= request.body.items()
        ]

    def sent(self, *, person: int | None = None) -> list[GraphRequest]:
        """The messages somebody got, reactions included."""
        arrived = (request for request in self.of("messages", person=person) if request.wamid)
        return [request for request in arrived if request.phase in ("answered", "after")]

    @property
    def waiting(self) -> list[HookLife]:
        """Webhooks the desk has not taken yet."""
        return [life for life in self.hooks if life.delivered is None and not life.fate]

    def as_json(self) -> Json:
        return {
            "requests": [request.as_json() for request in self.requests],
            "hooks": [life.as_json() for life in self.hooks],
        }
