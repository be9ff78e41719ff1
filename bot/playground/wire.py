"""How a stand-in answers over HTTP, whichever platform it stands for."""

from json import dumps

from aiohttp import web

from bot.playground.replies import Reply


def response(reply: Reply) -> web.Response:
    if isinstance(reply.body, bytes):
        return web.Response(status=reply.status, body=reply.body, content_type=reply.content_type)
    text = dumps(reply.body, ensure_ascii=False, separators=(",", ":"))
    return web.Response(status=reply.status, text=text, content_type="application/json")


def cut(request: web.Request) -> web.StreamResponse:
    """Ends the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)
