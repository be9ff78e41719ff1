"""Codes by e-mail under attack: single use, short life, few tries, few mails, no other headers (QUALITY.md T5-T9)."""

import asyncio
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pytest

from bot.domain.codes import digest
from bot.playground.mailbox import Fault
from bot.playground.people import Person
from bot.secret import read_secret, secret_path
from storage.base import Tx
from tests.flows.conftest import Office
from tests.flows.way import address_of, another, ask_for_code, drafts, mail_tried, seen_by, state_of, swift, to, value

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
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
}


async def test_t9_forty_ways_to_inject_a_header_reach_nobody_else(tmp_path: Path) -> None:
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


async def test_t9_no_name_of_any_kind_comes_into_a_header(tmp_path: Path) -> None:
    """Telegram's names and the typed one: every vector, in mails with codes and in notices to the mailbox."""
    async with swift(tmp_path) as office:
        for number, vector in enumerate(VECTORS[::2]):
            last = VECTORS[2 * number + 1]
            user = Person(office.telegram, id=5000 + number, first_name=vector, last_name=last)
            address = f"bersama{number // 3}@{'gmail.com' if number % 2 else 'contoh.go.id'}"
            await user.say("/mulai")
            await user.sees("Setuju? Tekan")
            await user.press("Setuju")
            await user.say(address)
            await user.say((await office.mailbox.mail_to(address)).code)
            await user.sees("Siapa nama")
            await user.say(vector.replace("@", "").replace("\n", " ") or "x")
            await office.settled()
        assert len(office.mailbox.mails) > len(VECTORS) / 2
        for mail in office.mailbox.mails:
            assert len(mail.rcpt) == 1, mail
            assert {name for name, _ in mail.headers} <= HEADERS
            assert not [value for _, value in mail.headers if "evil" in value or "korban" in value]


async def test_t5_a_code_dies_after_ten_minutes(office: Office) -> None:
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


async def test_t6_a_code_is_good_once_and_only_for_who_asked(office: Office) -> None:
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


async def test_t5_of_a_thousand_wrong_codes_none_is_taken_and_few_are_judged(tmp_path: Path) -> None:
    """As fast as one can type, pressing for another code whenever there is one to be had, for a whole day."""
    async with swift(tmp_path) as office:
        user = await to(office, "code")
        for _ in range(39):
            wrong = another(office.mailbox.mails[-1].code)
            for _ in range(26):
                await user.say(wrong)
            await state_of(office)
            await office.move(minutes=36)
            await user.press("Kirim ulang")
            await state_of(office)
            await mail_tried(office)
        assert await state_of(office) == "code"
        assert len(office.mailbox.mails) == 5
        assert await value(office, "SELECT sum(tries) FROM email_codes") == 25
        assert await value(office, "SELECT count(*) FROM email_codes WHERE state = 'used'") == 0
        assert await value(office, "SELECT count(*) FROM accounts") == 0


async def test_t8_rule_16_fifty_people_cannot_fill_one_mailbox(tmp_path: Path) -> None:
    victim = "korban@contoh.go.id"
    async with swift(tmp_path) as office:
        for number in range(50):
            person = Person(office.telegram, id=5000 + number, first_name="x")
            await to(office, "email", person)
            await person.say(victim)
            await person.sees("Kode sudah dikirim" if number < 5 else "Batas pengiriman kode")
            await office.move(minutes=25)
        await office.settled()
        assert len(office.mailbox.to(victim)) == 5


async def test_t8_one_domain_gets_so_many_codes_an_hour_but_not_the_great_providers(tmp_path: Path) -> None:
    async with swift(tmp_path, mail={"codes_per_domain_per_hour": 2}) as office:
        people = [await to(office, "email", Person(office.telegram, id=5000 + n, first_name="x")) for n in range(5)]
        for number, person in enumerate(people[:2]):
            await ask_for_code(office, person, f"a{number}@contoh.go.id")
        await people[2].say("a2@Contoh.GO.ID")
        assert "1 jam" in (await people[2].sees("Batas pengiriman kode")).text
        await ask_for_code(office, people[2], "a2@lain.go.id")
        for number, person in enumerate(people[2:]):
            await ask_for_code(office, person, f"b{number}@gmail.com")
        await office.move(minutes=61)
        await ask_for_code(office, people[0], "a3@contoh.go.id")


async def test_t8_the_office_sends_so_many_codes_an_hour_and_says_so(tmp_path: Path) -> None:
    async with swift(tmp_path, mail={"codes_per_hour": 2}) as office:
        await office.admin.say("/bantuan")
        for number in range(3):
            person = await to(office, "email", Person(office.telegram, id=5000 + number, first_name="x"))
            await person.say(f"a{number}@lain{number}.id")
            await person.sees("Kode sudah dikirim" if number < 2 else "Batas pengiriman kode")
        await office.admin.sees("Batas 2 kode")


@pytest.mark.parametrize("refused", ["Korban@contoh.go.id", "@contoh.go.id"])
async def test_t8_who_wants_no_codes_gets_none(office: Office, refused: str) -> None:
    await office.admin.say(f"/tolak {refused}")
    await office.admin.sees("tidak lagi mendapat kode")
    user = await to(office, "email")
    await user.say("korban@contoh.go.id")
    await user.sees("tidak dapat menerima e-mail")
    assert await state_of(office) == "email"
    assert await value(office, "SELECT count(*) FROM email_codes") == 0
    assert "korban" not in str(await value(office, "SELECT group_concat(hash) FROM refused_recipients"))
    await office.admin.say("/tolak")
    await office.admin.sees("1 alamat atau domain")
    await office.admin.say(f"/tolak hapus {refused}")
    await office.admin.sees("dapat menerima kode lagi")
    await ask_for_code(office, user, "korban@contoh.go.id")
    assert await value(office, "SELECT count(*) FROM audit WHERE action IN ('refuse', 'allow')") == 2


async def test_t8_only_admins_refuse_recipients(office: Office) -> None:
    for stranger in (office.user, office.supervisor):
        await stranger.say("/tolak korban@contoh.go.id")
    await office.officer.say("/tolak korban@contoh.go.id", topic=None)
    await office.settled()
    assert await value(office, "SELECT count(*) FROM refused_recipients") == 0


async def test_t8_every_mail_with_a_code_says_how_to_be_left_alone(tmp_path: Path) -> None:
    async with swift(tmp_path, office={"email": "bps1207@bps.go.id"}) as office:
        await to(office, "code")
        (mail,) = office.mailbox.mails
        assert "kata STOP" in mail.text and "bps1207@bps.go.id" in mail.text
        assert ("Reply-To", "bps1207@bps.go.id") in mail.headers


async def test_who_is_refused_for_one_address_may_use_another(office: Office) -> None:
    for number in range(3):
        person = await to(office, "email", Person(office.telegram, id=5000 + number, first_name="x"))
        await ask_for_code(office, person, "bersama@contoh.go.id")
    user = await to(office, "email")
    await user.say("bersama@contoh.go.id")
    assert "Kirim ulang" not in str((await user.sees("Batas pengiriman kode")).buttons)
    await ask_for_code(office, user, "lain@contoh.go.id")


async def test_t7_rule_16_a_known_address_is_answered_like_an_unknown_one(office: Office) -> None:
    """Word for word, and with the same rows: nothing is left that could take longer."""
    await to(office, "type")
    known, unknown = address_of(office.user), "belum.ada@contoh.go.id"
    answers = []
    for number, address in enumerate((known, unknown)):
        person = await to(office, "email", Person(office.telegram, id=5000 + number, first_name="x"))
        await office.move(minutes=5)
        before = await value(office, "SELECT count(*) FROM outbox")
        code = await ask_for_code(office, person, address)
        await office.settled()
        rows = await value(office, "SELECT count(*) FROM outbox") - before
        mail = office.mailbox.to(address)[-1]
        answers.append((mail.text.replace(code, "X"), _masked(person, address), rows))
    assert answers[0] == answers[1]


async def test_rule_16_a_code_under_way_to_another_address_is_not_given_up_unnoticed(office: Office) -> None:
    """Asked for A, then B, then A again within the minute: the code to B is the one that counts, and is waited for."""
    user = await to(office, "email")
    await ask_for_code(office, user, "a@contoh.go.id")
    newer = await ask_for_code(office, user, "b@contoh.go.id")
    await user.say("a@contoh.go.id")
    await user.sees("Kode baru dapat dikirim dalam")
    await user.say("abc")
    assert "b***@contoh.go.id" in (await user.sees("6 angka yang dikirim ke")).text
    await user.say(newer)
    await user.sees("Siapa nama")
    assert await value(office, "SELECT email FROM accounts") == "b@contoh.go.id"


def _masked(person: Person, address: str) -> str:
    return seen_by(person).replace(f"{address[0]}***", "?***")


async def test_rule_13_the_mailbox_of_a_shared_address_is_told_and_five_chats_are_enough(tmp_path: Path) -> None:
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


async def test_t6_no_code_stands_in_the_database(office: Office) -> None:
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
    stored = bytes.fromhex(await value(office, "SELECT hash FROM email_codes"))
    bound = {"person": "1", "address": address_of(user), "purpose": "register"}
    assert digest(code, key=read_secret(secret_path(office.settings), may_make=False), **bound) == stored
    prefixes = (sha256(), sha256("\n".join((*bound.values(), "")).encode()))
    for number in range(10**6):
        digits = b"%06d" % number
        for prefix in prefixes:
            tried = prefix.copy()
            tried.update(digits)
            assert tried.digest() != stored
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


async def test_f18_greylisting_is_tried_again_after_one_five_and_fifteen_minutes(office: Office) -> None:
    user = await to(office, "email")
    await office.mailbox.break_with("450", times=3)
    await user.say(address_of(user))
    wait = (
        "SELECT round((julianday(not_before) - julianday(tried_at)) * 1440) FROM outbox"
        " WHERE kind = 'mail' AND attempts = $1"
    )
    for tries, minutes in ((1, 1), (2, 5), (3, 15)):
        async with asyncio.timeout(60):
            while await value(office, wait, tries) != minutes:  # noqa: ASYNC110
                await asyncio.sleep(0.01)  # the row itself is what is waited for
        assert await value(office, "SELECT hash FROM email_codes") is None
        await office.move(minutes=minutes)
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
