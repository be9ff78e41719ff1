"""A stand-in of Telegram's Bot API, without sockets: one `call` per request, whoever carries it."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from bot.clock import Clock
from bot.playground.arguments import Arguments, Upload
from bot.playground.bell import PATIENCE, Bell
from bot.playground.budgets import Budgets, Limits, costs_a_message
from bot.playground.chats import Account, Chat, Topic
from bot.playground.faults import Fault, Faults
from bot.playground.ledger import Ledger, Request
from bot.playground.methods import METHODS
from bot.playground.replies import Json, Refused, Reply, good
from bot.playground.spec import Spec
from bot.playground.world import World, find_chat

T = TypeVar("T")
_NAMES = {name.lower(): name for name in (*METHODS, "getUpdates")}
_DEFAULT_TOKEN = "42:STANDIN"
_DEFAULT_GROUP = -1001234567890
_MAKERS = ("send", "copy", "forward")


class Telegram:
    """One bot, its people and its groups.

    It behaves as TELEGRAM.md says Telegram does: offsets, expiry, budgets, refusals with Telegram's texts. Markdown
    parse modes, inline mode, channels and payments are not there and are refused. All times come from `clock`; waiting
    is by asyncio alone. `spec` checks each request against the Bot API's description; what it finds is in `violations`.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        token: str = _DEFAULT_TOKEN,
        bot_username: str = "meja_demo_bot",
        staff_chat_id: int = _DEFAULT_GROUP,
        staff_title: str = "Petugas PST",
        limits: Limits | None = None,
        spec: Spec | None = None,
        first_update_id: int = 700_000_001,
        seed: int = 0,
    ) -> None:
        bot = Account(int(token.partition(":")[0]), "Meja Konsultasi", username=bot_username, is_bot=True)
        self.token = token
        self.clock = clock
        self.world = World(clock, bot=bot, first_update_id=first_update_id, seed=seed)
        self.staff = self.world.add_group(staff_chat_id, staff_title)
        self.faults = Faults(seed)
        self.budgets = Budgets(limits or Limits())
        self.spec = spec
        self.violations: list[str] = []

    @property
    def ledger(self) -> Ledger:
        return self.world.ledger

    @property
    def bell(self) -> Bell:
        return self.world.bell

    @property
    def topics(self) -> list[Topic]:
        """The topics of the staff group, deleted ones included, in the order of creation."""
        return list(self.staff.topics.values())

    def topic(self, name_part: str) -> Topic:
        """The newest topic of the staff group that is there and has this in its name; LookupError if none has."""
        for topic in reversed(self.topics):
            if name_part in topic.name and not topic.deleted:
                return topic
        raise LookupError(f"no topic named {name_part!r} among {[topic.name for topic in self.topics]}")

    async def opened(self, name_part: str) -> Topic:
        """The same, once there is one."""

        def found() -> Topic | None:
            try:
                return self.topic(name_part)
            except LookupError:
                return None

        return await self.until(found)

    async def until(self, predicate: Callable[[], T | None], *, within: float = PATIENCE) -> T:
        """Waits for the predicate's first true value; AssertionError after `within` seconds without one."""
        found = await self.bell.until(predicate, within=within)
        assert found, f"nothing came true within {within} s"
        return found

    def break_with(self, fault: Fault) -> None:
        """Adds a fault to the script in force."""
        self.faults.add(fault)

    def upgrade_group(self, chat_id: int, new_id: int) -> Chat:
        """Turns a group into a supergroup with a new id, as switching topics on does; the old id is refused."""
        old = find_chat(self.world, chat_id)
        new = self.world.add_group(new_id, old.body["title"])
        new.members, new.rights = dict(old.members), set(old.rights)
        owner = self.world.bot
        moved = {"message_id": old.last_message_id + 1, "date": int(self.world.timestamp()), "from": owner.as_json}
        self.world.tell("message", {**moved, "chat": old.body, "migrate_to_chat_id": new_id})
        self.world.service(new, {"migrate_from_chat_id": chat_id})
        old.migrated_to = new_id
        if self.staff is old:
            self.staff = new
        return new

    def close(self) -> None:
        """Ends the poll that waits, if one does."""
        self.world.updates.hang_up()

    async def call(self, token: str, method: str, params: Json, files: dict[str, Upload] | None = None) -> Reply:
        """Answers one request. `params` are JSON values or the texts of a form; method names ignore case."""
        if token != self.token:
            return Refused("", code=401).reply
        name = _NAMES.get(method.lower())
        if name is None:
            return Refused(": method not found", code=404).reply
        args = Arguments(params, files)
        request = self.ledger.open(self.clock.now(), name, params)
        if name != "getUpdates":
            request.inside_penalty = self._in_penalty(request)
            self.ledger.enter(request)
        reply = await self._through_faults(request, args)
        request.status = reply.status
        if isinstance(reply.body, dict):
            request.description = reply.body.get("description", "")
        if name == "getUpdates" and (reply.status != 200 or not isinstance(reply.body, dict) or reply.body["result"]):
            self.ledger.enter(request)
        return reply

    async def _through_faults(self, request: Request, args: Arguments) -> Reply:
        fault = self.faults.strike(request.method, request.chat_id)
        if fault is None:
            return await self._answer(request, args)
        if fault.phase == "swallow":
            return await self._swallow(request, args)
        request.phase = fault.phase
        if fault.phase == "before" and fault.what != "delay":
            self._start_penalty(request, fault)
            return fault.spoil(None)
        if fault.phase == "before":
            await asyncio.sleep(fault.delay)
        reply = await self._answer(request, args)
        if fault.phase == "after" and fault.what == "delay":
            await asyncio.sleep(fault.delay)
        return fault.spoil(reply)

    async def _answer(self, request: Request, args: Arguments) -> Reply:
        try:
            self._check_spec(request, args)
            if request.method == "getUpdates":
                return good(await self.world.updates.get_updates(args))
            return self._apply(request, args)
        except Refused as refusal:
            request.phase = "refused"
            return refusal.reply

    def _apply(self, request: Request, args: Arguments) -> Reply:
        method = METHODS[request.method]
        if request.chat_id is None or not costs_a_message(request.method):
            result = method(self.world, args)
        else:
            cost, now = _cost(args), request.at.timestamp()
            self.budgets.check(request.chat_id, now, cost)
            result = method(self.world, args)
            self.budgets.spend(request.chat_id, now, cost)
        request.message_ids = _message_ids(result)
        return good(result)

    def _in_penalty(self, request: Request) -> bool:
        costs = request.chat_id is not None and costs_a_message(request.method)
        return costs and self.budgets.penalty(request.chat_id, request.at.timestamp()) > 0

    def _start_penalty(self, request: Request, fault: Fault) -> None:
        """A flood on demand is a real one: what comes while it lasts is refused too."""
        if fault.what == "flood":
            scope = None if fault.whole_bot else request.chat_id
            self.budgets.park(scope, fault.retry_after, request.at.timestamp())

    async def _swallow(self, request: Request, args: Arguments) -> Reply:
        """Answers as if it had been sent, and takes back what was; what sends nothing is simply done."""
        reply = await self._answer(request, args)
        chat = self.world.chats.get(request.chat_id or 0)
        if chat is None or not request.method.startswith(_MAKERS):
            return reply
        request.phase = "swallow" if reply.status == 200 else request.phase
        for message_id in request.message_ids:
            self.world.remove(chat, chat.by_id[message_id])
        return reply

    def _check_spec(self, request: Request, args: Arguments) -> None:
        if self.spec is None:
            return
        violation = self.spec.check(request.method, request.params, args.files)
        if violation is not None:
            self.violations.append(violation)
            raise Refused(f"spec: {violation}")


def _cost(args: Arguments) -> int:
    """An album and a batch cost one message for each part (a guess of TELEGRAM.md §4, on the careful side)."""
    parts = "media" if "media" in args else "message_ids" if "message_ids" in args else None
    return 1 if parts is None else _length(args.parsed(parts))


def _length(parts: Any) -> int:
    return len(parts) if isinstance(parts, list) else 1


def _message_ids(result: Any) -> list[int]:
    results = result if isinstance(result, list) else [result]
    return [part["message_id"] for part in results if isinstance(part, dict) and "message_id" in part]
