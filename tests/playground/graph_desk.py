"""The other side of the Graph stand-in in its own tests: a client with a token, and a desk that notes webhooks."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

from aiohttp import ClientSession, FormData, web

from bot.playground.graph.graph import Graph
from bot.playground.graph.server import serve_graph


class GraphDesk:
    """Calls the Graph API over HTTP and takes its webhooks, as the channel will."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.url = ""
        self.answers: list[int] = []  # statuses to answer the next webhooks with, instead of 200
        self.bodies: list[Any] = []
        self._session: ClientSession | None = None

    async def send(self, to: str | None = None, *, status: int = 200, **fields: Any) -> Any:
        """POST /messages; the wamid, or the error object where `status` is not 200."""
        whole = {"messaging_product": "whatsapp", **fields, **({"to": to} if to else {})}
        answer = await self.call("POST", f"{self.graph.phone_number_id}/messages", status=status, json=whole)
        return answer["messages"][0]["id"] if status == 200 else answer["error"]

    async def call(self, method: str, path: str, *, status: int = 200, token: str = "", **more: Any) -> Any:
        """The JSON of an answer with that status."""
        assert self._session is not None
        address = path if path.startswith("http") else f"{self.url}/{path}"
        headers = {"Authorization": f"Bearer {token or self.graph.token}"}
        async with self._session.request(method, address, headers=headers, **more) as response:
            body = await response.read()
            assert response.status == status, body
            return json.loads(body) if response.content_type == "application/json" else body

    async def upload(self, content: bytes, mime: str, *, status: int = 200) -> Any:
        form = FormData()
        form.add_field("messaging_product", "whatsapp")
        form.add_field("type", mime)
        form.add_field("file", BytesIO(content), filename="berkas", content_type=mime)
        answer = await self.call("POST", f"{self.graph.phone_number_id}/media", status=status, data=form)
        return answer["id"] if status == 200 else answer["error"]

    def told(self, kind: str) -> list[Any]:
        """All messages (or statuses) of the webhooks so far, in order."""
        return [one for value in self.values() for one in value.get(kind, [])]

    def values(self) -> Iterator[Any]:
        for body in self.bodies:
            for entry in body["entry"]:
                for change in entry["changes"]:
                    yield change["value"]

    async def _webhook(self, request: web.Request) -> web.Response:
        body = await request.read()
        signed = hmac.new(self.graph.app_secret.encode(), body, hashlib.sha256).hexdigest()
        assert request.headers["X-Hub-Signature-256"] == f"sha256={signed}"
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.bodies.append(json.loads(body))
        return web.Response(status=status)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["GraphDesk"]:
        app = web.Application(client_max_size=3_000_000)
        app.router.add_post("/whatsapp/1207", self._webhook)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        webhook = f"http://127.0.0.1:{runner.addresses[0][1]}/whatsapp/1207"
        async with serve_graph(self.graph, webhook) as self.url, ClientSession() as self._session:
            yield self
        await runner.cleanup()
