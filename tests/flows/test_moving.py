"""Telegram and WhatsApp under one address: a ticket has one home, and moves only when its person says so (rule 15)."""

import asyncio

from bot.playground.chats import Topic
from bot.playground.faults import Fault, Phase
from bot.playground.graph.faults import GraphFault
from bot.playground.graph.phone import WhatsAppPhone
from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.flows.on_whatsapp import address_of, register, ticket
from tests.flows.way import value


async def _ticket_on_telegram(office: Office) -> tuple[str, Topic]:
    """A ticket opened on Telegram, by somebody who then registers on WhatsApp with the same address."""
    await office.register(address=address_of(office.phone))
    number = await office.ask("Berapa inflasi Oktober?")
    await office.telegram.until(lambda: bool(office.telegram.topics))
    topic = office.telegram.topics[-1]
    await office.officer.sees(number, topic=topic)
    await register(office)
    assert "memakai alamat e-mail ini" in (await office.mailbox.mail_to(address_of(office.phone))).text
    office.phone.read_all()
    return number, topic


async def _writes_on_whatsapp(office: Office) -> None:
    """The question typed while the type is asked for, and the choice."""
    await office.phone.say("/batal")
    await office.phone.sees("")
    await office.phone.say("Apakah sudah ada jawabannya?")


async def test_who_writes_on_the_other_channel_is_told_and_moves_the_ticket(whatsapp_office: Office) -> None:
    office, phone, user, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.user, whatsapp_office.officer
    number, topic = await _ticket_on_telegram(office)
    await _writes_on_whatsapp(office)
    asked = await phone.sees("masih terbuka di Telegram")
    assert number in asked.text
    await office.settled()
    assert not [one for one in office.telegram.staff.messages if "sudah ada jawabannya" in one.text]
    await phone.tap("Pindahkan ke sini")
    await phone.sees("kini ada di percakapan ini")
    await user.sees("sudah dipindah ke WhatsApp")
    await officer.sees("memindahkan tiket ini ke WhatsApp", topic=topic)
    await officer.sees("sudah ada jawabannya", topic=topic)
    await officer.say("Ini untuk WhatsApp saja.", topic=topic)
    await phone.sees("Ini untuk WhatsApp saja.")
    await office.settled()
    assert not [one for one in user.chat if "untuk WhatsApp saja" in one.text]
    await user.say("Saya di Telegram lagi")
    await user.sees("masih terbuka di WhatsApp")


async def test_without_moving_the_answers_stay_at_home(whatsapp_office: Office) -> None:
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    _, topic = await _ticket_on_telegram(office)
    await _writes_on_whatsapp(office)
    await phone.sees("masih terbuka di Telegram")
    await phone.say("Buat tiket baru")
    await phone.sees("jenis konsultasi")
    await officer.say("Jawaban di rumah.", topic=topic)
    await office.user.sees("Jawaban di rumah.")
    await office.settled()
    assert not [one for one in phone.chat if "di rumah" in one.text]


async def test_a_shared_mailbox_gives_no_ticket_away_unasked(whatsapp_office: Office) -> None:
    """A colleague with the same address gets nothing before the chat that has the ticket agrees."""
    office, phone, user, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.user, whatsapp_office.officer
    number, topic = await _ticket_on_telegram(office)
    await office.register(Person(office.telegram, id=1002, first_name="Budi"), name="Budi", address=address_of(phone))
    await phone.say("/pindahkan")
    await phone.sees("masih terbuka di Telegram")
    await phone.tap("Pindahkan ke sini")
    await phone.sees("kami tanyakan dahulu")
    asked = await user.sees("ingin melanjutkan tiket")
    assert number in asked.text
    await officer.say("Masih untuk Telegram.", topic=topic)
    await user.sees("Masih untuk Telegram.")
    await user.press("Setuju, pindahkan")
    await phone.sees("kini ada di percakapan ini")
    await officer.say("Sekarang untuk WhatsApp.", topic=topic)
    await phone.sees("Sekarang untuk WhatsApp.")
    await office.settled()
    assert not [one for one in phone.chat if "Masih untuk Telegram" in one.text]


async def test_what_is_held_moves_with_the_ticket(whatsapp_office: Office) -> None:
    office, user, officer = whatsapp_office, whatsapp_office.user, whatsapp_office.officer
    _, topic = await ticket(office)
    await office.register(address=address_of(office.phone))
    await office.move(hours=25)
    await officer.say("Pertama, tertahan.", topic=topic)
    await officer.say("Kedua, tertahan.", topic=topic)
    await officer.sees("DITAHAN", topic=topic)
    await office.settled()
    await user.say("/status")
    await user.sees("masih terbuka di WhatsApp")
    await user.press("Pindahkan ke sini")
    await user.sees("Pertama, tertahan.")
    await user.sees("Kedua, tertahan.")
    await office.settled()
    assert not [one for one in office.phone.chat if "tertahan." in one.text]


async def test_what_may_have_arrived_on_telegram_goes_once_more_where_the_ticket_is_now(
    whatsapp_office: Office,
) -> None:
    """Nobody can say whether it did; it is not tried again where the person is no longer, and what follows keeps on."""
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    _, topic = await _ticket_on_telegram(office)
    await office.settled()
    office.telegram.break_with(Fault("sendMessage", "cut", chat_id=office.user.id, times=None))
    await officer.say("Ini yang diragukan.", topic=topic)
    await _becomes_doubtful(office)
    await officer.say("Ini yang menyusul.", topic=topic)
    await phone.say("/pindahkan")
    await phone.tap("Pindahkan ke sini")
    await phone.sees("Ini yang diragukan.")
    await phone.sees("Ini yang menyusul.")
    office.telegram.faults.clear()
    await office.move(minutes=11)
    await office.user.sees("sudah dipindah ke WhatsApp")
    await office.settled()
    assert not [one for one in office.user.chat if "Ini yang" in one.text]
    assert sum("Ini yang" in one.text for one in phone.chat) == 2


async def test_what_may_have_arrived_on_whatsapp_follows_the_ticket_when_no_news_of_it_came(
    whatsapp_office: Office,
) -> None:
    office, phone, user = whatsapp_office, whatsapp_office.phone, whatsapp_office.user
    topic = await _doubtful_on_whatsapp(office, "before")
    await _moves_to_telegram(office)
    assert not [one for one in user.chat if "Ini yang" in one.text], "news of it may still come"
    office.graph.faults.clear()
    await office.move(minutes=11)
    await user.sees("Ini yang diragukan.")
    await office.officer.say("Ini yang menyusul.", topic=topic)
    await user.sees("Ini yang menyusul.")
    await office.settled()
    assert not [one for one in phone.chat if one.by_business and "Ini yang" in one.text]


async def test_what_did_arrive_on_whatsapp_is_not_sent_where_the_ticket_is_now(whatsapp_office: Office) -> None:
    office, phone, user = whatsapp_office, whatsapp_office.phone, whatsapp_office.user
    await _doubtful_on_whatsapp(office, "after")
    await phone.sees("Ini yang diragukan.")
    await _moves_to_telegram(office)
    office.graph.faults.clear()
    office.graph.hooks.release()
    await office.graph.hooks.all_taken()
    await office.move(minutes=11)
    await office.settled()
    assert not [one for one in user.chat if "Ini yang" in one.text]
    assert sum("Ini yang" in one.text for one in phone.chat) == 1


async def _doubtful_on_whatsapp(office: Office, phase: Phase) -> Topic:
    """An answer on WhatsApp whose outcome nobody knows, while no news comes in."""
    _, topic = await ticket(office)
    await office.register(address=address_of(office.phone))
    await office.settled()
    await office.graph.hooks.all_taken()
    office.graph.hooks.hold()
    office.graph.break_with(GraphFault("messages", "cut", phase))
    await office.officer.say("Ini yang diragukan.", topic=topic)
    await _becomes_doubtful(office)
    return topic


async def _becomes_doubtful(office: Office) -> None:
    sql = "SELECT count(*) FROM outbox WHERE state = 'unknown' AND kind = 'relay'"
    async with asyncio.timeout(60):
        while not await value(office, sql):  # noqa: ASYNC110 (the row itself is what is waited for)
            await asyncio.sleep(0.01)


async def _moves_to_telegram(office: Office) -> None:
    await office.user.say("/status")
    await office.user.sees("masih terbuka di WhatsApp")
    await office.user.press("Pindahkan ke sini")
    await office.user.sees("kini ada di percakapan ini")


async def test_what_failed_is_sent_again_where_the_ticket_is_now(whatsapp_office: Office) -> None:
    """An album too: on WhatsApp its parts come one by one, as copies made for it."""
    office, phone, user, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.user, whatsapp_office.officer
    _, topic = await _ticket_on_telegram(office)
    for method in ("sendMessage", "sendMediaGroup"):
        refused = Fault(method, chat_id=user.id, status=400, description="Bad Request: something new")
        office.telegram.break_with(refused)
    await officer.say("Gagal di Telegram.", topic=topic)
    words = await officer.sees("BELUM sampai", topic=topic)
    await officer.album(["photo", "document"], caption="Dua berkas", topic=topic)
    files = await officer.sees("BELUM sampai", topic=topic)
    await phone.say("/pindahkan")
    await phone.sees("masih terbuka di Telegram")
    await phone.tap("Pindahkan ke sini")
    await phone.sees("kini ada di percakapan ini")
    await officer.press("Kirim lagi", topic=topic, message=words)
    await phone.sees("Gagal di Telegram.")
    await officer.press("Kirim lagi", topic=topic, message=files)
    await office.telegram.until(lambda: len([one for one in phone.chat if one.file and one.by_business]) == 2)
    shown = [one.kind for one in phone.chat if one.by_business][-2:]
    assert sorted(shown) == ["document", "image"]
    await office.settled()
    assert not [one for one in user.chat if "Gagal di Telegram" in one.text]


async def test_nobody_else_moves_a_ticket(whatsapp_office: Office) -> None:
    office = whatsapp_office
    await _ticket_on_telegram(office)
    other = WhatsAppPhone(office.graph, 6281260002002, "Orang Lain")
    await register(office, other)
    await office.phone.say("/pindahkan")
    offered = await office.phone.sees("masih terbuka di Telegram")
    await other.tap_id(offered, offered.choices[0].id, "Pindahkan ke sini")
    await other.sees("bukan untuk Anda")
    await other.say("/pindahkan")
    await other.sees("Tidak ada tiket")
