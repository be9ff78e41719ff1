"""A change of the e-mail address: the new one verified, the old one told, nothing merged, nothing lost (rule 14)."""

from pathlib import Path

import pytest

from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.flows.way import (
    QUESTION,
    ROAD,
    address_of,
    another,
    ask_for_code,
    drafts,
    seen_by,
    state_of,
    swift,
    to,
    value,
)

NEW = "siti.baru@contoh.go.id"
REGISTERED = tuple(ROAD)[tuple(ROAD).index("name") :]


async def _changed(office: Office, user: Person, address: str = NEW) -> None:
    await user.say("/email")
    await user.sees("alamat yang baru")
    await user.say(await ask_for_code(office, user, address))
    await user.sees("Alamat e-mail Anda kini")


async def test_rule_14_the_new_address_is_verified_and_the_old_mailbox_told(office: Office) -> None:
    user = await to(office, "ticket")
    old = address_of(user)
    await _changed(office, user)
    told = await office.mailbox.mail_to(old)
    assert "diganti" in told.subject
    assert not [word for word in ("http", "bps.go.id", NEW) if word in told.text]
    assert await value(office, "SELECT email FROM accounts") == NEW
    assert await value(office, "SELECT email FROM tickets") == old
    assert await value(office, "SELECT count(*) FROM audit WHERE action = 'email_changed'") == 1


async def test_rule_14_the_old_ticket_keeps_its_address_and_the_next_one_has_the_new(tmp_path: Path) -> None:
    async with swift(tmp_path, service={"email_in_card": True, "max_open_tickets": 2}) as office:
        user = await to(office, "ticket")
        await _changed(office, user)
        await user.say("/mulai")
        await user.sees("jenis konsultasi")
        await office.ask("Pertanyaan kedua", user=user)
        await office.settled()
        cards = [message.text for message in office.telegram.staff.messages if "1207-" in message.text]
        assert [NEW in card for card in cards if "@contoh" in card] == [False, True]
        old = await value(office, "SELECT group_concat(email) FROM tickets")
        assert old == f"{address_of(user)},{NEW}"


@pytest.mark.parametrize("state", REGISTERED)
async def test_rule_17_it_works_in_every_state_and_loses_nothing(tmp_path: Path, state: str) -> None:
    async with swift(tmp_path) as office:
        user = await to(office, state)
        place, kept = await state_of(office), await drafts(office)
        await _changed(office, user)
        assert (await state_of(office), await drafts(office)) == (place, kept)


@pytest.mark.parametrize("state", ["new", "consent", "email", "code"])
async def test_who_is_not_registered_is_asked_for_the_first_address(office: Office, state: str) -> None:
    user = await to(office, state)
    await user.say("/email")
    await user.sees("alamat e-mail Anda yang masih aktif" if state in ("email", "code") else "Setuju? Tekan")


async def test_what_is_no_address_and_no_code_goes_on_to_the_officer(office: Office) -> None:
    user = await to(office, "ticket")
    topic = office.telegram.topics[-1]
    await user.say("/email")
    await user.sees("alamat yang baru")
    await user.say("Oh ya, datanya untuk skripsi")
    await office.officer.sees("untuk skripsi", topic=topic)
    await user.say("siti@contoh")
    await user.sees("belum lengkap")
    code = await ask_for_code(office, user, NEW)
    await user.say("Terima kasih, saya tunggu")
    await office.officer.sees("saya tunggu", topic=topic)
    await user.say("12345")
    await user.sees("6 angka")
    await user.say(another(code))
    await user.sees("Sisa percobaan: 4")
    await user.say(code)
    await user.sees("Alamat e-mail Anda kini")
    await user.say("123456")
    await office.officer.sees("123456", topic=topic)


@pytest.mark.parametrize("way", ["/batal", "Tetap alamat lama"])
async def test_the_address_may_stay_as_it_was(office: Office, way: str) -> None:
    user = await to(office, "ticket")
    await user.say("/email")
    await user.sees("alamat yang baru")
    code = await ask_for_code(office, user, NEW)
    await user.say(way)
    await user.sees("tetap u***@contoh.go.id")
    await user.say(code)
    await office.officer.sees(code, topic=office.telegram.topics[-1])
    assert await value(office, "SELECT email FROM accounts") == address_of(user)


async def test_a_slip_in_the_new_address_is_asked_about(office: Office) -> None:
    user = await to(office, "ticket")
    await user.say("/email")
    await user.sees("alamat yang baru")
    await user.say("siti@gmial.com")
    await user.sees("Apakah maksud Anda")
    await user.press("Ya")
    await user.say((await office.mailbox.mail_to("siti@gmail.com")).code)
    await user.sees("Alamat e-mail Anda kini")


async def test_ones_own_address_needs_no_code(office: Office) -> None:
    user = await to(office, "type")
    await user.say("/email")
    await user.say(address_of(user).upper())
    await user.sees("sudah menjadi alamat Anda")
    await office.settled()
    assert len(office.mailbox.mails) == 1


async def test_rule_14_a_taken_address_is_answered_alike_and_its_owner_told(office: Office) -> None:
    owner = await to(office, "type", Person(office.telegram, id=1002, first_name="Budi"))
    answers, rows = [], []
    for number, address in enumerate((address_of(owner), "belum.ada@contoh.go.id")):
        user = await to(office, "type", Person(office.telegram, id=5000 + number, first_name="x"))
        await user.say("/email")
        await user.sees("alamat yang baru")
        before, said = await value(office, "SELECT count(*) FROM outbox"), len(seen_by(user))
        await user.say(address)
        await user.sees("Kode sudah dikirim")
        await office.settled()
        answers.append(seen_by(user)[said:].replace(f"{address[0]}***", "?***"))
        rows.append(await value(office, "SELECT count(*) FROM outbox") - before)
    assert answers[0] == answers[1]
    assert rows[0] == rows[1]
    told = office.mailbox.to(address_of(owner))[-1]
    assert "tidak ada yang berubah" in told.text
    with pytest.raises(LookupError):
        print(told.code)


async def test_rule_14_an_address_taken_while_the_code_was_under_way_is_not_merged(office: Office) -> None:
    user = await to(office, "type")
    await user.say("/email")
    await user.sees("alamat yang baru")
    code = await ask_for_code(office, user, NEW)
    await office.register(Person(office.telegram, id=1002, first_name="Budi"), name="Budi", address=NEW)
    await user.say(code)
    await user.sees("sudah dipakai akun lain")
    assert await value(office, "SELECT count(*) FROM accounts") == 2
    assert await value(office, "SELECT email FROM accounts WHERE id = 1") == address_of(user)


async def test_rule_14_who_shares_a_mailbox_leaves_it_to_the_others(office: Office) -> None:
    shared = "dinas@contoh.go.id"
    await office.register(name="Siti Aminah", address=shared)
    number = await office.ask("Pertanyaan dinas")
    await office.officer.sees(number, topic=await office.telegram.opened(number))
    await office.move(minutes=2)
    other = await office.register(Person(office.telegram, id=1002, first_name="Budi"), name="Budi", address=shared)
    await _changed(office, other)
    emails = "SELECT email FROM accounts WHERE id = (SELECT account_id FROM identities WHERE sender = $1)"
    assert await value(office, emails, str(other.id)) == NEW
    assert await value(office, emails, str(office.user.id)) == shared
    await office.settled()
    assert "diganti" in office.mailbox.to(shared)[-1].subject


async def test_a_code_for_a_change_registers_nobody_and_the_other_way_round(office: Office) -> None:
    """The purpose is bound into the hash: a row of another purpose never matches."""
    user = await to(office, "type")
    await user.say("/email")
    await user.sees("alamat yang baru")
    code = await ask_for_code(office, user, NEW)
    assert office.app is not None
    await office.app.store.run(_with_purpose, "register")
    await user.say(code)
    await user.sees("tidak berlaku")


async def _with_purpose(tx: object, purpose: str) -> None:
    await tx.execute("UPDATE email_codes SET purpose = $1", purpose)  # type: ignore[attr-defined]


async def test_mail_that_is_down_is_said_and_the_change_goes_on_when_it_is_back(office: Office) -> None:
    user = await to(office, "ticket")
    await office.mailbox.break_with("refuse")
    await user.say("/email")
    await user.sees("alamat yang baru")
    await user.say(NEW)
    await user.sees("terkendala")
    await office.move(hours=3)
    await office.mailbox.mend()
    await office.move(minutes=2)
    code = (await office.mailbox.mail_to(NEW)).code
    await user.sees("Kode sudah dikirim")
    await user.say(code)
    await user.sees("Alamat e-mail Anda kini")


async def test_after_an_hour_what_is_typed_is_a_question_again(office: Office) -> None:
    user = await to(office, "ticket")
    await user.say("/email")
    await user.sees("alamat yang baru")
    await office.move(minutes=61)
    await user.say("lain@contoh.go.id")
    await office.officer.sees("lain@contoh.go.id", topic=office.telegram.topics[-1])


async def test_a_question_begun_before_is_still_there_afterwards(office: Office) -> None:
    user = await to(office, "question")
    await _changed(office, user)
    assert await drafts(office) == [QUESTION]
    await user.say("Kirim")
    await user.sees("dibuka")
