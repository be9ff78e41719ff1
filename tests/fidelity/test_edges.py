"""What surrounds a message, what is too long for one, and what must not go along."""

import pytest

from bot.playground.messages import Message
from bot.playground.replies import Json
from tests.flows.conftest import Office

BOT = {"id": 990, "is_bot": True, "first_name": "Gambar", "username": "gambar_bot"}
SOMEBODY = {"id": 77, "is_bot": False, "first_name": "Rahasia", "last_name": "Sekali", "username": "rahasia_sekali"}
CHANNEL = {"id": -1005550001111, "type": "channel", "title": "Kanal"}
FRAMES: dict[str, tuple[Json, str]] = {
    "forwarded": ({"forward_origin": {"type": "user", "date": 1, "sender_user": SOMEBODY}}, "diteruskan pengguna"),
    "via a bot": ({"via_bot": BOT}, "melalui bot lain"),
    "to a story": ({"reply_to_story": {"chat": CHANNEL, "id": 4}}, "membalas sebuah cerita"),
    "to elsewhere": (
        {"external_reply": {"origin": {"type": "channel", "date": 1, "chat": CHANNEL, "message_id": 5}}},
        "percakapan lain",
    ),
}


@pytest.mark.parametrize("frame", FRAMES)
async def test_officers_read_what_surrounds_a_message_and_no_name(office: Office, frame: str) -> None:
    _, topic = await office.ticket()
    extra, words = FRAMES[frame]
    await office.user.say("Apakah ini benar?", extra=extra)
    assert words in (await office.officer.sees("Apakah ini benar?", topic=topic)).text
    photo = await office.user.send("photo", caption="Tabel ini", extra=extra)
    copy = await office.officer.sees("Tabel ini", topic=topic, kind="photo")
    assert words in copy.text
    await office.user.edit(photo, caption="Tabel itu")
    assert words in (await office.officer.sees("Tabel itu", topic=topic)).text
    assert "Rahasia" not in str([message.body for message in topic.messages if message.by_bot])


@pytest.mark.parametrize("frame", FRAMES)
async def test_users_get_what_officers_forward_as_their_own(office: Office, frame: str) -> None:
    _, topic = await office.ticket()
    extra, _ = FRAMES[frame]
    await office.officer.say("Silakan lihat ini.", topic=topic, extra=extra)
    copy = await office.user.sees("Silakan lihat ini.")
    assert copy.text == "Silakan lihat ini."
    assert not copy.body.keys() & {*extra, "forward_from"}


async def test_a_hidden_mention_names_no_account_on_the_other_side(office: Office) -> None:
    _, topic = await office.ticket()
    marks = [{"type": "text_mention", "offset": 0, "length": 4, "user": SOMEBODY}, _bold(5, 3)]
    await office.officer.say("Rina dan saya", entities=marks, topic=topic)
    assert (await office.user.sees("Rina dan saya")).entities == [_bold(5, 3)]
    await office.user.say("Rina dan kami", entities=marks)
    assert (await office.officer.sees("Rina dan kami", topic=topic)).entities == [_bold(5, 3)]


async def test_a_reply_to_a_notice_says_so(office: Office) -> None:
    _, topic = await office.ticket()
    await office.user.say("Kenapa lama?", reply_to=await office.user_message("dibuka"))
    assert "pemberitahuan" in (await office.officer.sees("Kenapa lama?", topic=topic)).text


async def test_a_reply_to_the_card_answers_the_question_in_it(office: Office) -> None:
    number, topic = await office.ticket("Berapa inflasi?")
    card = next(message for message in topic.messages if number in message.text)
    await office.officer.say("Tiga persen", reply_to=card, topic=topic)
    assert (await office.user.sees("Tiga persen")).reply_to == (await office.user_message("Berapa inflasi?")).id


async def test_a_quote_keeps_its_marks_and_one_that_fails_goes_without(office: Office) -> None:
    """Telegram refuses a quote whose marks are not those of the message."""
    _, topic = await office.ticket()
    await office.officer.say("Jumlah 😀 penting sekali", entities=[_bold(10, 7)], topic=topic)
    copy = await office.user.sees("penting")
    await office.user.say("Maksudnya?", reply_to=copy, quote="😀 penting")
    seen = await office.officer.sees("Maksudnya?", topic=topic)
    assert seen.quote == "😀 penting"
    assert seen.body["quote"]["entities"] == [_bold(3, 7)]
    original = next(message for message in topic.messages if message.id == seen.reply_to)
    await office.settled()
    office.telegram.world.replace(original, {**original.body, "text": "Sama sekali lain", "entities": []})
    await office.user.say("Dan ini?", reply_to=copy, quote="penting")
    again = await office.officer.sees("Dan ini?", topic=topic)
    assert (again.reply_to, again.quote) == (original.id, None)


async def test_a_long_caption_follows_its_file_whole_and_marked(office: Office) -> None:
    """People with a paid account may write captions that no bot may send."""
    _, topic = await office.ticket()
    words = "Kalimat panjang. " * 120
    caption = {"caption": words.strip(), "caption_entities": [_bold(1100, 7)]}
    await office.user.send("photo", extra=caption)
    photo = await office.officer.sees(topic=topic, kind="photo")
    assert photo.text == ""
    text = await office.officer.sees("Kalimat panjang.", topic=topic, kind="text")
    assert (text.text, text.entities) == (words.strip(), [_bold(1100, 7)])
    sent = await office.officer.send("document", extra=caption, topic=topic)
    await office.user.sees("Kalimat panjang.", kind="text")
    await office.telegram.until(lambda: "👌" in str(sent.reactions))
    await office.officer.edit(sent, caption="Singkat saja", topic=topic)
    assert (await office.user.sees("Singkat saja")).kind == "document"


async def test_an_album_with_a_long_caption_stays_an_album(office: Office) -> None:
    _, topic = await office.ticket()
    words = "Kata " * 300
    first, second = await office.user.album(["photo", "photo"], extra={"caption": words.strip()})
    await office.officer.sees(words.strip(), topic=topic, kind="text")
    photos = [message for message in topic.messages if message.kind == "photo"]
    assert [photo.file_id for photo in photos] == [first.file_id, second.file_id]
    assert len({photo.album for photo in photos}) == 1


async def test_an_edit_of_one_part_of_an_album_changes_that_part(office: Office) -> None:
    _, topic = await office.ticket()
    album = await office.officer.album(["photo", "photo"], caption="Dua tabel", topic=topic)
    await office.user.sees("Dua tabel")
    await office.officer.edit(album[1], caption="yang kedua", topic=topic)
    changed = await office.user.sees("yang kedua")
    assert changed.file_id == album[1].file_id
    await office.settled()
    assert len([message for message in office.user.chat if message.kind == "photo"]) == 2


async def test_a_cover_over_a_picture_and_a_caption_above_it_stay(office: Office) -> None:
    _, topic = await office.ticket()
    shown = {"has_media_spoiler": True, "show_caption_above_media": True}
    await office.user.send("photo", caption="Rahasia", extra=shown)
    assert shown.items() <= (await office.officer.sees("Rahasia", topic=topic)).body.items()
    await office.officer.album(["photo", "video"], extra=shown, topic=topic)
    await office.telegram.until(lambda: len([m for m in office.user.chat if m.album]) == 2)
    assert all(message.body.get("has_media_spoiler") for message in office.user.chat if message.album)


async def test_an_effect_is_no_reason_to_hold_a_message(office: Office) -> None:
    _, topic = await office.ticket()
    await office.user.say("Selamat!", extra={"effect_id": "5046509860389126442"})
    await office.officer.sees("Selamat!", topic=topic)


async def test_no_preview_of_a_link_in_the_staff_group(office: Office) -> None:
    _, topic = await office.ticket()
    await office.user.say("https://contoh.go.id")
    seen = await office.officer.sees("contoh.go.id", topic=topic)
    assert seen.body["link_preview_options"] == {"is_disabled": True}


async def test_the_moves_of_a_live_location_are_answered_once(office: Office) -> None:
    _, topic = await office.ticket()
    sent = await office.user.send("location", live_period=3600)
    await office.officer.sees(topic=topic, kind="location")
    for step in range(5):
        _tell_move(office, sent, 2.1 + step / 100)
    await office.user.sees("perpindahannya tidak diteruskan")
    await office.settled()
    assert len([message for message in office.user.chat if "perpindahannya" in message.text]) == 1
    assert len([message for message in topic.messages if message.kind == "location"]) == 1


def _tell_move(office: Office, message: Message, latitude: float) -> None:
    world = office.telegram.world
    place = message.body["location"] | {"latitude": latitude}
    world.replace(message, message.body | {"location": place})
    world.tell("edited_message", message.body)


async def test_a_file_whose_id_alone_changes_is_not_edited(office: Office) -> None:
    """Telegram gives a file another file_id now and then; its unique id stays."""
    _, topic = await office.ticket()
    sent = await office.user.send("photo", caption="Tabel")
    await office.officer.sees("Tabel", topic=topic)
    sizes = [size | {"file_id": f"{size['file_id']}-baru"} for size in sent.body["photo"]]
    office.telegram.world.tell("edited_message", sent.body | {"photo": sizes, "edit_date": sent.body["date"] + 1})
    await office.settled()
    assert not office.telegram.ledger.of("editMessageMedia")


@pytest.mark.parametrize(("given", "shown"), [("custom", "👀"), ("paid", "❤"), ("🔥", "🔥")])
async def test_reactions_no_bot_can_give_have_a_stand_in(office: Office, given: str, shown: str) -> None:
    _, topic = await office.ticket()
    answer = await office.officer.say("Jawaban", topic=topic)
    copy = await office.user.sees("Jawaban")
    await office.telegram.until(lambda: "👌" in str(answer.reactions))
    await office.user.react(copy, given)
    await office.telegram.until(lambda: shown in str(answer.reactions))
    await office.user.react(copy, None)
    await office.telegram.until(lambda: "👌" in str(answer.reactions))
    question = await office.user.say("Tambahan")
    seen = await office.officer.sees("Tambahan", topic=topic)
    await office.officer.react(seen, given, topic=topic)
    await office.telegram.until(lambda: shown in str(question.reactions))


async def test_an_edit_that_does_not_fit_the_card_is_posted_anew(office: Office) -> None:
    _, topic = await office.ticket("Berapa inflasi?")
    question = await office.user_message("Berapa inflasi?")
    await office.user.edit(question, kind="photo", caption="Lihat gambar ini")
    copy = await office.officer.sees("Lihat gambar ini", topic=topic, kind="photo")
    assert copy.file_id == question.file_id


async def test_every_version_is_shown_with_what_it_was(office: Office) -> None:
    _, topic = await office.ticket()
    text = await office.user.say("Versi nol")
    copy = await office.officer.sees("Versi nol", topic=topic)
    for number in range(1, 6):
        await office.user.edit(text, text=f"Versi ke-{number}")
        await office.officer.sees(f"Versi ke-{number}", topic=topic)
    await office.user.edit(text, kind="document", caption="Versi akhir")
    await office.officer.sees("Versi akhir", topic=topic)
    await office.officer.say("/riwayat", topic=topic, reply_to=copy)
    shown = (await office.officer.sees("Versi nol", topic=topic)).text
    assert [f"Versi ke-{number}" in shown for number in range(1, 6)] == [True] * 5
    assert "[berkas] surat.pdf Versi akhir" in shown


async def test_what_telegram_will_not_copy_goes_in_words_and_both_sides_are_told(office: Office) -> None:
    _, topic = await office.ticket()
    await office.user.send("checklist", extra={"has_protected_content": True})
    seen = await office.officer.sees("☑ Unduh tabel", topic=topic)
    assert seen.text.startswith("[daftar tugas] Daftar data")
    assert "Hanya tulisannya" in seen.text
    await office.user.sees("belum dapat diteruskan")


async def test_a_mistyped_command_does_not_become_a_message_by_an_edit(office: Office) -> None:
    _, topic = await office.ticket()
    typed = await office.user.say("/berapa inflasinya")
    await office.user.sees("perintah")
    await office.user.edit(typed, text="berapa inflasinya")
    await office.user.sees("tidak termasuk yang diteruskan")
    note = await office.officer.say("// urusan dapur", topic=topic)
    await office.officer.edit(note, text="urusan dapur kita", topic=topic)
    await office.officer.sees("TIDAK dikirim ke pengguna karena pesan aslinya", topic=topic)
    assert "dapur" not in str([message.text for message in office.user.chat])


async def test_what_cannot_be_passed_on_ends_the_silence_all_the_same(office: Office) -> None:
    """Any content of the user is a reply (DOMAIN.md §6 rule 4)."""
    number, topic = await office.ticket()
    await office.answer(topic)
    assert await office.status(number) == "waiting_user"
    await office.user.send("paid_media")
    await office.officer.sees("media berbayar", topic=topic)
    assert await office.status(number) == "waiting_officer"


def _bold(offset: int, length: int) -> Json:
    return {"type": "bold", "offset": offset, "length": length}


async def test_texts_above_the_limit_come_in_parts(office: Office) -> None:
    """No phone writes as much; a formatted message of many pages that cannot be copied does."""
    _, topic = await office.ticket()
    paragraphs = [{"type": "paragraph", "text": f"Alinea {number} " + "kata " * 60} for number in range(30)]
    rich = {"rich_message": {"blocks": paragraphs}, "has_protected_content": True}
    await office.user.send("rich_message", extra=rich)
    await office.officer.sees("Alinea 0 ", topic=topic)
    last = await office.officer.sees("Alinea 29 ", topic=topic)
    await office.settled()
    posts = [message.text for message in topic.messages if "Alinea" in message.text]
    assert len(posts) > 1
    assert all(len(post) <= 4096 for post in posts)
    assert "Hanya tulisannya" in last.text
    assert [f"Alinea {number} " in "\n".join(posts) for number in range(30)] == [True] * 30
