"""The 24 hours of WhatsApp: what is held, what says so, and what lets it out, in order (WHATSAPP.md §3)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from bot.playground.chats import Topic
from bot.playground.graph import standard
from bot.playground.messages import Message
from tests.flows.conftest import Office, office_at
from tests.flows.on_whatsapp import address_of, ticket

PUBLIC = "http://127.0.0.1:1"  # the links' host; tests follow them where the web server really is


def mark(message: Message) -> str:
    return str(message.reactions)


async def _value(office: Office, sql: str) -> Any:
    assert office.app is not None
    async with office.app.store.reader() as reader:
        return await reader.value(sql)


async def _quiet(office: Office) -> None:
    """Everything said is sent, and every piece of news is taken."""
    await office.settled()
    await office.graph.hooks.all_taken()
    await office.settled()


async def _after_a_day(office: Office) -> tuple[str, Topic]:
    """A ticket whose person has not written for 25 hours."""
    number, topic = await ticket(office)
    await office.move(hours=25)
    await _quiet(office)
    office.phone.read_all()
    return number, topic


def _templates(office: Office, name: str) -> int:
    return sum(message.template == standard.NAMES[name] for message in office.phone.chat)


async def test_held_template_tap_and_all_flows_in_order(whatsapp_office: Office) -> None:
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    number, topic = await _after_a_day(office)
    first = await officer.say("Pertama: tabelnya.", topic=topic)
    told = await officer.sees("DITAHAN", topic=topic)
    assert "tertutup Selasa, 24 November 2026 pukul 09.5" in told.text and told.reply_to == first.id
    await officer.say("Kedua: catatannya.", topic=topic)
    await officer.say("Ketiga: tautannya.", topic=topic)
    called = await phone.sees("tersedia", kind="template")
    assert number in called.text
    await _quiet(office)
    assert "😴" in mark(first)
    assert not [message for message in phone.chat if "Pertama: tabelnya" in message.text]
    assert _templates(office, "answer_ready") == 1
    assert await _value(office, "SELECT first_response_at FROM tickets") is None, "held is not delivered"
    await phone.tap("Lihat jawaban")
    for words in ("Pertama: tabelnya", "Kedua: catatannya", "Ketiga: tautannya"):
        await phone.sees(words)
    await officer.sees("tertahan dikirim sekarang", topic=topic)
    await office.telegram.until(lambda: "👌" in mark(first) or "👀" in mark(first))
    await _quiet(office)
    assert await _value(office, "SELECT status FROM tickets") == "waiting_user"


async def test_one_template_a_day_and_any_message_opens_the_window_too(whatsapp_office: Office) -> None:
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    _, topic = await _after_a_day(office)
    await officer.say("Satu jawaban.", topic=topic)
    await phone.sees("tersedia", kind="template")
    await office.move(hours=20)
    await officer.say("Jawaban lagi.", topic=topic)
    await _quiet(office)
    assert _templates(office, "answer_ready") == 1
    await office.move(hours=5)
    await officer.say("Masih satu.", topic=topic)
    await _quiet(office)
    assert _templates(office, "answer_ready") == 2
    await phone.say("Halo, saya kembali")
    for words in ("Satu jawaban", "Jawaban lagi", "Masih satu"):
        await phone.sees(words)
    await officer.sees("Halo, saya kembali", topic=topic)


async def test_what_waits_for_hours_goes_by_mail_and_counts(whatsapp_office: Office) -> None:
    office, officer = whatsapp_office, whatsapp_office.officer
    _, topic = await _after_a_day(office)
    await officer.say("Jawaban lewat surat.", topic=topic)
    await officer.sees("DITAHAN", topic=topic)
    await _quiet(office)
    await office.move(hours=4, minutes=1)
    mail = await office.mailbox.mail_to(address_of(office.phone))
    assert "Jawaban lewat surat." in mail.text
    await office.settled()
    assert await _value(office, "SELECT status FROM tickets") == "waiting_user"


async def test_without_a_template_the_mail_goes_at_once(tmp_path: Path) -> None:
    without = {"templates": dict.fromkeys(standard.NAMES, "")}
    async with office_at(tmp_path / "meja.db", whatsapp=without) as office, office.open():
        _, topic = await _after_a_day(office)
        await office.officer.say("Jawaban tanpa templat.", topic=topic)
        await office.officer.sees("Tidak ada pemberitahuan", topic=topic)
        await office.move(minutes=1)
        mail = await office.mailbox.mail_to(address_of(office.phone))
        assert "Jawaban tanpa templat." in mail.text


async def test_the_platform_knows_best_when_the_window_is_closed(whatsapp_office: Office) -> None:
    """131047, at once or in a failed status, whatever our own clock says."""
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    _, topic = await ticket(office)
    await _quiet(office)
    phone.account.heard_at = office.clock.now() - timedelta(hours=30)
    sent = await officer.say("Apakah sampai?", topic=topic)
    await officer.sees("DITAHAN", topic=topic)
    await phone.sees("tersedia", kind="template")
    await _quiet(office)
    assert "😴" in mark(sent)
    await phone.tap("Lihat jawaban")
    await phone.sees("Apakah sampai?")
    await office.telegram.until(lambda: "👌" in mark(sent) or "👀" in mark(sent))


async def test_the_officers_learn_an_hour_before_and_the_card_shows_the_window(whatsapp_office: Office) -> None:
    office = whatsapp_office
    number, topic = await ticket(office)
    card = next(message for message in office.telegram.staff.messages if message.by_bot and number in message.text)
    assert "Jendela 24 jam: terbuka sampai Selasa, 24 November 2026" in card.text
    await office.move(hours=22, minutes=56)
    await office.officer.sees("masih menunggu jawaban", topic=topic)
    await office.move(hours=1)
    await office.telegram.until(lambda: "Jendela 24 jam: tertutup sejak" in card.text)


async def test_an_answer_counts_when_it_arrives_not_when_it_is_taken(whatsapp_office: Office) -> None:
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    _, topic = await ticket(office)
    await _quiet(office)
    await phone.disconnect()
    sent = await officer.say("Telepon Anda mati.", topic=topic)
    await office.telegram.until(lambda: "🕊" in mark(sent))
    await _quiet(office)
    assert await _value(office, "SELECT status FROM tickets") == "waiting_officer"
    assert await _value(office, "SELECT silence_from FROM tickets") is None
    await office.move(hours=2)
    await phone.connect()
    await office.telegram.until(lambda: "👌" in mark(sent))
    await _quiet(office)
    assert await _value(office, "SELECT status FROM tickets") == "waiting_user"
    since = await _value(office, "SELECT silence_from FROM tickets")
    assert since[:13] == "2026-11-23T05", "the silence runs from the arrival"
    await phone.read()
    await office.telegram.until(lambda: "👀" in mark(sent))


async def test_news_in_any_order_and_twice_never_goes_back(whatsapp_office: Office) -> None:
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    _, topic = await ticket(office)
    await _quiet(office)
    office.graph.hooks.shuffle, office.graph.hooks.duplicate, phone.account.reading = True, 1.0, True
    office.graph.hooks.hold()
    sent = await officer.say("Dibaca segera.", topic=topic)
    await phone.sees("Dibaca segera.")
    await office.settled()
    office.graph.hooks.release()
    await office.telegram.until(lambda: "👀" in mark(sent))
    await _quiet(office)
    assert "👀" in mark(sent)
    assert await _value(office, "SELECT count(*) FROM ticket_events WHERE kind = 'delivered'") == 1


async def test_taken_and_failed_afterwards_is_said_with_the_reason(whatsapp_office: Office) -> None:
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    _, topic = await ticket(office)
    await _quiet(office)
    await phone.block()
    sent = await officer.say("Ke nomor yang mati.", topic=topic)
    told = await officer.sees("BELUM sampai", topic=topic)
    assert "nomor itu tidak dapat menerima pesan" in told.text and told.reply_to == sent.id
    await office.telegram.until(lambda: "💔" in mark(sent))
    mail = await office.mailbox.mail_to(address_of(phone))
    assert "Ke nomor yang mati." in mail.text


async def test_seven_days_warned_by_template_closed_and_rated_by_template(whatsapp_office: Office) -> None:
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    number, topic = await ticket(office)
    await officer.say("Ini jawabannya.", topic=topic)
    await phone.sees("Ini jawabannya.")
    await _quiet(office)
    await office.move(days=5, minutes=1)
    await phone.sees("menunggu balasan Anda", kind="template")
    await _quiet(office)
    await office.move(days=1)
    await phone.sees("menunggu balasan Anda", kind="template")
    await _quiet(office)
    await office.move(days=1)
    closed = await phone.sees("sudah ditutup", kind="template")
    assert number in closed.text and await office.status(number) == "closed"
    await phone.tap("4", message=closed)
    await phone.sees("saran atau masukan")
    await officer.sees("4", topic=topic)
    assert await _value(office, "SELECT stars FROM ratings") == 4


async def test_still_needed_on_the_template_stops_the_close(whatsapp_office: Office) -> None:
    office, phone, officer = whatsapp_office, whatsapp_office.phone, whatsapp_office.officer
    number, topic = await ticket(office)
    await officer.say("Ini jawabannya.", topic=topic)
    await phone.sees("Ini jawabannya.")
    await _quiet(office)
    await office.move(days=5, minutes=1)
    warned = await phone.sees("menunggu balasan Anda", kind="template")
    await phone.tap("Masih perlu", message=warned)
    await phone.sees("")
    await _quiet(office)
    await office.move(days=4)
    assert await office.status(number) == "waiting_officer"


async def test_without_a_template_the_rating_is_asked_by_mail_and_no_scanner_votes(tmp_path: Path) -> None:
    without = {"templates": standard.NAMES | {"closed_rate": ""}}
    async with (
        office_at(tmp_path / "meja.db", whatsapp=without, web={"public_url": PUBLIC}) as office,
        office.open(),
    ):
        phone, officer = office.phone, office.officer
        number, topic = await ticket(office)
        await officer.say("Ini jawabannya.", topic=topic)
        await phone.sees("Ini jawabannya.")
        await _quiet(office)
        for _ in range(7):
            await office.move(days=1, minutes=1)
            await _quiet(office)
        assert await office.status(number) == "closed"
        address = address_of(phone)
        mail = await office.mailbox.mail_to(address)
        link = next(word for word in mail.text.split() if word.startswith(PUBLIC))
        here = link.replace(PUBLIC, f"http://127.0.0.1:{office.settings.web.port}")
        async with aiohttp.ClientSession() as visitor:
            for _ in range(3):  # programs that look at mails
                async with visitor.get(here) as page:
                    assert page.status == 200 and "sangat puas" in await page.text()
            async with visitor.head(here) as page:
                assert page.status == 200
            assert await _value(office, "SELECT count(*) FROM ratings") == 0
            async with visitor.post(here[:-2] + "xx", data={"stars": "5"}) as page:
                assert page.status == 404
            async with visitor.post(here, data={"stars": "9"}) as page:
                assert "sangat puas" in await page.text()
            async with visitor.post(here, data={"stars": "5"}) as page:
                assert "sudah tercatat" in await page.text()
            async with visitor.post(here, data={"stars": "1"}) as page:
                assert "sebelumnya" in await page.text()
        assert await _value(office, "SELECT stars FROM ratings") == 5
        await officer.sees("5", topic=topic)


async def test_without_template_or_page_the_skipped_rating_is_said(tmp_path: Path) -> None:
    without = {"templates": standard.NAMES | {"closed_rate": ""}}
    async with office_at(tmp_path / "meja.db", whatsapp=without) as office, office.open():
        _, topic = await _after_a_day(office)
        await office.officer.say("/tutup selesai", topic=topic)
        await office.officer.sees("Penilaian TIDAK diminta", topic=topic)
        assert await _value(office, "SELECT count(*) FROM ticket_events WHERE kind = 'prompt_skipped'") == 1


async def test_the_reminder_of_a_rating_goes_by_mail_and_a_template_is_not_repeated(tmp_path: Path) -> None:
    async with (
        office_at(tmp_path / "meja.db", whatsapp=True, web={"public_url": PUBLIC}) as office,
        office.open(),
    ):
        phone = office.phone
        _, topic = await _after_a_day(office)
        await office.officer.say("/tutup selesai", topic=topic)
        await phone.sees("sudah ditutup", kind="template")
        await _quiet(office)
        await office.move(days=3, hours=1)
        await _quiet(office)
        mail = await office.mailbox.mail_to(address_of(phone))
        assert PUBLIC in mail.text and "Bagaimana layanan kami" in mail.text
        assert _templates(office, "closed_rate") == 1
        await phone.say("Halo")
        await _quiet(office)
        assert not [message for message in phone.chat if "pengingat satu-satunya" in message.text]


async def test_an_hour_each_is_kept_for_every_answer_before_its_mail(whatsapp_office: Office) -> None:
    """Two answers, three hours apart: the second does not go by mail with the first."""
    office, officer = whatsapp_office, whatsapp_office.officer
    _, topic = await _after_a_day(office)
    await officer.say("Jawaban pertama.", topic=topic)
    await officer.sees("DITAHAN", topic=topic)
    await office.move(hours=3)
    await officer.say("Jawaban kedua.", topic=topic)
    await officer.sees("DITAHAN", topic=topic)
    await _quiet(office)
    await office.move(hours=1, minutes=1)
    assert "Jawaban pertama." in (await office.mailbox.mail_to(address_of(office.phone))).text
    await office.settled()
    assert not [mail for mail in office.mailbox.mails if "Jawaban kedua." in mail.text]
    await office.move(hours=3)
    assert "Jawaban kedua." in (await office.mailbox.mail_to(address_of(office.phone))).text
