"""The JSON control the demo page stands on, over real HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from bot.playground.bubbles import to_html
from bot.playground.control import Control
from bot.playground.mailbox import Mailbox
from bot.playground.people import Person
from bot.playground.server import application, serve
from bot.playground.telegram import Telegram
from tests.playground.cast import Caller, StoppedClock
from tests.playground.test_mailbox import post


@dataclass
class Page:
    """A page's view of the playground."""

    http: aiohttp.ClientSession
    mailbox: Mailbox

    async def state(self, **query: str) -> Any:
        async with self.http.get("/play/state", params=query) as answer:
            return await answer.json()

    async def do(self, act: str, **order: Any) -> Any:
        async with self.http.post("/play/do", json={"act": act, **order}) as answer:
            body = await answer.json()
            assert body["ok"] is (answer.status == 200)
            return body.get("result", body.get("error"))


@pytest.fixture
async def page(telegram: Telegram, clock: StoppedClock, user: Person, officer: Person) -> AsyncIterator[Page]:
    async with Mailbox(clock, bell=telegram.bell) as mailbox:
        control = Control(telegram, mailbox, move_clock=lambda seconds: clock.move(seconds=seconds))
        control.stage.add(user)
        control.stage.add(officer)
        app = application(telegram)
        control.add_to(app)
        async with serve(telegram, app=app) as url, aiohttp.ClientSession(url) as http:
            yield Page(http, mailbox)


async def test_the_page_shows_both_sides_of_a_conversation(page: Page, bot: Caller, telegram: Telegram) -> None:
    await page.do("say", person=501, text="Halo <b>")
    keyboard = {"inline_keyboard": [[{"text": "Setuju", "callback_data": "1"}]]}
    await bot("sendMessage", chat_id=501, text="<b>Setuju?</b>", parse_mode="HTML", reply_markup=keyboard)
    await bot("sendChatAction", chat_id=501, action="typing")
    topic = await bot("createForumTopic", chat_id=telegram.staff.id, name="1207-2611-0001")
    await page.do("say", person=601, topic=topic["message_thread_id"], text="Baik")
    await page.do("say", person=601, topic=None, text="Pagi")
    state = await page.state()
    siti, rahmat = state["people"]
    assert [message["html"] for message in siti["messages"]] == ["Halo &lt;b&gt;", "<b>Setuju?</b>"]
    assert siti["messages"][1]["buttons"] == [[{"text": "Setuju", "data": "1", "url": None}]]
    assert (siti["typing"], siti["status"], rahmat["status"]) == ("typing", "left", "member")
    assert [message["text"] for message in state["general"]["messages"]] == ["Pagi"]
    assert [message["kind"] for message in state["topics"][0]["messages"]] == ["forum_topic_created", "text"]
    assert state["topics"][0]["messages"][1]["from"] == {"id": 601, "name": "Rahmat", "bot": False}


async def test_pressing_answers_with_a_toast(page: Page, bot: Caller) -> None:
    await page.do("say", person=501, text="Halo")
    keyboard = {"inline_keyboard": [[{"text": "Setuju", "callback_data": "1"}]]}
    sent = await bot("sendMessage", chat_id=501, text="?", reply_markup=keyboard)
    await page.do("press", person=501, label="Setuju", message=sent["message_id"])
    await page.do("press_data", person=501, message=sent["message_id"], data="forged")
    first, second = await bot.updates("callback_query")
    assert (first["data"], second["data"]) == ("1", "forged")
    await bot("answerCallbackQuery", callback_query_id=first["id"], text="Terima kasih", show_alert=True)
    assert (await page.state())["people"][0]["toasts"] == [{"text": "Terima kasih", "show_alert": True}]
    assert "NoSuchButton" in await page.do("press", person=501, label="Tolak")


async def test_everything_a_page_can_have_people_do(page: Page, bot: Caller, telegram: Telegram) -> None:
    said = await page.do("say", person=501, text="Halo")
    await page.do("edit", person=501, message=said, text="Hai")
    photo = await page.do("send", person=501, kind="photo", caption="Ini", reply_to=said)
    album = await page.do("album", person=501, kinds=["photo", "document"], caption="Dua")
    await page.do("react", person=501, message=said, emoji="👍")
    await page.do("delete", person=501, message=album[0])
    messages = (await page.state())["people"][0]["messages"]
    assert [message["id"] for message in messages] == [said, photo, album[1]]
    assert messages[0]["edited"] is True
    assert messages[0]["reactions"] == [{"person": 501, "emoji": "👍"}]
    assert messages[1]["reply"] == {"id": said, "name": "Siti", "text": "Hai"}
    topic = await page.do("create_topic", person=601, name="Baru")
    await page.do("rename_topic", person=601, topic=topic, name="Lama")
    await page.do("close_topic", person=601, topic=topic)
    assert [(shown["name"], shown["closed"]) for shown in (await page.state())["topics"]] == [("Lama", True)]
    await page.do("reopen_topic", person=601, topic=topic)
    await page.do("delete_topic", person=601, topic=topic)
    await page.do("join", person=501)
    await page.do("leave", person=501)
    await page.do("block", person=501)
    state = await page.state()
    assert (state["topics"], state["people"][0]["blocked"]) == ([], True)
    assert "NotAllowed" in await page.do("say", person=501, text="x")
    await page.do("unblock", person=501)
    new = await page.do("add_person", first_name="Ani", staff="administrator")
    assert (await page.state())["people"][-1]["id"] == new == 602
    assert (await bot("getChatMember", chat_id=telegram.staff.id, user_id=602))["status"] == "administrator"


async def test_what_cannot_be_read_is_refused_in_words(page: Page) -> None:
    assert "KeyError" in await page.do("dance", person=501)
    assert "KeyError" in await page.do("say", person=999, text="x")
    assert "KeyError" in await page.do("edit", person=501, message=999, text="x")
    async with page.http.post("/play/do", data="{") as answer:
        assert answer.status == 400
    async with page.http.get("/play/file/nothing") as answer:
        assert answer.status == 404


async def test_files_go_up_from_the_page_and_come_back(page: Page, user: Person) -> None:
    form = aiohttp.FormData()
    form.add_field("person", "501")
    form.add_field("caption", "Tabel")
    form.add_field("file", b"a;b", filename="tabel.csv", content_type="text/csv")
    async with page.http.post("/play/upload", data=form) as answer:
        assert (await answer.json())["ok"] is True
    shown = (await page.state())["people"][0]["messages"][0]
    assert (shown["kind"], shown["text"], shown["file"]["name"]) == ("document", "Tabel", "tabel.csv")
    async with page.http.get(shown["file"]["url"]) as answer:
        assert (await answer.read(), answer.headers["Content-Security-Policy"]) == (b"a;b", "sandbox")
    async with page.http.post("/play/upload", data={"person": "501"}) as answer:
        assert answer.status == 400


async def test_changes_are_announced_as_they_happen(page: Page, user: Person) -> None:
    async with page.http.get("/play/events") as stream:
        first = await read_event(stream)
        await user.say("Halo")
        second = await read_event(stream)
        assert second["version"] > first["version"]
        await post(page.mailbox)
        assert (await read_event(stream))["version"] > second["version"]


async def read_event(stream: aiohttp.ClientResponse) -> Any:
    async with asyncio.timeout(60):
        assert await stream.content.readline() == b"event: changed\n"
        data = await stream.content.readline()
        await stream.content.readline()
    return json.loads(data.removeprefix(b"data: "))


async def test_mail_and_clock_are_on_the_page(page: Page) -> None:
    await post(page.mailbox)
    before = await page.state()
    assert before["mail"][0]["code"] == "123456"
    assert before["mail"][0]["to"] == ["siti@contoh.id"]
    assert before["now"] == "2026-11-23T03:00:00+00:00"
    assert await page.do("clock", seconds=7 * 86400) == "2026-11-30T03:00:00+00:00"


async def test_faults_and_the_ledger_over_http(page: Page, bot: Caller, telegram: Telegram) -> None:
    async with page.http.post("/play/faults", json={"method": "getMe", "what": "bad gateway"}) as answer:
        assert answer.status == 200
    async with page.http.post("/play/faults", json={"what": "earthquake"}) as answer:
        assert answer.status == 400
    async with page.http.post("/play/faults", json={"mail": "450", "times": 1}) as answer:
        assert answer.status == 200
    assert (await telegram.call(telegram.token, "getMe", {})).status == 502
    async with page.http.get("/play/faults") as answer:
        listed = await answer.json()
    assert (listed["hits"], listed["faults"][0]["method"]) == (1, "getMe")
    async with page.http.delete("/play/faults") as answer:
        assert answer.status == 200
    await post(page.mailbox)
    await bot("getMe")
    async with page.http.get("/play/ledger") as answer:
        book = await answer.json()
    assert [request["status"] for request in book["requests"]] == [502, 200]
    assert book["violations"] == []


async def test_a_long_chat_is_cut_to_its_end(page: Page, user: Person) -> None:
    for number in range(5):
        await user.say(str(number))
    messages = (await page.state(last="2"))["people"][0]["messages"]
    assert [message["text"] for message in messages] == ["3", "4"]


@pytest.mark.parametrize(
    ("text", "entities", "html"),
    [
        ("a<b", [], "a&lt;b"),
        ("📊ab", [{"type": "bold", "offset": 2, "length": 1}], "📊<b>a</b>b"),
        (
            "abc",
            [{"type": "bold", "offset": 0, "length": 2}, {"type": "italic", "offset": 1, "length": 2}],
            "<b>a<i>b</i></b><i>c</i>",
        ),
        (
            "x",
            [{"type": "text_link", "offset": 0, "length": 1, "url": 'javascript:"'}],
            '<a href="https://javascript:&quot;" target="_blank" rel="noopener noreferrer">x</a>',
        ),
        ("x", [{"type": "spoiler", "offset": 0, "length": 1}], '<span class="spoiler">x</span>'),
    ],
)
def test_text_becomes_safe_html(text: str, entities: list[dict[str, Any]], html: str) -> None:
    assert to_html(text, entities) == html
