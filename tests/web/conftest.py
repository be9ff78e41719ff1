"""A web server on a free port of this machine."""

from collections.abc import AsyncIterator

import pytest

from bot.playground.demo import free_port
from bot.settings import Web
from bot.web import server
from bot.web.server import Site


@pytest.fixture
def web() -> Web:
    return Web(port=free_port())


@pytest.fixture
async def site(web: Web, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """It has no patience: what takes a quarter of a minute elsewhere takes half a second here."""
    monkeypatch.setattr(server, "IDLE_SECONDS", 0.5)
    monkeypatch.setattr(server, "ANSWER_SECONDS", 0.5)
    site = Site(web)
    await site.open()
    yield site
    await site.close()
