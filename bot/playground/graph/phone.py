"""Somebody with WhatsApp: what they write, send and tap, and what they see."""

from typing import Any

from bot.playground.bell import PATIENCE
from bot.playground.content import sample_bytes
from bot.playground.graph.book import HookLife
from bot.playground.graph.graph import Graph
from bot.playground.graph.messages import Choice, WhatsAppAccount, WhatsAppMessage
from bot.playground.people import NoSuchButton
from bot.playground.replies import Json

_SAMPLES = {
    "image": ("foto.png", "image/png", "photo"),
    "document": ("surat.pdf", "application/pdf", "document"),
    "video": ("video.mp4", "video/mp4", "video"),
    "audio": ("lagu.mp3", "audio/mpeg", "audio"),
    "voice": ("suara.ogg", "audio/ogg; codecs=opus", "voice"),
    "sticker": ("stiker.webp", "image/webp", "sticker"),
}
_PLACE: Json = {"latitude": 2.1009, "longitude": 99.8321}
_CONTACT: Json = {
    "name": {"formatted_name": "Budi Sitorus", "first_name": "Budi", "last_name": "Sitorus"},
    "phones": [{"phone": "+62 811-6000-000", "type": "CELL", "wa_id": "628116000000"}],
}


class WhatsAppPhone:
    """A person and their chat with the business; what was seen once is not seen again.

    `shows_number=False`: webhooks know them by the business-scoped id alone. `reading=True`: the chat is always open.
    """

    def __init__(
        self,
        graph: Graph,
        number: int = 6281260001001,
        name: str = "Siti Aminah",
        *,
        bsuid: str = "",
        parent_bsuid: str = "",
        username: str = "",
        shows_number: bool = True,
        reading: bool = False,
    ) -> None:
        if number in graph.people:
            raise ValueError(f"{number} is somebody's already")
        self.graph = graph
        self.account = WhatsAppAccount(
            number, name, bsuid or f"ID.{number * 7919}", parent_bsuid, username, shows_number, reading=reading
        )
        graph.people[number] = self.account
        self._read_to = 0

    @property
    def number(self) -> int:
        return self.account.number

    @property
    def chat(self) -> list[WhatsAppMessage]:
        return self.account.chat

    async def say(self, text: str, *, reply_to: WhatsAppMessage | None = None) -> WhatsAppMessage:
        """Writes a text."""
        return self._send("text", {"body": text}, text=text, reply_to=reply_to)

    async def send(
        self,
        kind: str,
        *,
        caption: str = "",
        content: bytes | None = None,
        name: str = "",
        mime: str = "",
        reply_to: WhatsAppMessage | None = None,
        **details: Any,
    ) -> WhatsAppMessage:
        """Sends an image, document, video, audio, voice or sticker; a location, contacts, an order, unsupported."""
        if kind not in _SAMPLES:
            return self._send_plain(kind, details, reply_to)
        sample_name, sample_mime, sample = _SAMPLES[kind]
        stored = self.graph.media.receive(
            sample_bytes(sample) if content is None else content,
            kind="audio" if kind == "voice" else kind,
            name=name or sample_name,
            mime=mime or sample_mime,
            now=self.graph.clock.now(),
        )
        body = stored.as_received(caption=caption, voice=kind == "voice")
        message = self._send(stored.kind, body | details, text=caption, reply_to=reply_to)
        message.file = stored
        return message

    async def tap(
        self, label: str, *, message: WhatsAppMessage | None = None, within: float = PATIENCE
    ) -> WhatsAppMessage:
        """Taps the button or row with this text on the newest message that has it (or on `message`).

        Long choices come as several messages: waits up to `within` seconds, then NoSuchButton.
        """
        found = await self.graph.bell.until(lambda: self._choice(label, message), within=within)
        if found is None:
            candidates = [message] if message is not None else self.chat
            raise NoSuchButton(f"{label!r} is not among {[text for one in candidates for text in one.labels]}")
        return await self.tap_id(found[0], found[1].id, label, description=found[1].description)

    async def tap_id(
        self, message: WhatsAppMessage, choice: str, label: str, *, description: str = ""
    ) -> WhatsAppMessage:
        """A tap with any id, as a forged client can send it. A template's quick reply comes as type `button`."""
        if message.template:
            return self._send("button", {"payload": choice, "text": label}, text=label, reply_to=message)
        option = {"id": choice, "title": label}
        if message.kind == "list":
            shown = {**option, "description": description} if description else option
            reply: Json = {"type": "list_reply", "list_reply": shown}
        else:
            reply = {"type": "button_reply", "button_reply": option}
        return self._send("interactive", reply, text=label, reply_to=message)

    async def react(self, message: WhatsAppMessage, emoji: str | None) -> None:
        """Sets or (None) takes back a reaction; it opens no window here (nobody says that it does)."""
        body: Json = {"message_id": message.wamid, **({"emoji": emoji} if emoji else {})}
        message.reactions.pop("user", None)
        if emoji:
            message.reactions["user"] = emoji
        self._tell(self.graph.wamid(self.number), {"type": "reaction", "reaction": body})

    async def read(self) -> None:
        """Opens the chat for a moment: all that was delivered is read."""
        for message in self.chat:
            if message.by_business and message.status in ("sent", "delivered"):
                self.graph.status(self.account, message, "read")

    async def connect(self) -> None:
        """Switches the phone on: what waited is delivered."""
        self.account.connected = True
        for message in self.chat:
            if message.by_business:
                self.graph.arrive(self.account, message)

    async def disconnect(self) -> None:
        self.account.connected = False

    async def block(self) -> None:
        """Blocks the business: it is not told, and reaches nobody."""
        self.account.blocked = True

    async def unblock(self) -> None:
        self.account.blocked = False

    async def change_number(self, number: int, *, bsuid: str = "") -> None:
        """Moves to another number, which gives a new business-scoped id too; a system message says so."""
        account, graph = self.account, self.graph
        old = account.as_sender
        was, was_bsuid = graph.people.pop(account.number).number, account.bsuid
        account.number, account.bsuid = number, bsuid or f"ID.{number * 7919}"
        graph.people[number] = account
        system: Json = {"type": "user_changed_number", "body": f"User {account.name} changed from {was} to {number}"}
        system |= {"user_id": account.bsuid, "previous_user_id": was_bsuid}
        if account.shows_number:
            system["wa_id"] = account.wa_id
        self._tell(graph.wamid(number), {"type": "system", "system": system}, contacts=False, sender=old)

    async def sees(self, text: str = "", *, within: float = PATIENCE, kind: str | None = None) -> WhatsAppMessage:
        """The oldest unread message of the business with this text (and kind); all before it is read from then on.

        Waits up to `within` seconds, then AssertionError with the last messages.
        """
        position = await self.graph.bell.until(lambda: self._next_unread(text, kind), within=within)
        if position is None:
            last = "\n  ".join(str(message) for message in self.chat[-8:])
            raise AssertionError(f"{self.account.name} saw no {text!r} within {within} s; the last were:\n  {last}")
        self._read_to = position
        return self.chat[position - 1]

    def read_all(self) -> None:
        """Marks everything there as seen."""
        self._read_to = len(self.chat)

    def _choice(self, label: str, message: WhatsAppMessage | None) -> tuple[WhatsAppMessage, Choice] | None:
        candidates = [message] if message is not None else reversed(self.chat)
        every = ((one, choice) for one in candidates if one.by_business for choice in one.choices)
        return next((pair for pair in every if pair[1].title == label), None)

    def _next_unread(self, text: str, kind: str | None) -> int | None:
        """One more than its place, so that the first is true too."""
        if not self.account.connected:
            return None
        for place in range(self._read_to, len(self.chat)):
            message = self.chat[place]
            shown = f"{message.header}\n{message.text}"
            if message.by_business and kind in (None, message.kind) and text in shown:
                return place + 1
        return None

    def _send_plain(self, kind: str, details: Json, reply_to: WhatsAppMessage | None) -> WhatsAppMessage:
        if kind == "location":
            return self._send("location", {**_PLACE, **details}, reply_to=reply_to)
        if kind == "contacts":
            return self._send("contacts", details.get("contacts", [_CONTACT]), reply_to=reply_to)
        if kind == "order":
            item = {"product_retailer_id": "1", "quantity": 1, "item_price": 1, "currency": "IDR"}
            return self._send("order", {"catalog_id": "1", "text": "", "product_items": [item]}, reply_to=reply_to)
        if kind != "unsupported":
            return self._send(kind, details, reply_to=reply_to)
        error = {"code": 131051, "title": "Message type unknown", "message": "Message type unknown"}
        return self._send("unsupported", details or {"type": "poll"}, reply_to=reply_to, extra={"errors": [error]})

    def _send(
        self,
        kind: str,
        body: Any,
        *,
        text: str = "",
        reply_to: WhatsAppMessage | None = None,
        extra: Json | None = None,
    ) -> WhatsAppMessage:
        account, now = self.account, self.graph.clock.now()
        message = WhatsAppMessage(self.graph.wamid(account.number), False, now, kind, text, status="delivered")
        message.body = body if isinstance(body, dict) else {kind: body}
        fields: Json = {"type": kind, kind: body, **(extra or {})}
        if reply_to is not None:
            message.reply_to = reply_to.wamid
            fields["context"] = {"from": self._author(reply_to), "id": reply_to.wamid}
        for earlier in account.chat:  # who writes has the chat open
            if earlier.by_business and earlier.status in ("sent", "delivered"):
                self.graph.status(account, earlier, "read")
        account.heard_at = now
        account.chat.append(message)
        self._tell(message.wamid, fields)
        return message

    def _author(self, message: WhatsAppMessage) -> str:
        own = "".join(filter(str.isdecimal, self.graph.display_number))
        return own if message.by_business else self.account.wa_id

    def _tell(self, wamid: str, fields: Json, *, contacts: bool = True, sender: Json | None = None) -> None:
        now = self.graph.clock.now()
        sender = self.account.as_sender if sender is None else sender
        body: Json = {**sender, "id": wamid, "timestamp": str(int(now.timestamp())), **fields}
        value: Json = {"contacts": [self.account.as_contact]} if contacts else {}
        self.graph.tell(HookLife(wamid, "message", self.number, now), {**value, "messages": [body]})
