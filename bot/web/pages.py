"""Pages that links in our mails lead to. A GET only shows what is asked; nothing changes before the form is sent."""

from collections.abc import Callable
from dataclasses import replace

from aiohttp import web

from bot.channels.base import NotKept
from bot.desk import feedback, optout
from bot.desk.context import Context
from bot.domain.rating import parse_stars
from bot.web.routes import Route, last_part
from storage.base import StorageUnavailable, Store

SMALL = 4_096
# No script, no picture, no frame: a form that leads back here, and nothing else.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


async def _nobody(request: web.Request) -> web.Response:
    raise web.HTTPNotFound


def addresses(office: str) -> list[Route]:
    """Where the pages of an office are, answered by nobody yet."""
    return [
        Route(method, f"/{door}/{office}/*", _nobody, SMALL)
        for door in (feedback.DOOR, optout.DOOR)
        for method in ("GET", "POST")
    ]


class Pages:
    """Those of one office."""

    def __init__(self, store: Store, context: Callable[[], Context]) -> None:
        self._store = store
        self._context = context

    def routes(self, office: str) -> list[Route]:
        handlers = {feedback.DOOR: self._rating, optout.DOOR: self._refusal}
        return [replace(route, handler=handlers[route.path.split("/")[1]]) for route in addresses(office)]

    async def _rating(self, request: web.Request) -> web.Response:
        """How many stars; the mail's link may have chosen some already, which the form only shows."""
        form = await request.post() if request.method == "POST" else {}
        stars = parse_stars(str(form.get("stars", "")))
        try:
            found = await self._store.run(feedback.rate_by_link, self._context(), last_part(request), stars)
        except StorageUnavailable as error:
            raise NotKept(str(error)) from error
        if found is None:
            raise web.HTTPNotFound
        ticket, state = found
        return self._page("rating", ticket.lang, state=state, number=ticket.number)

    async def _refusal(self, request: web.Request) -> web.Response:
        ctx, sure = self._context(), request.method == "POST"
        try:
            state = await self._store.run(optout.refuse, ctx, last_part(request), sure=sure)
        except StorageUnavailable as error:
            raise NotKept(str(error)) from error
        if state is None:
            raise web.HTTPNotFound
        return self._page("refusal", ctx.settings.office.language, state=state)

    def _page(self, key: str, lang: str, **params: object) -> web.Response:
        text = self._context().texts.page(key, lang, **params)
        return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": POLICY})
