"""Requests to the Graph API: what came of them, and where files may be fetched from."""

import hashlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.channels.base import Content, FetchError, Outgoing, SendError
from bot.channels.whatsapp.client import Client
from bot.channels.whatsapp.errors import CODES
from bot.playground.faults import Fault
from bot.playground.graph.faults import GraphFault
from bot.playground.graph.graph import Graph
from bot.playground.graph.phone import WhatsAppPhone
from tests.channels.server import Answer, hanging_up, saying, server
from tests.channels.whatsapp.conftest import Number, StandingClock

TEXT = Outgoing("content", "6281260001001", content=Content("text", "Halo"), tag="7")


@asynccontextmanager
async def _client(answer: Answer, **settings: Any) -> AsyncIterator[Client]:
    async with server(answer) as url:
        found = Client(Number(Graph(StandingClock())).settings(f"{url}/v26.0", **settings))
        await found.open()
        try:
            yield found
        finally:
            await found.close()


async def _error(answer: Answer) -> SendError:
    async with _client(answer) as client:
        with pytest.raises(SendError) as caught:
            await client.message({"type": "text"})
    return caught.value


@pytest.mark.parametrize(
    "answer",
    [
        saying(502, "<html>Bad Gateway</html>", "text/html"),
        saying(500, '{"error":{"code":131000,"message":"?"}}'),
        saying(200, '{"messages":[{"id":"wam'),
        saying(200, '{"messages":[]}'),
        saying(200, "<html>log in to the hotel's network</html>", "text/html"),
        saying(200, "[" * 100_000),
        saying(302, ""),
        saying(413, "<html>too large</html>", "text/html"),
        hanging_up,
    ],
)
async def test_what_is_no_answer_of_the_graph_api_may_have_taken_effect(answer: Answer) -> None:
    error = await _error(answer)
    assert (error.cause, error.unknown, error.permanent) == ("trouble", True, False)


async def test_a_server_that_is_not_there_was_surely_sent_nothing() -> None:
    client = Client(Number(Graph(StandingClock())).settings("http://127.0.0.1:1/v26.0"))
    await client.open()
    with pytest.raises(SendError) as caught:
        await client.message({"type": "text"})
    await client.close()
    assert not caught.value.unknown


# Code, cause, whether it is useless to try again, whether all of the number waits.
CAUSES = (
    (131047, "window_closed", True, False),
    (131056, "paired", False, False),
    (130429, "flood", False, True),
    (80007, "flood", False, True),
    (131026, "undeliverable", True, False),
    (131053, "media", True, False),
    (100, "rejected", True, False),
    (132015, "bad_template", True, False),
    (190, "channel_down", False, True),
    (270, "channel_down", False, True),
    (131042, "channel_down", False, True),
    (424242, "rejected", True, False),
)


@pytest.mark.parametrize(("code", "cause", "permanent", "whole"), CAUSES)
async def test_a_code_has_a_cause(code: int, cause: str, permanent: bool, whole: bool) -> None:
    body = json.dumps({"error": {"code": code, "message": "words that change"}})
    error = await _error(saying(400, body))
    assert (error.cause, error.permanent, error.whole, error.unknown) == (cause, permanent, whole, False)


def test_every_code_of_the_table_is_decided() -> None:
    assert len(CODES) > 130  # 200-299 among them
    assert all(
        error.permanent or error.cause in ("paired", "flood", "channel_down", "trouble") for error in CODES.values()
    )


async def test_each_refusal_for_one_person_makes_the_pause_longer(number: Number, siti: WhatsAppPhone) -> None:
    await siti.say("Halo")
    number.graph.break_with(GraphFault("messages", "flood", times=2))
    pauses = []
    for _ in range(2):
        with pytest.raises(SendError) as caught:
            await number.channel.send(TEXT)
        assert caught.value.retry_after is not None
        pauses.append(caught.value.retry_after.total_seconds())
    assert pauses == [4, 16]
    await number.channel.send(TEXT)
    number.graph.break_with(GraphFault("messages", "flood"))
    with pytest.raises(SendError) as caught:
        await number.channel.send(TEXT)
    assert caught.value.retry_after is not None and caught.value.retry_after.total_seconds() == 4


# Files.


def _media(url: str, content: bytes = b"bytes", **info: Any) -> Answer:
    """A Graph API whose media stand at `url`, or behind /file of its own."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/file"):
            return web.Response(body=content)
        address = url or f"http://127.0.0.1:{request.url.port}/file/1"
        return web.json_response({"url": address, "mime_type": "image/jpeg", "id": "1", **info})

    return answer


async def _fetched(answer: Answer, *, sha256: str = "", most: int = 1_000_000, **settings: Any) -> bytes:
    async with _client(answer, **settings) as client:
        return b"".join([piece async for piece in client.download("1", sha256=sha256, most=most)])


DIGEST = hashlib.sha256(b"bytes")


@pytest.mark.parametrize("sha256", ["", DIGEST.hexdigest(), b64encode(DIGEST.digest()).decode(), "of another kind"])
async def test_a_file_is_what_was_sent(sha256: str) -> None:
    assert await _fetched(_media(""), sha256=sha256) == b"bytes"


@pytest.mark.parametrize("sha256", ["0" * 64, b64encode(b"0" * 32).decode()])
async def test_a_file_that_is_not_what_was_sent_is_fetched_again_later(sha256: str) -> None:
    with pytest.raises(FetchError) as caught:
        await _fetched(_media(""), sha256=sha256)
    assert (caught.value.cause, caught.value.permanent) == ("changed", False)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "http://localhost:22/",
        "http://[::1]/",
        "file:///etc/passwd",
        "https://lookaside.fbsbx.com.evil.example/x",
        "https://lookaside.fbsbx.com@evil.example/x",
        "https://evil.example/?lookaside.fbsbx.com",
        "//lookaside.fbsbx.com/x",
        "http://lookaside.fbsbx.com:99999/x",
        "",
        "x",
    ],
)
async def test_files_are_fetched_from_the_named_hosts_only(url: str) -> None:
    """Where a media id leads elsewhere nobody is asked (QUALITY.md T17)."""
    with pytest.raises(FetchError) as caught:
        await _fetched(_media(url or "about:blank"), media_hosts=["lookaside.fbsbx.com"])
    assert (caught.value.cause, caught.value.permanent) == ("forbidden", True)


async def test_away_from_this_machine_only_tls_will_do() -> None:
    client = Client(Number(Graph(StandingClock())).settings("https://graph.facebook.com/v26.0", media_hosts=["a.b"]))
    addresses = ("https://a.b/x", "http://a.b/x", "https://a.b:8443/x", "https://u:p@a.b/x", "https://c.a.b/x")
    assert [client._may_fetch(url) for url in addresses] == [True, False, False, False, False]


async def test_a_redirect_is_followed_nowhere() -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path.startswith("/file"):
            raise web.HTTPFound(f"http://127.0.0.1:{request.url.port}/secret")
        return web.json_response({"url": f"http://127.0.0.1:{request.url.port}/file/1"})

    with pytest.raises(FetchError) as caught:
        await _fetched(answer)
    assert caught.value.cause == "forbidden" and "/secret" not in asked


@pytest.mark.parametrize("info", [{"file_size": 2_000}, {}])
async def test_a_file_that_is_too_large_is_given_up(info: dict[str, int]) -> None:
    with pytest.raises(FetchError) as caught:
        await _fetched(_media("", b"x" * 2_000, **info), most=1_000)
    assert (caught.value.cause, caught.value.permanent) == ("too_big", True)


@pytest.mark.parametrize("media_id", ["", "../1", "1?x=y", "1/2", "ä"])
async def test_an_id_that_is_none_is_asked_for_nowhere(media_id: str) -> None:
    async with _client(saying(500, "")) as client:
        with pytest.raises(FetchError) as caught:
            async for _ in client.download(media_id, sha256="", most=1):
                pass
    assert caught.value.cause == "gone"


async def test_an_address_that_has_aged_is_asked_for_anew(number: Number, siti: WhatsAppPhone) -> None:
    sent = await siti.send("document", content=b"%PDF")
    (inbound,) = await number.heard(1)
    assert inbound.content is not None and sent.file is not None
    number.graph.break_with(Fault("download", "bad gateway"))
    with pytest.raises(FetchError) as caught:
        [piece async for piece in number.channel.fetch(inbound.content)]
    assert not caught.value.permanent
    assert b"".join([piece async for piece in number.channel.fetch(inbound.content)]) == b"%PDF"


async def test_an_upload_that_is_cut_was_seen_by_nobody() -> None:
    from bot.channels.base import Document

    async with _client(hanging_up) as client:
        with pytest.raises(SendError) as caught:
            await client.upload(Document("a.pdf", b"%PDF", mime="application/pdf"))
    assert not caught.value.unknown


async def test_read_and_typing(number: Number, siti: WhatsAppPhone) -> None:
    said = await siti.say("Halo")
    await number.channel._client.read(said.wamid, typing=True)
    assert said.seen and siti.account.typing_until is not None
