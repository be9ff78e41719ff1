"""Internal notes: by text, command, caption, album or edit, nothing of them ever reaches the user (QUALITY.md T27)."""

from pathlib import Path

import pytest

from bot.playground.chats import Topic
from tests.flows.conftest import Office, office_at
from tests.flows.way import seen_by, swift, to, value

SECRET = "RAHASIA"


async def _topic(office: Office) -> Topic:
    await to(office, "ticket")
    return office.telegram.topics[0]


def _shown(office: Office) -> str:
    """All the user can see, and could see before an edit."""
    earlier = [str(version) for message in office.user.chat for version in message.versions]
    return "\n".join([seen_by(office.user), *earlier])


NOTES = (
    f"// {SECRET}",
    f"//{SECRET}",
    f"/catatan {SECRET}",
    f"/catatan@meja_demo_bot {SECRET}",
    f"/note {SECRET}",
    f"/CATATAN {SECRET}",
    f"/catatan\n{SECRET}",
    f"/ {SECRET}",
    f"/tidakada {SECRET}",
    f"/catattan {SECRET}",
    f"/tanya@{SECRET}",
    f"///{SECRET}",
)


async def test_notes_and_mistyped_notes_stay_in_the_topic(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        topic = await _topic(office)
        for note in NOTES:
            await office.officer.say(note, topic=topic)
            await office.officer.send("photo", caption=note, topic=topic)
            await office.officer.send("document", caption=note, topic=topic)
        await office.settled()
        assert SECRET not in _shown(office)
        assert {message.kind for message in office.user.chat} == {"text"}


@pytest.mark.parametrize("caption", [f"// {SECRET}", f"/catatan {SECRET}", f"/tidakada {SECRET}", f"/riwayat {SECRET}"])
async def test_an_album_with_one_marked_part_stays_whole(tmp_path: Path, caption: str) -> None:
    async with swift(tmp_path) as office:
        topic = await _topic(office)
        await office.officer.album(["photo", "photo", "photo"], caption=caption, topic=topic)
        await office.officer.say("Ini untuk pengguna", topic=topic)
        await office.user.sees("Ini untuk pengguna")
        await office.settled()
        assert SECRET not in _shown(office)
        assert {message.kind for message in office.user.chat} == {"text"}


async def test_the_mark_under_the_last_part_holds_for_the_whole_album(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        topic = await _topic(office)
        first, second, third = await office.officer.album(["photo"] * 3, topic=topic)
        queue = office.telegram.world.updates
        assert first.album == second.album == third.album
        body = {**third.body, "message_id": third.id + 1000, "caption": f"// {SECRET}"}
        queue.put_raw({"message": body})
        await office.settled()
        assert {message.kind for message in office.user.chat} == {"text"}


async def test_an_edit_of_a_note_into_text_sends_nothing(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        topic = await _topic(office)
        note = await office.officer.say("// catatan", topic=topic)
        album = await office.officer.album(["photo", "photo"], caption="// catatan", topic=topic)
        await office.settled()
        await office.officer.edit(note, text=f"{SECRET} bukan catatan lagi", topic=topic)
        await office.officer.edit(album[0], caption=f"{SECRET} bukan catatan lagi", topic=topic)
        await office.officer.edit(album[1], caption=SECRET, topic=topic)
        await office.settled()
        assert SECRET not in _shown(office)
        assert {message.kind for message in office.user.chat} == {"text"}


@pytest.mark.parametrize("edited", [f"// {SECRET}", f"/catatan {SECRET}", f"/tidakada {SECRET}", f"/tutup {SECRET}"])
async def test_an_edit_of_text_into_a_note_or_command_stays_inside(tmp_path: Path, edited: str) -> None:
    async with swift(tmp_path) as office:
        topic = await _topic(office)
        said = await office.officer.say("Jawaban biasa", topic=topic)
        photo = await office.officer.send("photo", caption="Tabel biasa", topic=topic)
        await office.user.sees("Tabel biasa")
        await office.officer.edit(said, text=edited, topic=topic)
        await office.officer.edit(photo, caption=edited, topic=topic)
        await office.settled()
        assert SECRET not in _shown(office)
        assert "Jawaban biasa" in seen_by(office.user)
        assert await value(office, "SELECT status FROM tickets") != "closed"
        if "/tutup" not in edited:
            await office.officer.sees("TIDAK dikirim ke pengguna karena kini", topic=topic)


async def test_an_edit_of_a_question_keeps_its_command_to_itself(office: Office) -> None:
    topic = await _topic(office)
    asked = await office.officer.say("/tanya Tahun berapa?", topic=topic)
    await office.user.sees("Tahun berapa?")
    await office.officer.edit(asked, text="/tanya Tahun dan wilayah mana?", topic=topic)
    await office.user.sees("Tahun dan wilayah mana?")
    await office.officer.edit(asked, text="/tanya", topic=topic)
    await office.officer.edit(asked, text=f"/catatan {SECRET}", topic=topic)
    await office.settled()
    assert "/tanya" not in _shown(office)
    assert SECRET not in _shown(office)


async def test_text_turned_into_a_note_before_it_was_delivered_is_sent_as_it_was(tmp_path: Path) -> None:
    """The user has blocked the bot; when they come back they get what was said, not the note it became."""
    async with office_at(tmp_path / "meja.db") as office, office.open():
        topic = await _topic(office)
        await office.user.block()
        await office.officer.sees("memblokir", topic=topic)
        said = await office.officer.say("Jawaban biasa", topic=topic)
        await office.officer.sees("BELUM sampai", topic=topic)
        await office.officer.edit(said, text=f"// {SECRET}", topic=topic)
        await office.settled()
        await office.user.unblock()
        await office.user.sees("Jawaban biasa")
        await office.settled()
        assert SECRET not in _shown(office)


async def test_a_reply_to_a_note_quotes_nothing_of_it(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        topic = await _topic(office)
        note = await office.officer.say(f"// {SECRET} sekali", topic=topic)
        await office.officer.say("Jawaban untuk Anda", topic=topic, reply_to=note, quote=SECRET)
        await office.user.sees("Jawaban untuk Anda")
        await office.settled()
        assert SECRET not in str([message.body for message in office.user.chat])


async def test_anonymous_admins_are_told_in_the_topic_and_for_commands_everywhere(office: Office) -> None:
    topic = await _topic(office)
    await office.admin.say(SECRET, topic=topic, anonymous=True)
    await office.admin.sees("anonim", topic=topic)
    await office.admin.say("/report", topic=None, anonymous=True)
    await office.admin.sees("anonim", topic=None)
    await office.admin.say("obrolan biasa", topic=None, anonymous=True)
    await office.settled()
    assert SECRET not in _shown(office)
    assert sum("anonim" in message.text for message in office.telegram.staff.messages if message.by_bot) == 2


async def test_talk_and_notes_in_general_are_nobodys_business(office: Office) -> None:
    await _topic(office)
    before = len(office.telegram.staff.messages)
    await office.officer.say("Siapa yang piket?", topic=None)
    await office.officer.say("// catatan umum", topic=None)
    await office.settled()
    assert len(office.telegram.staff.messages) == before + 2
    await office.officer.say("/catatan umum", topic=None)
    await office.officer.sees("di dalam topik", topic=None)
    await office.officer.say("/bantuan", topic=None)
    await office.officer.sees("Untuk petugas", topic=None)


async def test_a_command_that_changes_nothing_says_so_in_words_for_commands(office: Office) -> None:
    topic = await _topic(office)
    await office.officer.say("/lepas", topic=topic)
    said = await office.officer.sees("tidak mengubah apa pun", topic=topic)
    assert "Tombol" not in said.text


async def test_nothing_is_promised_on_a_closed_ticket(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        user = await to(office, "closed")
        topic = office.telegram.topics[0]
        await office.settled()
        before = len(user.chat)
        for command in ("/ambil", "/lepas", "/pindah 1", "/perpanjang 2026-12-01 data", "/jawab", "/tutup selesai"):
            await office.admin.say(command, topic=topic)
            await office.admin.sees("tidak mengubah apa pun", topic=topic)
        await office.settled()
        assert len(user.chat) == before


async def test_a_ticket_is_handed_over_by_a_reply_to_the_colleague(office: Office) -> None:
    topic = await _topic(office)
    said = await office.admin.say("// saya bisa bantu", topic=topic)
    await office.officer.say("/pindah", topic=topic, reply_to=said)
    await office.officer.sees("kepada Ucok", topic=topic)
    await office.officer.say("/pindah", topic=topic)
    await office.officer.sees("kepada siapa", topic=topic)
