"""What officers do with a ticket, and what the user hears of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.desk import say
from bot.desk.context import Context
from bot.playground.people import Person
from storage.base import Tx
from storage.identities import Identity
from tests.flows.conftest import Office, office_at, settings_for


async def test_of_two_who_take_at_once_the_first_one_gets_it(office: Office) -> None:
    number, topic = await office.ticket()
    other = Person(office.telegram, id=2002, first_name="Joko", staff="member")
    await office.officer.press("Ambil", topic=topic)
    await office.officer.sees("Rina", topic=topic)
    await other.press("Ambil", topic=topic)
    await other.sees_answer("Rina")
    await office.settled()
    assert "Rina" in next(message for message in topic.messages if number in message.text).text


async def test_rule_11_a_question_pauses_the_clock_and_the_reply_resumes_it(office: Office) -> None:
    number, topic = await office.ticket()
    await office.officer.say("/tanya Tahun berapa yang dimaksud?", topic=topic)
    await office.user.sees("keterangan tambahan")
    await office.user.sees("Tahun berapa yang dimaksud?")
    await office.officer.sees("Tenggat berhenti sementara", topic=topic)
    assert await office.status(number) == "paused"
    await office.move(hours=2)
    await office.user.say("Tahun 2025")
    # Two working hours later: 26 November 15.30 becomes 27 November 10.00.
    assert "27 November 2026 pukul 10.00" in (await office.user.sees("berlanjut; jawaban")).text
    await office.officer.sees("Tahun 2025", topic=topic)
    assert await office.status(number) == "waiting_officer"


async def test_rule_10_an_extension_is_a_promise_and_moves_no_due_date(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.say("/perpanjang 2026-12-01 data provinsi belum terbit", topic=topic)
    said = await office.user.sees("1 Desember 2026")
    assert "data provinsi belum terbit" in said.text
    await office.user.say("/status")
    assert "26 November 2026" in (await office.user.sees("Tenggat")).text


async def test_rule_18_the_type_is_changed_and_both_sides_are_told(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.say("/jenis metadata", topic=topic)
    await office.user.sees("Metadata")
    await office.officer.sees("Metadata", topic=topic)


async def test_closing_offers_the_reasons_and_the_rating_follows(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.press("Tutup", topic=topic)
    await office.officer.sees("alasan", topic=topic)
    await office.officer.press("Dirujuk ke instansi atau kantor lain", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.user.say("2")
    await office.user.sees("Mohon maaf")
    await office.supervisor.say("/mulai")
    await office.user.say("Terlalu lama")
    await office.user.sees("Masukan Anda sudah tercatat")
    assert await office.status(number) == "closed"


async def test_rule_27_what_is_no_consultation_is_closed_without_a_rating(office: Office) -> None:
    number, topic = await office.ticket()
    await office.officer.say("/tutup bukan layanan", topic=topic)
    await office.user.sees(number)
    await office.settled()
    assert not any("Bagaimana layanan kami" in message.text for message in office.user.chat)


async def test_rule_09_the_user_reopens_within_seven_days_with_the_same_number(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.move(days=6, hours=23)
    await office.user.press("Buka kembali")
    assert number in (await office.user.sees("dibuka kembali")).text
    await office.officer.sees("membuka kembali", topic=topic)
    await office.user.say("Ada lagi")
    await office.officer.sees("Ada lagi", topic=topic)
    assert len(office.telegram.topics) == 1


async def test_rule_09_after_seven_days_the_button_says_that_it_is_too_late(office: Office) -> None:
    _, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.move(days=7, minutes=1)
    await office.user.press("Buka kembali")
    await office.user.sees("sudah berakhir")


async def test_a_message_after_the_close_asks_and_continues_the_ticket(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.user.say("Satu hal lagi")
    await office.user.sees("sudah ditutup")
    await office.user.press("Lanjutkan tiket itu")
    await office.user.sees("dibuka kembali")
    await office.officer.sees("Satu hal lagi", topic=topic)
    assert await office.status(number) == "waiting_officer"


async def test_a_message_after_the_close_may_open_a_new_ticket(office: Office) -> None:
    _, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.user.say("Pertanyaan yang sama sekali lain")
    await office.user.sees("sudah ditutup")
    await office.user.press("Buat tiket baru")
    await office.user.sees("jenis konsultasi")
    await office.user.say("Klasifikasi")
    await office.user.sees("Kirim")
    await office.user.say("Kirim")
    await office.user.sees("0002")
    await office.telegram.until(lambda: len(office.telegram.topics) == 2)
    await office.officer.sees("sama sekali lain", topic=office.telegram.topics[1])


async def test_rule_28_words_after_the_close_are_nudged_and_then_continue_the_ticket(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.user.say("Satu hal lagi")
    await office.user.sees("belum dikirim ke petugas:")
    await office.move(minutes=5, seconds=1)
    await office.user.sees("kami teruskan sendiri")
    await office.move(minutes=25)
    await office.user.sees("dibuka kembali")
    await office.officer.sees("Satu hal lagi", topic=topic)
    await office.user.say("Dan ini")
    await office.officer.sees("Dan ini", topic=topic)
    assert await office.status(number) == "waiting_officer"


async def test_rule_28_words_after_the_close_become_a_new_ticket_when_it_is_too_late_to_reopen(office: Office) -> None:
    _, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.move(days=6, hours=23, minutes=50)
    await office.user.say("Satu hal lagi")
    await office.user.sees("belum dikirim ke petugas:")
    await office.move(minutes=31)
    assert "Belum yakin" in (await office.user.sees("0002")).text
    await office.telegram.until(lambda: len(office.telegram.topics) == 2)
    await office.officer.sees("Satu hal lagi", topic=office.telegram.topics[1])


async def test_rule_28_words_taken_back_after_the_close_reopen_nothing(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.user.say("Satu hal lagi")
    await office.user.sees("belum dikirim ke petugas:")
    await office.user.say("/batal")
    await office.user.sees("dihapus")
    await office.move(hours=1)
    assert await office.status(number) == "closed"


async def test_rule_12_an_answer_to_a_closed_ticket_asks_the_officer_first(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.settled()
    await office.admin.say("Tambahan dari saya", topic=topic)
    await office.admin.sees("sudah ditutup", topic=topic)
    assert not any("Tambahan dari saya" in message.text for message in office.user.chat)
    await office.admin.press("Buka kembali", topic=topic)
    await office.user.sees("dibuka kembali")
    await office.user.sees("Tambahan dari saya")
    await office.settled()
    assert await office.status(number) == "waiting_user"


async def test_an_officer_takes_an_answer_back(office: Office) -> None:
    _, topic = await office.ticket()
    wrong = await office.officer.say("Salah kirim", topic=topic)
    await office.user.sees("Salah kirim")
    await office.officer.say("/tarik", topic=topic, reply_to=wrong)
    await office.telegram.until(lambda: not any("Salah kirim" in message.text for message in office.user.chat))


async def test_a_late_ticket_is_said_to_everybody_who_must_know(office: Office) -> None:
    number, topic = await office.ticket()
    await office.supervisor.say("/mulai")
    await office.move(days=3)
    await office.officer.sees("sudah dekat", topic=topic)
    await office.move(hours=6)
    await office.user.sees("melewati tenggat")
    await office.officer.sees("tenggat", topic=topic)
    await office.supervisor.sees(number)


async def test_rule_20_a_closure_moves_the_due_date_and_tells_the_user(office: Office) -> None:
    _, _ = await office.ticket()
    await office.admin.say("/libur 2026-11-25 Hari jadi kabupaten", topic=None)
    await office.admin.sees("Hari jadi kabupaten", topic=None)
    assert "27 November 2026" in (await office.user.sees("tenggat")).text
    await office.admin.say("/masuk 2026-11-25", topic=None)
    assert "26 November 2026" in (await office.user.sees("tenggat")).text


async def test_rule_20_a_closure_in_the_configuration_moves_open_tickets_at_the_next_start(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db") as office:
        async with office.open():
            await office.ticket()
            await office.move(minutes=1)
        closures = {"closures": {"2026-11-25": "Hari jadi kabupaten"}}
        mailbox, file = office.mailbox, tmp_path / "meja.db"
        office.settings = settings_for(office.settings.telegram.api_url, mailbox, file, office=closures)
        async with office.open():
            await office.user.sees("Hari kerja kantor berubah")
        async with office.open():
            await office.move(minutes=1)
            await office.settled()
        told = [message.text for message in office.user.chat if "Hari kerja kantor berubah" in message.text]
        assert len(told) == 1
        assert "Jumat, 27 November 2026" in told[0]
        async with office.open() as app, app.store.reader() as reader:
            moved = "SELECT count(*) FROM ticket_events WHERE kind = 'due_moved' AND actor = 'system'"
            assert await reader.value(moved) == 1


async def test_a_calendar_that_changes_moves_neither_what_is_closed_nor_who_was_answered(office: Office) -> None:
    """A closed ticket keeps its due moment; an open answered one is counted anew, which its user need not know."""
    _, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/jawab", topic=topic)
    await office.officer.sees("menandai", topic=topic)
    await office.admin.say("/libur 2026-11-25 Hari jadi kabupaten", topic=None)
    await office.admin.sees("Hari jadi kabupaten", topic=None)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.admin.say("/libur 2026-11-26 Cuti bersama", topic=None)
    await office.admin.sees("Cuti bersama", topic=None)
    await office.settled()
    assert office.app is not None
    async with office.app.store.reader() as reader:
        assert str(await reader.value("SELECT due_at FROM tickets")).startswith("2026-11-27T09:00")
    assert not any("Hari kerja kantor berubah" in message.text for message in office.user.chat)


async def test_rule_11_a_calendar_that_changes_during_a_pause_loses_none_of_its_time(office: Office) -> None:
    """Asked on Monday at 10, answered on Tuesday at 9.40: 7 h 10 of service; then Wednesday is closed as well."""
    _, topic = await office.ticket()
    await office.officer.say("/tanya Untuk tahun berapa?", topic=topic)
    await office.officer.sees("Tenggat berhenti sementara", topic=topic)
    await office.admin.say("/libur 2026-11-25 Hari jadi kabupaten", topic=None)
    assert "Jumat, 27 November 2026 pukul 16.00" in (await office.user.sees("Tenggat sekarang")).text
    await office.move(hours=23, minutes=40)
    await office.user.say("Tahun 2025")
    assert "Senin, 30 November 2026 pukul 15.1" in (await office.user.sees("berlanjut")).text


async def test_rule_24_other_hours_change_the_time_of_day_and_not_the_days(tmp_path: Path) -> None:
    """Ramadan's hours: the ticket is due on the same day, at that day's end of service; notices name those hours."""
    ramadan = {
        "first": "2026-11-20",
        "last": "2026-12-20",
        **dict.fromkeys(("mon", "tue", "wed", "thu"), "08:00-15:00"),
    }
    hours = {"dated_hours": [ramadan]}
    evening = datetime(2026, 11, 23, 8, 10, tzinfo=UTC)  # 15.10: closed already
    async with office_at(tmp_path / "meja.db", start=evening, office=hours) as office, office.open():
        await office.ticket()
        assert "Kamis, 26 November 2026 pukul 15.00" in (await office.user_message("dibuka")).text
        assert "08.00-15.00 WIB" in (await office.user.sees("di luar jam layanan")).text


async def test_a_year_without_holiday_tables_is_told_to_the_admins_from_october_on(tmp_path: Path) -> None:
    september = datetime(2027, 9, 30, 3, 0, tzinfo=UTC)
    async with office_at(tmp_path / "meja.db", start=september) as office, office.open():
        await office.admin.say("/bantuan")
        await office.move(minutes=1)
        await office.settled()
        assert not any("2028" in message.text for message in office.admin.chat)
        await office.move(days=1)
        assert "2028" in (await office.admin.sees("2028")).text
        for _ in range(3):
            await office.move(days=1)
        await office.settled()
        assert sum("2028" in message.text for message in office.admin.chat) == 1


async def test_out_of_hours_the_user_learns_when_the_office_opens(tmp_path: Path) -> None:
    saturday = datetime(2026, 11, 28, 3, 0, tzinfo=UTC)
    async with office_at(tmp_path / "meja.db", start=saturday) as office, office.open():
        await office.register()
        await office.ask("Data apa saja yang ada?")
        assert "30 November 2026" in (await office.user.sees("di luar jam layanan")).text


async def test_in_one_night_the_user_is_told_once_and_it_is_drawn_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    to_user = say.to_user

    async def counted(tx: Tx, ctx: Context, identity: Identity, key: str, **more: Any) -> Any:
        drawn.append(key)
        return await to_user(tx, ctx, identity, key, **more)

    night = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)  # 20.00 on Monday
    async with office_at(tmp_path / "meja.db", start=night) as office, office.open():
        await office.ticket()
        await office.user.sees("di luar jam layanan")
        monkeypatch.setattr(say, "to_user", counted)
        for n in range(4):
            await office.user.say(f"Satu lagi: {n}")
        await office.settled()
        assert "out_of_hours" not in drawn
        for _ in range(2):
            await office.move(days=1)  # the next evenings
            await office.user.say("Masih di sini")
            await office.settled()
        assert drawn.count("out_of_hours") == 2
        assert sum("di luar jam layanan" in message.text for message in office.user.chat) == 3


async def test_on_a_holiday_the_user_learns_its_name(tmp_path: Path) -> None:
    christmas = datetime(2026, 12, 25, 3, 0, tzinfo=UTC)
    async with office_at(tmp_path / "meja.db", start=christmas) as office, office.open():
        await office.register()
        await office.ask("Data apa saja yang ada?")
        assert "28 Desember 2026" in (await office.user.sees("Natal")).text


async def test_report_and_board_for_admins(office: Office) -> None:
    number, topic = await office.ticket()
    await office.answer(topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await office.user.sees("Bagaimana layanan kami")
    await office.user.press("5")
    await office.user.sees("saran")
    await office.settled()
    await office.admin.say("/report", topic=None)
    shown = await office.admin.sees("November 2026", topic=None)
    assert "5" in shown.text
    await office.admin.say("/sla", topic=None)
    await office.admin.sees("3 hari kerja", topic=None)
    await office.admin.say("/antrean", topic=None)
    await office.admin.sees("Antrean", topic=None)
    await office.admin.say("/report 2026-13")
    await office.admin.sees("/report 2026")
    await office.officer.say("/sla", topic=None)
    await office.officer.sees("perintah", topic=None)
    assert number


async def test_rule_03_the_user_cancels_before_any_answer(office: Office) -> None:
    number, _ = await office.ticket()
    await office.user.say("/batal")
    await office.user.sees("Batalkan tiket")
    await office.user.press("Batalkan tiket")
    await office.user.sees("dibatalkan")
    assert await office.status(number) == "closed"
    assert not any("Bagaimana layanan kami" in message.text for message in office.user.chat)


async def test_prepared_answers_are_saved_listed_and_sent_with_their_variables(office: Office) -> None:
    number, topic = await office.ticket()
    await office.officer.say("/baku simpan salam: Selamat pagi, Bapak/Ibu {nama}. Ini tiket {nomor}.", topic=topic)
    await office.officer.sees("salam", topic=topic)
    await office.officer.say("/baku salam", topic=topic)
    await office.user.sees(f"Selamat pagi, Bapak/Ibu Siti Aminah. Ini tiket {number}.")
    await office.officer.say("/baku hapus salam", topic=topic)
    await office.officer.say("/baku salam", topic=topic)
    await office.settled()
    assert sum("Selamat pagi, Bapak/Ibu" in message.text for message in office.user.chat) == 1


async def test_telegram_offers_the_commands(office: Office) -> None:
    await office.register()
    await office.telegram.until(lambda: len(office.telegram.ledger.of("setMyCommands")) == 5)


async def test_rule_19_a_referral_tells_where_to_go(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.say("/tutup rujuk Dinas Pertanian, (0624) 21999", topic=topic)
    assert "Dinas Pertanian, (0624) 21999" in (await office.user.sees("Dirujuk")).text


async def test_rule_11_more_than_two_pauses_are_flagged(office: Office) -> None:
    _, topic = await office.ticket()
    for turn in ("pertama", "kedua", "ketiga"):
        await office.officer.say(f"/tanya Keterangan {turn}?", topic=topic)
        await office.user.sees(f"Keterangan {turn}?")
        await office.settled()
        await office.user.say(f"Jawaban {turn}")
        await office.officer.sees(f"Jawaban {turn}", topic=topic)
    assert any("Jeda ke-3" in message.text for message in topic.messages)


async def test_the_mark_of_an_answer_given_with_its_text_is_its_delivery(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.say("/jawab Jumlahnya 512 ribu.", topic=topic)
    await office.user.sees("Jumlahnya 512 ribu.")
    await office.officer.sees("menandai jawaban disampaikan", topic=topic)


async def test_an_answer_to_somebody_who_blocked_the_bot_goes_by_mail_in_full(office: Office) -> None:
    number, topic = await office.ticket()
    await office.user.block()
    await office.officer.say("Jumlahnya 512 ribu.", topic=topic)
    mail = await office.mailbox.mail_to("user1001@contoh.go.id")
    assert "Jumlahnya 512 ribu." in mail.text
    await office.officer.sees("E-mail cadangan", topic=topic)
    await office.settled()
    assert await office.status(number) == "waiting_user"
    await office.user.unblock()
    await office.user.say("Saya kembali")
    await office.user.sees("Jumlahnya 512 ribu.")


async def test_with_two_chats_under_the_address_the_mail_only_says_that_an_answer_waits(office: Office) -> None:
    _, topic = await office.ticket()
    other = Person(office.telegram, id=1002, first_name="Budi")
    await office.register(other, address="user1001@contoh.go.id")
    await office.user.block()
    await office.officer.say("Jumlahnya 512 ribu.", topic=topic)
    await office.officer.sees("E-mail cadangan", topic=topic)
    mail = await office.mailbox.mail_to("user1001@contoh.go.id")
    assert "512" not in mail.text
