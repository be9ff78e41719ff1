"""Registration under bad input: every step says what it needs, and nothing typed is lost."""

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
    staff_words,
    state_of,
    swift,
    to,
    value,
)

# What was tried, and how the answer begins to help; none of it is an answer, none of it is a question.
BAD_ADDRESSES = (
    "siti",
    "siti@",
    "siti@contoh",
    "@contoh.go.id",
    "siti@contoh..id",
    "siti@-contoh.id",
    "siti@contoh.go.id,budi@contoh.go.id",
    "sïti@contoh.go.id",
    "siti@contoh.invalid",
    f"{'a' * 65}@contoh.go.id",
    f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.id",
    "a" * 4096,
    "😀",
    "\u200b\u200f",
    "123456",
)
BAD_CODES = ("12345", "1234567", "abcdef", "１２３４５６", "٠١٢٣٤٥", "😀", "\u200b", "12-34-5")
BAD_NAMES = ("S", "123", "Siti99", "😀😀", "\u200b\u200f\u202e", "ㅤㅤㅤ", "⠀⠀", "-", "x" * 81, "Siti\x07")
BEFORE_SENDING = tuple(ROAD)[: tuple(ROAD).index("ticket")]
PROSE = "Saya perlu data PDRB menurut lapangan usaha"


@pytest.mark.parametrize(
    ("state", "attempts", "answer"),
    [
        ("email", BAD_ADDRESSES, "belum lengkap"),
        ("code", BAD_CODES, "6 angka"),
        ("name", BAD_NAMES, "belum dapat kami"),
    ],
)
async def test_a_failed_attempt_is_answered_and_leaves_everything_as_it_was(
    office: Office, state: str, attempts: tuple[str, ...], answer: str
) -> None:
    user = await to(office, state)
    for attempt in attempts:
        await user.say(attempt)
        await user.sees(answer)
    assert await state_of(office) == state
    assert await drafts(office) == [QUESTION]


async def test_nothing_typed_at_any_step_is_lost_and_it_arrives_in_order(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        user = office.user
        for state in BEFORE_SENDING:
            await ROAD[state](office, user)
            await user.say(f"{PROSE}, ditulis pada langkah {state}?")
            await user.send("photo", caption=f"foto {state}")
            await user.album(["photo", "photo"], caption=f"album {state}")
            await user.send("sticker")
            await office.settled()
            user.read_all()
        assert len(await drafts(office)) == 1 + len(BEFORE_SENDING) * 5
        await user.press("Kirim")
        await user.sees("dibuka")
        await office.settled()
        words = staff_words(office)
        places = [words.index(f"{kind} {state}") for state in BEFORE_SENDING for kind in ("langkah", "foto", "album")]
        assert places == sorted(places)
        stickers = [message for message in office.telegram.staff.messages if message.kind == "sticker"]
        assert len(stickers) == len(BEFORE_SENDING)


async def test_media_instead_of_an_answer_is_kept_and_the_question_repeated(office: Office) -> None:
    answers = (("email", "alamat e-mail"), ("code", "6 angka"), ("name", "belum dapat kami"))
    for number, (state, answer) in enumerate(answers):
        person = Person(office.telegram, id=3000 + number, first_name=state)
        await to(office, state, person)
        for kind in ("photo", "voice", "sticker", "document", "location"):
            await person.send(kind)
        await person.album(["photo"] * 3, caption="siti@contoh.go.id")
        await person.sees(answer)
        assert await state_of(office, person) == state
        assert len(await drafts(office, person)) == 1 + 5 + 3


async def test_ten_pictures_at_once_get_one_answer_not_ten(office: Office) -> None:
    user = await to(office, "email")
    await user.album(["photo"] * 10)
    await office.settled()
    assert seen_by(user).count("alamat e-mail Anda yang masih aktif") <= 3


async def test_the_person_is_told_that_what_came_too_early_is_saved(office: Office) -> None:
    user = await to(office, "email")
    await user.say(PROSE)
    await user.sees("2 pesan Anda sudah tersimpan")
    await office.move(seconds=10)
    await user.say(f"{PROSE} " * 90)
    await user.sees("3 pesan Anda sudah tersimpan")


async def test_a_question_typed_where_a_name_is_awaited_is_no_name(office: Office) -> None:
    user = await to(office, "name")
    await user.say("Berapa inflasi Oktober 2026?")
    await user.sees("Pertanyaan Anda sudah tersimpan")
    await user.say("siti@contoh.go.id")
    await user.sees("Itu alamat e-mail")
    await user.say("Nama saya Siti\nSaya dari dinas")
    await user.sees("belum dapat kami catat")
    await user.say("Kalau begitu " * 40)
    await user.sees("Pertanyaan Anda sudah tersimpan")
    assert await state_of(office) == "name"
    assert len(await drafts(office)) == 4


async def test_names_of_all_kinds_are_taken_without_what_does_not_show(office: Office) -> None:
    for number, (typed, kept) in enumerate(
        (
            ("Siti 😀", "Siti 😀"),
            ("  Siti \u200b  Aminah\u202e ", "Siti Aminah"),
            ("李明", "李明"),
            ("dr. Siti Aminah, S.Si.", "dr. Siti Aminah, S.Si."),
            ("<b>Siti</b>", "<b>Siti</b>"),
            ("D'Artagnan", "D'Artagnan"),
        )
    ):
        person = await to(office, "name", Person(office.telegram, id=3000 + number, first_name="x"))
        await person.say(typed)
        await person.sees("lembaga apa")
        name = await value(office, "SELECT name FROM identities WHERE sender = $1", str(person.id))
        assert name == kept


async def test_pressing_start_again_repeats_the_question_and_sends_no_second_code(office: Office) -> None:
    user = await to(office, "code")
    await user.say("/start")
    await user.sees("6 angka")
    await office.move(minutes=2)
    await user.say("/mulai")
    await user.sees("6 angka")
    await office.settled()
    assert len(office.mailbox.to(address_of(user))) == 1
    await user.say(office.mailbox.to(address_of(user))[0].code)
    await user.sees("Siapa nama")


async def test_starting_twice_greets_twice_and_registers_once(office: Office) -> None:
    await office.user.say("/start")
    await office.user.say("/start")
    await office.user.sees("Setuju? Tekan")
    await office.user.sees("Setuju? Tekan")
    await office.user.press("Setuju")
    await office.user.sees("alamat e-mail")
    await office.user.say("/start")
    await office.user.sees("alamat e-mail")
    assert await state_of(office) == "email"


async def test_a_slip_in_the_domain_is_asked_about(office: Office) -> None:
    user = await to(office, "email")
    await user.say("siti@gmial.com")
    assert "siti@gmail.com" in (await user.sees("Apakah maksud Anda")).text
    await user.press("Ya")
    assert (await office.mailbox.mail_to("siti@gmail.com")).code
    await user.sees("Kode sudah dikirim")


@pytest.mark.parametrize("word", ["Tidak", "no", "TIDAK."])
async def test_the_address_as_typed_may_be_the_right_one(office: Office, word: str) -> None:
    user = await to(office, "email")
    await user.say("siti@gmail.co")
    await user.sees("Apakah maksud Anda")
    await user.say(word)
    assert (await office.mailbox.mail_to("siti@gmail.co")).code
    await user.sees("Kode sudah dikirim")


async def test_a_change_of_address_while_a_code_is_awaited(office: Office) -> None:
    user = await to(office, "email")
    old = await ask_for_code(office, user, "lama@contoh.go.id")
    await user.press("Ganti alamat e-mail")
    await user.sees("alamat e-mail")
    new = await ask_for_code(office, user, "baru@contoh.go.id")
    if old != new:
        await user.say(old)
        await user.sees("belum sesuai")
    await user.say("lain@contoh.go.id")
    third = (await office.mailbox.mail_to("lain@contoh.go.id")).code
    await user.sees("Kode sudah dikirim")
    await user.say(third)
    await user.sees("Siapa nama")
    assert await value(office, "SELECT email FROM accounts") == "lain@contoh.go.id"


async def test_the_same_address_typed_again_goes_on_waiting_for_its_code(office: Office) -> None:
    user = await to(office, "email")
    code = await ask_for_code(office, user, address_of(user))
    await user.press("Ganti alamat e-mail")
    await user.sees("alamat e-mail")
    await user.say(address_of(user))
    await user.sees("Kode baru dapat dikirim dalam")
    await user.say(code)
    await user.sees("Siapa nama")


async def test_wrong_codes_are_counted_down_and_the_sixth_try_is_too_late(office: Office) -> None:
    user = await to(office, "email")
    code = await ask_for_code(office, user, address_of(user))
    for left in (4, 3, 2, 1):
        await user.say(another(code))
        await user.sees(f"Sisa percobaan: {left}")
    await user.say(another(code))
    await user.sees("tidak dapat dipakai")
    await user.say(code)
    await user.sees("tidak dapat dipakai")
    await office.move(seconds=61)
    await user.press("Kirim ulang")
    fresh = (await office.mailbox.mail_to(address_of(user))).code
    await user.sees("Kode sudah dikirim")
    await user.say(f"{fresh[:3]} {fresh[3:]}")
    await user.sees("Siapa nama")
