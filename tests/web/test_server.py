"""The web server from outside: what it answers, and what it does not put up with."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web as aio

from bot.channels.base import NotKept
from bot.settings import ConfigError, Web
from bot.web.routes import Handler, Route, last_part
from bot.web.server import RETRY_SECONDS, Site

LARGEST = 1_000


@pytest.fixture
async def visitor(web: Web) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(f"http://{web.host}:{web.port}") as session:
        yield session


async def echo(request: aio.Request) -> aio.Response:
    return aio.Response(text=await request.text())


def failing(error: Exception) -> Handler:
    async def fail(request: aio.Request) -> aio.Response:
        raise error

    return fail


async def test_routes_come_and_go_while_it_runs(site: Site, visitor: aiohttp.ClientSession) -> None:
    site.mount("1207", [Route("POST", "/telegram/1207", echo), Route("GET", "/telegram/1207", echo)])
    site.mount("1208", [Route("POST", "/telegram/1208", echo)])
    site.unmount("1207")
    assert (await visitor.post("/telegram/1207")).status == 404
    async with visitor.post("/telegram/1208", data="halo") as response:
        assert await response.text() == "halo"
    site.mount("1207", [Route("POST", "/telegram/1207", echo)])
    assert (await visitor.post("/telegram/1207")).status == 200


async def test_a_route_with_a_star_takes_one_more_part(site: Site, visitor: aiohttp.ClientSession) -> None:
    async def page(request: aio.Request) -> aio.Response:
        return aio.Response(text=last_part(request))

    site.mount("1207", [Route("GET", "/rating/1207/*", page)])
    async with visitor.get("/rating/1207/abc") as response:
        assert await response.text() == "abc"
    assert (await visitor.head("/rating/1207/abc")).status == 200
    assert (await visitor.get("/rating/1207/abc/def")).status == 404


async def test_an_address_belongs_to_one(site: Site) -> None:
    site.mount("1207", [Route("POST", "/telegram/1207", echo)])
    with pytest.raises(ValueError, match="is taken"):
        site.mount("1208", [Route("POST", "/telegram/1207", echo)])


async def test_what_is_not_offered_is_refused(site: Site, visitor: aiohttp.ClientSession) -> None:
    site.mount("1207", [Route("POST", "/telegram/1207", echo, largest=LARGEST)])
    assert (await visitor.get("/telegram/1207")).status == 405
    assert (await visitor.post("/telegram/")).status == 404
    assert (await visitor.post("/telegram/1207", data=b"x" * LARGEST)).status == 200
    assert (await visitor.post("/telegram/1207", data=b"x" * (LARGEST + 1))).status == 413


async def test_what_was_not_kept_is_to_be_sent_again(site: Site, visitor: aiohttp.ClientSession) -> None:
    site.mount("1207", [Route("POST", "/telegram/1207", failing(NotKept("disk full")))])
    async with visitor.post("/telegram/1207") as response:
        assert (response.status, response.headers["Retry-After"]) == (503, str(RETRY_SECONDS))


async def test_a_fault_of_ours_tells_a_visitor_nothing(site: Site, visitor: aiohttp.ClientSession) -> None:
    site.mount("1207", [Route("GET", "/page", failing(ValueError("rahasia")))])
    async with visitor.get("/page") as response:
        assert response.status == 500
        assert "rahasia" not in await response.text()
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "aiohttp" not in response.headers["Server"].lower()


@pytest.mark.parametrize("said", [b"", b"POST /telegram/1207 HTTP/1.1\r\nHost: x\r\n"])
async def test_who_does_not_finish_the_head_is_cut_off(site: Site, web: Web, said: bytes) -> None:
    reader, writer = await asyncio.open_connection(web.host, web.port)
    writer.write(said)
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()


async def test_who_drips_the_body_is_cut_off(site: Site, web: Web) -> None:
    site.mount("1207", [Route("POST", "/telegram/1207", echo)])
    reader, writer = await asyncio.open_connection(web.host, web.port)
    writer.write(b"POST /telegram/1207 HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")

    async def drip() -> None:
        while not writer.is_closing():  # one byte now and then is all a slow visitor does
            writer.write(b"x")
            await asyncio.sleep(0.05)

    dripping = asyncio.create_task(drip())
    async with asyncio.timeout(60):
        assert b" 408 " in await reader.readline()
    dripping.cancel()
    writer.close()


async def test_it_is_alive_and_ready_as_soon_as_its_offices_are(site: Site, visitor: aiohttp.ClientSession) -> None:
    async with visitor.get("/livez") as response:
        assert await response.json() == {"alive": True}
    assert (await visitor.get("/readyz")).status == 503  # no office runs yet

    async def look() -> dict[str, list[str]]:
        return {"1207": first, "1208": ["poll"]}

    site.ask(look)
    first = ["database"]
    async with visitor.get("/readyz") as response:
        assert (response.status, (await response.json())["ready"]) == (503, False)
    first = []
    async with visitor.get("/readyz") as response:
        assert response.status == 200
        assert await response.json() == {"ready": True, "offices": 2, "not_ready": {"1208": ["poll"]}}


async def test_a_port_that_is_taken_is_said_plainly(site: Site, web: Web) -> None:
    with pytest.raises(ConfigError, match=f"{web.port} cannot be used"):
        await Site(web).open()


def test_an_office_without_web_does_not_load_the_server() -> None:
    code = "import bot.app, bot.__main__, sys; sys.exit('aiohttp.web' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
