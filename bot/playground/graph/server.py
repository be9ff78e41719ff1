"""The Graph stand-in over HTTP, and the webhooks it POSTs to the desk."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bot.playground.arguments import Upload
from bot.playground.graph.graph import Call, Graph
from bot.playground.graph.hooks import Post
from bot.playground.wire import cut, response

VERSION = "v26.0"
_LARGEST_BODY = 101_000_000
_PATIENCE = ClientTimeout(total=10)


def graph_application(graph: Graph) -> web.Application:
    """The web application around one stand-in."""
    app = web.Application(client_max_size=_LARGEST_BODY)

    async def call(request: web.Request) -> web.StreamResponse:
        reply = await graph.call(await _read(request))
        if reply.cut:
            return cut(request)
        return response(reply)

    app.router.add_route("*", "/whatsapp_business/{rest:.+}", call)
    app.router.add_route("*", "/{version:v[0-9.]+}/{path:.+}", call)
    return app


@asynccontextmanager
async def serve_graph(
    graph: Graph, webhook: str, host: str = "127.0.0.1", port: int = 0, *, app: web.Application | None = None
) -> AsyncIterator[str]:
    """Runs the stand-in and gives its `graph_url`; updates go to the `webhook` address while it is open."""
    runner = web.AppRunner(app or graph_application(graph), access_log=None, shutdown_timeout=1.0)
    async with AsyncExitStack() as stack:
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, host, port).start()
        graph.media.url = f"http://{host}:{runner.addresses[0][1]}"
        post = await stack.enter_async_context(poster(webhook))
        await stack.enter_async_context(graph.hooks.delivered_by(post))
        yield f"{graph.media.url}/{VERSION}"


@asynccontextmanager
async def poster(webhook: str) -> AsyncIterator[Post]:
    """Carries webhooks over HTTP."""
    async with ClientSession(timeout=_PATIENCE) as session:

        async def post(body: bytes, signature: str) -> int:
            headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
            try:
                async with session.post(webhook, data=body, headers=headers) as response:
                    return response.status
            except ClientError as error:
                raise OSError(str(error)) from error

        yield post


async def _read(request: web.Request) -> Call:
    form: dict[str, str] = {}
    files: dict[str, Upload] = {}
    body = b""
    if request.content_type == "multipart/form-data":
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = Upload(value.filename, value.file.read(), value.content_type)
            else:
                form[name] = str(value)
    else:
        body = await request.read()
    path = request.match_info.get("path") or request.path.lstrip("/")
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return Call(request.method, path, token, body, form, files, dict(request.query))
