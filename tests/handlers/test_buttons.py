"""Buttons under forgery and impatience: callback data comes from the client, and presses come ten at a time."""

from pathlib import Path

import pytest

from bot.playground.messages import Message
from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.flows.way import ROAD, STATES, drafts, seen_by, staff_words, state_of, swift, to, value

STALE = "tidak berlaku"


def _data(message: Message, label: str) -> str:
    found = next(button for row in message.keyboard for button in row if button["text"] == label)
    return str(found["callback_data"])


def _with_button(user: Person, label: str) -> Message:
    return next(message for message in reversed(user.chat) if any(label in row for row in message.buttons))


async def test_data_that_is_cut_flipped_or_made_up_does_nothing_and_is_answered(office: Office) -> None:
    user = await to(office, "consent")
    message = _with_button(user, "Setuju")
    data = _data(message, "Setuju")
    token, _, index = data.partition(":")
    flipped = "".join(("0123456789abcdef"[int(char, 16) ^ 1]) if char in "0123456789abcdef" else char for char in token)
    forged = (
        "",
        ":",
        ":0",
        token,
        f"{token}:",
        f"{token}:-1",
        f"{token}:99",
        f"{token}:999999999999999999999999999999",
        f"{token}:0.0",
        f"{token}:٠x",
        f"{token[:-1]}:{index}",
        f"{flipped}:{index}",
        f"{token.upper()}:{index}",
        f" {data}",
        f"{data} ",
        f"{data}:0",
        "' OR 1=1 --",
        "%:0",
        "agree",
        "\x00",
        "x" * 64,
    )
    for attempt in forged:
        await user.press_data(message, attempt)
        await user.sees_answer(STALE)
    assert await state_of(office) == "consent"


async def test_another_persons_button_is_not_mine(office: Office) -> None:
    await to(office, "question")
    thief = await to(office, "consent", Person(office.telegram, id=1002, first_name="Budi"))
    own = _with_button(thief, "Setuju")
    for label in ("Kirim", "Data", "Lewati", "Setuju"):
        await thief.press_data(own, _data(_with_button(office.user, label), label))
        await thief.sees_answer("bukan untuk Anda")
    assert await state_of(office) == "question"
    assert await state_of(office, thief) == "consent"
    assert await value(office, "SELECT count(*) FROM tickets") == 0


async def test_a_button_counts_only_under_the_message_it_was_sent_with(office: Office) -> None:
    user = await to(office, "consent")
    message = _with_button(user, "Setuju")
    await user.say("/bantuan")
    other = await user.sees("/batal")
    assert other.id != message.id
    await user.press_data(other, _data(message, "Setuju"))
    await user.sees_answer(STALE)
    assert await state_of(office) == "consent"
    await user.press("Setuju", message=message)
    await user.sees("alamat e-mail")


async def test_an_admin_s_press_redraws_no_other_message(office: Office) -> None:
    admin = office.admin
    await admin.say("/sla")
    board = await admin.sees("Standar: 3 hari kerja")
    await admin.say("/bantuan")
    other = await admin.sees("Tulis saja")
    words = other.text
    await admin.press_data(other, _data(board, "Segarkan"))
    await admin.sees_answer(STALE)
    await office.settled()
    assert other.text == words
    await admin.press("Segarkan", message=board)
    await office.settled()
    await admin.press("Segarkan", message=board)  # of the keyboard that stands there now
    await office.settled()
    assert await value(office, "SELECT count(*) FROM outbox WHERE kind = 'redraw' AND state = 'sent'") == 2


async def test_a_card_s_button_counts_under_no_other_post(office: Office) -> None:
    _, topic = await office.ticket()
    card = next(post for post in office.telegram.staff.newest_first(topic.id) if post.keyboard)
    await office.officer.say("Sebentar ya.", topic=topic)
    await office.user.sees("Sebentar")
    other = next(post for post in office.telegram.staff.newest_first(topic.id) if post.id != card.id)
    await office.officer.press_data(other, _data(card, "Tutup"))
    await office.officer.sees_answer(STALE)


async def test_every_old_button_of_a_whole_consultation_is_answered_and_harmless(tmp_path: Path) -> None:
    """A month later somebody scrolls up and presses everything."""
    async with swift(tmp_path) as office:
        user = await to(office, "closed")
        await office.move(days=30)
        before = await value(office, "SELECT count(*) FROM ticket_events")
        old = [(message, button) for message in user.chat for row in message.keyboard for button in row]
        for message, button in old:
            await user.press_data(message, button["callback_data"])
            await user.sees_answer()
        await office.settled()
        assert await value(office, "SELECT count(*) FROM ticket_events") == before
        assert await value(office, "SELECT count(*) FROM tickets") == 1
        assert await value(office, "SELECT status FROM tickets") == "closed"
        assert await state_of(office) == "idle"


ONCE = {
    "consent": ("Setuju", "alamat e-mail Anda"),
    "code": ("Ganti alamat e-mail", "alamat e-mail Anda yang masih"),
    "origin": ("Lewati", "Kedua,"),
    "use": ("Penelitian", "Pilih jenis konsultasi"),
    "type": ("Data", "Jenis konsultasi:"),
    "question": ("Kirim", "dibuka"),
    "closed": ("5", "saran atau masukan"),
    "feedback": ("Lewati", "sudah tercatat"),
    "after_close": ("Lanjutkan tiket itu", "dibuka kembali"),
    "complaint": ("Tanpa nama", "tidak akan disampaikan"),
}


@pytest.mark.parametrize("state", sorted(ONCE))
async def test_ten_presses_at_once_have_one_effect(tmp_path: Path, state: str) -> None:
    async with swift(tmp_path) as office:
        label, said = ONCE[state]
        user = await to(office, state)
        before = seen_by(user).count(said)
        data = _with_button(user, label)
        for _ in range(10):
            await user.press_data(data, _data(data, label))
        for _ in range(10):
            await user.sees_answer()
        await office.settled()
        assert seen_by(user).count(said) == before + 1
        assert await value(office, "SELECT count(*) FROM tickets") <= 1
        assert staff_words(office).count("Penilaian pengguna") <= 1


@pytest.mark.parametrize(
    ("label", "said"), [("Sudah terjawab", "menyatakan sudah terjawab"), ("Masih perlu", "masih memerlukan")]
)
async def test_ten_presses_on_a_warning_tell_the_officers_once(tmp_path: Path, label: str, said: str) -> None:
    async with swift(tmp_path) as office:
        user = await to(office, "ticket")
        topic = office.telegram.topics[0]
        await office.answer(topic)
        await office.move(days=5, minutes=1)
        await user.sees("menunggu balasan Anda")
        for _ in range(10):
            await user.press(label)
        await office.settled()
        assert staff_words(office).count(said) == 1


OFFICERS_ONCE = {
    "Ambil": "Tiket diambil",
    "Jawaban disampaikan": "menandai",
    "Minta keterangan": "Cara pakai",
    "Tutup": "Tuliskan alasannya",
}


@pytest.mark.parametrize("label", sorted(OFFICERS_ONCE))
async def test_ten_presses_of_an_officer_fill_no_topic(tmp_path: Path, label: str) -> None:
    async with swift(tmp_path) as office:
        await to(office, "ticket")
        topic = office.telegram.topics[0]
        for _ in range(10):
            await office.officer.press(label, topic=topic)
        await office.settled()
        assert staff_words(office).count(OFFICERS_ONCE[label]) <= 1
        assert len([message for message in topic.messages if message.by_bot]) <= 4


async def test_changing_stars_counts_the_last_and_tells_the_supervisor_once(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        await office.supervisor.say("/bantuan")
        user = await to(office, "closed")
        for stars in "121212":
            await user.press(stars)
        await office.settled()
        assert await value(office, "SELECT stars FROM ratings") == 2
        told = [message for message in office.supervisor.chat if "mendapat penilaian" in message.text]
        assert len(told) == 1


async def test_a_rating_while_another_ticket_is_open_asks_for_no_words(tmp_path: Path) -> None:
    """Else the next message to the officer would be filed as feedback."""
    async with swift(tmp_path) as office:
        user = await to(office, "closed")
        await user.say("/mulai")
        await user.sees("jenis konsultasi")
        await user.press("Data")
        await user.sees("Tuliskan pertanyaan")
        await user.say("Pertanyaan kedua")
        await user.sees("Tersimpan")
        await ROAD["ticket"](office, user)
        await user.press("4")
        await user.sees("sudah tercatat")
        await user.say("Untuk petugas")
        await office.officer.sees("Untuk petugas", topic=office.telegram.topics[1])


async def test_a_question_typed_days_after_the_rating_is_no_feedback(office: Office) -> None:
    user = await to(office, "feedback")
    await office.move(days=2)
    await user.say("Berapa inflasi bulan ini?")
    await user.sees("sudah ditutup")
    assert await drafts(office) == ["Berapa inflasi bulan ini?"]
    assert await value(office, "SELECT feedback FROM ratings") is None


async def test_reopening_while_feedback_is_awaited_sends_words_to_the_officers(office: Office) -> None:
    user = await to(office, "feedback")
    await user.press("Buka kembali")
    await user.sees("dibuka kembali")
    await user.say("Masih ada pertanyaan")
    await office.officer.sees("Masih ada pertanyaan", topic=office.telegram.topics[0])


@pytest.mark.parametrize("state", [state for state in STATES if state not in ("new", "consent")])
async def test_the_consents_button_counts_once(office: Office, state: str) -> None:
    user = await to(office, state)
    place = await state_of(office)
    message = _with_button(user, "Setuju")
    for label in ("Setuju", "Tidak setuju"):
        await user.press_data(message, _data(message, label))
        await user.sees_answer(STALE)
    assert await state_of(office) == place
    assert await value(office, "SELECT count(*) FROM consents") == 1
