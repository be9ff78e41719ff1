"""The web server of a process: webhooks, pages and health, for as many offices as it serves.

It is behind a proxy that speaks TLS, or on loopback. Whoever has something to offer hands in routes; they may come and
go while it runs. No address of a visitor and no body is logged.
"""

import asyncio
import logging
from collections.abc import Iterable

from aiohttp import web

from bot.channels.base import NotKept
from bot.findings import bad
from bot.settings import ConfigError, Web
from bot.web.routes import Readiness, Route

log = logging.getLogger(__name__)

# For the head of a request, and for a connection that says nothing between two.
IDLE_SECONDS = 15.0
# For the rest: reading the body, the transaction, the answer. Telegram waits for a minute (TELEGRAM.md §2).
ANSWER_SECONDS = 25.0
STOP_SECONDS = 5.0
# Telegram keeps 100 connections at most, a proxy somewhat more.
MOST_CONNECTIONS = 1_000
RETRY_SECONDS = 5
# The event loop is alive while it beats at least this often.
BEAT_SECONDS = 1.0
LONGEST_BEAT = 10.0
# A database that does not answer makes no visitor wait for ever.
READY_SECONDS = 6.0
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Server": "meja",
}


class Site:
    """One server. `open` before use, `close` after; `mount` and `unmount` at any time in between."""

    def __init__(self, settings: Web) -> None:
        self._settings = settings
        self._routes: dict[str, dict[str, Route]] = {}
        self._mounted: dict[str, list[Route]] = {}
        self._readiness: Readiness = _nobody
        self._heard = 0.0
        self._beating: asyncio.Task[None] | None = None
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(
            app, access_log=None, keepalive_timeout=IDLE_SECONDS, shutdown_timeout=STOP_SECONDS
        )
        self.mount("", [Route("GET", "/livez", self._livez), Route("GET", "/readyz", self._readyz)])

    async def open(self) -> None:
        """Raises ConfigError when the port cannot be had."""
        await self._runner.setup()
        host, port = self._settings.host, self._settings.port
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigError(bad("config", "port", address=f"{host}:{port}", error=error.strerror)) from None
        self._beating = asyncio.create_task(self._beat(), name="web beat")

    async def close(self) -> None:
        """Take no more requests, and let those under way end."""
        if self._beating is not None:
            self._beating.cancel()
        await self._runner.cleanup()

    def mount(self, owner: str, routes: Iterable[Route]) -> None:
        """Offer these routes; `owner` is whose they are, for `unmount`. Raises ValueError where one is taken."""
        for route in routes:
            methods = self._routes.setdefault(route.path, {})
            if route.method in methods:
                raise ValueError(f"{route.method} {route.path} is taken")
            methods[route.method] = route
            self._mounted.setdefault(owner, []).append(route)

    def unmount(self, owner: str) -> None:
        """Offer nothing of theirs any more."""
        for route in self._mounted.pop(owner, []):
            del self._routes[route.path][route.method]
            if not self._routes[route.path]:
                del self._routes[route.path]

    def ask(self, readiness: Readiness) -> None:
        """Whom to ask whether the offices are ready; before that, none is."""
        self._readiness = readiness

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            response = await self._answered(request)
        except web.HTTPException as refusal:
            refusal.headers.update(HEADERS)
            raise
        response.headers.update(HEADERS)
        return response

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        route = self._route(request)
        assert self._runner.server is not None
        if len(self._runner.server.connections) > MOST_CONNECTIONS:
            return _later()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await route.handler(request.clone(client_max_size=route.largest))
        except NotKept:
            return _later()
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        except web.HTTPException:
            raise
        except Exception:
            log.exception("a request failed", extra={"action": "web", "method": route.method, "path": route.path})
            raise web.HTTPInternalServerError from None

    def _route(self, request: web.Request) -> Route:
        methods = self._routes.get(request.path) or self._routes.get(request.path.rpartition("/")[0] + "/*")
        if methods is None:
            raise web.HTTPNotFound
        route = methods.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            raise web.HTTPMethodNotAllowed(request.method, methods)
        return route

    # Health.

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._heard = loop.time()
            await asyncio.sleep(BEAT_SECONDS)

    async def _livez(self, request: web.Request) -> web.StreamResponse:
        """Whether the process does anything at all; a service manager that hears no answer starts it anew."""
        late = asyncio.get_running_loop().time() - self._heard
        return web.json_response({"alive": late < LONGEST_BEAT}, status=200 if late < LONGEST_BEAT else 503)

    async def _readyz(self, request: web.Request) -> web.StreamResponse:
        """Whether any office works, and what is wrong where one does not; nothing about any person.

        One office's trouble is no reason for a balancer to take the process away from all the others.
        """
        try:
            async with asyncio.timeout(READY_SECONDS):
                offices = await self._readiness()
        except TimeoutError:
            offices = {"": ["slow"]}
        ready = any(not reasons for reasons in offices.values())
        wrong = {code: reasons for code, reasons in offices.items() if reasons}
        body = {"ready": ready, "offices": len(offices), "not_ready": wrong}
        return web.json_response(body, status=200 if ready else 503)


async def _nobody() -> dict[str, list[str]]:
    return {}


def _later() -> web.Response:
    return web.Response(status=503, headers={"Retry-After": str(RETRY_SECONDS)})
