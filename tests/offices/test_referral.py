"""A ticket is referred to another office of one PostgreSQL: the link, the choice there, and what comes along."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.playground.content import sample_bytes
from bot.playground.messages import Message
from bot.playground.people import Person
from storage import neighbours as neighbour_rows
from storage import open_store
from tests.flows import on_whatsapp
from tests.flows.conftest import MONDAY, Office, office_at
from tests.offices.conftest import Town, run
from tests.offices.pair import AFRESH, BRING, WHY, Pair, text_of
from tests.offices.processes import Registry
from tests.postgres import named

BIG = bytes(range(256)) * 9000  # several parts in the database
MARKED = "Yang tebal 😀 dan yang miring"
MARKS = [
    {"type": "text_link", "offset": 0, "length": 4, "url": "https://bps.go.id/"},
    {"type": "bold", "offset": 5, "length": 5},
    {"type": "italic", "offset": 23, "length": 6},
]
KINDS = ("photo", "video", "voice", "audio", "animation", "video_note", "sticker")
ERASE = ("Hapus data saya", "Lanjut menghapus", "Hapus sekarang")
WITHDRAW = ("Tarik persetujuan", "Ya, tarik persetujuan")
PASSED = "SELECT count(*) FROM letters WHERE kind <> 'offer'"


async def test_tap_consent_and_the_whole_conversation_is_there(pair: Pair) -> None:
    one, two = pair.one, pair.two
    number, topic = await one.ticket("Berapa penduduk Asahan?")
    await one.user.say(MARKED, entities=MARKS)
    await one.user.send("document", file_name="kuesioner.xlsx", mime="application/vnd.ms-excel", content=BIG)
    await one.user.send("document", file_name="besar.zip", size=30_000_000)
    await one.user.send("location")
    await one.officer.sees(kind="location", topic=topic)
    await one.officer.say("// rahasia kantor", topic=topic)
    await one.answer(topic, "Sebentar, kami periksa.")
    token = await pair.offer(topic)
    await pair.tap(token)
    assert await pair.ticket(number, "closed_at") is None and await pair.value(PASSED) == 0
    assert token not in str(await pair.value("SELECT string_agg(t::text, '') FROM (TABLE letters) t"))
    assert token not in str(
        await pair.value("SELECT string_agg(raw, '') || (SELECT string_agg(payload, '') FROM outbox) FROM inbox")
    )
    await pair.choose()
    await two.user.say("Satu hal lagi.")
    there = await pair.arrived()

    history = await two.officer.sees("Berapa penduduk Asahan?", topic=there)
    file = await two.officer.sees(kind="document", topic=there)
    await two.officer.sees("Satu hal lagi.", topic=there)
    for part in (MARKED, "Sebentar, kami periksa.", "kuesioner.xlsx", "2.1009, 99.8321", "pengguna"):
        assert part in history.text
    assert "besar.zip (lebih dari 20 MB, tidak dapat dibawa)" in history.text and "rahasia" not in history.text
    assert "Petugas PST 1, BPS Kabupaten 1201" in history.text
    marks = [(mark["type"], text_of(history, mark)) for mark in history.entities]
    assert {("text_link", "Yang"), ("bold", "tebal"), ("italic", "miring")} <= set(marks)
    assert _file(two, file) == BIG and "kuesioner.xlsx" in str(file.body)

    await one.officer.sees("melanjutkan di BPS Kabupaten 1202; percakapan ini diteruskan", topic=topic)
    assert "BPS Kabupaten 1202" in (await one.user.sees("selesai. Hasil: Dirujuk")).text
    assert await pair.ticket(number, "close_reason") == "referred"
    await pair.eventually("SELECT count(*) FROM media WHERE state <> 'here' OR office = '1201'", 0)
    assert await pair.between() == 0
    await one.admin.say("/riwayat", topic=topic)  # an officer does not write in a closed topic
    assert "pengguna melanjutkan di kantor lain" in (await one.admin.sees("Riwayat tiket", topic=topic)).text

    quoted = await two.officer.say("Jawaban dari kantor yang tepat.", topic=there, reply_to=history)
    await two.user.sees("Jawaban dari kantor yang tepat.")
    await two.telegram.until(lambda: "👌" in str(quoted.reactions))
    assert await pair.value("SELECT email FROM accounts WHERE office = '1202'") == "user1001@contoh.go.id"
    await two.user.say("/privasi")
    await two.user.sees("Data Anda pada")
    await two.user.press("Salinan data saya")
    page = await two.user.sees(kind="document")
    copy = _file(two, page)
    assert copy is not None and b"Berapa penduduk Asahan?" in copy


async def test_who_is_known_there_keeps_their_account_and_reads_english(pair: Pair) -> None:
    """With another ticket open, in the middle of nothing; the first office sees no more of them than before."""
    one, two = pair.one, pair.two
    maria = await two.register(address="lain@contoh.go.id")
    mine = await two.ask("Pertanyaan lain")
    await maria.say("/bahasa")
    await maria.sees("bahasa")
    await maria.press("English")
    await maria.sees("English")
    number, topic = await one.ticket("Berapa penduduk Asahan? " + "panjang sekali 😀 " * 400)
    token = await pair.offer(topic)
    await maria.say(f"/start {token}")
    asked = await maria.sees(f"Bring the conversation of ticket {number}")
    assert "e-mail" not in asked.text
    await maria.press("Bring my conversation")
    await maria.sees("is being fetched from BPS Kabupaten 1201")
    opened = await maria.sees("We have your conversation")
    assert mine not in opened.text and "1202-" in opened.text
    await two.telegram.until(lambda: len(two.telegram.topics) == 2)
    there = two.telegram.topics[-1]
    await two.officer.sees(f"Dirujuk dari BPS Kabupaten 1201, tiket {number}", topic=there)
    pages = [await two.officer.sees("panjang sekali", topic=there) for _ in range(2)]
    assert all(len(page.text.encode("utf-16-le")) <= 2 * 4096 for page in pages)
    assert sum(page.text.count("😀") for page in pages) == 400
    assert await pair.value("SELECT string_agg(email, ',') FROM accounts WHERE office = '1202'") == "lain@contoh.go.id"


async def test_afresh_nothing_comes_along(pair: Pair) -> None:
    number, topic = await pair.one.ticket("Berapa penduduk Asahan?")
    await pair.tap(await pair.offer(topic))
    await pair.choose(AFRESH)
    await pair.two.user.sees("alamat e-mail")
    await pair.one.officer.sees("memilih memulai dari awal; tidak ada yang diteruskan", topic=topic)
    assert await pair.ticket(number, "close_reason") == "referred"
    assert await pair.value("SELECT count(*) FROM messages WHERE office = '1202'") == await pair.between() == 0


async def test_what_officers_may_and_what_must_be_said(pair: Pair) -> None:
    one = pair.one
    _, topic = await one.ticket("Berapa penduduk Asahan?")
    for said, told in (
        ("/rujuk", "1202 BPS Kabupaten 1202"),
        ("/refer 9999 salah kantor", 'Tidak ada kantor dengan kode atau nama "9999"'),
        ("/rujuk 1201 ke sini", "kantor kita sendiri"),
        ("/rujuk 1202", "tulis juga alasannya"),
        ("/refer 1202 " + WHY, "Rujuk tiket ini ke BPS Kabupaten 1202 (1202)?"),
    ):
        await one.officer.say(said, topic=topic)
        sure = await one.officer.sees(told, topic=topic)
    await one.officer.say("/rujuk 1202 bukan di sini", topic=None)
    await one.officer.sees("topik", topic=None)
    await one.user.say(f"/rujuk 1202 {WHY}")
    await one.user.sees("/bantuan")
    send = sure.keyboard[0][0]["callback_data"]
    await one.user.press_data(one.user.chat[-1], send)
    await one.user.sees_answer("sudah tidak berlaku")
    await one.officer.press("Tidak jadi", topic=topic, message=sure)
    await one.officer.sees("Rujukan tidak jadi", topic=topic)
    await one.officer.press("Kirim tautan", topic=topic, message=sure)
    await one.officer.sees_answer("sudah tidak berlaku")
    assert await pair.between() == 0
    assert not [message for message in one.user.chat if WHY in message.text and message.by_bot]


async def test_a_link_is_for_one_person_one_choice_and_seven_days(pair: Pair) -> None:
    one, two = pair.one, pair.two
    number, topic = await one.ticket("Berapa penduduk Asahan?")
    token = await pair.offer(topic)
    other = Person(two.telegram, id=1002, first_name="Budi")
    await other.say(f"/start {token}")
    await other.sees("dibuat untuk orang lain")
    await other.sees("Setuju?")
    await other.press("Setuju")
    await other.sees("alamat e-mail")
    for forged in (token[::-1], token[:-1] + "A", token[:-1]):
        await other.say(f"/start {forged}")
    await other.sees("tidak berlaku lagi")
    await other.sees("tidak berlaku lagi")

    await two.user.say(f"/start {token}")
    await two.user.sees("Setuju?")
    await two.user.press("Tidak setuju")
    await two.user.sees("data Anda tidak kami simpan")
    await pair.tap(token)  # a second thought
    asked = next(message for message in reversed(two.user.chat) if "Bawa percakapan" in message.text)
    await other.press_data(asked, asked.keyboard[0][0]["callback_data"])
    await other.sees_answer("bukan untuk Anda")
    assert await pair.ticket(number, "closed_at") is None and await pair.value(PASSED) == 0
    week = (MONDAY - timedelta(days=4000)).isoformat()
    await _sql(pair, "UPDATE letters SET body = replace(body, (body::json ->> 'expires_at'), $1)", week)
    await pair.choose()
    await two.user.sees_answer("sudah tidak berlaku")
    await two.user.say(f"/start {token}")
    await two.user.sees("tidak berlaku lagi")

    again = await pair.offer(topic)
    assert again != token
    await two.user.say(f"/start {again}")
    await two.user.sees("Bawa percakapan")
    await pair.choose()
    await pair.arrived()
    await two.user.say(f"/start {again}")
    await two.user.sees("sudah dipakai")
    assert await pair.value("SELECT count(*) FROM tickets WHERE office = '1202'") == 1


async def test_rights_of_an_officers_buttons_under_a_referral(pair: Pair) -> None:
    """As tests/rights asks of every other button: forged, by anybody else, elsewhere and often."""
    one = pair.one
    _, topic = await one.ticket("Berapa penduduk Asahan?")
    leaver = Person(one.telegram, id=2009, first_name="Joko", staff="member")
    left = "SELECT count(*) FROM officers WHERE office = '1201' AND sender = '2009' AND (left_at IS NOT NULL) = $1"
    await leaver.say("// hadir", topic=topic)
    await pair.eventually(left, 1, False)
    await leaver.leave()
    await pair.eventually(left, 1, True)
    await one.officer.say(f"/rujuk 1202 {WHY}", topic=topic)
    sure = await one.officer.sees("Rujuk tiket ini ke BPS Kabupaten 1202", topic=topic)
    elsewhere = await one.officer.say("/catatan di luar", topic=topic)
    send, leave = (_data(sure, label) for label in ("Kirim tautan", "Tidak jadi"))
    await pair.eventually("SELECT count(*) FROM messages WHERE side = 'note'", 2)
    before = await _traces(pair)
    for data in (send, leave):
        for person, message in (
            (one.user, one.user.chat[-1]),  # the ticket's own person
            (one.supervisor, one.user.chat[-1]),
            (leaver, sure),
            (one.officer, elsewhere),  # not under the message that it was sent with
        ):
            await person.press_data(message, data)
            await person.sees_answer("tidak berlaku")
    for forged in _bent(send):
        await one.officer.press_data(sure, forged)
        await one.officer.sees_answer("tidak berlaku")
    assert await _traces(pair) == before
    for _ in range(5):
        await one.officer.press_data(sure, send)
    await one.officer.sees("sedang dikirim", topic=topic)
    await one.officer.press_data(sure, leave)
    await one.officer.sees_answer("tidak berlaku")
    assert await pair.value("SELECT count(*) FROM letters WHERE kind = 'offer'") == 1
    assert await pair.value("SELECT count(*) FROM audit WHERE action LIKE 'refer%'") == 1


async def test_rights_of_a_persons_buttons_under_a_link(pair: Pair) -> None:
    one, two = pair.one, pair.two
    _, topic = await one.ticket("Berapa penduduk Asahan?")
    await pair.tap(await pair.offer(topic))
    asked = next(message for message in reversed(two.user.chat) if "Bawa percakapan" in message.text)
    bring, afresh = (_data(asked, label) for label in (BRING, AFRESH))
    stranger = Person(two.telegram, id=1002, first_name="Budi")
    posted = await two.officer.say("// Halo")
    before = await _traces(pair)
    for data in (bring, afresh):
        for person, message in (
            (stranger, asked),
            (two.admin, asked),
            (two.officer, posted),
            (two.user, two.user.chat[0]),
        ):
            await person.press_data(message, data)
            await person.sees_answer("Tombol ini")
    for forged in _bent(bring):
        await two.user.press_data(asked, forged)
        await two.user.sees_answer("tidak berlaku")
    assert await _traces(pair) == before
    for _ in range(5):
        await two.user.press_data(asked, bring)
    await two.user.press_data(asked, afresh)
    await pair.arrived()
    assert await pair.value("SELECT count(*) FROM audit WHERE action = 'refer_accept'") == 1
    assert await pair.value("SELECT count(*) FROM tickets WHERE office = '1202'") == 1


async def _traces(pair: Pair) -> str:
    """What a press that counts would change."""
    tables = ("letters", "newcomers", "tickets", "ticket_events", "messages", "audit")
    return str(await pair.value(f"SELECT concat_ws('/', {', '.join(f'(SELECT count(*) FROM {t})' for t in tables)})"))


def _data(message: Message, label: str) -> str:
    return next(button["callback_data"] for row in message.keyboard for button in row if button["text"] == label)


def _bent(data: str) -> list[str]:
    token, _, index = data.partition(":")
    return [f"{token[:-1]}{chr(ord(token[-1]) ^ 1)}:{index}", f"{token}:9", f"{token}:", token, "?"]


async def _sql(pair: Pair, sql: str, *args: object) -> None:
    async with pair.registry.connection() as connection:
        await connection.execute(sql, *args)


async def test_a_referral_neither_makes_late_nor_hides_that_it_is(pair: Pair) -> None:
    """The way was shown when it was shown: before the due moment, or after it; and not at all until it is taken."""
    number, topic = await pair.one.ticket("Berapa penduduk Asahan?")
    token = await pair.offer(topic)
    await pair.eventually("SELECT count(*) FROM referrals WHERE told_at IS NOT NULL", 1)
    assert await pair.ticket(number, "answered_at") is None and await pair.ticket(number, "silence_from") is None
    told = datetime.fromisoformat(await pair.value("SELECT told_at FROM referrals"))
    for due in (told + timedelta(seconds=1), told - timedelta(seconds=1)):
        await _sql(
            pair, "UPDATE tickets SET due_at = $2 WHERE number = $1", number, due.isoformat(timespec="microseconds")
        )
    await pair.tap(token)
    await pair.choose()
    await pair.arrived()
    await pair.eventually("SELECT close_reason FROM tickets WHERE number = $1", "referred", number)
    assert datetime.fromisoformat(await pair.ticket(number, "answered_at")) == told
    assert datetime.fromisoformat(await pair.ticket(number, "due_at")) < told
    chosen = await pair.value("SELECT chosen_at FROM newcomers")
    assert await pair.value("SELECT opened_at FROM tickets WHERE office = '1202'") == chosen


async def test_erasure_on_either_side_takes_what_is_there_and_what_is_between(pair: Pair) -> None:
    one, two = pair.one, pair.two
    _, topic = await one.ticket("Berapa penduduk Asahan?")
    await one.user.send("document", content=BIG)
    await one.officer.sees(kind="document", topic=topic)
    await pair.tap(await pair.offer(topic))
    await pair.choose()
    there = await pair.arrived()
    await two.officer.sees(kind="document", topic=there)
    for office in (two, one):
        code = office.settings.office.code
        await _use(office.user, ERASE)
        await pair.swept("SELECT count(*) FROM erasures WHERE office = $1 AND done_at IS NOT NULL", 1, code)
        for table in ("messages", "media", "media_parts", "newcomers"):
            assert await pair.value(f"SELECT count(*) FROM {table} WHERE office = $1", code) == 0, table
        assert (
            await pair.value("SELECT coalesce(string_agg(reason, ''), '') FROM referrals WHERE office = $1", code) == ""
        )
    assert await pair.between() == 0


@pytest.mark.parametrize("labels", [ERASE, WITHDRAW], ids=["erasure", "withdrawal"])
async def test_a_right_that_is_used_takes_a_link_back(pair: Pair, labels: tuple[str, ...]) -> None:
    one, two = pair.one, pair.two
    _, topic = await one.ticket("Berapa penduduk Asahan?")
    token = await pair.offer(topic)
    await pair.tap(token)
    await _use(one.user, labels)
    await pair.eventually("SELECT count(*) FROM letters", 0)
    await pair.choose()
    await two.user.sees_answer("sudah tidak berlaku")
    await two.user.say(f"/start {token}")
    await two.user.sees("tidak berlaku lagi")
    assert await pair.value("SELECT count(*) FROM tickets WHERE office = '1202'") == 0


async def test_an_erasure_takes_back_what_is_on_its_way(city: Town, postgres_server: str) -> None:
    """The other office is away: the conversation lies between the two, and is gone before it is read."""
    pair = Pair(await city.found("1201"), await city.found("1202"), Registry(named(postgres_server, city.database)))
    async with run(city):
        await pair.known()
        _, topic = await pair.one.ticket("Berapa penduduk Asahan?")
        await pair.one.user.send("document", content=BIG)
        await pair.one.officer.sees(kind="document", topic=topic)
        await pair.tap(await pair.offer(topic))
    city.file("1201").unlink()
    async with run(city):
        await pair.choose()
        await pair.two.user.sees("sedang diambil")
    city.write(pair.one)
    city.file("1202").unlink()
    async with run(city):
        await pair.eventually("SELECT count(*) FROM letters WHERE kind = 'conversation'", 1)
        assert await pair.value("SELECT count(*) FROM letter_parts") == 3
        await _use(pair.one.user, ERASE)
        await pair.eventually("SELECT string_agg(kind, ',') FROM letters", "refuse")
        assert await pair.value("SELECT count(*) FROM letter_parts") == 0
    city.write(pair.two)
    async with run(city):
        await pair.two.user.sees("belum kami terima")
    assert await pair.between() == await pair.value("SELECT count(*) FROM tickets WHERE office = '1202'") == 0


async def _use(user: Person, labels: tuple[str, ...]) -> None:
    await user.say("/privasi")
    for label in labels:
        await user.telegram.until(lambda: any(label in row for message in user.chat for row in message.buttons))  # noqa: B023
        await user.press(label)


async def test_what_the_first_office_does_not_know_of_is_refused(pair: Pair) -> None:
    """As after the restore of an older backup."""
    _, topic = await pair.one.ticket("Berapa penduduk Asahan?")
    await pair.tap(await pair.offer(topic))
    await _sql(pair, "UPDATE referrals SET hash = NULL")
    await pair.choose()
    await pair.two.user.sees("belum kami terima")
    await pair.two.user.sees("alamat e-mail")
    assert await pair.between() == 0


async def test_files_of_every_kind_come_along_and_a_lost_topic_gets_them_again(pair: Pair) -> None:
    one, two = pair.one, pair.two
    _, topic = await one.ticket("Berapa penduduk Asahan?")
    for kind in KINDS:
        await one.user.send(kind)
        await one.officer.sees(kind=kind, topic=topic)
    table = await one.officer.send("document", topic=topic, caption="Tabel sementara", content=BIG)
    await one.telegram.until(lambda: "👌" in str(table.reactions))
    await pair.tap(await pair.offer(topic))
    await pair.choose()
    there = await pair.arrived()
    for kind in (*KINDS, "document"):
        message = await two.officer.sees(kind=kind, topic=there)
        sent = _file(two, message)
        assert sent == (BIG if kind == "document" else sample_bytes(kind)), kind
    await two.officer.delete_topic(there)
    await two.user.say("Masih di sana?")
    await two.telegram.until(lambda: two.telegram.topics[-1].id != there.id)
    anew = two.telegram.topics[-1]
    await two.officer.sees("Tabel sementara", topic=anew)
    assert _file(two, await two.officer.sees(kind="document", topic=anew)) == BIG
    await two.officer.sees("Masih di sana?", topic=anew)


def _file(office: Office, message: Message) -> bytes | None:
    """The bytes that a message carries."""
    carried = message.body[message.kind]
    found = office.telegram.world.files.by_id((carried[-1] if isinstance(carried, list) else carried)["file_id"])
    return found.content if found is not None else None


async def test_officers_learn_that_a_link_did_not_arrive_or_was_not_taken(city: Town, postgres_server: str) -> None:
    pair = Pair(await city.found("1201"), await city.found("1202"), Registry(named(postgres_server, city.database)))
    async with run(city):
        await pair.known()
        number, topic = await pair.one.ticket("Berapa penduduk Asahan?")
        await pair.one.user.block()
        await pair.one.officer.sees("memblokir", topic=topic)
        await pair.plan(topic)
        await pair.one.officer.sees("BELUM sampai ke pengguna", topic=topic)
        await pair.one.user.unblock()
        token = await pair.token()
    await _sql(pair, "UPDATE referrals SET expires_at = '2020-01-01T00:00:00.000000+00:00'")
    async with run(city):
        await pair.one.officer.sees("tidak berlaku lagi; pengguna tidak memilih", topic=topic)
        await pair.two.user.say(f"/start {token}")
        await pair.two.user.sees("tidak berlaku lagi")
    assert await pair.ticket(number, "status") == "waiting_officer" and await pair.between() == 0


async def test_the_other_office_may_be_away(city: Town, postgres_server: str) -> None:
    """After a day the person goes on alone; what comes later opens a ticket all the same."""
    pair = Pair(await city.found("1201"), await city.found("1202"), Registry(named(postgres_server, city.database)))
    async with run(city) as pair.house:
        await pair.known()
        _, topic = await pair.one.ticket("Berapa penduduk Asahan?")
        await pair.tap(await pair.offer(topic))
    city.file("1201").unlink()
    async with run(city):
        await pair.choose()
        await pair.two.user.sees("sedang diambil")
        await pair.two.user.say("Masih ada orang?")
        await pair.two.user.sees("sedang diambil")
    await _sql(pair, "UPDATE newcomers SET chosen_at = '2020-01-01T00:00:00.000000+00:00'")
    async with run(city):
        await pair.two.user.sees("belum kami terima")
        await pair.two.user.sees("alamat e-mail")
    city.write(pair.one)
    async with run(city):
        there = await pair.arrived()
        await pair.two.officer.sees("Berapa penduduk Asahan?", topic=there)
        await pair.two.officer.sees("Masih ada orang?", topic=there)


async def test_where_no_office_shares_the_database_that_is_said(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db") as office, office.open():
        _, topic = await office.ticket()
        await office.officer.say(f"/rujuk 1202 {WHY}", topic=topic)
        await office.officer.sees("tidak ada kantor lain yang berbagi basis data", topic=topic)


async def test_who_writes_on_whatsapp_gets_the_contact_and_the_officer_knows(tmp_path: Path, postgres_url: str) -> None:
    facts = {"name": "BPS Kabupaten 1202", "name_en": "", "address": "Jalan Turi 2", "phone": "(0623) 41000"}
    beside = await open_store(postgres_url, "1202")
    shown = {**facts, "email": "", "website": ""}
    await beside.run(neighbour_rows.show, "1202", facts=shown, bot="bps1202_bot", at=MONDAY)
    await beside.close()
    stored = {"storage": {"url": postgres_url}, "security": {"secret_file": str(tmp_path / "key")}}
    async with office_at(tmp_path / "meja.db", whatsapp=True, **stored) as office, office.open():
        number, topic = await on_whatsapp.ticket(office)
        await office.officer.say(f"/rujuk 1202 {WHY}", topic=topic)
        await office.officer.sees("tidak menulis lewat Telegram", topic=topic)
        await office.officer.press("Kirim tautan", topic=topic)
        told = await office.phone.sees("(0623) 41000")
        assert "https://t.me/bps1202_bot" in told.text and "start=" not in told.text
        await office.officer.sees("Kontak BPS Kabupaten 1202 sedang dikirim", topic=topic)
        assert await office.status(number) == "waiting_officer"
