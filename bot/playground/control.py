"""The playground's control over HTTP: what the demo page, scripts and tests in other processes speak.

GET /play/state?last=200
    {version, now (ISO, UTC), bot: {id, name, username}, group: {id, title}, commands: [{command, description}],
     people: [PERSON], general: PLACE, topics: [{id, name, color, icon, closed} + PLACE] (deleted ones left out),
     whatsapp: null or as in graph/control.py,
     mail: [{at, from, to: [address], subject, text, code or null}] (oldest first)}
    PERSON = {id, name, first_name, language_code, status (in the staff group: left, member, administrator …), blocked,
              keyboard: [[label]] (the reply keyboard), toasts: [{text, show_alert}]} + PLACE
    PLACE  = {messages: [BUBBLE] (the `last` ones, oldest first), typing: null or the action}
    BUBBLE = {id, chat_id, topic (id or null), from: {id, name, bot}, at (POSIX seconds), edited, kind, service, text,
              html (safe, ready to insert), file: null or {name, size, mime, url}, details (contact, venue, location,
              poll, dice, voice, video … as in the Bot API; {service: …} for service messages), reply: null or
              {id, name, text}, album (id or null), forwarded, pinned, buttons: [[{text, data or null, url or null}]],
              reactions: [{person, emoji}]}
    `kind` is text, photo, document, video, video_note, voice, audio, animation, sticker, contact, dice, poll, venue,
    location, or a service message's name (forum_topic_created, forum_topic_edited, forum_topic_closed, …).
GET /play/events
    Server-sent events: `event: changed`, `data: {"version": n}` at once and after each change (at most 20 a second).
POST /play/do {act, …}
    Answers {ok: true, result} or, with status 400, {ok: false, error}. `person` is an id; `topic` absent: the private
    chat, null: General, a number: that topic; `message` is a message id in that chat.
    say {person, topic?, text, reply_to?, quote?, anonymous?} · send {person, topic?, kind, caption?, reply_to?}
    album {person, topic?, kinds, caption?} · edit {person, topic?, message, text? or caption?}
    delete {person, topic?, message} · react {person, topic?, message, emoji or null}
    press {person, topic?, label, message?} · press_data {person, topic?, message, data} (a forged press)
    block, unblock, join, leave {person} · create_topic {person, name} · rename_topic {person, topic, name}
    close_topic, reopen_topic, delete_topic {person, topic}
    add_person {first_name, last_name?, username?, language_code?, staff?: status} · clock {seconds}
    Orders for people on WhatsApp: graph/control.py.
POST /play/upload (form: person, topic? ("" for General), caption?, file)
    Sends a real file; pictures become photos, all else documents.
GET /play/file/FILE_ID    the bytes of a message's file
GET /play/ledger          {requests, updates, inside_penalty, violations, whatsapp: null or {requests, hooks}}
GET, POST, DELETE /play/faults
    The fault script: the fields of faults.Fault, or with {"whatsapp": true} those of graph/faults.GraphFault.
    POST {mail: "450", times?} breaks the mail box; DELETE mends all.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any

from aiohttp import web

from bot.playground.acts import REFUSALS, Stage, act
from bot.playground.bubbles import bubble
from bot.playground.chats import Chat, Topic
from bot.playground.faults import Fault
from bot.playground.graph.control import WhatsAppControl
from bot.playground.graph.faults import GraphFault
from bot.playground.mailbox import Mail, Mailbox
from bot.playground.messages import Message
from bot.playground.people import Person
from bot.playground.phone import Where
from bot.playground.replies import Json
from bot.playground.telegram import Telegram

_HEARTBEAT = 15.0
_PAUSE = 0.05


class Control:
    """The routes under /play/ for one stand-in, its mail box and its people.

    `move_clock` gets the seconds the clock is to jump; whoever owns the clock hands it in.
    """

    def __init__(
        self,
        telegram: Telegram,
        mailbox: Mailbox,
        *,
        move_clock: Callable[[float], None],
        whatsapp: WhatsAppControl | None = None,
    ) -> None:
        self.telegram, self.mailbox, self.whatsapp = telegram, mailbox, whatsapp
        self.stage = Stage(telegram, move_clock)
        self._closing = False

    def add_to(self, app: web.Application) -> None:
        """Puts the routes into an application that has not started yet."""
        app.add_routes(
            [
                web.get("/play/state", self._state),
                web.get("/play/events", self._events),
                web.post("/play/do", self._do),
                web.post("/play/upload", self._upload),
                web.get("/play/file/{file_id}", self._file),
                web.get("/play/ledger", self._ledger),
                web.get("/play/faults", self._list_faults),
                web.post("/play/faults", self._add_fault),
                web.delete("/play/faults", self._clear_faults),
            ]
        )
        if self.whatsapp is not None:
            self.whatsapp.add_to(app)
        app.on_shutdown.append(self._close)

    def state(self, *, last: int = 200) -> Json:
        """Everything a page shows, as described above; `last` messages of each chat."""
        telegram, world = self.telegram, self.telegram.world
        group = telegram.staff
        return {
            "version": telegram.bell.version,
            "now": telegram.clock.now().isoformat(),
            "bot": {"id": world.bot.id, "name": world.bot.first_name, "username": world.bot.username},
            "group": {"id": group.id, "title": group.body["title"]},
            "commands": next(iter(world.commands.values()), []),
            "people": [self._person_json(person, last) for person in self.stage.people.values()],
            "general": self._place_json(group, None, last),
            "topics": [self._topic_json(topic, last) for topic in telegram.topics if not topic.deleted],
            "whatsapp": self.whatsapp and self.whatsapp.state(last=last),
            "mail": [_mail_json(mail) for mail in self.mailbox.mails],
        }

    def _person_json(self, person: Person, last: int) -> Json:
        account, chat = person.account, self.telegram.world.chats[person.id]
        return {
            "id": person.id,
            "name": " ".join(filter(None, (account.first_name, account.last_name))),
            "first_name": account.first_name,
            "language_code": account.language_code,
            "status": self.telegram.staff.status_of(person.id),
            "blocked": account.blocked,
            "keyboard": chat.reply_keyboard,
            "toasts": [toast for toast in account.toasts if toast["text"]],
            **self._place_json(chat, None, last),
        }

    def _topic_json(self, topic: Topic, last: int) -> Json:
        own = {"id": topic.id, "name": topic.name, "color": topic.icon_color, "icon": topic.icon_emoji}
        return {**own, "closed": topic.closed, **self._place_json(self.telegram.staff, topic, last)}

    def _place_json(self, chat: Chat, topic: Topic | None, last: int) -> Json:
        newest: list[Message] = []
        for message in chat.newest_first(topic.id if topic else None):
            if len(newest) == last:
                break
            newest.append(message)
        shown = [bubble(self.telegram.world, chat, message) for message in reversed(newest)]
        return {"messages": shown, "typing": self._typing(chat, topic)}

    def _typing(self, chat: Chat, topic: Topic | None) -> str | None:
        if chat.typing is None:
            return None
        action, until, place = chat.typing
        here = place == (topic.id if topic else None) and until > self.telegram.clock.now()
        return action if here else None

    async def _state(self, request: web.Request) -> web.Response:
        last = request.query.get("last", "200")
        return web.json_response(self.state(last=int(last) if last.isdecimal() else 200))

    async def _ledger(self, request: web.Request) -> web.Response:
        book = {**self.telegram.ledger.as_json(), "violations": self.telegram.violations}
        return web.json_response({**book, "whatsapp": self.whatsapp and self.whatsapp.graph.book.as_json()})

    async def _file(self, request: web.Request) -> web.Response:
        files = self.telegram.world.files
        file = files.by_id(request.match_info["file_id"])
        if file is None:
            raise web.HTTPNotFound
        # Never shown as a page of ours, whatever somebody uploaded.
        safe = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=files.download(file.path), content_type=file.mime, headers=safe)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        bell, told = self.telegram.bell, -1
        with suppress(ConnectionResetError):
            while not self._closing:
                if told != bell.version:
                    told = bell.version
                    await response.write(f'event: changed\ndata: {{"version": {told}}}\n\n'.encode())
                    await asyncio.sleep(_PAUSE)
                elif not await bell.until(partial(self._has_news, told), within=_HEARTBEAT):
                    await response.write(b": still here\n\n")
        return response

    def _has_news(self, told: int) -> bool:
        return self._closing or self.telegram.bell.version != told

    async def _close(self, app: web.Application) -> None:
        self._closing = True
        self.telegram.bell.ring()

    async def _do(self, request: web.Request) -> web.Response:
        try:
            order = await request.json()
            if self.whatsapp is not None and str(order["act"]).startswith("wa_"):
                result = await self.whatsapp.act(order)
            else:
                result = await act(self.stage, order)
        except REFUSALS as refusal:
            return _refusal(refusal)
        return web.json_response({"ok": True, "result": result})

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField):
            return web.json_response({"ok": False, "error": "no file"}, status=400)
        try:
            if self.whatsapp is not None and "whatsapp" in form:
                return await self._upload_to_whatsapp(self.whatsapp, form, file)
            person = self.stage.people[int(str(form["person"]))]
            sent = await person.send(
                "photo" if file.content_type.startswith("image/") else "document",
                topic=_form_topic(form.get("topic")),
                caption=str(form.get("caption") or "") or None,
                file_name=file.filename,
                mime=file.content_type,
                content=file.file.read(),
            )
        except REFUSALS as refusal:
            return _refusal(refusal)
        return web.json_response({"ok": True, "result": sent.id})

    async def _upload_to_whatsapp(
        self, whatsapp: WhatsAppControl, form: Mapping[str, Any], file: web.FileField
    ) -> web.Response:
        number, caption = int(str(form["whatsapp"])), str(form.get("caption") or "")
        await whatsapp.upload(
            number, name=file.filename, mime=file.content_type, content=file.file.read(), caption=caption
        )
        return web.json_response({"ok": True})

    async def _list_faults(self, request: web.Request) -> web.Response:
        script = [asdict(fault) for fault in self.telegram.faults.script]
        return web.json_response({"faults": script, "hits": self.telegram.faults.hits})

    async def _add_fault(self, request: web.Request) -> web.Response:
        try:
            order = await request.json()
            if "mail" in order:
                await self.mailbox.break_with(order["mail"], times=order.get("times"))
            elif order.pop("whatsapp", False) and self.whatsapp is not None:
                self.whatsapp.graph.break_with(GraphFault(**order))
            else:
                self.telegram.break_with(Fault(**order))
        except REFUSALS as refusal:
            return _refusal(refusal)
        return web.json_response({"ok": True})

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self.telegram.faults.clear()
        if self.whatsapp is not None:
            self.whatsapp.graph.faults.clear()
        await self.mailbox.mend()
        return web.json_response({"ok": True})


def _refusal(error: Exception) -> web.Response:
    return web.json_response({"ok": False, "error": f"{type(error).__name__}: {error}"}, status=400)


def _mail_json(mail: Mail) -> Json:
    code = None
    with suppress(LookupError):
        code = mail.code
    own = {"at": mail.at.isoformat(), "from": mail.sender, "to": mail.rcpt, "subject": mail.subject, "text": mail.text}
    return {**own, "code": code}


def _form_topic(value: Any) -> Where:
    return "private" if value is None else int(str(value)) if value else None
