"""WhatsApp people on the page: what is told of them, what they can be made to do, and that texts are never markup."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, FormData

from bot.playground.control import Control
from bot.playground.graph.bubbles import to_html
from bot.playground.graph.control import WhatsAppControl
from bot.playground.graph.graph import Graph
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.mailbox import Mailbox
from bot.playground.server import application, serve
from bot.playground.telegram import Telegram
from tests.playground.cast import StoppedClock
from tests.playground.graph_desk import GraphDesk


class Page:
    """The control's HTTP client."""

    def __init__(self, http: ClientSession, url: str) -> None:
        self._http, self._url = http, url

    async def do(self, act: str, *, status: int = 200, **more: Any) -> Any:
        async with self._http.post(f"{self._url}/play/do", json={"act": act, **more}) as answer:
            body = await answer.json()
            assert answer.status == status, body
            return body.get("result")

    async def state(self) -> Any:
        async with self._http.get(f"{self._url}/play/state") as answer:
            return (await answer.json())["whatsapp"]

    async def upload(self, **fields: Any) -> None:
        form = FormData()
        for name, value in fields.items():
            form.add_field(
                name, value, **({"filename": "a.png", "content_type": "image/png"} if name == "file" else {})
            )
        async with self._http.post(f"{self._url}/play/upload", data=form) as answer:
            assert answer.status == 200, await answer.text()

    async def get(self, path: str) -> bytes:
        async with self._http.get(self._url + path) as answer:
            assert answer.headers["Content-Security-Policy"] == "sandbox"
            return await answer.read()


@pytest.fixture
def graph(clock: StoppedClock, telegram: Telegram) -> Graph:
    return Graph(clock, bell=telegram.bell)


@pytest.fixture
async def page(telegram: Telegram, graph: Graph, clock: StoppedClock) -> AsyncIterator[Page]:
    whatsapp = WhatsAppControl(graph, name="BPS")
    whatsapp.add(WhatsAppPhone(graph, 6281260002002, "Maria Sihombing"))
    control = Control(telegram, Mailbox(clock), move_clock=lambda seconds: None, whatsapp=whatsapp)
    app = application(telegram)
    control.add_to(app)
    async with serve(telegram, app=app) as url, ClientSession() as http:
        yield Page(http, url)


async def test_a_phone_on_the_page_from_the_first_word_to_another_number(page: Page, graph: Graph) -> None:
    async with GraphDesk(graph).open() as desk:
        number = 6281260002002
        assert (await page.state())["people"][0]["window"] is None
        await page.do("wa_say", number=number, text="*Halo*")
        await graph.hooks.all_taken()
        reply = {"type": "reply", "reply": {"id": "ya", "title": "Setuju"}}
        asked = {"type": "button", "body": {"text": "Setuju?"}, "action": {"buttons": [reply]}}
        await desk.send(f"+{number}", type="interactive", interactive=asked)
        await page.do("wa_read", number=number)
        await page.do("wa_tap", number=number, message=2, choice="ya", label="Setuju")
        await page.do("wa_react", number=number, message=2, emoji="👍")
        await page.do("wa_send", number=number, kind="photo", caption="Ini")
        await page.upload(whatsapp=str(number), file=b"\x89PNG", caption="Itu")
        halo, question, tapped, photo, uploaded = (await page.state())["people"][0]["messages"]
        assert (halo["html"], halo["kept"], question["status"]) == ("<b>Halo</b>", True, "read")
        assert (question["choices"][0]["title"], question["reactions"]) == ("Setuju", {"user": "👍"})
        assert (tapped["text"], photo["kind"], uploaded["text"]) == ("Setuju", "photo", "Itu")
        assert await page.get(uploaded["file"]["url"]) == b"\x89PNG"
        moved = await page.do("wa_change_number", number=number)
        await page.do("wa_say", number=number, text="x", status=400)
        await page.do("wa_say", number=moved, text="x")
        await page.do("wa_tap", number=moved, message=99, choice="ya", label="Setuju", status=400)


async def test_somebody_new_may_hide_the_number(page: Page, graph: Graph) -> None:
    number = await page.do("wa_add", name="Budi Hartono", shows_number=False)
    maria, budi = (await page.state())["people"]
    assert (budi["id"], budi["shown"], maria["shown"]) == (number, False, True)
    await page.do("wa_disconnect", number=number)
    assert not (await page.state())["people"][1]["connected"]
    await asyncio.gather(page.do("wa_connect", number=number), page.do("wa_block", number=number))
    assert graph.people[number].blocked


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*tebal* dan _miring_ dan ~coret~", "<b>tebal</b> dan <i>miring</i> dan <s>coret</s>"),
        ("*_dua_*", "<b><i>dua</i></b>"),
        ("2*3*4 = 24, a_b_c", "2*3*4 = 24, a_b_c"),
        ("```*kode*```", "<code>*kode*</code>"),
        ("<b>bukan</b> & <script>", "&lt;b&gt;bukan&lt;/b&gt; &amp; &lt;script&gt;"),
        ('"><img src=x>', "&quot;&gt;&lt;img src=x&gt;"),
    ],
)
def test_marks_become_safe_html(text: str, html: str) -> None:
    assert to_html(text) == html


def test_links_are_links_and_marks_in_them_are_none() -> None:
    drawn = to_html("Lihat https://bps.go.id/a_b_c?x=1&y=_2.")
    assert 'href="https://bps.go.id/a_b_c?x=1&amp;y=_2"' in drawn and "<i>" not in drawn and drawn.endswith("</a>.")
