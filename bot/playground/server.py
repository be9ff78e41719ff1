"""The stand-in over HTTP, where a Bot API server would be: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from json import JSONDecodeError

from aiohttp import web

from bot.playground.arguments import Upload
from bot.playground.files import LARGEST_UPLOAD
from bot.playground.replies import Json, Refused
from bot.playground.telegram import Telegram
from bot.playground.webhooks import Postman
from bot.playground.wire import cut, response

_LARGEST_BODY = LARGEST_UPLOAD + 1_000_000


def application(telegram: Telegram) -> web.Application:
    """The web application around one stand-in; other routes may be added before it starts."""
    app = web.Application(client_max_size=_LARGEST_BODY)

    async def call(request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        try:
            params, files = await _read(request)
        except JSONDecodeError:
            return response(Refused("can't parse JSON object").reply)
        reply = await telegram.call(token, method, params, files)
        if reply.cut:
            return cut(request)
        return response(reply)

    async def download(request: web.Request) -> web.StreamResponse:
        content = telegram.world.files.download(request.match_info["path"])
        if request.match_info["token"] != telegram.token or content is None:
            return response(Refused("", code=404).reply)
        return web.Response(body=content, content_type="application/octet-stream")

    app.router.add_route("*", "/bot{token:[^/]+}/{method}", call)
    app.router.add_get("/file/bot{token:[^/]+}/{path:.+}", download)
    return app


@asynccontextmanager
async def serve(
    telegram: Telegram, host: str = "127.0.0.1", port: int = 0, *, app: web.Application | None = None
) -> AsyncIterator[str]:
    """Runs the stand-in (or an `app` made around it) and gives its URL; port 0 takes a free one."""
    runner = web.AppRunner(app or application(telegram), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    postman = asyncio.create_task(Postman(telegram.world.updates, telegram.clock).run(), name="webhook postman")
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        address = runner.addresses[0]
        yield f"http://{host}:{address[1]}"
    finally:
        postman.cancel()
        await asyncio.gather(postman, return_exceptions=True)
        telegram.close()
        await runner.cleanup()


async def _read(request: web.Request) -> tuple[Json, dict[str, Upload]]:
    """Parameters and uploaded files, from the query string and whatever body there is."""
    params: Json = dict(request.query)
    files: dict[str, Upload] = {}
    if request.content_type == "application/json":
        body = await request.json()
        params.update(body if isinstance(body, dict) else {})
    elif request.can_read_body:
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = Upload(value.filename, value.file.read(), value.content_type)
            else:
                params[name] = value
    return params, files
