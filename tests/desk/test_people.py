"""One person under several ids, of which any may be missing; and two people who must never be taken for one."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import Content, Inbound, Kind, Outgoing, Place, Sender, Sent
from bot.desk import say
from handlers.dispatch import dispatch
from storage import held, identities, outbox
from storage.base import Tx
from tests.flows.conftest import Office, office_at
from tests.flows.on_whatsapp import ticket
from tests.flows.trouble import becomes_true
from tests.flows.way import value

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


async def test_what_is_under_way_to_the_second_half_goes_once(
    whatsapp_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two lanes become one: whoever sends it marks it, and the other lane lets it be."""
    office = whatsapp_office
    assert office.app is not None
    channel = office.app.outbox._channels["whatsapp"]
    tags, united = list[str](), asyncio.Event()

    async def slowly(message: Outgoing) -> Sent:
        tags.append(message.tag)
        if message.chat == NUMBER and not united.is_set():
            await says(office, "dengan keduanya", bsuid=BSUID, phone=NUMBER)
            united.set()
            await becomes_true(lambda: BSUID in chats)
        chats.append(message.chat)
        return Sent((f"wamid.{len(tags)}",))  # nobody of the cast: news that it failed would have it sent once more

    await says(office, "dengan id", bsuid=BSUID)
    await office.settled()
    chats = list[str]()
    monkeypatch.setattr(channel, "send", slowly)
    await says(office, "dengan nomor", phone=NUMBER)
    await united.wait()
    await office.settled()
    assert len(await people(office)) == 1
    assert len(tags) == len(set(tags)) > 1


async def test_what_waits_for_the_second_half_goes_once(
    whatsapp_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has it in hand, and waits for its turn, finds that it went over to another lane."""
    office = whatsapp_office
    assert office.app is not None
    work, channel = office.app.outbox, office.app.outbox._channels["whatsapp"]
    tags, pacer = list[str](), work._pacers["whatsapp"]
    await says(office, "dengan id", bsuid=BSUID)
    await office.settled()
    pacer.park(NUMBER, office.clock.now() + timedelta(seconds=30))
    await says(office, "dengan nomor", phone=NUMBER)
    await becomes_true(lambda: NUMBER in pacer._lines)
    (second,) = work._lanes

    async def slowly(message: Outgoing) -> Sent:
        tags.append(message.tag)
        if len(tags) == 1:
            await office.move(seconds=31)
            await becomes_true(lambda: second not in work._lanes)
        return Sent((f"wamid.{len(tags)}",))

    monkeypatch.setattr(channel, "send", slowly)
    await says(office, "dengan keduanya", bsuid=BSUID, phone=NUMBER)
    await office.settled()
    assert len(await people(office)) == 1
    assert len(tags) == len(set(tags)) == 2


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


@pytest.mark.parametrize("shows_number", [True, False])
async def test_an_erased_person_leaves_no_number_in_the_inbox_not_even_an_earlier_one(
    whatsapp_office: Office, shows_number: bool
) -> None:
    """Neither as a lane nor in an id; what Meta repeats is known all the same."""
    office, phone = whatsapp_office, whatsapp_office.phone
    phone.account.shows_number = shows_number
    old, old_id = phone.number, phone.account.bsuid
    _, topic = await ticket(office)
    await phone.change_number(6281260009009)
    await office.officer.sees("berganti nomor", topic=topic)
    await phone.say("Dari nomor baru")
    await office.officer.sees("Dari nomor baru", topic=topic)
    await phone.say("/privasi")
    ways = {"Data Anda": "Hapus data saya", "Yang dihapus": "Lanjut menghapus", "Langkah terakhir": "Hapus sekarang"}
    for asked, label in ways.items():
        await phone.sees(asked)
        await phone.tap(label)
    await phone.sees("penghapusan Anda tercatat")
    await office.graph.hooks.all_taken()
    await office.settled()
    await office.move(minutes=1)
    await office.settled()
    assert await value(office, "SELECT count(*) FROM erasures WHERE done_at IS NOT NULL") == 1
    left = str(await value(office, "SELECT group_concat(update_id || lane || raw) FROM inbox"))
    for trace in (str(old), old_id, "6281260009009", phone.account.bsuid, "wamid"):
        assert trace not in left


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


async def _with_account(office: Office, **ids: str) -> None:
    """Somebody who has registered."""
    assert office.app is not None
    await says(office, "rahasia", **ids)
    column, value = next(iter(ids.items()))

    async def register(tx: Tx) -> None:
        account = await tx.value(
            "INSERT INTO accounts (office, email, email_key, created_at) VALUES ('1207', 'b@contoh.go.id',"
            " 'b@contoh.go.id', $1) RETURNING id",
            office.clock.now(),
        )
        await tx.execute(f"UPDATE identities SET account_id = $1 WHERE {column} = $2", account, value)

    await office.app.store.run(register)


async def test_who_takes_over_a_number_gets_nothing_of_its_owner_before(whatsapp_office: Office) -> None:
    """The owner before was known by the number alone: nothing goes there any more, for it would reach the new one."""
    office = whatsapp_office
    await _with_account(office, phone=NUMBER)
    await says(office, "halo", bsuid=BSUID, phone="6281260007777")
    await says(office, "nomor baru", bsuid=BSUID, phone=NUMBER)
    await says(office, "tanpa id", phone=NUMBER)
    new, before = sorted(await people(office), key=lambda person: person["chat"].startswith("lost:"))
    assert (new["bsuid"], new["phone"], new["chat"]) == (BSUID, NUMBER, BSUID)
    assert before["chat"].startswith("lost:") and before["phone"] == ""
    assert await drafts(office) == [1, 3]


async def test_a_change_to_a_number_that_somebody_had_unites_nobody(whatsapp_office: Office) -> None:
    """The news of the change may tell the new number alone."""
    office = whatsapp_office
    await _with_account(office, bsuid="ID.BBBB", phone=NUMBER)
    await says(office, "halo", phone="6281260007777")
    assert office.app is not None
    news = Inbound(
        Kind.RENUMBERED, "whatsapp", Place.PRIVATE, "6281260007777", Sender("6281260007777"), office.clock.now(),
        data={"old": {"phone": "6281260007777"}, "new": {"phone": NUMBER}},
    )  # fmt: skip
    await office.app.store.run(dispatch, office.app.context(), news, None, "whatsapp:6281260007777")
    before, new = sorted(await people(office), key=lambda person: person["bsuid"], reverse=True)
    assert (before["bsuid"], before["phone"], before["chat"]) == ("ID.BBBB", "", "ID.BBBB")
    assert (new["bsuid"], new["phone"], new["chat"]) == ("", NUMBER, NUMBER)


async def test_what_was_held_for_one_half_goes_out_when_the_halves_are_one(whatsapp_office: Office) -> None:
    """The half that writes now may have an open window: nothing else would ever release it."""
    office = whatsapp_office
    await says(office, "dengan nomor", phone=NUMBER)
    assert office.app is not None
    await office.settled()
    await office.move(hours=25)
    await says(office, "dengan id", bsuid=BSUID)

    async def hold(tx: Tx) -> None:
        ctx = office.app.context()  # type: ignore[union-attr]
        (half,) = await identities.of_id(tx, "1207", "whatsapp", "phone", NUMBER)
        row_id = await say.to_user(tx, ctx, half, "language_set")
        assert row_id is not None
        await outbox.end(tx, row_id, "held", held.WINDOW, ctx.now)

    await office.app.store.run(hold)
    await says(office, "dengan keduanya", bsuid=BSUID, phone=NUMBER)
    await office.settled()
    async with office.app.store.reader() as reader:
        assert await reader.value("SELECT count(*) FROM outbox WHERE state = 'held'") == 0


async def test_a_quote_is_found_though_one_of_the_ids_is_missing(whatsapp_office: Office) -> None:
    office = whatsapp_office
    await says(office, "satu", bsuid=BSUID, phone=NUMBER)
    await says(office, "dua", phone=NUMBER)
    assert office.app is not None
    async with office.app.store.reader() as reader:
        chats = await reader.value("SELECT group_concat(DISTINCT chat) FROM links WHERE channel = 'whatsapp'")
    assert chats == BSUID
