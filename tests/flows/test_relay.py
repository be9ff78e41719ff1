"""What people send arrives on the other side as what it is: both ways, with quotes, edits and reactions."""

import pytest

from bot.playground.chats import Topic
from bot.playground.people import Person
from tests.flows.conftest import Office

KINDS = (
    "photo",
    "document",
    "voice",
    "video",
    "video_note",
    "audio",
    "animation",
    "sticker",
    "location",
    "venue",
    "contact",
    "poll",
)
CAPTIONED = ("photo", "document", "voice", "video", "audio", "animation")
MARK = "👌"


async def _talk(office: Office) -> Topic:
    """A ticket on which both sides have spoken."""
    await office.register()
    await office.ask("Pertanyaan pertama")
    await office.telegram.until(lambda: len(office.telegram.topics) == 1)
    topic = office.telegram.topics[0]
    await office.officer.sees("Pertanyaan pertama", topic=topic)
    return topic


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_content_goes_both_ways(office: Office, kind: str) -> None:
    topic = await _talk(office)
    caption = "keterangan" if kind in CAPTIONED else None
    sent = await office.user.send(kind, caption=caption)
    copy = await office.officer.sees(caption or "", topic=topic, kind=kind)
    assert copy.file_id == sent.file_id or kind in ("location", "venue", "contact", "poll")
    back = await office.officer.send(kind, caption=caption, topic=topic)
    await office.user.sees(caption or "", kind=kind)
    await office.telegram.until(lambda: MARK in str(back.reactions))


async def test_marks_of_the_text_are_kept(office: Office) -> None:
    topic = await _talk(office)
    bold = [{"type": "bold", "offset": 0, "length": 6}, {"type": "italic", "offset": 9, "length": 6}]
    await office.user.say("Jumlah 😀 miring", entities=bold)
    assert (await office.officer.sees("miring", topic=topic)).entities == bold
    await office.officer.say("Jumlah 😀 miring", entities=bold, topic=topic)
    assert (await office.user.sees("miring")).entities == bold


async def test_an_album_stays_an_album_in_both_directions(office: Office) -> None:
    topic = await _talk(office)
    await office.user.album(["photo", "photo", "video"], caption="Tiga gambar")
    first = await office.officer.sees("Tiga gambar", topic=topic)
    parts = [message for message in topic.messages if message.album == first.album]
    assert [part.kind for part in parts] == ["photo", "photo", "video"]
    await office.officer.album(["document", "document"], caption="Dua tabel", topic=topic)
    copy = await office.user.sees("Dua tabel")
    assert copy.album is not None
    await office.telegram.until(
        lambda: [part.kind for part in office.user.chat if part.album == copy.album] == ["document", "document"]
    )


async def test_quoting_goes_both_ways(office: Office) -> None:
    topic = await _talk(office)
    answer = await office.officer.say("Angka 2024 adalah 512 ribu.", topic=topic)
    copy = await office.user.sees("512 ribu")
    await office.user.say("Ini proyeksi?", reply_to=copy, quote="512 ribu")
    reply = await office.officer.sees("Ini proyeksi?", topic=topic)
    assert reply.reply_to == answer.id
    assert reply.quote == "512 ribu"
    own = await office.user_message("Ini proyeksi?")
    await office.officer.say("Ya, proyeksi.", reply_to=reply, topic=topic)
    assert (await office.user.sees("Ya, proyeksi.")).reply_to == own.id


async def test_edits_of_texts_and_captions_go_both_ways(office: Office) -> None:
    topic = await _talk(office)
    text = await office.user.say("Data tahun 2023")
    await office.officer.sees("Data tahun 2023", topic=topic)
    await office.user.edit(text, text="Data tahun 2024")
    await office.officer.sees("Data tahun 2024", topic=topic)
    photo = await office.officer.send("photo", caption="Tabel 1", topic=topic)
    await office.user.sees("Tabel 1")
    await office.officer.edit(photo, caption="Tabel 2", topic=topic)
    await office.user.sees("Tabel 2")
    await office.officer.edit(photo, kind="document", caption="Tabel 3", topic=topic)
    await office.user.sees("Tabel 3", kind="document")


async def test_an_edit_of_the_first_question_redraws_the_card(office: Office) -> None:
    topic = await _talk(office)
    await office.user.edit(await office.user_message("Pertanyaan pertama"), text="Pertanyaan yang lebih jelas")
    card = await office.officer.sees("lebih jelas", topic=topic)
    assert "Tenggat" in card.text
    assert card.buttons


async def test_an_edit_that_shows_nothing_new_is_not_mirrored(office: Office) -> None:
    topic = await _talk(office)
    text = await office.user.say("Sama saja")
    await office.officer.sees("Sama saja", topic=topic)
    await office.user.edit_invisibly(text)
    await office.settled()
    assert not office.telegram.ledger.of("editMessageText", text="Sama saja")


async def test_reactions_go_both_ways_and_the_mark_comes_back(office: Office) -> None:
    topic = await _talk(office)
    answer = await office.officer.say("Jawaban", topic=topic)
    copy = await office.user.sees("Jawaban")
    await office.telegram.until(lambda: MARK in str(answer.reactions))
    await office.user.react(copy, "❤")
    await office.telegram.until(lambda: "❤" in str(answer.reactions))
    await office.user.react(copy, None)
    await office.telegram.until(lambda: MARK in str(answer.reactions))
    question = await office.user.say("Tambahan")
    seen = await office.officer.sees("Tambahan", topic=topic)
    await office.officer.react(seen, "👍", topic=topic)
    await office.telegram.until(lambda: "👍" in str(question.reactions))


async def test_what_cannot_be_passed_on_is_said_to_its_sender_and_the_officers_learn_of_it(office: Office) -> None:
    topic = await _talk(office)
    await office.user.send("invoice")
    await office.user.sees("belum dapat diteruskan")
    await office.officer.sees("mengirim sesuatu (tagihan)", topic=topic)
    await office.officer.send("paid_media", topic=topic)
    await office.officer.sees("(media berbayar) TIDAK dikirim", topic=topic)


async def test_notes_never_leave_the_topic(office: Office) -> None:
    topic = await _talk(office)
    officer = office.officer
    await officer.say("// tanya Bu Dina dulu", topic=topic)
    await officer.say("/catatan ini intern", topic=topic)
    await officer.send("photo", caption="// gambar dalam", topic=topic)
    await officer.album(["photo", "photo"], caption="// album dalam", topic=topic)
    note = await officer.say("// awalnya catatan", topic=topic)
    await officer.edit(note, text="sekarang bukan catatan", topic=topic)
    await officer.say("/tidakadaperintah ini", topic=topic)
    await officer.sees("perintah", topic=topic)
    await officer.say("Ini untuk pengguna", topic=topic)
    await office.user.sees("Ini untuk pengguna")
    await office.settled()
    seen = " ".join(message.text for message in office.user.chat)
    for secret in ("Bu Dina", "intern", "dalam", "bukan catatan", "tidakadaperintah"):
        assert secret not in seen
    assert not [message for message in office.user.chat if message.kind == "photo"]


async def test_an_edit_into_a_note_does_not_hide_what_was_said(office: Office) -> None:
    """Note or not is settled at first posting (DESIGN.md §6)."""
    topic = await _talk(office)
    said = await office.officer.say("Angkanya 10", topic=topic)
    await office.user.sees("Angkanya 10")
    await office.officer.edit(said, text="Angkanya 11", topic=topic)
    await office.user.sees("Angkanya 11")


async def test_anonymous_admins_are_not_relayed_and_told_why(office: Office) -> None:
    topic = await _talk(office)
    await office.admin.say("Saya anonim", topic=topic, anonymous=True)
    await office.admin.sees("anonim", topic=topic)
    await office.settled()
    assert not any("Saya anonim" in message.text for message in office.user.chat)


async def test_html_in_what_people_write_stays_text(office: Office) -> None:
    topic = await _talk(office)
    await office.user.say("<b>tebal</b> & <i>")
    seen = await office.officer.sees("<b>tebal</b> & <i>", topic=topic)
    assert not {entity["type"] for entity in seen.entities} & {"bold", "italic"}


async def test_the_reply_of_one_person_never_reaches_another(office: Office) -> None:
    topic = await _talk(office)
    other = Person(office.telegram, id=1002, first_name="Budi")
    await office.register(other, name="Budi")
    await office.ask("Pertanyaan Budi", user=other)
    await office.telegram.until(lambda: len(office.telegram.topics) == 2)
    await office.officer.say("Untuk Siti saja", topic=topic)
    await office.user.sees("Untuk Siti saja")
    await office.settled()
    assert not any("Siti saja" in message.text for message in other.chat)


async def test_history_shows_the_versions_of_a_message(office: Office) -> None:
    topic = await _talk(office)
    text = await office.user.say("Versi satu")
    copy = await office.officer.sees("Versi satu", topic=topic)
    await office.user.edit(text, text="Versi dua")
    await office.officer.sees("Versi dua", topic=topic)
    await office.officer.say("/riwayat", topic=topic, reply_to=copy)
    shown = await office.officer.sees("Versi satu", topic=topic)
    assert "Versi dua" in shown.text
