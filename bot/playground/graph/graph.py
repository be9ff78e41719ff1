"""A stand-in of Meta's Graph API for one WhatsApp number, without sockets: one `call` per request."""

import asyncio
import json
import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from bot.clock import Clock
from bot.playground.arguments import Upload
from bot.playground.bell import PATIENCE, Bell
from bot.playground.faults import Fault, Faults
from bot.playground.graph.book import GraphBook, GraphRequest, HookLife
from bot.playground.graph.budgets import GraphBudgets, GraphLimits
from bot.playground.graph.hooks import Hooks
from bot.playground.graph.media import MediaStore
from bot.playground.graph.messages import Status, WhatsAppAccount, WhatsAppMessage
from bot.playground.graph.posting import message_of
from bot.playground.graph.refusals import GraphRefused, error_of_status
from bot.playground.graph.requests import Send, TemplateMessage, read_read, read_send
from bot.playground.graph.templates import Templates, TemplateStatus
from bot.playground.replies import Json, Reply

T = TypeVar("T")
_TYPING = timedelta(seconds=25)
_NOT_AT_ONCE = frozenset({131026, 131047, 131049})


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request: `path` without host and version, `token` the bearer's; `files` of a form."""

    method: str
    path: str
    token: str = ""
    body: bytes = b""
    form: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)


class Graph:
    """One business number, its people, templates and media.

    It behaves as WHATSAPP.md says Meta does. What is refused only later, in a failed status, is in `late`: by default
    a closed window and people who cannot be reached. All times come from `clock`; waiting is by asyncio alone.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        token: str = "EAAstandin",
        app_secret: str = "app-secret-of-the-stand-in",
        verify_token: str = "verify-token-of-the-stand-in",
        phone_number_id: str = "106540352242922",
        waba_id: str = "102290129340398",
        display_number: str = "+62 624 21207",
        limits: GraphLimits | None = None,
        bell: Bell | None = None,
        seed: int = 0,
    ) -> None:
        self.token, self.app_secret, self.verify_token = token, app_secret, verify_token
        self.phone_number_id, self.waba_id, self.display_number = phone_number_id, waba_id, display_number
        self.clock = clock
        self.bell = bell or Bell()
        self.book = GraphBook()
        self.hooks = Hooks(clock, waba_id=waba_id, secret=app_secret, seed=seed, bell=self.bell)
        self.faults = Faults(seed)
        self.budgets = GraphBudgets(limits or GraphLimits())
        self.media = MediaStore()
        self.templates = Templates()
        self.people: dict[int, WhatsAppAccount] = {}
        self.quality = "GREEN"
        self.late: frozenset[int] = _NOT_AT_ONCE
        self._serial = 0

    def break_with(self, fault: Fault) -> None:
        """Adds a fault to the script in force."""
        self.faults.add(fault)

    async def until(self, predicate: Callable[[], T | None], *, within: float = PATIENCE) -> T:
        """Waits for the predicate's first true value; AssertionError after `within` seconds without one."""
        found = await self.bell.until(predicate, within=within)
        assert found, f"nothing came true within {within} s"
        return found

    async def call(self, call: Call) -> Reply:
        """Answers one request."""
        operation = _OPERATIONS.get((call.method, self._place(call.path)))
        if operation is None:
            return GraphRefused(100, f"Unknown path components: /{call.path}", status=404).reply
        method = "read" if operation == "messages" and b'"status"' in call.body else operation
        request = self.book.enter(self.clock.now(), method, None, _json(call.body))
        request.person = self._person_of(request.body)
        reply = await self._through_faults(request, call)
        request.status = reply.status
        self.bell.ring()
        return reply

    def tell(self, life: HookLife, value: Json, *, field: str = "messages") -> None:
        """Queues a webhook and notes it in the book."""
        own = {"display_phone_number": re.sub(r"\D", "", self.display_number), "phone_number_id": self.phone_number_id}
        self.book.hooks.append(life)
        whole = {"messaging_product": "whatsapp", "metadata": own, **value} if field == "messages" else value
        self.hooks.add(life, whole, field=field)
        self.bell.ring()

    def status(self, person: WhatsAppAccount, message: WhatsAppMessage, status: Status, *, error: int = 0) -> None:
        """The message's fate changes, and a status says so; `contacts` are left out where it failed."""
        now = self.clock.now()
        message.status, message.error = status, error
        told: Json = {"id": message.wamid, "status": status, "timestamp": str(int(now.timestamp()))}
        told |= {"recipient_id": person.wa_id} if person.shows_number else {}
        told |= {"recipient_user_id": person.bsuid} if status != "failed" or not person.shows_number else {}
        if message.tag:
            told["biz_opaque_callback_data"] = message.tag
        if status == "failed":
            told["errors"] = [error_of_status(error)]
        elif status in ("sent", "delivered"):
            category = "utility" if message.template else "service"
            told["pricing"] = {"billable": True, "pricing_model": "PMP", "category": category, "type": "regular"}
        value: Json = {"statuses": [told]}
        if status != "failed":
            value["contacts"] = [person.as_contact]
        self.tell(HookLife(f"{message.wamid}:{status}", "status", person.number, now), value)

    def arrive(self, person: WhatsAppAccount, message: WhatsAppMessage) -> None:
        """What happens on the way to a phone: sent, delivered where it is on, read where the chat is open."""
        if message.status == "accepted":
            self.status(person, message, "sent")
        if message.status == "sent" and person.connected and message.kind != "reaction":
            self.status(person, message, "read" if person.reading else "delivered")
        elif message.status == "delivered" and person.reading:
            self.status(person, message, "read")

    def set_template(self, name: str, language: str, status: TemplateStatus) -> None:
        """A review's or a rating's outcome, with its webhook."""
        self.templates.set_status(name, language, status)
        value = {
            "event": status,
            "message_template_name": name,
            "message_template_language": language,
            "reason": "NONE",
        }
        self.tell(self._account_life(f"{name}:{language}:{status}"), value, field="message_template_status_update")

    def recategorise(self, name: str, language: str) -> None:
        """Meta finds that a utility template is marketing."""
        self.templates.set_category(name, language, "MARKETING")
        value = {"message_template_name": name, "message_template_language": language}
        value |= {"previous_category": "UTILITY", "new_category": "MARKETING"}
        self.tell(self._account_life(f"{name}:{language}"), value, field="template_category_update")

    def set_quality(self, rating: str, event: str = "FLAGGED") -> None:
        """The number's quality: GREEN, YELLOW or RED."""
        self.quality = rating
        value = {"display_phone_number": self.display_number, "event": event, "current_limit": "TIER_250"}
        self.tell(self._account_life(f"{event}:{rating}"), value, field="phone_number_quality_update")

    def wamid(self, number: int) -> str:
        """A message id never given before."""
        self._serial += 1
        return "wamid." + b64encode(f"\x1d\x05{number}\x15\x02\x00{self._serial:08X}\x00".encode()).decode()

    def _account_life(self, key: str) -> HookLife:
        self._serial += 1
        return HookLife(f"{key}:{self._serial}", "account", None, self.clock.now())

    def _place(self, path: str) -> str:
        """The path with ids put aside: number, account, media."""
        first, _, rest = path.partition("/")
        known = {self.phone_number_id: "number", self.waba_id: "account"}
        kind = known.get(first) or ("media" if first.isdecimal() else first)
        return f"{kind}/{rest}" if rest and kind != "whatsapp_business" else kind

    def _person_of(self, body: Json) -> int | None:
        person = self._addressee(body.get("to"), body.get("recipient"))
        if person is None:
            mentioned = body.get("message_id")
            owners = (one for one in self.people.values() if isinstance(mentioned, str) and one.message(mentioned))
            person = next(owners, None)
        return person.number if person is not None else None

    def _addressee(self, to: Any, recipient: Any) -> WhatsAppAccount | None:
        """Without a plus, the country of the business is put before the number (WHATSAPP.md §2.1)."""
        if isinstance(to, str) and to:
            digits = to[1:] if to.startswith("+") else self.display_number[1:3] + to
            return self.people.get(int(digits)) if digits.isdecimal() else None
        return next((person for person in self.people.values() if person.bsuid == recipient), None)

    async def _through_faults(self, request: GraphRequest, call: Call) -> Reply:
        fault = self.faults.strike(request.method, request.person)
        if fault is None:
            return self._answer(request, call)
        request.phase = fault.phase
        if fault.phase == "swallow":
            return self._answer(request, call, swallowed=getattr(fault, "code", 0))
        if fault.phase == "before" and fault.what != "delay":
            return fault.spoil(None)
        if fault.phase == "before":
            request.phase = "answered"
            await asyncio.sleep(fault.delay)
        reply = self._answer(request, call)
        if fault.phase == "after" and fault.what == "delay":
            await asyncio.sleep(fault.delay)
        return fault.spoil(reply)

    def _answer(self, request: GraphRequest, call: Call, *, swallowed: int | None = None) -> Reply:
        try:
            if call.token != self.token:
                raise GraphRefused(190, "Cannot parse access token")
            if request.method == "messages":
                return Reply(200, self._send(request, read_send(request.body), swallowed=swallowed))
            return _HANDLERS[request.method](self, call)
        except GraphRefused as refusal:
            request.phase = "refused"
            request.code, request.details = refusal.code, refusal.details
            return refusal.reply

    def _send(self, request: GraphRequest, send: Send, *, swallowed: int | None) -> Json:
        now, person = self.clock.now(), self._addressee(send.to, send.recipient)
        message = message_of(self, send, person)
        template = isinstance(send.content, TemplateMessage)
        late = self._refusal(person, template=template)
        if late and late not in self.late:
            raise GraphRefused(late)
        if person is not None:
            begins = template and not person.window_open(now)
            self.budgets.spend(person.number, now.timestamp(), begins=begins)
        request.wamid = message.wamid
        if swallowed is not None:
            late = swallowed
        elif person is not None and not late:
            self._put(person, message)
        if late:
            request.wamid = ""
            self.status(person or _nobody(send), message, "failed", error=late)
        wa_id = [{"input": send.to or send.recipient, "wa_id": person.wa_id}] if person and person.shows_number else []
        contacts = wa_id or [{"input": send.to or send.recipient, "user_id": person.bsuid if person else ""}]
        return {"messaging_product": "whatsapp", "contacts": contacts, "messages": [{"id": message.wamid}]}

    def _refusal(self, person: WhatsAppAccount | None, *, template: bool) -> int:
        """Why this person cannot be written to now; 0 where they can."""
        if person is None or person.blocked:
            return 131026
        return 0 if template or person.window_open(self.clock.now()) else 131047

    def _put(self, person: WhatsAppAccount, message: WhatsAppMessage) -> None:
        """Into the chat; a reaction goes onto its message."""
        if message.kind == "reaction":
            target = person.message(message.body["message_id"])
            assert target is not None
            target.reactions.pop("business", None)
            if message.text:
                target.reactions["business"] = message.text
        else:
            person.chat.append(message)
        person.typing_until = None
        self.arrive(person, message)

    def _read(self, call: Call) -> Reply:
        asked = read_read(_json(call.body))
        for person in self.people.values():
            found = person.message(asked.message_id)
            if found is None or found.by_business:
                continue
            for message in person.chat[: person.chat.index(found) + 1]:
                message.seen = message.seen or not message.by_business
            if asked.typing_indicator is not None:
                person.typing_until = self.clock.now() + _TYPING
            return Reply(200, {"success": True})
        raise GraphRefused(100, "Message id is not known")

    def _upload(self, call: Call) -> Reply:
        if call.form.get("messaging_product") != "whatsapp":
            raise GraphRefused(100, "(#100) The parameter messaging_product is required.")
        file = call.files.get("file")
        if file is None:
            raise GraphRefused(100, "(#100) The parameter file is required.")
        stored = self.media.upload(file.content, name=file.name, mime=file.mime, now=self.clock.now())
        return Reply(200, {"id": stored.id})

    def _describe(self, call: Call) -> Reply:
        return Reply(200, self.media.describe(call.path, self.clock.now()))

    def _remove(self, call: Call) -> Reply:
        self.media.remove(call.path, self.clock.now())
        return Reply(200, {"success": True})

    def _download(self, call: Call) -> Reply:
        media = self.media.download(call.path.rpartition("/")[2], self.clock.now())
        if media is None:
            return Reply(404, b"URL signature expired", content_type="text/plain")
        return Reply(200, media.content, content_type=media.mime)

    def _list_templates(self, call: Call) -> Reply:
        limit, after = call.query.get("limit", "25"), call.query.get("after", "0")
        if not limit.isdecimal() or not after.isdecimal():
            raise GraphRefused(100, "limit and after")
        return Reply(200, self.templates.page(limit=int(limit), after=int(after)))

    def _describe_number(self, call: Call) -> Reply:
        whole = {
            "verified_name": "BPS Kabupaten Labuhanbatu",
            "display_phone_number": self.display_number,
            "quality_rating": self.quality,
            "messaging_limit_tier": "TIER_250",
            "throughput": {"level": "STANDARD"},
            "code_verification_status": "VERIFIED",
            "name_status": "APPROVED",
            "platform_type": "CLOUD_API",
            "status": "CONNECTED",
        }
        asked = [name for name in call.query.get("fields", "").split(",") if name]
        shown = {name: whole[name] for name in asked if name in whole} if asked else whole
        return Reply(200, {**shown, "id": self.phone_number_id})

    def _list_apps(self, call: Call) -> Reply:
        app = {"id": "67084829086449", "name": "Meja Konsultasi", "link": "https://www.facebook.com/games/?app_id=6708"}
        return Reply(200, {"data": [{"whatsapp_business_api_data": app}]})

    def _describe_account(self, call: Call) -> Reply:
        return Reply(200, {"id": self.waba_id, "name": "BPS", "account_review_status": "APPROVED"})


_OPERATIONS = {
    ("POST", "number/messages"): "messages",
    ("POST", "number/media"): "upload",
    ("GET", "number"): "phone",
    ("GET", "account"): "account",
    ("GET", "account/message_templates"): "templates",
    ("GET", "account/subscribed_apps"): "apps",
    ("GET", "media"): "media",
    ("DELETE", "media"): "remove",
    ("GET", "whatsapp_business"): "download",
}
_HANDLERS: dict[str, Callable[[Graph, Call], Reply]] = {
    "read": Graph._read,
    "upload": Graph._upload,
    "phone": Graph._describe_number,
    "account": Graph._describe_account,
    "templates": Graph._list_templates,
    "apps": Graph._list_apps,
    "media": Graph._describe,
    "remove": Graph._remove,
    "download": Graph._download,
}


def _json(body: bytes) -> Json:
    """The request's body; anything but an object is empty, and refused for what is missing."""
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def _nobody(send: Send) -> WhatsAppAccount:
    """Whoever a number without WhatsApp belongs to."""
    digits = (send.to or "").lstrip("+")
    return WhatsAppAccount(int(digits or 0), "", send.recipient or "", shows_number=bool(digits))
