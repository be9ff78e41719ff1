"""The playground's control over WhatsApp people: what the page shows of them, and what it can have them do.

In GET /play/state: `whatsapp` is null, or {name, number, people: [PERSON]}
    PERSON = {id (the phone number), name, first_name, shown (webhooks carry the number), connected, blocked,
              window (ISO, UTC, when it closes) or null, typing, messages: [BUBBLE]}
    BUBBLE = as Telegram's, without edits and topics, and with wamid, header, footer, menu (the label that opens a
             list), url, choices: [{id, title, description}], template (its name or ""), status (sent, delivered, read,
             failed …), seen (read by the office), kept (written down by the desk), reactions: {user, business}
Orders for POST /play/do; `number` is the person's, `message` the id of a bubble:
    wa_say {number, text, reply_to?} · wa_send {number, kind, caption?, reply_to?} · wa_tap {number, message, choice,
    label} · wa_react {number, message, emoji or null} · wa_read, wa_connect, wa_disconnect, wa_block, wa_unblock,
    wa_change_number {number} · wa_add {name, shows_number}
POST /play/upload takes `whatsapp` (the number) for `person`.
GET /play/whatsapp/file/MEDIA_ID    the bytes of a message's file
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.playground.graph.bubbles import person_json
from bot.playground.graph.graph import Graph
from bot.playground.graph.messages import WhatsAppMessage
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.replies import Json

_FIRST_NUMBER = 6281260009000
_KINDS = {"photo": "image", "contact": "contacts"}


class WhatsAppControl:
    """The WhatsApp people of one stand-in."""

    def __init__(self, graph: Graph, *, name: str) -> None:
        self.graph = graph
        self.people: dict[int, WhatsAppPhone] = {}
        self._name = name

    def add(self, phone: WhatsAppPhone) -> WhatsAppPhone:
        """Makes a person playable."""
        self.people[phone.number] = phone
        self.graph.bell.ring()
        return phone

    def add_to(self, app: web.Application) -> None:
        app.add_routes([web.get("/play/whatsapp/file/{media_id}", self._file)])

    def state(self, *, last: int) -> Json:
        """As described above."""
        shown = [person_json(self.graph, phone.account, last=last) for phone in self.people.values()]
        return {"name": self._name, "number": self.graph.display_number, "people": shown}

    async def act(self, order: Json) -> Any:
        """Carries out one order; raises what acts.REFUSALS names."""
        if order["act"] == "wa_add":
            number = max((*self.graph.people, _FIRST_NUMBER)) + 1
            return self.add(WhatsAppPhone(self.graph, number, order["name"], shows_number=order["shows_number"])).number
        phone = self.people[order["number"]]
        result = await _ACTS[order["act"]](phone, order)
        self.graph.bell.ring()
        if phone.number != order["number"]:
            self.people = {one.number: one for one in self.people.values()}
        return result

    async def upload(self, number: int, *, name: str, mime: str, content: bytes, caption: str) -> None:
        """Sends a real file: pictures a phone can take as such, all else as documents."""
        kind = "image" if mime in ("image/jpeg", "image/png") else "document"
        await self.people[number].send(kind, content=content, name=name, mime=mime, caption=caption)

    async def _file(self, request: web.Request) -> web.Response:
        media = self.graph.media.by_id(request.match_info["media_id"])
        if media is None:
            raise web.HTTPNotFound
        # Never shown as a page of ours, whatever somebody uploaded.
        safe = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=media.content, content_type=media.mime.partition(";")[0], headers=safe)


def _at(phone: WhatsAppPhone, place: int) -> WhatsAppMessage:
    if not 0 < place <= len(phone.chat):
        raise KeyError(place)
    return phone.chat[place - 1]


def _reply_to(phone: WhatsAppPhone, order: Json) -> WhatsAppMessage | None:
    return _at(phone, order["reply_to"]) if order.get("reply_to") else None


async def _say(phone: WhatsAppPhone, order: Json) -> None:
    await phone.say(order["text"], reply_to=_reply_to(phone, order))


async def _send(phone: WhatsAppPhone, order: Json) -> None:
    kind = str(_KINDS.get(order["kind"], order["kind"]))
    await phone.send(kind, caption=str(order.get("caption") or ""), reply_to=_reply_to(phone, order))


async def _tap(phone: WhatsAppPhone, order: Json) -> None:
    await phone.tap_id(_at(phone, order["message"]), order["choice"], order["label"])


async def _react(phone: WhatsAppPhone, order: Json) -> None:
    await phone.react(_at(phone, order["message"]), order.get("emoji"))


async def _change_number(phone: WhatsAppPhone, order: Json) -> int:
    await phone.change_number(max(phone.graph.people) + 1)
    return phone.number


Act = Callable[[WhatsAppPhone, Json], Awaitable[Any]]


def _plain(name: str) -> Act:
    async def act(phone: WhatsAppPhone, order: Json) -> None:
        await getattr(phone, name)()

    return act


_ACTS: dict[str, Act] = {
    "wa_say": _say,
    "wa_send": _send,
    "wa_tap": _tap,
    "wa_react": _react,
    "wa_change_number": _change_number,
    **{f"wa_{name}": _plain(name) for name in ("read", "connect", "disconnect", "block", "unblock")},
}
