"""The queue of updates and getUpdates, as Telegram's own server treats offsets, limits, waiting and expiry."""

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from json import dumps

from bot.clock import Clock
from bot.playground.arguments import Arguments
from bot.playground.bell import Bell
from bot.playground.ledger import Ledger, UpdateLife
from bot.playground.replies import Json, Refused

LARGEST_UPDATE = 1 << 16
LONGEST_POLL = 50
_DAY = timedelta(days=1)
_LIFETIMES = {"callback_query": timedelta(seconds=150), "inline_query": timedelta(seconds=30)}
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
_KIND_WORDS = (
    "message edited_message channel_post edited_channel_post business_connection business_message "
    "edited_business_message deleted_business_messages guest_message message_reaction message_reaction_count "
    "inline_query chosen_inline_result callback_query shipping_query pre_checkout_query purchased_paid_media poll "
    "poll_answer my_chat_member chat_member chat_join_request chat_boost removed_chat_boost managed_bot"
)
_KINDS = frozenset(_KIND_WORDS.split())
_DEFAULT = _KINDS - _ON_REQUEST
_CONFLICT = "terminated by other getUpdates request; make sure that only one bot instance is running"
_HOOKED = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
_REPLACED = "terminated by setWebhook request"


@dataclass(slots=True)
class Hook:
    """Where updates are posted to, instead of being asked for; what went wrong last."""

    url: str
    secret: str = ""
    most_connections: int = 40
    error_at: datetime | None = None
    error: str = ""


class Queued:
    """An update that waits. `lane`: the webhook has one request at a time for each (TELEGRAM.md §2)."""

    __slots__ = ("expires", "lane", "life", "update")

    def __init__(self, update: Json, expires: datetime, life: UpdateLife) -> None:
        self.update, self.expires, self.life = update, expires, life
        self.lane = ("message" if "message" in life.kind else life.kind, life.chat_id)


class UpdateQueue:
    """Updates wait here until a higher offset confirms them or their time runs out."""

    def __init__(self, clock: Clock, ledger: Ledger, *, first_update_id: int) -> None:
        self.next_id = first_update_id
        self._clock, self._ledger = clock, ledger
        self._queue: deque[Queued] = deque()
        self.hook: Hook | None = None
        self.changed = Bell()
        self._bell = Bell()
        self._allowed = _DEFAULT
        self._last_offset, self._last_start = -1, float("-inf")
        self._poll = 0

    def __len__(self) -> int:
        return sum(1 for _ in self._alive(self._clock.now()))

    def add(self, kind: str, body: Json, *, chat_id: int | None) -> int | None:
        """Queues an update and gives its id; None where the bot has not asked for the kind by now."""
        if kind not in self._allowed:
            return None
        now = self._clock.now()
        update_id, self.next_id = self.next_id, self.next_id + 1
        life = self._ledger.updates[update_id] = UpdateLife(update_id, kind, chat_id, now)
        update = {"update_id": update_id, kind: body}
        if len(dumps(update, ensure_ascii=False).encode()) > LARGEST_UPDATE:
            life.fate = "dropped"  # Telegram's buffer for one update is 64 KiB, and it says nothing
            return None
        self._queue.append(Queued(update, now + _LIFETIMES.get(kind, _DAY), life))
        self._ring()
        return update_id

    def put_raw(self, update: Json) -> None:
        """Queues an update as given, well-formed or not (for tests of malformed ones); only its id is ours."""
        now = self._clock.now()
        update_id, self.next_id = self.next_id, self.next_id + 1
        life = self._ledger.updates[update_id] = UpdateLife(update_id, "raw", None, now)
        self._queue.append(Queued({**update, "update_id": update_id}, now + _DAY, life))
        self._ring()

    def skip_ids(self, count: int) -> None:
        """Leaves a gap (or, negative, goes back) in the update ids, as Telegram may after a week of silence."""
        self.next_id += count

    def serve_again(self, update_id: int) -> None:
        """Puts a copy of a waiting update at the end of the queue under the same id: a duplicate delivery."""
        for queued in self._queue:
            if queued.life.update_id == update_id:
                self._queue.append(queued)
                return
        raise KeyError(update_id)

    def _ring(self) -> None:
        self._bell.ring()
        self.changed.ring()

    def set_hook(self, hook: Hook | None, args: Arguments) -> None:
        """Post updates from now on, or wait to be asked again; what waits is kept."""
        self._allow(args)
        if hook is not None:
            self._poll += 1
        self.hook = hook
        self._ring()

    @property
    def allowed(self) -> list[str]:
        return sorted(self._allowed)

    def due(self) -> list[Queued]:
        """What waits and has not expired, the oldest first."""
        return list(self._alive(self._clock.now()))

    def posted(self, queued: Queued, *, taken: bool) -> None:
        """An update was posted; `taken`: the answer confirmed it."""
        now = self._clock.now()
        queued.life.served = queued.life.served or now
        queued.life.times_served += 1
        if taken and queued in self._queue:
            self._queue.remove(queued)
            self._confirm(queued, now)

    async def get_updates(self, args: Arguments) -> list[Json]:
        """One getUpdates. A newer call ends an older one that still waits with 409."""
        if self.hook is not None:
            raise Refused(_HOOKED, code=409)
        offset, limit, timeout = self._read(args)
        self._allow(args)
        limit, timeout = self._slow_down(offset, limit, timeout)
        self._poll += 1
        mine = self._poll
        self._bell.ring()
        self._forget(offset)
        updates = self._head(limit)
        if not updates and timeout:
            updates = await self._wait(mine, limit, timeout)
        return updates

    def drop_pending(self) -> None:
        """Throws away what waits, as deleteWebhook can be told to."""
        for queued in self._queue:
            queued.life.fate = queued.life.fate or "dropped"
        self._queue.clear()

    def hang_up(self) -> None:
        """Ends whatever poll is waiting, as a stopping server does."""
        self._poll += 1
        self._bell.ring()

    @staticmethod
    def _read(args: Arguments) -> tuple[int, int, float]:
        limit = args.integer("limit", 100)
        timeout = min(max(args.integer("timeout"), 0), LONGEST_POLL)
        return args.integer("offset"), limit if 1 <= limit <= 100 else 100, float(timeout)

    def _allow(self, args: Arguments) -> None:
        """An empty list means the default; an absent one keeps what was asked before."""
        if "allowed_updates" in args:
            named = {str(kind).lower() for kind in args.items("allowed_updates")}
            self._allowed = _KINDS & named or _DEFAULT

    def _slow_down(self, offset: int, limit: int, timeout: float) -> tuple[int, float]:
        """Asking again with the same offset: a single update within 0.5 s, a wait of 3 s within 3 s."""
        now = asyncio.get_running_loop().time()
        if offset == self._last_offset:
            since = now - self._last_start
            timeout = max(timeout, 3.0) if since < 3.0 else timeout
            limit = 1 if since < 0.5 else limit
        self._last_offset, self._last_start = offset, now
        return limit, timeout

    def _forget(self, offset: int) -> None:
        """Confirms all below the offset; one beyond the end confirms nothing; a negative one keeps the last so many."""
        now = self._clock.now()
        if offset < 0:
            while len(self._queue) > -offset:
                self._queue.popleft().life.confirmed = now
        elif offset <= self.next_id:
            while self._queue and self._queue[0].life.update_id < offset:
                self._confirm(self._queue.popleft(), now)

    @staticmethod
    def _confirm(queued: Queued, now: datetime) -> None:
        if not queued.life.fate:
            queued.life.confirmed = queued.life.confirmed or now

    def _head(self, limit: int) -> list[Json]:
        now = self._clock.now()
        updates = []
        for queued in self._alive(now):
            queued.life.served = queued.life.served or now
            queued.life.times_served += 1
            updates.append(queued.update)
            if len(updates) == limit:
                break
        return updates

    def _alive(self, now: datetime) -> Iterator[Queued]:
        for queued in self._queue:
            if queued.expires > now:
                yield queued
            elif not queued.life.fate:
                queued.life.fate = "expired"

    async def _wait(self, mine: int, limit: int, seconds: float) -> list[Json]:
        updates: list[Json] = []

        def ready() -> bool:
            nonlocal updates
            updates = self._head(limit) if mine == self._poll else []
            return bool(updates) or mine != self._poll

        await self._bell.until(ready, within=seconds)
        if mine != self._poll:
            raise Refused(_CONFLICT if self.hook is None else _REPLACED, code=409)
        return updates
