"""The public's commands: in every state, in both languages, losing neither the draft nor the place."""

import re
from functools import partial
from pathlib import Path

import pytest

from bot.playground.messages import Message
from bot.playground.people import Person
from handlers.commands import PUBLIC
from tests.flows.conftest import Office
from tests.flows.way import QUESTION, ROAD, STATES, address_of, drafts, seen_by, staff_words, state_of, swift, to, value

# What each command answers; those of the second table lead somewhere else.
ANSWERS = {
    "status": ("Tiket Anda", "Belum ada tiket"),
    "cari": ("di belakang perintah",),
    "standar": ("Standar pelayanan",),
    "pengaduan": ("Pengaduan dan saran",),
    "privasi": ("Data Anda", "belum menyimpan data"),
    "bahasa": ("Choose a language",),
    "bantuan": ("kami menuntun",),
    "pindahkan": ("di kanal lain",),
}
LEADING = ("mulai", "batal", "email")
# Where /mulai leads; anywhere else the person stays.
STARTS = {"new": "consent", "idle": "type", "closed": "type", "feedback": "type", "after_close": "type"}
NOW_AT = {"ticket": "idle", "closed": "idle", "complaint": "email"}


def _spellings(name: str) -> list[str]:
    """The command and its alias, plain, addressed to the bot, shouted, with words behind it."""
    both = [spelling for spelling, command in PUBLIC.items() if command is PUBLIC[name]]
    return [f"/{both[0]}", f"/{both[-1]}@meja_demo_bot", f"/{both[0].upper()}", f"/{both[-1]} "]


def test_every_command_is_in_one_of_the_tables() -> None:
    covered = {PUBLIC[name] for name in (*ANSWERS, *LEADING)}
    assert covered == set(PUBLIC.values())


@pytest.mark.parametrize("state", STATES)
async def test_rule_17_every_command_works_in_every_state(tmp_path: Path, state: str) -> None:
    async with swift(tmp_path) as office:
        user = await to(office, state)
        place, kept = await state_of(office), await drafts(office)
        assert place == NOW_AT.get(state, state)
        for name, answers in ANSWERS.items():
            for spelling in _spellings(name):
                before = _count(user, answers)
                await user.say(spelling)
                await office.telegram.until(partial(_more_than, before, user, answers))
            await office.move(seconds=31)
        assert (await state_of(office), await drafts(office)) == (place, kept)
        await user.say("/batal")
        await user.sees("pengaduan yang dicatat")
        assert (await state_of(office), await drafts(office)) == (place, kept)


def _count(user: Person, answers: tuple[str, ...]) -> int:
    return sum(seen_by(user).count(answer) for answer in answers)


def _more_than(before: int, user: Person, answers: tuple[str, ...]) -> bool:
    return _count(user, answers) > before


@pytest.mark.parametrize("state", STATES)
async def test_start_begins_or_says_where_the_person_stands(tmp_path: Path, state: str) -> None:
    async with swift(tmp_path) as office:
        user = await to(office, state)
        place, kept = await state_of(office), await drafts(office)
        for spelling in ("/mulai", "/start@meja_demo_bot", "/start abc"):
            await user.say(spelling)
        assert await state_of(office) == STARTS.get(state, place)
        assert await drafts(office) == kept
        assert await value(office, "SELECT count(*) FROM tickets") <= 1


CANCELLED = {"consent": "new", "email": "new", "code": "new", "type": "idle", "question": "idle", "after_close": "idle"}


@pytest.mark.parametrize("state", STATES)
async def test_cancel_does_what_it_says(office: Office, state: str) -> None:
    user = await to(office, state)
    place = await state_of(office)
    user.read_all()
    await user.say("/cancel")
    if state == "ticket":
        await user.sees("Batalkan tiket")
        await user.say("jangan batalkan")
        assert await state_of(office) == "idle"
        assert await value(office, "SELECT count(*) FROM tickets WHERE closed_at IS NULL") == 1
    elif state == "complaint":
        await user.sees("tidak ada pengaduan")
        assert (await state_of(office), await drafts(office)) == ("email", [QUESTION])
    elif state in ("new", "idle", "closed"):
        await user.sees("Tidak ada langkah")
    else:
        await user.sees("dibatalkan")
        assert await drafts(office) == []
        assert await state_of(office) == CANCELLED.get(state, "idle" if state == "feedback" else place)


async def test_an_unknown_command_gets_a_hint_and_goes_nowhere(office: Office) -> None:
    user = await to(office, "ticket")
    for text in ("/tidakada", "/", "/ mulai", "/mulai_lagi", "/ambil", "/tutup selesai", "/report", "//catatan"):
        await user.say(text)
        await user.sees("belum kami kenal")
    await user.send("photo", caption="/rahasia")
    await user.sees("belum kami kenal")
    await office.settled()
    assert "/" not in staff_words(office).replace("sekolah/kuliah", "")
    assert not [message for message in office.telegram.staff.messages if message.kind == "photo"]


async def test_a_command_in_a_caption_says_that_the_photo_is_not_passed_on(office: Office) -> None:
    user = await to(office, "ticket")
    await user.send("photo", caption="/status")
    await user.sees("Tiket Anda")
    await user.sees("Hanya tulisannya")


async def test_an_edited_message_runs_no_command(office: Office) -> None:
    user = await to(office, "ticket")
    said = await user.say("Tambahan")
    await office.officer.sees("Tambahan", topic=office.telegram.topics[0])
    before = len(user.chat)
    await user.edit(said, text="/status")
    await office.settled()
    assert len(user.chat) == before


async def test_the_language_changes_at_every_step_and_the_question_is_asked_again(tmp_path: Path) -> None:
    asked = {
        "consent": "Before we start",
        "email": "e-mail address",
        "code": "6 digits",
        "name": "What is your name",
        "origin": "organisation",
        "use": "what will you use",
        "type": "type of consultation",
        "question": "saved",
    }
    for number, (state, words) in enumerate(asked.items()):
        async with swift(_folder(tmp_path, number)) as office:
            user = await to(office, state)
            await user.say("/language")
            await user.sees("Choose a language")
            await user.press("English")
            await user.sees(words)
            assert (await state_of(office), await drafts(office)) == (state, [QUESTION])


def _folder(tmp_path: Path, number: int) -> Path:
    folder = tmp_path / str(number)
    folder.mkdir()
    return folder


async def test_an_app_that_tells_no_language_is_answered_in_the_offices(tmp_path: Path) -> None:
    async with swift(tmp_path, office={"language": "en"}) as office:
        silent = Person(office.telegram, id=1005, first_name="Sam", language_code="")
        await silent.say("/start")
        await silent.sees("Do you agree")
        malay = Person(office.telegram, id=1006, first_name="Aminah", language_code="ms")
        await malay.say("/start")
        await malay.sees("Setuju?")


async def test_ten_presses_on_a_language_change_it_once(office: Office) -> None:
    user = await to(office, "code")
    await user.say("/bahasa")
    await user.sees("Choose a language")
    before = len(user.chat)
    for _ in range(10):
        await user.press("English")
    await office.settled()
    assert len(user.chat) - before <= 3


ENGLISH_STEPS = (
    ("", "/start", "Do you agree?"),
    ("Agree", "", "type an e-mail address"),
    ("", "siti@", "looks incomplete"),
    ("", "siti@gmial.com", "Did you mean"),
    ("No", "", "valid for 10 minutes"),
    ("", "000", "We are waiting for the 6 digits"),
    ("Change e-mail address", "", "type an e-mail address"),
)
ENGLISH_TALK = (
    ("Jane Doe", "organisation"),
    ("skip", "what will you use"),
    ("Research", "type of consultation"),
    ("Activity recommendation", "Write your question"),
    ("How many people live in Labuhanbatu?", "press or type Send"),
    ("send", "is open"),
    ("/status", "Your tickets"),
    ("/standard", "Service standard"),
    ("read all", "online consultation"),
    ("/privacy", "Your data"),
    ("/help", "Just write"),
    ("/complaint", "Complaints and suggestions"),
    ("Without my name", "your name will not"),
    ("/cancel", "no complaint"),
    ("/nonsense", "do not know that command"),
)
INDONESIAN = set(
    re.findall(
        r"\w+",
        "Anda kami Silakan Mohon Tiket tiket Terima tidak dan untuk pukul sudah Petugas yang Lewati Kirim Tekan dengan"
        " Senin Kamis Berapa oleh pada lewat bila",
    )
)


async def test_a_consultation_in_english_shows_no_indonesian_word(office: Office) -> None:
    user = Person(office.telegram, id=1003, first_name="Jane", language_code="en")
    for label, text, answer in ENGLISH_STEPS:
        await (user.press(label) if label else user.say(text))
        await user.sees(answer)
    await user.say(address_of(user))
    code = (await office.mailbox.mail_to(address_of(user))).code
    await user.sees("valid for 10 minutes")
    await user.say(code)
    for text, answer in ENGLISH_TALK:
        await user.say(text)
        await user.sees(answer)
    topic = office.telegram.topics[0]
    await office.officer.press("Ambil", topic=topic)
    await user.sees("is now handling")
    await office.officer.say("/tanya Which year?", topic=topic)
    await user.sees("Which year?")
    await user.say("2025")
    await user.sees("running again")
    await office.move(seconds=31)
    await office.officer.say("/tutup selesai", topic=topic)
    await user.sees("is finished")
    await user.say("5")
    await user.sees("suggestion")
    await user.say("skip")
    await user.sees("recorded")
    await office.settled()
    said = "\n".join(_words(message) for message in user.chat if message.by_bot)
    said = said.replace("Bahasa Indonesia: /bahasa", "").replace("Pilih bahasa / Choose a language", "")
    assert set(re.findall(r"\w+", said)) & INDONESIAN == set()


def _words(message: Message) -> str:
    """Its text and the labels under it."""
    return "\n".join([message.text, *(label for row in message.buttons for label in row)])


@pytest.mark.parametrize("language", ["id", "en"])
async def test_typed_labels_do_the_same_as_presses_in_both_languages(office: Office, language: str) -> None:
    """The person's app speaks one language, they type in the other: a press is lost after 150 s, a word never is."""
    words = {
        "en": ("Setuju", "Lewati", "Tugas sekolah/kuliah", "Klasifikasi", "kirim."),
        "id": ("agree", "Education & research, Indonesia", "skip", "Activity recommendation", "SEND!"),
    }[language]
    user = Person(office.telegram, id=1003, first_name="Jane", language_code=language)
    await user.say(QUESTION)
    assert await state_of(office, user) == "consent"
    await user.say(words[0])
    assert await state_of(office, user) == "email"
    await user.say(address_of(user))
    await user.say((await office.mailbox.mail_to(address_of(user))).code)
    await user.say("Jane Doe")
    assert await state_of(office, user) == "origin"
    await user.say(words[1])
    assert await state_of(office, user) == "use"
    await user.say(words[2])
    assert await state_of(office, user) == "type"
    await user.say(words[3])
    assert await state_of(office, user) == "question"
    await user.say(words[4])
    assert await state_of(office, user) == "idle"
    assert await value(office, "SELECT count(*) FROM tickets") == 1


async def test_a_label_is_understood_after_many_commands(office: Office) -> None:
    user = await to(office, "consent")
    for command in ("/standar", "/bahasa", "/pengaduan", "/batal", "/standar", "/bahasa"):
        await user.say(command)
    await user.say("Setuju")
    assert await state_of(office) == "email"


@pytest.mark.parametrize("state", ["type", "question"])
async def test_a_number_typed_in_a_new_question_rates_no_older_ticket(office: Office, state: str) -> None:
    user = await to(office, "closed")
    await user.say("/mulai")
    await user.sees("jenis konsultasi")
    if state == "question":
        await user.say("Metadata")
        await user.sees("Tuliskan pertanyaan")
    await user.say("2")
    if state == "type":  # the second of the types that are offered
        await user.sees("Tuliskan pertanyaan")
    assert await drafts(office) == ([] if state == "type" else ["2"])
    assert await value(office, "SELECT count(*) FROM ratings") == 0


async def test_a_number_typed_to_the_officer_reaches_the_officer(office: Office) -> None:
    user = await to(office, "closed")
    await user.say("/mulai")
    for step in ("type", "question"):
        await (user.sees("jenis konsultasi") if step == "type" else user.press("Data"))
    await user.say(QUESTION)
    await user.sees("Tersimpan")
    await ROAD["ticket"](office, user)
    await user.say("2")
    await office.officer.sees("2", topic=office.telegram.topics[1])
    await user.say("English")
    await office.officer.sees("English", topic=office.telegram.topics[1])
