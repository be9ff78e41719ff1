"""Codes by e-mail under attack: single use, short life, few tries, few mails, no other headers (QUALITY.md T5-T9)."""

import hashlib
from datetime import datetime
from pathlib import Path

import pytest

from bot.playground.mailbox import Fault
from bot.playground.people import Person
from storage.base import Tx
from tests.flows.conftest import Office
from tests.flows.way import address_of, ask_for_code, drafts, mail_tried, seen_by, state_of, swift, to, value

BCC = "Bcc: korban@lain.id"
# Each wants a second recipient, another header, or a mail server that reads the address in its own way.
VECTORS = (
    f"a@b.id\n{BCC}",
    f"a@b.id\r\n{BCC}",
    f"a@b.id\r{BCC}",
    f"a@b.id%0a{BCC}",
    f"a@b.id%0d%0a{BCC}",
    f"=?UTF-8?Q?=0A?={BCC}",
    "a@b.id=?UTF-8?Q?=0ABcc:?= x@evil.id",
    "=?UTF-8?Q?a=0ABcc=3A?=@evil.id",
    "=?utf-8?b?CkJjYzogeEBldmlsLmlk?=@b.id",
    "a@=?utf-8?q?b=0a?=.id",
    f"a@b.id\x00{BCC}",
    f"a@b.id\x0b{BCC}",
    f"a@b.id\x0c{BCC}",
    f"a@b.id\x85{BCC}",
    f"a@b.id\u2028{BCC}",
    f"a@b.id\u2029{BCC}",
    f"\n{BCC}\na@b.id",
    "a@b.id,korban@lain.id",
    "a@b.id;korban@lain.id",
    "a@b.id korban@lain.id",
    "<a@b.id>,<korban@lain.id>",
    "a@b.id>\r\nRCPT TO:<korban@lain.id",
    "a@b.id>\r\nDATA\r\n.",
    '"a\r\nBcc: x@evil.id"@b.id',
    '"a@b.id, korban"@lain.id',
    '"korban@lain.id "@b.id',
    "Siti <a@b.id>",
    "a(komentar)@b.id",
    "a@b.id(komentar)",
    "@lain.id:a@b.id",
    "a%korban@lain.id@b.id",
    "lain.id!korban@b.id@c.id",
    "a@[127.0.0.1]",
    "a@[IPv6:::1]",
    "a@127.0.0.1",
    "a@localhost",
    "a@b.id\t",
    "a@b.id\n.\nQUIT",
    "a\\@b.id",
    "a@b.id\\r\\nBcc: x",
    "a@b\u3002id",
    "а@b.id",
    "a@b.id\u202emoc.live",
    "mailto:a@b.id?bcc=korban@lain.id",
)
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
}


async def test_forty_ways_to_inject_a_header_reach_nobody_else(tmp_path: Path) -> None:
    assert len(VECTORS) >= 40
    async with swift(tmp_path) as office:
        user = await to(office, "email")
        for vector in VECTORS:
            await user.say(vector)
        await office.move(seconds=40)
        await office.settled()
        for mail in office.mailbox.mails:
            assert mail.rcpt == ["a@b.id"], mail
            assert {name for name, _ in mail.headers} <= HEADERS
        assert len(office.mailbox.mails) <= 1


async def test_a_plain_mail_has_one_recipient_and_no_words_of_the_person(office: Office) -> None:
    office.user.account.first_name = "=?UTF-8?Q?=0A?=Bcc: x@evil.id"
    user = await to(office, "code")
    (mail,) = office.mailbox.mails
    assert mail.rcpt == [address_of(user)]
    assert {name for name, _ in mail.headers} <= HEADERS
    assert "evil" not in str(mail.headers)


async def test_a_code_dies_after_ten_minutes(office: Office) -> None:
    user = await to(office, "email")
    code = await ask_for_code(office, user, address_of(user))
    await office.move(minutes=9, seconds=50)
    await user.say("111 11")
    await user.sees("6 angka")
    await office.move(seconds=11)
    await user.say(code)
    await user.sees("tidak berlaku")
    await user.press("Kirim ulang")
    await user.say((await office.mailbox.mail_to(address_of(user))).code)
    await user.sees("Siapa nama")


async def test_a_code_is_good_once_and_only_for_who_asked(office: Office) -> None:
    user = await to(office, "email")
    other = await to(office, "email", Person(office.telegram, id=1002, first_name="Budi"))
    first = await ask_for_code(office, user, address_of(user))
    second = await ask_for_code(office, other, address_of(other))
    if first != second:
        await other.say(first)
        await other.sees("belum sesuai")
    await user.say(first)
    await user.sees("Siapa nama")
    await other.say(second)
    await other.sees("Siapa nama")
    used = await value(office, "SELECT count(*) FROM email_codes WHERE state = 'used'")
    assert used == 2


async def test_rule_16_another_code_replaces_the_one_before(office: Office) -> None:
    user = await to(office, "email")
    first = await ask_for_code(office, user, address_of(user))
    await user.press("Kirim ulang")
    await user.sees("Kode baru dapat dikirim dalam")
    await office.move(seconds=61)
    await user.press("Kirim ulang")
    second = (await office.mailbox.mail_to(address_of(user))).code
    await user.sees("Kode sudah dikirim")
    if first != second:
        await user.say(first)
        await user.sees("belum sesuai")
    await user.say(second)
    await user.sees("Siapa nama")


async def test_ten_presses_of_resend_at_once_send_one_mail_and_say_one_thing(office: Office) -> None:
    user = await to(office, "code")
    for _ in range(10):
        await user.press("Kirim ulang")
    await user.sees("Kode baru dapat dikirim dalam")
    await office.settled()
    assert len(office.mailbox.mails) == 1
    assert seen_by(user).count("Kode baru dapat dikirim") <= 2


async def test_a_person_gets_five_codes_a_day(office: Office) -> None:
    user = await to(office, "email")
    for number in range(5):
        await user.say(f"alamat{number}@contoh.go.id")
        await office.mailbox.mail_to(f"alamat{number}@contoh.go.id")
        await user.sees("Kode sudah dikirim")
        await office.move(minutes=2)
    await user.say("alamat5@contoh.go.id")
    assert "jam" in (await user.sees("Batas pengiriman kode")).text
    await office.settled()
    assert len(office.mailbox.mails) == 5
    await office.move(hours=24)
    await user.press("Kirim ulang")
    await user.sees("Kode sudah dikirim")


async def test_rule_16_fifty_people_cannot_fill_one_mailbox(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        crowd = [Person(office.telegram, id=5000 + n, first_name=f"X{n}") for n in range(12)]
        for person in crowd:
            await to(office, "email", person)
            await person.say("korban@contoh.go.id")
            await person.sees("Kode")
            await office.move(minutes=25)
        for person in crowd:
            await person.say("korban@contoh.go.id")
        await office.settled()
        assert len(office.mailbox.to("korban@contoh.go.id")) <= 5


async def test_who_is_refused_for_one_address_may_use_another(office: Office) -> None:
    for number in range(3):
        person = await to(office, "email", Person(office.telegram, id=5000 + number, first_name="x"))
        await ask_for_code(office, person, "bersama@contoh.go.id")
    user = await to(office, "email")
    await user.say("bersama@contoh.go.id")
    assert "Kirim ulang" not in str((await user.sees("Batas pengiriman kode")).buttons)
    await ask_for_code(office, user, "lain@contoh.go.id")


async def test_rule_16_a_known_address_is_answered_like_an_unknown_one(office: Office) -> None:
    await to(office, "type")
    known, unknown = address_of(office.user), "belum.ada@contoh.go.id"
    answers = []
    for number, address in enumerate((known, unknown)):
        person = await to(office, "email", Person(office.telegram, id=5000 + number, first_name="x"))
        await office.move(minutes=5)
        code = await ask_for_code(office, person, address)
        mail = office.mailbox.to(address)[-1]
        answers.append((mail.text.replace(code, "X"), _masked(person, address)))
    assert answers[0] == answers[1]


def _masked(person: Person, address: str) -> str:
    return seen_by(person).replace(f"{address[0]}***", "?***")


async def test_the_mailbox_of_a_shared_address_is_told_and_five_chats_are_enough(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        shared = "dinas@contoh.go.id"
        for number in range(6):
            person = await to(office, "email", Person(office.telegram, id=5000 + number, first_name="x"))
            await person.say(await ask_for_code(office, person, shared))
            await person.sees("Siapa nama" if number < 5 else "terlalu banyak percakapan")
            if 0 < number < 5:
                assert "percakapan baru" in (await office.mailbox.mail_to(shared)).subject
            await office.move(hours=6)
        await office.settled()
        assert len(office.mailbox.to(shared)) == 6 + 4
        assert await value(office, "SELECT count(*) FROM accounts") == 1


async def test_no_code_stands_in_the_database(office: Office) -> None:
    user = await to(office, "code")
    code = office.mailbox.mails[0].code
    await office.settled()
    assert office.app is not None
    async with office.app.store.reader() as reader:
        for table in ("email_codes", "outbox", "dialogues", "keyboards", "inbox"):
            columns = str(
                await reader.value(
                    f"SELECT group_concat(name, ' || char(31) || ') FROM (SELECT"
                    f" 'coalesce(' || name || ', '''')' AS name FROM pragma_table_info('{table}'))"
                )
            )
            dump = str(await reader.value(f"SELECT group_concat({columns}) FROM {table}"))
            assert code not in dump
            assert hashlib.sha256(code.encode()).hexdigest() not in dump
    assert await state_of(office, user) == "code"


@pytest.mark.parametrize("fault", ["421", "450", "refuse", "slow banner"])
async def test_the_question_waits_while_mail_is_down_and_the_person_hears_both(office: Office, fault: Fault) -> None:
    user = await to(office, "email")
    if fault == "slow banner":
        office.mailbox.banner_delay = 0.2
    await office.mailbox.break_with(fault)
    await user.say(address_of(user))
    if fault != "slow banner":
        await user.sees("terkendala")
    await user.say("Sambil menunggu: datanya untuk skripsi saya")
    await user.sees("2 pesan Anda sudah tersimpan")
    if fault != "slow banner":
        await mail_tried(office)
    await office.mailbox.mend()
    await office.move(minutes=2)
    code = (await office.mailbox.mail_to(address_of(user))).code
    await user.sees("Kode sudah dikirim")
    assert seen_by(user).count("terkendala") <= 1
    assert len(await drafts(office)) == 2
    await user.say(code)
    await user.sees("Siapa nama")


async def test_asking_again_while_mail_is_down_uses_up_no_days_limit(office: Office) -> None:
    user = await to(office, "email")
    await office.mailbox.break_with("refuse")
    await user.say(address_of(user))
    await user.sees("terkendala")
    for _ in range(6):
        await office.move(minutes=2)
        await user.say(address_of(user))
        await user.sees("terkendala")
    await office.move(minutes=2)
    await mail_tried(office)
    await office.mailbox.mend()
    await office.move(minutes=2)
    await user.say((await office.mailbox.mail_to(address_of(user))).code)
    await user.sees("Siapa nama")
    assert len(office.mailbox.mails) == 1


async def test_an_address_that_is_refused_is_asked_for_again(office: Office) -> None:
    user = await to(office, "email")
    await office.mailbox.break_with("550", times=1)
    await user.say(address_of(user))
    await user.sees("tidak dapat menerima e-mail")
    assert await state_of(office) == "email"
    await user.say("baru@contoh.go.id")
    await user.say((await office.mailbox.mail_to("baru@contoh.go.id")).code)
    await user.sees("Siapa nama")


async def test_another_address_while_mail_is_down_gets_the_only_code(office: Office) -> None:
    user = await to(office, "email")
    await office.mailbox.break_with("refuse")
    await user.say("lama@contoh.go.id")
    await user.sees("terkendala")
    await user.say("baru@contoh.go.id")
    await user.sees("terkendala")
    await mail_tried(office)
    await office.mailbox.mend()
    await office.move(minutes=2)
    code = (await office.mailbox.mail_to("baru@contoh.go.id")).code
    await office.settled()
    assert office.mailbox.to("lama@contoh.go.id") == []
    await user.say(code)
    await user.sees("Siapa nama")


async def _many_asked(tx: Tx, at: datetime) -> None:
    """Another hundred people have asked for a code by now."""
    await tx.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)"
        " INSERT INTO email_codes (office, identity_id, address, address_key, state, requested_at, sent_at)"
        " SELECT '1207', (SELECT min(id) FROM identities), 'x' || i, 'x' || i, 'used', $1, $1 FROM n",
        at,
    )


async def test_the_offices_cap_of_codes_is_told_to_admins_once_and_when_it_is_over(office: Office) -> None:
    await office.admin.say("/bantuan")
    first, second = office.user, Person(office.telegram, id=1002, first_name="Budi")
    for user in (first, second):
        await to(office, "email", user)
    assert office.app is not None
    await office.app.store.run(_many_asked, office.clock.now())
    for user in (first, second):
        await user.say(address_of(user))
        await user.sees("Batas pengiriman kode")
    await office.admin.sees("Batas 100 kode")
    await office.move(minutes=61)
    await office.admin.sees("tanpa menunggu")
    assert seen_by(office.admin).count("Batas 100 kode") == 1
