"""Who people are to each other: languages, names, accounts (DOMAIN.md §6 rules 21, 22, 23, 25, 26)."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.playground.chats import Topic
from bot.playground.people import Person
from tests.flows.conftest import Office, office_at
from tests.flows.way import QUESTION, seen_by, staff_words, to, value

CARD = "Nama: "
ACCOUNT = {"id": 2001, "is_bot": False, "first_name": "Rina", "username": "rina_l"}


def raw(person: Person) -> str:
    """All that Telegram has of this private chat from the bot: texts, marks, contacts, whatever a client could show."""
    bodies = [{**message.body, "from": None} for message in person.chat if message.by_bot]
    return json.dumps(bodies, ensure_ascii=False)


async def test_rule_21_each_person_has_their_language_and_the_card_shows_it(office: Office) -> None:
    visitor = Person(office.telegram, id=1002, first_name="Ann", language_code="en")
    await visitor.say("What was inflation in October?")
    await visitor.sees("Do you agree?")
    await visitor.press("Agree")
    await visitor.sees("e-mail address")
    await visitor.say("ann@example.org")
    code = (await office.mailbox.mail_to("ann@example.org")).code
    await visitor.sees("A code was sent")
    await visitor.say(code)
    await visitor.sees("name")
    await visitor.say("Ann Smith")
    for _ in range(2):
        await visitor.sees("")
        await office.settled()
        await visitor.press("Skip")
    await visitor.sees("type of consultation")
    await visitor.press("Data")
    await visitor.sees("Send")
    await visitor.press("Send")
    await visitor.sees("is open")
    await office.telegram.until(lambda: bool(office.telegram.topics))
    topic = office.telegram.topics[-1]
    card = await office.officer.sees(CARD, topic=topic)
    assert "bahasa Inggris" in card.text and "Tenggat" in card.text
    await office.officer.say("/ambil", topic=topic)
    await visitor.sees("is now handling")
    await office.officer.sees("Tiket diambil", topic=topic)  # the staff side stays Indonesian
    await visitor.say("/bahasa")
    await office.settled()
    await visitor.press("Bahasa Indonesia")
    await office.officer.say("/tanya Tahun berapa?", topic=topic)
    await visitor.sees("keterangan tambahan")


@pytest.mark.parametrize("opted_in", [False, True])
async def test_rule_22_the_card_names_the_person_and_the_address_only_if_the_office_wants_it(
    tmp_path: Path, opted_in: bool
) -> None:
    async with office_at(tmp_path / "meja.db", service={"email_in_card": opted_in}) as office, office.open():
        await office.ticket()
        await office.settled()
        card = next(message for message in office.telegram.topics[0].messages if CARD in message.text)
        assert "Nama: Siti Aminah" in card.text
        assert ("user1001@contoh.go.id" in staff_words(office)) == opted_in


async def test_rule_22_files_are_sent_again_and_no_link_to_them_is_given(office: Office) -> None:
    _, topic = await office.ticket()
    await office.user.send("document", file_name="data.xlsx", caption="Ini tabelnya")
    copy = await office.officer.sees("Ini tabelnya", topic=topic)
    assert copy.kind == "document" and "http" not in copy.text
    assert not office.telegram.ledger.of("getFile")


async def test_rule_23_the_public_reads_a_number_or_the_name_that_an_admin_gave(tmp_path: Path) -> None:
    async with office_at(tmp_path / "meja.db", service={"officer_names": "name"}) as office, office.open():
        odd = Person(office.telegram, id=2005, first_name="@rina_l", last_name="0811600012", staff="member")
        _, topic = await office.ticket()
        await odd.say("/ambil", topic=topic)
        await office.user.sees("Petugas PST 1 dari")  # such a name is not shown
        await office.admin.say("/petugas 1 nama Rina Lubis", topic=None)
        await office.admin.sees("bagi pengguna Rina Lubis", topic=None)
        await odd.say("/lepas", topic=topic)
        await odd.say("/ambil", topic=topic)
        await office.user.sees("Rina Lubis dari BPS Kabupaten Labuhanbatu kini melayani")
        for bad in ("/petugas 1 nama @rina_l", "/petugas 1 nama Rina 0811600012", "/petugas 9 nama Rina", "/petugas 1"):
            await office.admin.say(bad, topic=None)
            await office.admin.sees("Cara pakai: /petugas", topic=None)
        await office.admin.say("/petugas 1 nama", topic=None)
        await office.admin.sees("bagi pengguna Petugas PST 1", topic=None)
        assert "@rina_l" not in raw(office.user) and "0811600012" not in raw(office.user)
        assert await value(office, "SELECT count(*) FROM audit WHERE action = 'name'") == 2


async def test_rule_23_by_default_the_public_reads_a_number(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.press("Ambil", topic=topic)
    await office.user.sees("Petugas PST 1 dari BPS Kabupaten Labuhanbatu kini melayani")
    assert "Rina" not in raw(office.user)


async def _with_account(office: Office) -> tuple[Person, Topic]:
    """An officer whose account has a user name, known to the desk."""
    officer = office.officer
    officer.account.username = "rina_l"
    _, topic = await office.ticket()
    await officer.say("/ambil", topic=topic)
    await office.user.sees("kini melayani")
    return officer, topic


async def test_rule_23_a_forward_goes_as_a_copy(office: Office) -> None:
    officer, topic = await _with_account(office)
    origin = {"type": "user", "date": 1, "sender_user": ACCOUNT}
    await officer.say("Data ada di tabel 3.", topic=topic, extra={"forward_origin": origin})
    await office.user.sees("Data ada di tabel 3.")
    assert "forward" not in raw(office.user) and "rina" not in raw(office.user).lower()


async def test_rule_23_a_mention_becomes_plain_words(office: Office) -> None:
    officer, topic = await _with_account(office)
    entities: list[dict[str, Any]] = [
        {"type": "text_mention", "offset": 8, "length": 4, "user": ACCOUNT},
        {"type": "bold", "offset": 0, "length": 7},
    ]
    sent = await officer.say("Hubungi Rina di loket.", topic=topic, entities=entities)
    copy = await office.user.sees("Hubungi Rina di loket.")
    assert [entity["type"] for entity in copy.body["entities"]] == ["bold"]
    await office.settled()
    await officer.edit(sent, text="Hubungi Rina di loket 2.", topic=topic)
    await office.user.sees("loket 2")
    assert "rina_l" not in raw(office.user) and "2001" not in raw(office.user)


@pytest.mark.parametrize(
    "leak",
    [
        "Tulis saja ke @rina_l ya",
        "Tulis ke @RINA_L",
        "https://t.me/rina_l",
        "/jawab Tanya @rina_l",
        "/tanya Kenal @rina_l?",
    ],
)
async def test_rule_23_a_user_name_is_not_passed_on_and_the_officer_is_told(office: Office, leak: str) -> None:
    officer, topic = await _with_account(office)
    await officer.say(leak, topic=topic)
    await officer.sees("TIDAK dikirim", topic=topic)
    await officer.say("Data dari @bps_statistics ada di web.", topic=topic)  # somebody else's is theirs to share
    await office.user.sees("@bps_statistics")
    await office.settled()
    assert "rina_l" not in raw(office.user).lower()
    assert await value(office, "SELECT count(*) FROM messages WHERE side = 'note'") == 1


async def test_rule_23_captions_albums_and_edits_give_no_account_away_either(office: Office) -> None:
    officer, topic = await _with_account(office)
    await officer.send("photo", caption="Kartu @rina_l", topic=topic)
    await officer.sees("TIDAK dikirim", topic=topic)
    await officer.album(["photo", "photo"], caption="Album @rina_l", topic=topic)
    await officer.sees("TIDAK dikirim", topic=topic)
    sent = await officer.say("Tabelnya di web.", topic=topic)
    await office.user.sees("Tabelnya di web.")
    await officer.edit(sent, text="Tabelnya di web, tanya @rina_l", topic=topic)
    await officer.sees("TIDAK dikirim", topic=topic)
    await office.settled()
    assert "rina_l" not in raw(office.user) and {message.kind for message in office.user.chat} == {"text"}


async def test_rule_23_an_officers_own_contact_card_stays_here_and_an_agencys_goes(office: Office) -> None:
    officer, topic = await _with_account(office)
    await officer.send("contact", topic=topic, phone_number="+628117777777", first_name="Rina", user_id=2001)
    await officer.sees("TIDAK dikirim", topic=topic)
    await officer.send("contact", topic=topic, phone_number="+6262421999", first_name="Dinas Pertanian")
    await office.user.sees(kind="contact")
    assert "628117777777" not in raw(office.user)


async def test_rule_23_a_quote_shows_the_words_and_not_who_wrote_them(office: Office) -> None:
    officer, topic = await _with_account(office)
    first = await officer.say("Inflasi 0,3 persen.", topic=topic)
    await office.user.sees("Inflasi 0,3 persen.")
    await office.settled()
    await office.admin.say("Maksudnya bulanan.", topic=topic, reply_to=first, quote="0,3 persen")
    copy = await office.user.sees("Maksudnya bulanan.")
    assert copy.body["quote"]["text"] == "0,3 persen"
    assert "rina" not in raw(office.user).lower() and "Ucok" not in raw(office.user)


async def test_rule_25_a_note_stays_and_what_was_delivered_bears_its_mark(office: Office) -> None:
    _, topic = await office.ticket()
    note = await office.officer.say("// jangan dikirim: pemohon lama", topic=topic)
    await office.answer(topic, "Ini jawabannya.")
    await office.settled()
    assert "pemohon lama" not in seen_by(office.user) and note.reactions == {}


async def test_rule_26_the_number_of_a_ticket_opens_nothing(office: Office) -> None:
    await to(office, "ticket")
    number = (await office.user_message("dibuka")).text.split()[1]
    for stranger in (
        Person(office.telegram, id=7001, first_name="Budi"),
        await to(office, "type", Person(office.telegram, id=7002, first_name="Tono")),
    ):
        stranger.read_all()
        for words in (f"/status {number}", f"/batal {number}", f"/start {number}", f"/mulai {number}", number):
            await stranger.say(words)
            await office.settled()
        said = seen_by(stranger)
        assert "Siti" not in said and QUESTION not in said and "1 tiket" not in said
        assert number not in said
    topic = office.telegram.topics[0]
    await office.settled()
    assert all("Tono" not in message.text for message in topic.messages)
    assert await value(office, "SELECT count(*) FROM tickets") == 1
