"""Faults on demand: which call goes wrong, when, and how."""

import random
from dataclasses import dataclass, field
from typing import Literal, get_args

from bot.playground.replies import CUT, Json, Refused, Reply, flood

Phase = Literal["before", "after", "swallow"]
What = Literal["error", "cut", "delay", "flood", "bad gateway", "truncated"]

_BAD_GATEWAY = (
    b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center>"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One entry of a fault script.

    `nth` counts the matching calls from 1; `times` is how many from there are hit (None: all), each with `chance`.
    `before`: nothing is applied; `after`: applied, then the answer is lost; `swallow`: looks sent, nobody gets it.
    `body` replaces the whole answer of an "error"; `retry_after` and `delay` are seconds; `whole_bot` widens a flood.
    """

    method: str = "*"
    what: What = "error"
    phase: Phase = "before"
    nth: int = 1
    times: int | None = 1
    chance: float = 1.0
    chat_id: int | None = None
    status: int = 500
    description: str = "Internal Server Error"
    body: Json | bytes | None = None
    retry_after: int = 5
    delay: float = 1.0
    whole_bot: bool = False

    def __post_init__(self) -> None:
        """ValueError for a phase or a kind of fault there is not: scripts come in as JSON too."""
        if self.phase not in get_args(Phase) or self.what not in get_args(What):
            raise ValueError(f"there is no fault {self.what!r} {self.phase!r}")

    def matches(self, method: str, chat_id: int | None) -> bool:
        if self.method != "*" and self.method != method:
            return False
        return self.chat_id is None or self.chat_id == chat_id

    def spoil(self, reply: Reply | None) -> Reply:
        """The answer the caller gets; `reply` is the true one, where the call was applied."""
        if self.what == "cut":
            return CUT
        if self.what == "flood":
            return flood(self.retry_after).reply
        if self.what == "bad gateway":
            return Reply(502, _BAD_GATEWAY, content_type="text/html")
        if self.what == "truncated":
            return Reply(200, b'{"ok":true,"result":{"message_id":')
        if self.what == "delay" and reply is not None:
            return reply
        if self.body is not None:
            return Reply(self.status, self.body)
        return Refused(self.description, code=self.status).reply


@dataclass(slots=True)
class _Armed:
    fault: Fault
    seen: int = 0
    hit: int = 0


@dataclass(slots=True)
class Faults:
    """The script in force; chances are drawn from `seed`, so a run can be repeated."""

    seed: int = 0
    _armed: list[_Armed] = field(default_factory=list)
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def add(self, fault: Fault) -> None:
        self._armed.append(_Armed(fault))

    def clear(self) -> None:
        self._armed.clear()

    @property
    def script(self) -> tuple[Fault, ...]:
        return tuple(armed.fault for armed in self._armed)

    @property
    def hits(self) -> int:
        """How many calls were hit so far."""
        return sum(armed.hit for armed in self._armed)

    def strike(self, method: str, chat_id: int | None) -> Fault | None:
        """The fault that hits this call, if any; every matching entry counts the call."""
        struck: Fault | None = None
        for armed in self._armed:
            if not armed.fault.matches(method, chat_id):
                continue
            armed.seen += 1
            if struck is None and self._hits(armed):
                armed.hit += 1
                struck = armed.fault
        return struck

    def _hits(self, armed: _Armed) -> bool:
        fault = armed.fault
        due = armed.seen >= fault.nth and (fault.times is None or armed.hit < fault.times)
        return due and (fault.chance >= 1.0 or self._random.random() < fault.chance)
