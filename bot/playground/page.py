"""The demo's web page: static files, and what the page needs to know about the desk beyond the control's state.

GET / and /static/NAME    the page and its parts
GET /play/desk
    {run (changes with each start of the demo), condition: starting, running, down or failed, pid or null, restarts,
     office: {code, name, zone, zone_label, open, hours (today's, "08.00-15.30" or ""), closure (a holiday's name or
              null), opens (ISO, UTC: the next moment of service)},
     roles: {PERSON_ID: officer, admin or supervisor}, waiting: {CHAT_ID: messages the desk has not taken yet},
     counters: {updates, waiting, requests, sent, refused}}
POST /play/desk {act: "kill"}    kill -9
"""

import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aiohttp import web

from bot.desk.calendars import configured
from bot.domain.calendar import WorkingCalendar
from bot.domain.offices import zone_label
from bot.playground.desk import Desk
from bot.playground.graph.graph import Graph
from bot.playground.replies import Json
from bot.playground.telegram import Telegram
from bot.settings import Office

STATIC = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".html": "text/html", ".js": "text/javascript", ".svg": "image/svg+xml"}
# Nothing from elsewhere, nothing inline: what people write can never become a script of this page.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
_REFUSED = 400
PUT_OFF = (130429, 131056)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class OfficeSign:
    """What stands on the office's door."""

    code: str
    name: str
    calendar: WorkingCalendar

    @classmethod
    def of(cls, office: Office, now: datetime) -> "OfficeSign":
        """The sign of a configured office, with the holidays around `now`."""
        return cls(office.code, office.name, configured(office, now))

    def at(self, now: datetime) -> Json:
        """The sign as JSON, with today's hours."""
        calendar = self.calendar
        today = calendar.local_date(now)
        return {
            "code": self.code,
            "name": self.name,
            "zone": calendar.zone.key,
            "zone_label": zone_label(calendar.zone),
            "open": calendar.is_open(now),
            "hours": ", ".join(f"{period.start:%H.%M}-{period.end:%H.%M}" for period in calendar.periods(today)),
            "closure": calendar.closure_name(today),
            "opens": calendar.next_opening(now).isoformat(),
        }


class Page:
    """The page's routes for one stand-in and its desk. `roles`: who is not of the public, by person id."""

    def __init__(
        self, telegram: Telegram, graph: Graph, desk: Desk, office: OfficeSign, roles: Mapping[int, str]
    ) -> None:
        self._telegram = telegram
        self._graph = graph
        self._desk = desk
        self._office = office
        self._roles = roles
        self._run = secrets.token_hex(4)

    def add_to(self, app: web.Application) -> None:
        """Puts the routes into an application that has not started yet."""
        app.middlewares.append(own_pages_only)
        app.add_routes(
            [
                web.get("/", self._index),
                web.get("/static/{name}", self._static),
                web.get("/play/desk", self._state),
                web.post("/play/desk", self._order),
            ]
        )

    def state(self) -> Json:
        """As described above."""
        desk = self._desk
        return {
            "run": self._run,
            "condition": desk.condition,
            "pid": desk.pid,
            "restarts": desk.restarts,
            "office": self._office.at(self._telegram.clock.now()),
            "roles": {str(person): role for person, role in self._roles.items()},
            "waiting": self._waiting(),
            "counters": self._counters(),
        }

    def _waiting(self) -> dict[str, int]:
        """How many messages of each chat are not confirmed yet: those the desk has not written down."""
        lives = self._telegram.ledger.updates.values()
        open_ones = (life for life in lives if life.kind == "message" and not life.confirmed and not life.fate)
        return {str(chat): count for chat, count in Counter(life.chat_id for life in open_ones).items()}

    def _counters(self) -> Json:
        """Of both platforms together; news of what became of our own messages is no update to somebody watching."""
        ledger, book = self._telegram.ledger, self._graph.book
        lives = ledger.updates.values()
        hooks = [life for life in book.hooks if life.kind == "message"]
        waiting = sum(not life.confirmed and not life.fate for life in lives)
        return {
            "updates": len(lives) + len(hooks),
            "waiting": waiting + sum(life.delivered is None and not life.fate for life in hooks),
            "requests": len(ledger.requests) + len(book.requests),
            "sent": len(ledger.sent()) + len(book.sent()),
            "refused": sum(request.status == 429 for request in ledger.requests)
            + sum(request.code in PUT_OFF for request in book.requests),
        }

    async def _index(self, request: web.Request) -> web.Response:
        return _file("index.html")

    async def _static(self, request: web.Request) -> web.Response:
        return _file(request.match_info["name"])

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self.state())

    async def _order(self, request: web.Request) -> web.Response:
        if await request.json() != {"act": "kill"}:
            return web.json_response({"ok": False, "error": "only {act: kill} is known"}, status=_REFUSED)
        self._desk.kill()
        return web.json_response({"ok": True})


def _file(name: str) -> web.Response:
    """A file of the page; names are looked up in the folder's own list, so no path leads out of it."""
    files = {path.name: path for path in STATIC.iterdir()}
    if name not in files:
        raise web.HTTPNotFound
    path = files[name]
    return web.Response(
        body=path.read_bytes(), content_type=_TYPES[path.suffix], charset="utf-8", headers=dict(_HEADERS)
    )


@web.middleware
async def own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Other web sites open in the same browser must not play with the desk."""
    origin = request.headers.get("Origin")
    if origin is not None and origin.partition("://")[2] != request.host:
        raise web.HTTPForbidden
    return await handler(request)
