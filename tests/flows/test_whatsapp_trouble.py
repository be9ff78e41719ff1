"""WhatsApp on a bad day: outcomes nobody knows, batches, repeats, forgeries, people with other numbers or none."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from bot.playground.graph.faults import GraphFault
from bot.playground.graph.phone import WhatsAppPhone
from tests.flows.conftest import Office, office_at
from tests.flows.on_whatsapp import register, ticket
from tests.flows.trouble import becomes_true
from tests.flows.way import value


def heard(phone: WhatsAppPhone, text: str) -> int:
    """How often the phone got it."""
    return sum(message.by_business and text in message.text for message in phone.chat)


async def test_a_cut_after_the_effect_is_settled_by_the_status(whatsapp_office: Office) -> None:
    """It arrived, and only the answer was lost: the status names the row, so nothing is sent again."""
    office, phone = whatsapp_office, whatsapp_office.phone
    _, topic = await ticket(office)
    office.graph.break_with(GraphFault("messages", "cut", "after"))
    answer = await office.officer.say("Tabel 3.", topic=topic)
    await phone.sees("Tabel 3.")
    await office.telegram.until(lambda: answer.reactions or None)
    await office.settled()
    await office.move(minutes=2)
    await office.settled()
    assert heard(phone, "Tabel 3.") == 1
    assert await value(office, "SELECT count(*) FROM outbox WHERE uncertain AND attempts > 1") == 0


async def test_a_cut_whose_status_never_comes_is_sent_once_more_and_marked(whatsapp_office: Office) -> None:
    office, phone = whatsapp_office, whatsapp_office.phone
    _, topic = await ticket(office)
    office.graph.hooks.muted = frozenset({"sent", "delivered", "read"})
    office.graph.break_with(GraphFault("messages", "cut", "after"))
    await office.officer.say("Tabel 3.", topic=topic)
    await phone.sees("Tabel 3.")
    async with asyncio.timeout(60):
        while not await value(office, "SELECT count(*) FROM outbox WHERE state = 'unknown'"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # the row itself is what is waited for
    await office.move(seconds=40)
    await phone.sees("Tabel 3.")
    await office.move(minutes=5)
    await office.settled()
    assert heard(phone, "Tabel 3.") == 2
    assert await value(office, "SELECT count(*) FROM outbox WHERE uncertain AND attempts = 2") == 1


async def test_a_cut_before_the_effect_is_sent_once(whatsapp_office: Office) -> None:
    office, phone = whatsapp_office, whatsapp_office.phone
    _, topic = await ticket(office)
    office.graph.break_with(GraphFault("messages", "cut", "before"))
    office.graph.break_with(GraphFault("messages", "bad gateway", "before", nth=2))
    await office.officer.say("Tabel 3.", topic=topic)
    for _ in range(4):
        await office.graph.until(lambda: office.graph.faults.hits or None)
        await office.move(minutes=1)
    await phone.sees("Tabel 3.")
    await office.settled()
    assert heard(phone, "Tabel 3.") == 1


async def test_what_meta_refuses_afterwards_is_told_with_a_way_on(whatsapp_office: Office) -> None:
    """Accepted with 200, then a failed status without contacts."""
    office, phone = whatsapp_office, whatsapp_office.phone
    _, topic = await ticket(office)
    office.graph.break_with(GraphFault("messages", phase="swallow", code=131026))
    await office.officer.say("Tabel 3.", topic=topic)
    told = await office.officer.sees("BELUM sampai", topic=topic)
    await office.officer.press("Kirim lagi", topic=topic, message=told)
    await phone.sees("Tabel 3.")


async def test_an_account_that_cannot_pay_is_said_to_the_admins_once_and_when_it_is_over(
    whatsapp_office: Office,
) -> None:
    """Meta takes each message and refuses it afterwards; what it refused goes out by itself, once, when it is paid."""
    office, phone = whatsapp_office, whatsapp_office.phone
    assert office.app is not None
    _, topic = await ticket(office)
    await office.settled()
    await office.admin.say("/bantuan")
    office.graph.break_with(GraphFault("messages", phase="swallow", code=131042, times=3))
    for words in ("Tabel 3.", "Tabel 4."):
        await office.officer.say(words, topic=topic)
        told = await office.officer.sees("BELUM sampai", topic=topic)
        assert "Dikirim otomatis begitu pesan kita diterima lagi" in told.text
    await phone.say("/status")
    await becomes_true(lambda: office.graph.faults.hits == 3)
    await office.settled()
    await office.app.watch.look()
    await office.admin.sees("WhatsApp tidak menerima pesan dari kita: 131042")
    await office.settled()
    assert not said(office, "Pesan diterima lagi")

    await phone.say("/bantuan")  # it is paid meanwhile: this is taken and arrives
    await phone.sees("/pengaduan")
    await office.graph.hooks.all_taken()
    await office.settled()
    for _ in range(2):
        await office.app.watch.look()
    for words in ("Tabel 3.", "Tabel 4.", "Tiket Anda"):
        await phone.sees(words)
    await office.admin.sees("Pesan diterima lagi")
    await office.settled()
    assert said(office, "tidak menerima pesan dari kita") == said(office, "Pesan diterima lagi") == 1
    assert heard(phone, "Tabel 3.") == heard(phone, "Tabel 4.") == 1


def said(office: Office, words: str) -> int:
    """How often the admins were told so."""
    return sum(words in message.text for message in office.admin.chat)


async def test_a_thousand_messages_in_one_post_reach_their_topic_in_order(whatsapp_office: Office) -> None:
    office, phone = whatsapp_office, whatsapp_office.phone
    await ticket(office)
    await office.settled()
    await phone.read()
    await office.graph.hooks.all_taken()
    office.graph.hooks.batch = 1000
    office.graph.hooks.hold()
    for n in range(1000):
        await phone.say(f"[{n}]")
    posts = office.graph.hooks.posts
    office.graph.hooks.release()
    await office.graph.hooks.all_taken()
    assert office.graph.hooks.posts == posts + 1
    async with asyncio.timeout(60):  # a busy machine is no fault of the desk
        while await value(office, "SELECT count(*) FROM inbox WHERE state = 'new'"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # the rows themselves are what is waited for
    kept = await value(
        office,
        "SELECT group_concat(json_extract(content, '$.text'), '') FROM (SELECT content FROM messages"
        " WHERE json_extract(content, '$.text') LIKE '[%' ORDER BY id)",
    )
    assert kept == "".join(f"[{n}]" for n in range(1000))


async def test_forged_changed_and_repeated_webhooks_do_nothing(whatsapp_office: Office) -> None:
    office, phone = whatsapp_office, whatsapp_office.phone
    await phone.say("Halo")
    await phone.sees("Setuju")
    await office.graph.hooks.all_taken()
    body, signature = _message_from(phone, office)
    address = f"http://127.0.0.1:{office.settings.web.port}/whatsapp/1207"
    forged = "SELECT count(*) FROM inbox WHERE raw LIKE '%Hola lagi%' OR raw LIKE '%Halo lagi%'"
    async with ClientSession() as http:
        for given, headers in (
            (body, {}),
            (body, {"X-Hub-Signature-256": "sha256=" + "0" * 64}),
            (body.replace(b"Halo", b"Hola"), {"X-Hub-Signature-256": signature}),
        ):
            async with http.post(address, data=given, headers=headers) as answer:
                assert answer.status in (401, 403)
        assert await value(office, forged) == 0
        for _ in range(3):
            async with http.post(address, data=body, headers={"X-Hub-Signature-256": signature}) as answer:
                assert answer.status == 200
    await office.settled()
    assert await value(office, forged) == 1
    assert await value(office, "SELECT count(*) FROM messages WHERE content LIKE '%Halo lagi%'") == 1


async def test_a_stranger_who_presses_somebody_elses_button_is_greeted_like_anybody_new(
    whatsapp_office: Office,
) -> None:
    """A forged press, or one of before they were erased: no more is noted of them than a first message leaves."""
    office, phone = whatsapp_office, whatsapp_office.phone
    await phone.say("Halo")
    await phone.sees("Setuju")
    await office.settled()
    hers = next(message for message in phone.chat if message.choices)
    stranger = WhatsAppPhone(office.graph, 6281260001003, "Budi")
    for _ in range(2):
        await stranger.tap_id(hers, hers.choices[0].id, "Setuju")
    await stranger.sees("tidak dipungut biaya")
    await stranger.sees("bukan untuk Anda")
    await office.settled()
    await stranger.tap_id(hers, "x" * 40, "Setuju")
    await stranger.sees("sudah tidak berlaku")
    assert await value(office, "SELECT group_concat(state) FROM dialogues") == "consent,consent"
    assert await value(office, "SELECT count(*) FROM messages") == 1
    for table in ("consents", "audit", "accounts"):
        assert await value(office, f"SELECT count(*) FROM {table}") == 0
    await stranger.tap("Setuju")
    await stranger.sees("alamat e-mail")


def _message_from(phone: WhatsAppPhone, office: Office) -> tuple[bytes, str]:
    """A well-signed webhook that was not delivered yet."""
    graph = office.graph
    own = {"display_phone_number": "6262421207", "phone_number_id": graph.phone_number_id}
    stamp = str(int(graph.clock.now().timestamp()))
    message: dict[str, Any] = {**phone.account.as_sender, "id": "wamid.LAGI", "timestamp": stamp, "type": "text"}
    message["text"] = {"body": "Halo lagi"}
    value = {"messaging_product": "whatsapp", "metadata": own, "contacts": [phone.account.as_contact]}
    change = {"field": "messages", "value": {**value, "messages": [message]}}
    whole = {"object": "whatsapp_business_account", "entry": [{"id": graph.waba_id, "changes": [change]}]}
    body = json.dumps(whole).encode()
    return body, graph.hooks.sign(body)


async def test_another_number_is_the_same_person_and_the_ticket_goes_on(whatsapp_office: Office) -> None:
    office, phone = whatsapp_office, whatsapp_office.phone
    _, topic = await ticket(office)
    await phone.change_number(6281299990000)
    await office.graph.hooks.all_taken()
    await office.officer.say("Sampai di nomor baru?", topic=topic)
    await phone.sees("Sampai di nomor baru?")
    await phone.say("Sampai.")
    await office.officer.sees("Sampai.", topic=topic)
    assert await value(office, "SELECT count(*) FROM identities WHERE channel = 'whatsapp'") == 1
    assert len(office.telegram.topics) == 1


async def test_somebody_without_a_number_is_served_like_all_others(whatsapp_office: Office) -> None:
    office = whatsapp_office
    phone = WhatsAppPhone(office.graph, 6281260001003, "Budi", username="budi", shows_number=False)
    _, topic = await ticket(office, phone)
    await office.officer.say("Ini tabelnya.", topic=topic)
    await phone.sees("Ini tabelnya.")
    assert "6281260001003" not in await value(office, "SELECT group_concat(raw) FROM inbox")


async def test_while_the_desk_is_down_meta_waits_and_everything_comes_later(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", start=datetime.now(UTC), whatsapp=True) as office:
        phone = office.phone
        async with office.open():
            await register(office)
            await office.settled()
        await phone.tap("Data")
        await phone.say("Ditulis saat meja tutup")
        await office.graph.until(lambda: all(life.tries for life in office.graph.book.waiting) or None)
        office.graph.hooks.in_order = True
        async with office.open():
            await phone.sees("Tersimpan", within=60)
            await phone.tap("Kirim")
            await phone.sees("dibuka")
