"""One request to the Bot API: what came back, and whether the request may have taken effect all the same."""

import asyncio
import socket
from datetime import timedelta

import pytest
from aiohttp import web
from telegram.error import TelegramError

from bot.channels.telegram import request as module
from bot.channels.telegram.client import DeskBot
from bot.channels.telegram.request import Refused, TransportError
from tests.channels.server import Answer, hanging_up, saying, server

TOKEN = "42:STANDIN"


async def _call(url: str, seconds: float | None = None) -> object:
    bot = DeskBot(TOKEN, url)
    await bot.open()
    try:
        params = {"chat_id": 1, "text": "ä", "entities": [], "nothing": None}
        return await bot.call("sendMessage", params, read_seconds=seconds)
    finally:
        await bot.shut()


async def _error(answer: Answer, seconds: float | None = None) -> TelegramError:
    async with server(answer) as url:
        with pytest.raises(TelegramError) as caught:
            await _call(url, seconds)
    return caught.value


async def test_an_answer_is_the_json_it_came_as() -> None:
    seen: list[object] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        seen.append((request.path, await request.json()))
        return web.json_response({"ok": True, "result": {"message_id": 7}})

    async with server(answer) as url:
        assert await _call(url) == {"message_id": 7}
    assert seen == [(f"/bot{TOKEN}/sendMessage", {"chat_id": 1, "text": "ä", "entities": []})]


@pytest.mark.parametrize(
    "answer",
    [
        saying(502, "<html>Bad Gateway</html>", "text/html"),
        saying(504, ""),
        saying(500, '{"ok":false,"error_code":500,"description":"Internal Server Error"}'),
        saying(200, '{"ok":true,"result":{"message_id":'),
        saying(200, '{"ok":true,"result":{"message_id":5,"chat":{"id":1}'),
        saying(200, '{"ok":true}'),
        saying(200, '{"ok":false,"description":"odd"}'),
        saying(200, "<html>log in to the hotel's network</html>", "text/html"),
        saying(200, b"\xff\xfe"),
        saying(200, '{"ok":true,"result":' + "[" * 100_000),
        saying(413, "<html>too large</html>", "text/html"),
        hanging_up,
    ],
)
async def test_what_is_no_answer_of_the_bot_api_may_have_taken_effect(answer: Answer) -> None:
    error = await _error(answer)
    assert isinstance(error, TransportError)
    assert not error.surely_not_sent


async def test_a_server_that_is_not_there_was_surely_sent_nothing() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TransportError) as caught:
        await _call(f"http://127.0.0.1:{port}")
    assert caught.value.surely_not_sent


async def test_an_answer_that_never_comes_may_have_taken_effect() -> None:
    async def sleepy(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    error = await _error(sleepy, 0.1)
    assert isinstance(error, TransportError)
    assert "Timeout" in str(error)
    assert not error.surely_not_sent


async def test_an_answer_that_drips_is_cut_off() -> None:
    async def dripping(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(200):
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    error = await _error(dripping, 0.3)
    assert isinstance(error, TransportError)
    assert "Timeout" in str(error)


@pytest.mark.parametrize(
    ("status", "parameters", "wait"),
    [
        (429, '{"retry_after":17}', timedelta(seconds=17)),
        (429, '{"retry_after":0}', module.SILENT_FLOOD),
        (429, '{"retry_after":"soon"}', module.SILENT_FLOOD),
        (429, "{}", module.SILENT_FLOOD),
        (429, "null", module.SILENT_FLOOD),
        (400, "{}", None),
    ],
)
async def test_a_refusal_says_how_long_to_be_silent(status: int, parameters: str, wait: timedelta | None) -> None:
    body = f'{{"ok":false,"error_code":{status},"description":"Too Many Requests","parameters":{parameters}}}'
    error = await _error(saying(status, body))
    assert isinstance(error, Refused)
    assert (error.status, error.retry_after) == (status, wait)


async def test_a_moved_group_says_where_it_is_now() -> None:
    body = '{"ok":false,"error_code":400,"description":"upgraded","parameters":{"migrate_to_chat_id":-1009}}'
    error = await _error(saying(400, body))
    assert isinstance(error, Refused)
    assert error.migrate_to == -1009


async def test_no_error_names_the_token() -> None:
    for answer in (saying(502, ""), hanging_up, saying(401, '{"ok":false,"description":"Unauthorized"}')):
        assert TOKEN not in repr(await _error(answer))
