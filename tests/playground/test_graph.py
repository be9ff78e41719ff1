"""The Graph stand-in over real HTTP: what it takes, what it refuses, and the webhooks it sends."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientError

from bot.playground.graph.budgets import OFF
from bot.playground.graph.faults import GraphFault
from bot.playground.graph.graph import Graph
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.graph.templates import Template
from bot.playground.people import NoSuchButton
from tests.playground.cast import StoppedClock
from tests.playground.graph_desk import GraphDesk

TO = "+6281260001001"


@pytest.fixture
def graph(clock: StoppedClock) -> Graph:
    graph = Graph(clock, limits=OFF)
    graph.templates.add(Template("jawaban", "id", "Jawaban tiket {{1}} tersedia.", ("Lihat jawaban",)))
    return graph


@pytest.fixture
def phone(graph: Graph) -> WhatsAppPhone:
    return WhatsAppPhone(graph)


@pytest.fixture
async def desk(graph: Graph) -> AsyncIterator[GraphDesk]:
    async with GraphDesk(graph).open() as desk:
        yield desk


def buttons(*titles: str) -> Any:
    replies = [{"type": "reply", "reply": {"id": f"b{n}", "title": title}} for n, title in enumerate(titles)]
    return {"type": "button", "body": {"text": "Setuju?"}, "action": {"buttons": replies}}


def rows(count: int, *, title: str = "Baris", **more: Any) -> Any:
    lines = [{"id": f"r{n}", "title": f"{title} {n}", **more} for n in range(count)]
    return {"type": "list", "body": {"text": "Pilih"}, "action": {"button": "Jenis", "sections": [{"rows": lines}]}}


def template(*params: str, name: str = "jawaban", **more: Any) -> Any:
    body = {"type": "body", "parameters": [{"type": "text", "text": param} for param in params]}
    return {"name": name, "language": {"code": "id"}, "components": [body, *more.get("components", [])]}


async def test_a_message_and_its_answer_with_all_that_is_told(graph: Graph, phone: WhatsAppPhone, desk: Any) -> None:
    asked = await phone.say("Halo")
    await graph.hooks.all_taken()
    (message,) = desk.told("messages")
    assert (message["text"]["body"], message["id"], message["from"]) == ("Halo", asked.wamid, "6281260001001")
    assert next(desk.values())["contacts"][0]["user_id"] == phone.account.bsuid
    wamid = await desk.send(TO, text={"body": "Selamat pagi"}, biz_opaque_callback_data="17")
    seen = await phone.sees("Selamat pagi")
    assert seen.wamid == wamid
    await phone.say("Terima kasih", reply_to=seen)
    await graph.hooks.all_taken()
    told = [(status["id"], status["status"], status["biz_opaque_callback_data"]) for status in desk.told("statuses")]
    assert told == [(wamid, word, "17") for word in ("sent", "delivered", "read")]
    assert desk.told("messages")[1]["context"]["id"] == wamid


REFUSED: dict[str, tuple[int, Any]] = {
    "a field there is not": (100, {"text": {"body": "x"}, "parse_mode": "HTML"}),
    "a field there is not, inside": (100, {"text": {"body": "x", "html": True}}),
    "nothing": (131008, {"text": {}}),
    "an empty text": (131009, {"text": {"body": "  \n"}}),
    "a text too long": (131009, {"text": {"body": "x" * 4097}}),
    "two contents": (131009, {"text": {"body": "x"}, "reaction": {"message_id": "m", "emoji": "x"}}),
    "four buttons": (131009, {"type": "interactive", "interactive": buttons("1", "2", "3", "4")}),
    "no button": (131009, {"type": "interactive", "interactive": buttons()}),
    "two buttons alike": (131009, {"type": "interactive", "interactive": buttons("Ya", "Ya")}),
    "a label too long": (131009, {"type": "interactive", "interactive": buttons("x" * 21)}),
    "eleven rows": (131009, {"type": "interactive", "interactive": rows(11)}),
    "a row's title too long": (131009, {"type": "interactive", "interactive": rows(1, title="x" * 23)}),
    "a description too long": (131009, {"type": "interactive", "interactive": rows(1, description="x" * 73)}),
    "a tag too long": (131009, {"text": {"body": "x"}, "biz_opaque_callback_data": "x" * 513}),
    "an unknown file": (100, {"type": "image", "image": {"id": "123"}}),
    "latitude as text": (131009, {"type": "location", "location": {"latitude": "2.1", "longitude": 99.8}}),
    "a reaction to nothing": (131009, {"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👌"}}),
    "a template there is not": (132001, {"type": "template", "template": template(name="nihil")}),
    "a template with too little": (132000, {"type": "template", "template": template()}),
    "a parameter of two lines": (132018, {"type": "template", "template": template("a\nb")}),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_what_the_graph_api_refuses(what: str, phone: WhatsAppPhone, desk: GraphDesk) -> None:
    code, fields = REFUSED[what]
    await phone.say("Halo")
    error = await desk.send(TO, status=400, **fields)
    assert (error["code"], len(phone.chat)) == (code, 1)


async def test_a_wrong_token_is_refused(phone: WhatsAppPhone, desk: GraphDesk, graph: Graph) -> None:
    error = await desk.call("GET", graph.phone_number_id, status=401, token="wrong")
    assert error["error"]["code"] == 190
    assert (await desk.call("GET", graph.phone_number_id))["quality_rating"] == "GREEN"


async def test_taps_come_back_as_their_kind(graph: Graph, phone: WhatsAppPhone, desk: GraphDesk) -> None:
    await phone.say("Halo")
    await desk.send(TO, type="interactive", interactive=buttons("Setuju", "Tidak setuju"))
    await phone.sees("Setuju?", kind="button")
    await phone.tap("Setuju")
    await desk.send(TO, type="interactive", interactive=rows(4))
    await phone.sees("Pilih", kind="list")
    await phone.tap("Baris 2")
    payload = {"type": "button", "sub_type": "quick_reply", "index": 0}
    payload["parameters"] = [{"type": "payload", "payload": "geheim"}]
    await desk.send(TO, type="template", template=template("1207-1", components=[payload]))
    assert (await phone.sees("Jawaban tiket 1207-1 tersedia.")).template == "jawaban"
    await phone.tap("Lihat jawaban")
    await graph.hooks.all_taken()
    first, second, third = desk.told("messages")[1:]
    assert first["interactive"]["button_reply"] == {"id": "b0", "title": "Setuju"}
    assert second["interactive"]["list_reply"]["id"] == "r2"
    assert (third["type"], third["button"]["payload"]) == ("button", "geheim")
    with pytest.raises(NoSuchButton):
        await phone.tap("Baris 9", within=0.01)


async def test_the_window_closes_after_a_day_and_a_tap_opens_it(
    graph: Graph, phone: WhatsAppPhone, desk: GraphDesk, clock: StoppedClock
) -> None:
    await phone.say("Halo")
    clock.move(hours=24)
    wamid = await desk.send(TO, text={"body": "Terlambat"}, biz_opaque_callback_data="5")
    await graph.hooks.all_taken()
    (failed,) = desk.told("statuses")
    assert (failed["id"], failed["status"], failed["errors"][0]["code"]) == (wamid, "failed", 131047)
    assert "contacts" not in list(desk.values())[-1]
    graph.late = frozenset()
    assert (await desk.send(TO, status=400, text={"body": "Terlambat"}))["code"] == 131047
    await desk.send(TO, type="template", template=template("1207-1"))
    await phone.sees("tersedia")
    await phone.tap("Lihat jawaban")
    await desk.send(TO, text={"body": "Ini jawabannya"})
    await phone.sees("Ini jawabannya")
    assert not any("Terlambat" in message.text for message in phone.chat)


async def test_a_burst_is_borrowed_from_the_time_after_it(clock: StoppedClock) -> None:
    graph = Graph(clock)
    phone = WhatsAppPhone(graph)
    async with GraphDesk(graph).open() as desk:
        await phone.say("Halo")
        for n in range(20):
            await desk.send(TO, text={"body": str(n)})
        clock.move(seconds=60)
        assert (await desk.send(TO, status=400, text={"body": "terlalu cepat"}))["code"] == 131056
        clock.move(seconds=61)
        await desk.send(TO, text={"body": "kemudian"})
        for n in range(79):
            other = WhatsAppPhone(graph, 6281260002000 + n)
            await other.say("Halo")
            await desk.send(f"+{other.number}", text={"body": "Halo"})
        error = await desk.send(TO, status=429, text={"body": "terlalu banyak"})
        assert error["code"] == 130429


async def test_templates_may_begin_with_250_people_a_day(graph: Graph, desk: GraphDesk, clock: StoppedClock) -> None:
    graph.budgets.limits = type(OFF)(template_people=2, per_second=1000)
    people = [WhatsAppPhone(graph, 6281260003000 + n) for n in range(3)]
    for person in people[:2]:
        await desk.send(f"+{person.number}", type="template", template=template("1"))
    error = await desk.send(f"+{people[2].number}", status=400, type="template", template=template("1"))
    assert error["code"] == 131064
    graph.templates.set_status("jawaban", "id", "PAUSED")
    error = await desk.send(f"+{people[0].number}", status=400, type="template", template=template("1"))
    assert error["code"] == 132015


async def test_media_addresses_end_after_five_minutes_and_ids_after_a_week(
    graph: Graph, phone: WhatsAppPhone, desk: GraphDesk, clock: StoppedClock
) -> None:
    await phone.send("image", caption="Tabel", content=b"\x89PNG isi")
    await graph.hooks.all_taken()
    image = desk.told("messages")[0]["image"]
    described = await desk.call("GET", image["id"])
    assert await desk.call("GET", described["url"]) == b"\x89PNG isi"
    await desk.call("GET", described["url"], status=401, token="wrong")
    clock.move(minutes=5)
    await desk.call("GET", described["url"], status=404)
    clock.move(days=7)
    assert (await desk.call("GET", image["id"], status=400))["error"]["code"] == 100


async def test_uploads_are_sent_and_what_does_not_fit_is_refused(
    graph: Graph, phone: WhatsAppPhone, desk: GraphDesk
) -> None:
    await phone.say("Halo")
    media = await desk.upload(b"%PDF-1.4", "application/pdf")
    await desk.send(TO, type="document", document={"id": media, "filename": "tabel.pdf", "caption": "Ini"})
    seen = await phone.sees("Ini", kind="document")
    assert seen.file is not None and seen.file.content == b"%PDF-1.4"
    assert (await desk.send(TO, status=400, type="image", image={"id": media}))["code"] == 131053
    assert (await desk.upload(b"x", "image/tiff", status=400))["code"] == 100
    assert (await desk.upload(b"x" * 5_000_001, "image/png", status=400))["code"] == 131053


async def test_webhooks_come_again_until_they_are_taken_or_a_week_is_over(
    graph: Graph, phone: WhatsAppPhone, desk: GraphDesk, clock: StoppedClock
) -> None:
    desk.answers = [503, 500]
    await phone.say("Halo")
    await graph.hooks.all_taken()
    assert [life.tries for life in graph.book.hooks] == [3]
    desk.answers = [503] * 1000
    await phone.say("Nanti")
    await graph.until(lambda: graph.book.hooks[-1].tries or None)
    clock.move(days=7)
    await graph.hooks.all_taken()
    assert graph.book.hooks[-1].fate == "dropped"


async def test_a_thousand_updates_in_one_post(graph: Graph, phone: WhatsAppPhone, desk: GraphDesk) -> None:
    graph.hooks.batch, graph.hooks.shuffle = 1000, True
    graph.hooks.hold()
    sent = [(await phone.say(str(n))).wamid for n in range(1000)]
    graph.hooks.release()
    await graph.hooks.all_taken()
    assert len(desk.bodies) == 1
    told = [message["id"] for message in desk.told("messages")]
    assert sorted(told) == sorted(sent) and told != sent


async def test_duplicates_and_statuses_that_never_come(graph: Graph, phone: WhatsAppPhone, desk: GraphDesk) -> None:
    graph.hooks.duplicate, graph.hooks.muted = 1.0, frozenset({"sent", "delivered"})
    await phone.say("Halo")
    await desk.send(TO, text={"body": "Ya"})
    await graph.hooks.all_taken()
    assert len(desk.told("messages")) == 2 and desk.told("statuses") == []


async def test_a_phone_that_is_off_gets_it_later(graph: Graph, phone: WhatsAppPhone, desk: GraphDesk) -> None:
    await phone.say("Halo")
    await phone.disconnect()
    await desk.send(TO, text={"body": "Ya"})
    await graph.hooks.all_taken()
    assert [status["status"] for status in desk.told("statuses")] == ["sent"]
    await phone.connect()
    await phone.sees("Ya")
    await phone.read()
    await graph.hooks.all_taken()
    assert [status["status"] for status in desk.told("statuses")] == ["sent", "delivered", "read"]


async def test_somebody_known_by_the_scoped_id_alone(graph: Graph, desk: GraphDesk) -> None:
    phone = WhatsAppPhone(graph, username="siti", shows_number=False)
    await phone.say("Halo")
    await desk.send(recipient=phone.account.bsuid, text={"body": "Ya"})
    await phone.sees("Ya")
    await graph.hooks.all_taken()
    told = str(desk.bodies)
    assert "6281260001001" not in told and phone.account.bsuid in told


async def test_a_change_of_number_is_told_without_contacts(graph: Graph, phone: WhatsAppPhone, desk: GraphDesk) -> None:
    before = phone.account.bsuid
    await phone.change_number(6281299990000)
    await graph.hooks.all_taken()
    (value,) = desk.values()
    (message,) = value["messages"]
    assert "contacts" not in value
    assert (message["from"], message["system"]["wa_id"]) == ("6281260001001", "6281299990000")
    assert message["system"]["previous_user_id"] == before != message["system"]["user_id"]


async def test_numbers_nobody_has_fail_later(graph: Graph, phone: WhatsAppPhone, desk: Any) -> None:
    await phone.say("Halo")
    await desk.send("6281260001001", text={"body": "x"})  # becomes +62 62812…
    await desk.send("+62899", text={"body": "x"}, status=400)
    await phone.block()
    await desk.send(TO, text={"body": "x"})
    await graph.hooks.all_taken()
    assert [status["errors"][0]["code"] for status in desk.told("statuses")] == [131026, 131026]
    assert len(phone.chat) == 1


async def test_reading_and_typing_show_on_the_phone(graph: Graph, phone: WhatsAppPhone, desk: GraphDesk) -> None:
    sent = await phone.say("Halo")
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": sent.wamid}
    await desk.call("POST", f"{graph.phone_number_id}/messages", json={**read, "typing_indicator": {"type": "text"}})
    assert sent.seen and phone.account.typing_until is not None
    await desk.send(TO, text={"body": "Ya"})
    assert phone.account.typing_until is None


async def test_the_templates_are_listed_by_pages(graph: Graph, desk: GraphDesk) -> None:
    graph.templates.add(Template("jawaban", "en", "The answer to {{1}} is here.", status="PENDING"))
    graph.set_template("jawaban", "id", "PAUSED")
    listed = await desk.call("GET", f"{graph.waba_id}/message_templates?limit=1")
    rest = await desk.call("GET", f"{graph.waba_id}/message_templates?limit=1&after=1")
    found = [(one["language"], one["status"]) for one in listed["data"] + rest["data"]]
    assert (
        found == [("id", "PAUSED"), ("en", "PENDING")] and "next" in listed["paging"] and "next" not in rest["paging"]
    )
    await graph.hooks.all_taken()
    assert desk.bodies[0]["entry"][0]["changes"][0]["field"] == "message_template_status_update"


async def test_faults_before_and_after_the_effect(graph: Graph, phone: WhatsAppPhone, desk: GraphDesk) -> None:
    await phone.say("Halo")
    graph.break_with(GraphFault("messages", "cut", "before"))
    graph.break_with(GraphFault("messages", "cut", "after", nth=2))
    graph.break_with(GraphFault("messages", phase="swallow", nth=3, code=131026))
    graph.break_with(GraphFault("messages", "flood", nth=4))
    for text in ("tidak pernah", "sekali"):
        with pytest.raises(ClientError):
            await desk.send(TO, text={"body": text})
    await desk.send(TO, text={"body": "hilang"})
    assert (await desk.send(TO, status=400, text={"body": "terlalu cepat"}))["code"] == 131056
    await graph.hooks.all_taken()
    assert [message.text for message in phone.chat if message.by_business] == ["sekali"]
    assert [status["status"] for status in desk.told("statuses")] == ["sent", "delivered", "failed"]
    assert len(graph.book.sent()) == 1
