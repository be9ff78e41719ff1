"""What Meta sends: proven by its signature before it is read, kept before it is answered (WHATSAPP.md §1)."""

import hashlib
import hmac
import json
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.channels.base import RawUpdate
from bot.channels.whatsapp.batch import split
from bot.web.routes import MEGABYTE, Route

log = logging.getLogger(__name__)

LARGEST = 3 * MEGABYTE
SCHEME = "sha256="


class Webhook:
    """One for each number. `receive` commits updates or raises NotKept, which is answered with 503: Meta asks again."""

    def __init__(
        self,
        *,
        app_secret: str,
        verify_token: str,
        number: str,
        account: str,
        receive: Callable[[list[RawUpdate]], Awaitable[None]],
    ) -> None:
        self._app_secret = app_secret.encode()
        self._verify_token = verify_token.encode()
        self._number = number
        self._account = account
        self._receive = receive

    def routes(self, office: str) -> list[Route]:
        path = f"/whatsapp/{office}"
        return [Route("GET", path, self.handshake), Route("POST", path, self.take, largest=LARGEST)]

    async def handshake(self, request: web.Request) -> web.StreamResponse:
        """Meta asks once whether the address is ours, with the words we gave it."""
        query = request.query
        token = query.get("hub.verify_token", "").encode()
        if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(token, self._verify_token):
            raise web.HTTPForbidden
        return web.Response(text=query.get("hub.challenge", ""), content_type="text/plain")

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Raises NotKept. Nothing of a body is read before its signature is found good."""
        body = await request.read()
        self._prove(request, body)
        try:
            parsed = json.loads(body)
        except (ValueError, RecursionError):
            raise web.HTTPBadRequest from None
        batch = split(parsed, number=self._number, account=self._account)
        if batch.foreign:
            log.warning("a webhook of another number", extra={"action": "webhook", "count": batch.foreign})
        if batch.updates:
            await self._receive(batch.updates)
        return web.Response()

    def _prove(self, request: web.Request, body: bytes) -> None:
        given = request.headers.get("X-Hub-Signature-256", "")
        if not given:
            raise web.HTTPUnauthorized
        if not hmac.compare_digest(given.encode("utf-8", "replace"), signature(self._app_secret, body).encode()):
            log.warning("a webhook with a wrong signature", extra={"action": "webhook"})
            raise web.HTTPForbidden


def signature(secret: bytes, body: bytes) -> str:
    """The X-Hub-Signature-256 of a body."""
    return SCHEME + hmac.new(secret, body, hashlib.sha256).hexdigest()
