"""One person under several ids, of which any may be missing; and two people who must never be taken for one."""

from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Content, Inbound, Kind, Place, Sender
from handlers.dispatch import dispatch
from tests.flows.conftest import Office, office_at
from tests.flows.on_whatsapp import ticket

NUMBER, BSUID, PARENT = "6281260001001", "ID.AAAA", "ID.PARENT"


async def says(office: Office, text: str = "Halo", *, username: str = "", **ids: str) -> None:
    """A message on WhatsApp by whoever has these ids."""
    assert office.app is not None
    id = ids.get("bsuid") or ids["phone"]
    sender = Sender(id, "Maria", username=username, aliases=tuple(ids.items()))
    content = Content("text", text)
    at, ref = office.clock.now(), f"wamid.{text}.{id}"
    inbound = Inbound(Kind.MESSAGE, "whatsapp", Place.PRIVATE, id, sender, at, ref=ref, content=content)
    await office.app.store.run(dispatch, office.app.context(), inbound, None, f"whatsapp:{id}")


async def people(office: Office) -> list[dict[str, Any]]:
    """Everybody on WhatsApp who is somebody."""
    assert office.app is not None
    async with office.app.store.reader() as reader:
        found = await reader.value(
            "SELECT group_concat(sender || '|' || chat || '|' || coalesce(bsuid, '') || '|' || coalesce(parent_bsuid,"
            " '') || '|' || coalesce(phone, '') || '|' || coalesce(username, ''), ';') FROM identities"
            " WHERE channel = 'whatsapp' AND chat != ''"
        )
    names = ("sender", "chat", "bsuid", "parent_bsuid", "phone", "username")
    return [dict(zip(names, row.split("|"), strict=True)) for row in (found or "").split(";") if row]


async def drafts(office: Office) -> list[int]:
    """How many messages each person has kept."""
    assert office.app is not None
    async with office.app.store.reader() as reader:
        found = await reader.value(
            "SELECT group_concat(n) FROM (SELECT count(*) AS n FROM messages WHERE ticket_id IS NULL"
            " GROUP BY identity_id)"
        )
    return [int(n) for n in str(found).split(",")]


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ({"phone": NUMBER}, {"bsuid": BSUID, "phone": NUMBER}),
        ({"bsuid": BSUID, "phone": NUMBER}, {"bsuid": BSUID}),
        ({"bsuid": BSUID, "phone": NUMBER}, {"phone": NUMBER}),
        ({"bsuid": BSUID, "parent_bsuid": PARENT}, {"bsuid": "ID.BBBB", "parent_bsuid": PARENT}),
    ],
    ids=["the id comes later", "the number is withheld", "the id is missing", "another id under one parent"],
)
async def test_any_id_finds_the_same_person(whatsapp_office: Office, first: Any, then: Any) -> None:
    await says(whatsapp_office, "satu", **first)
    await says(whatsapp_office, "dua", username="maria", **then)
    (person,) = await people(whatsapp_office)
    assert person["username"] == "maria"
    assert {kind: person[kind] for kind in then} == then
    assert person["chat"] == person["sender"] == (person["bsuid"] or person["phone"])
    assert await drafts(whatsapp_office) == [2]


async def test_a_number_with_a_new_owner_is_another_person(whatsapp_office: Office) -> None:
    """Numbers are given away again: who has another id gets nothing that belongs to the one before."""
    await says(whatsapp_office, "rahasia", bsuid=BSUID, phone=NUMBER)
    await says(whatsapp_office, "halo", bsuid="ID.BBBB", phone=NUMBER)
    before, after = sorted(await people(whatsapp_office), key=lambda person: person["bsuid"])
    assert (before["bsuid"], before["phone"]) == (BSUID, "")
    assert (after["bsuid"], after["phone"]) == ("ID.BBBB", NUMBER)
    assert await drafts(whatsapp_office) == [1, 1]


async def test_two_halves_become_one_with_all_that_was_said(whatsapp_office: Office) -> None:
    await says(whatsapp_office, "dengan nomor", phone=NUMBER)
    await says(whatsapp_office, "dengan id", bsuid=BSUID)
    assert len(await people(whatsapp_office)) == 2
    await says(whatsapp_office, "dengan keduanya", bsuid=BSUID, phone=NUMBER)
    (person,) = await people(whatsapp_office)
    assert (person["bsuid"], person["phone"], person["chat"]) == (BSUID, NUMBER, BSUID)
    assert await drafts(whatsapp_office) == [3]


async def test_a_changed_number_keeps_person_ticket_and_quotes(whatsapp_office: Office) -> None:
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    _, topic = await ticket(office)
    answer = await officer.say("Jawaban lama.", topic=topic)
    seen = await phone.sees("Jawaban lama.")
    await phone.change_number(6281260009009)
    await officer.sees("berganti nomor", topic=topic)
    await phone.say("Saya di nomor baru", reply_to=seen)
    told = await officer.sees("Saya di nomor baru", topic=topic)
    assert told.reply_to == answer.id
    await officer.say("Baik.", topic=topic)
    await phone.sees("Baik.")
    assert len(await people(office)) == 1


async def test_a_number_that_looks_like_an_admins_id_gives_no_rights(tmp_path: Path) -> None:
    """Telegram's ids are numbers, and so are telephones."""
    admins = {"admin_ids": [6591234567]}
    async with (
        office_at(tmp_path / "meja.db", whatsapp=True, telegram=admins) as office,
        office.open() as app,
    ):
        await says(office, "/antrean", phone="6591234567")
        await says(office, "/sla", phone="6591234567")
        await office.settled()
        async with app.store.reader() as reader:
            said = await reader.value("SELECT group_concat(json_extract(payload, '$.key')) FROM outbox")
        assert "admin" not in said and said.count("unknown_command") == 2


async def test_erasure_leaves_no_id_behind(whatsapp_office: Office) -> None:
    office, phone = whatsapp_office, whatsapp_office.phone
    await ticket(office)
    await office.graph.hooks.all_taken()
    await phone.say("/privasi")
    await phone.sees("Data Anda pada")
    for label in ("Hapus data saya", "Lanjut menghapus", "Hapus sekarang"):
        await phone.tap(label)
    await phone.sees("penghapusan Anda tercatat")
    await office.settled()
    await office.move(minutes=1)
    await phone.read()
    await office.graph.hooks.all_taken()
    await office.settled()
    assert office.app is not None
    async with office.app.store.reader() as reader:
        ids = "sender || chat || coalesce(bsuid, '') || coalesce(phone, '') || coalesce(username, '')"
        left = await reader.value(f"SELECT count(*) FROM identities WHERE {ids} LIKE '%{phone.number}%'")
        assert left == 0
        assert await reader.value("SELECT count(*) FROM receipts") == 0
        assert await reader.value("SELECT count(*) FROM links WHERE channel = 'whatsapp'") == 0
        raw = await reader.value(f"SELECT count(*) FROM inbox WHERE raw LIKE '%{phone.account.bsuid}%'")
        assert raw == 0
