"""What people do on a phone, as the desk reads it."""

import json
from typing import Any

import pytest

from bot.channels.base import Content, Inbound, Kind, Place
from bot.channels.whatsapp.parse import parse
from bot.playground.graph.phone import WhatsAppPhone
from tests.channels.whatsapp.conftest import NOW, Number


def _message(**fields: Any) -> Inbound:
    message = {"from": "6281", "id": "wamid.1", "timestamp": "1795402800", **fields}
    return parse(json.dumps({"contacts": [], "messages": [message]}), NOW)


def _content(inbound: Inbound) -> Content:
    assert inbound.content is not None
    return inbound.content


async def test_a_text_comes_with_everything_that_is_known_of_its_writer(number: Number) -> None:
    siti = WhatsAppPhone(number.graph, parent_bsuid="ID.ENT.9", username="siti", bsuid="ID.77")
    await siti.say("Halo")
    (inbound,) = await number.heard(1)
    assert (inbound.kind, inbound.place, inbound.chat, inbound.sender.id) == (
        Kind.MESSAGE, Place.PRIVATE, "ID.77", "ID.77",
    )  # fmt: skip
    assert inbound.sender.aliases == (("bsuid", "ID.77"), ("parent_bsuid", "ID.ENT.9"), ("phone", str(siti.number)))
    assert (inbound.sender.name, inbound.sender.username) == ("Siti Aminah", "siti")
    assert (inbound.at, _content(inbound).text) == (NOW, "Halo")
    assert number.kept[0].lane == "whatsapp:ID.77"


async def test_a_person_whose_number_is_withheld_is_known_by_the_other_id(number: Number) -> None:
    budi = WhatsAppPhone(number.graph, number=6281260001002, shows_number=False, bsuid="ID.78")
    await budi.say("Halo")
    (inbound,) = await number.heard(1)
    assert (inbound.sender.id, inbound.sender.aliases) == ("ID.78", (("bsuid", "ID.78"),))


async def test_files_carry_what_is_needed_to_fetch_them(number: Number, siti: WhatsAppPhone) -> None:
    for kind in ("image", "document", "video", "audio", "voice", "sticker"):
        await siti.send(kind, caption="keterangan" if kind in ("image", "document", "video") else "")
    contents = [_content(inbound) for inbound in await number.heard(6)]
    assert [one.kind for one in contents] == ["photo", "document", "video", "audio", "voice", "sticker"]
    assert [one.text for one in contents[:3]] == ["keterangan"] * 3
    assert all(one.home == "whatsapp" and one.file and one.data["mime_type"] for one in contents)
    assert contents[1].data["file_name"] == "surat.pdf"


async def test_places_and_people(number: Number, siti: WhatsAppPhone) -> None:
    await siti.send("location")
    await siti.send("contacts")
    place, contact = (_content(inbound) for inbound in await number.heard(2))
    named = {"latitude": 2.1, "longitude": 99.8, "name": "Kantor", "address": "Jalan 1"}
    venue = _content(_message(type="location", location=named))
    assert (place.kind, place.data["latitude"]) == ("location", 2.1009)
    assert (venue.kind, venue.data["title"], venue.data["address"]) == ("venue", "Kantor", "Jalan 1")
    assert (contact.kind, contact.data["phone_number"]) == ("contact", "+62 811-6000-000")


def test_several_contacts_are_lines() -> None:
    people = [{"name": {"formatted_name": name}, "phones": [{"phone": name * 2}, {"phone": "3"}]} for name in "ab"]
    assert _content(_message(type="contacts", contacts=people)).text == "a: aa, 3\nb: bb, 3"


async def test_replies_reactions_and_taps_say_to_what(number: Number, siti: WhatsAppPhone) -> None:
    first = await siti.say("satu")
    await siti.say("dua", reply_to=first)
    await siti.react(first, "👍")
    await siti.react(first, None)
    await siti.tap_id(first, "abc:1", "Setuju")
    _, reply, reaction, taken_back, tap = await number.heard(5)
    assert reply.reply_to == first.wamid
    assert (reaction.kind, reaction.ref, reaction.emoji) == (Kind.REACTION, first.wamid, "👍")
    assert (taken_back.kind, taken_back.emoji) == (Kind.REACTION, None)
    assert (tap.kind, tap.button, tap.ref, tap.query) == (Kind.BUTTON, "abc:1", first.wamid, "")


def test_a_tap_under_a_template_comes_in_another_shape() -> None:
    tap = _message(type="button", button={"payload": "abc:2", "text": "5"}, context={"id": "wamid.0"})
    assert (tap.kind, tap.button, tap.ref) == (Kind.BUTTON, "abc:2", "wamid.0")
    assert _content(_message(type="button", button={"text": "5"})).text == "5"


def test_forwarded_words_are_secondhand() -> None:
    told = _message(type="text", text={"body": "x"}, context={"forwarded": True})
    assert told.secondhand and _content(told).frame == ("forwarded",)


@pytest.mark.parametrize("kind", ["order", "unsupported", "unknown", "ephemeral", "poll", None])
def test_what_cannot_be_passed_on_is_said_not_dropped(kind: Any) -> None:
    assert _content(_message(type=kind)).kind == "unsupported"


async def test_another_number_is_the_same_person(number: Number, siti: WhatsAppPhone) -> None:
    old, old_id = siti.number, siti.account.bsuid
    await siti.change_number(6281260001999)
    (inbound,) = await number.heard(1)
    assert inbound.kind is Kind.RENUMBERED
    assert inbound.data["old"] == {"phone": str(old), "bsuid": old_id}
    assert inbound.data["new"] == {"phone": "6281260001999", "bsuid": siti.account.bsuid}


def _status(**fields: Any) -> Inbound:
    status = {"id": "wamid.1", "timestamp": "1795402800", **fields}
    return parse(json.dumps({"contacts": [], "statuses": [status]}), NOW)


def test_a_failure_without_contacts_says_why_and_for_which_row() -> None:
    failed = _status(status="failed", errors=[{"code": 131047, "title": "?"}], biz_opaque_callback_data="12")
    assert (failed.kind, failed.change, failed.tag, failed.error) == (Kind.STATUS, "failed", "12", "131047")
    assert failed.data == {"cause": "window_closed", "permanent": True}


@pytest.mark.parametrize(("state", "change"), [("sent", "sent"), ("delivered", "delivered"), ("played", "read")])
def test_a_status_tells_what_it_cost(state: str, change: str) -> None:
    pricing = {"billable": True, "pricing_model": "PMP", "category": "service"}
    told = _status(status=state, recipient_id="6281", pricing=pricing)
    assert (told.change, told.chat, told.data) == (change, "6281", {"billable": True, "category": "service"})


def test_a_status_of_tomorrow_is_ignored() -> None:
    assert _status(status="warmed").kind is Kind.IGNORED


async def test_news_of_the_account_come_as_such(number: Number) -> None:
    number.graph.set_quality("RED")
    (inbound,) = await number.heard(1)
    assert (inbound.kind, inbound.place, inbound.change) == (
        Kind.ACCOUNT, Place.ELSEWHERE, "phone_number_quality_update",
    )  # fmt: skip
    assert inbound.data["event"] == "FLAGGED"
