"""A Bot API server that does exactly what a test says, on a real socket."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[str]:
    """Whatever is asked gets this answer; the address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def saying(status: int, body: bytes | str, content_type: str = "application/json") -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        data = body if isinstance(body, bytes) else body.encode()
        return web.Response(status=status, body=data, content_type=content_type)

    return answer


async def hanging_up(request: web.Request) -> web.StreamResponse:
    """The request was read; the connection ends without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
