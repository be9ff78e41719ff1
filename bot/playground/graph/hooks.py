"""Webhooks as Meta sends them: signed, batched, retried for days, and in no promised order (WHATSAPP.md §1)."""

import asyncio
import hashlib
import hmac
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from bot.playground.bell import PATIENCE, Bell
from bot.playground.graph.book import HookLife
from bot.playground.replies import Json

MOST_IN_A_BATCH = 1000
_GIVE_UP = timedelta(days=7)
_FIRST_RETRY, _LAST_RETRY = 0.02, 1.0  # seconds: Meta's days, compressed
_OK = 200

Post = Callable[[bytes, str], Awaitable[int]]
"""Carries one body and its X-Hub-Signature-256 to the desk and gives the HTTP status; OSError when nobody answers."""


@dataclass(slots=True, eq=False)
class Hook:
    """One update: the value of a change of `field`."""

    life: HookLife
    field: str
    value: Json
    due: float = 0.0


class Hooks:
    """Updates wait here until the desk takes them with 200.

    `batch`: how many may go in one POST. `in_order`: none overtakes one that was refused before, which Meta does not
    promise. `shuffle`: in any order. `duplicate`: the chance that one is delivered twice.
    `muted`: statuses that never come. `held`: nothing goes out; `last`: body and signature of the last POST.
    """

    def __init__(self, clock: Clock, *, waba_id: str, secret: str, seed: int, bell: Bell) -> None:
        self.batch = 1
        self.shuffle = False
        self.in_order = False
        self.duplicate = 0.0
        self.muted: frozenset[str] = frozenset()
        self.held = False
        self.posts = 0
        self.last: tuple[bytes, str] = (b"", "")
        self._clock, self._waba_id, self._secret = clock, waba_id, secret
        self._random = random.Random(seed)
        self._queue: list[Hook] = []
        self._bell = bell
        self._wake = asyncio.Event()

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, life: HookLife, value: Json, *, field: str = "messages") -> None:
        """Queues one update."""
        if life.kind == "status" and life.key.rpartition(":")[2] in self.muted:
            life.fate = "muted"
            return
        hook = Hook(life, field, value)
        self._queue.append(hook)
        if self.duplicate and self._random.random() < self.duplicate:
            self._queue.append(Hook(life, field, value))
        self._wake.set()

    def hold(self) -> None:
        """From now on updates pile up, as on a day when Meta's webhooks lag."""
        self.held = True

    def release(self) -> None:
        self.held = False
        self._wake.set()

    def retry_now(self) -> None:
        """What was refused before is tried again without waiting."""
        for hook in self._queue:
            hook.due = 0.0
        self._wake.set()

    async def all_taken(self, *, within: float = PATIENCE) -> None:
        """Returns when the desk has taken everything; AssertionError when it has not in time."""
        taken = await self._bell.until(lambda: not self._queue or None, within=within)
        assert taken, f"{len(self._queue)} updates were not taken within {within} s"

    @asynccontextmanager
    async def delivered_by(self, post: Post) -> AsyncIterator[None]:
        """Updates go out by `post` while this is open."""
        pump = asyncio.create_task(self._pump(post), name="webhooks")
        try:
            yield
        finally:
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump

    def sign(self, body: bytes) -> str:
        """The X-Hub-Signature-256 of a body."""
        return "sha256=" + hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()

    async def _pump(self, post: Post) -> None:
        while True:
            self._wake.clear()
            batch = [] if self.held else self._next()
            if batch:
                await self._deliver(batch, post)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pause()):
                    await self._wake.wait()

    def _next(self) -> list[Hook]:
        now = asyncio.get_running_loop().time()
        due = [hook for hook in self._queue if hook.due <= now]
        if self.in_order and due != self._queue[: len(due)]:
            return []
        if self.shuffle:
            self._random.shuffle(due)
        return due[: min(self.batch, MOST_IN_A_BATCH)]

    def _pause(self) -> float | None:
        if self.held or not self._queue:
            return None
        due = max(hook.due for hook in self._queue) if self.in_order else min(hook.due for hook in self._queue)
        return max(0.0, due - asyncio.get_running_loop().time())

    async def _deliver(self, batch: list[Hook], post: Post) -> None:
        body = self.envelope(batch)
        signature = self.sign(body)
        self.posts += 1
        self.last = body, signature
        status = 0
        with suppress(OSError, TimeoutError):
            status = await post(body, signature)
        done = {id(hook) for hook in batch if self._settles(hook, status)}
        self._queue = [hook for hook in self._queue if id(hook) not in done]
        self._bell.ring()

    def _settles(self, hook: Hook, status: int) -> bool:
        """Whether this update is through with, taken or given up; else it is due again later."""
        life, now = hook.life, self._clock.now()
        life.tries += 1
        if status == _OK:
            life.delivered = life.delivered or now
        elif now < life.created + _GIVE_UP:
            wait = min(_FIRST_RETRY * 2 ** min(life.tries, 10), _LAST_RETRY)
            hook.due = asyncio.get_running_loop().time() + wait
            return False
        else:
            life.fate = "dropped"
        return True

    def envelope(self, batch: list[Hook]) -> bytes:
        """The body of one POST. In a batch, neighbours of one kind share a change, and changes share entries."""
        changes: list[Json] = []
        for hook in batch:
            if changes and _joins(changes[-1], hook) and self._random.random() < 0.5:
                _join(changes[-1]["value"], hook.value)
            else:
                changes.append({"value": json.loads(json.dumps(hook.value)), "field": hook.field})
        entries: list[Json] = []
        for change in changes:
            if entries and self._random.random() < 0.5:
                entries[-1]["changes"].append(change)
            else:
                entries.append({"id": self._waba_id, "changes": [change]})
        body: Any = {"object": "whatsapp_business_account", "entry": entries}
        return json.dumps(body, separators=(",", ":")).encode()


def _joins(change: Json, hook: Hook) -> bool:
    """Whether two updates can stand in one change: both messages or both statuses, of senders alike."""
    value = change["value"]
    alike = any(key in value and key in hook.value for key in ("messages", "statuses"))
    return change["field"] == hook.field == "messages" and alike and ("contacts" in value) == ("contacts" in hook.value)


def _join(value: Json, other: Json) -> None:
    for key in ("messages", "statuses"):
        if key in other:
            value[key].extend(other[key])
    for contact in other.get("contacts", []):
        if contact not in value["contacts"]:
            value["contacts"].append(contact)
