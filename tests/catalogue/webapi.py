"""A stand-in of BPS's WebAPI: as documented, or ill in all the ways that matter."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

KEY = "k3y-RAHASIA/1"
PER_PAGE = 10
PUBLICATIONS = [
    {
        "pub_id": f"p{n:03}",
        "title": f"Statistik Daerah Labuhanbatu {n}" if n else "Luas Panen Padi Labuhanbatu 2025",
        "abstract": "Produksi &amp; luas <b>panen</b>" if not n else "Ringkasan",
        "issn": "",
        "rl_date": "2025-09-26",
        "updt_date": None,
        "cover": "https://example.go.id/c.jpg",
        "pdf": f"https://example.go.id/download.php?f=token{n}",
        "size": "13.46 MB",
    }
    for n in range(23)
]
Answer = Callable[["WebapiStandIn", web.Request, int], Awaitable[web.StreamResponse]]


class WebapiStandIn:
    """`rows` by model, to be changed at will; `ill`: how it answers, a name of ILLS or "" for well."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {
            "publication": PUBLICATIONS,
            "statictable": [],
            "pressrelease": [],
        }
        self.ill = ""
        self.from_page = 1  # from here on it is ill
        self.asked: list[tuple[str, int]] = []
        self.agents: list[str] = []
        self.url = ""
        self.was_asked = asyncio.Event()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        model, page = request.match_info["model"], int(request.query.get("page", "1"))
        self.asked.append((model, page))
        self.was_asked.set()
        self.agents.append(request.headers["User-Agent"])
        if request.match_info["key"] != KEY:
            return web.json_response({"status": "Error", "message": "Invalid key"})
        if self.ill and page >= self.from_page:
            return await ILLS[self.ill](self, request, page)
        return web.json_response(self.page(model, page))

    def page(self, model: str, page: int) -> dict[str, Any]:
        rows = self.rows[model]
        part = rows[(page - 1) * PER_PAGE : page * PER_PAGE]
        if not part:
            return {"status": "OK", "data-availability": "list-not-available", "data": ""}
        pages = -(-len(rows) // PER_PAGE)
        head = {"page": page, "pages": pages, "per_page": PER_PAGE, "count": len(part), "total": len(rows)}
        return {"status": "OK", "data-availability": "available", "data": [head, part]}


def _text(body: str, status: int = 200) -> Answer:
    async def answer(standin: WebapiStandIn, request: web.Request, page: int) -> web.StreamResponse:
        return web.Response(text=body, status=status, content_type="text/html")

    return answer


def _json(body: Any) -> Answer:
    return _text(json.dumps(body))


async def _never(standin: WebapiStandIn, request: web.Request, page: int) -> web.StreamResponse:
    await asyncio.sleep(3600)
    raise AssertionError("nobody waits that long")


async def _huge(standin: WebapiStandIn, request: web.Request, page: int) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(b" " * 100_000)
    return response


async def _cut(standin: WebapiStandIn, request: web.Request, page: int) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def _elsewhere(standin: WebapiStandIn, request: web.Request, page: int) -> web.StreamResponse:
    raise web.HTTPFound(f"{standin.url}/elsewhere?{request.path}")


async def _endless(standin: WebapiStandIn, request: web.Request, page: int) -> web.StreamResponse:
    """Always another page, always the same."""
    head = {"page": page, "pages": page + 1, "per_page": 1, "count": 1, "total": page + 1}
    return web.json_response({"status": "OK", "data": [head, PUBLICATIONS[:1]]})


def _listed(rows: Any, **head: Any) -> Answer:
    return _json({"status": "OK", "data": [{"page": 1, "pages": 1, "total": 1} | head, rows]})


ILLS: dict[str, Answer] = {
    "html": _text("<html><title>Just a moment...</title></html>"),
    "empty": _text(""),
    "busy": _text("<h1>503</h1>", status=503),
    "error": _json({"status": "Error", "message": f"quota of {KEY} exceeded"}),
    "number": _json(7),
    "deep": _text("[" * 100_000),
    "object": _json({"status": "OK", "data": {"a": 1}}),
    "short": _json({"status": "OK", "data": [{}]}),
    "no pages": _listed([{"pub_id": "a", "title": "b"}], pages=None),
    "wrong pages": _listed([{"pub_id": "a", "title": "b"}], pages="-1"),
    "many pages": _listed([{"pub_id": "a", "title": "b"}], pages=999_999),
    "no rows": _listed([None, 1, "a", [], {}, {"pub_id": "a"}, {"title": "b"}, {"pub_id": [], "title": {}}]),
    "long page": _listed([{"pub_id": n, "title": "b"} for n in range(5000)]),
    "fewer": _listed([{"pub_id": "a", "title": "b"}], total=23),
    "huge": _huge,
    "cut": _cut,
    "elsewhere": _elsewhere,
    "endless": _endless,
    "never": _never,
}


@asynccontextmanager
async def webapi_standin() -> AsyncIterator[WebapiStandIn]:
    """Serves on a free port of this machine; `url` is the base address."""
    standin = WebapiStandIn()
    app = web.Application()
    app.router.add_get("/v1/api/list/model/{model}/domain/1207/lang/{lang}/key/{key}/", standin.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    standin.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/api"
    try:
        yield standin
    finally:
        await runner.cleanup()
