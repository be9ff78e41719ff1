"""The network and Telegram's limits at their worst: nothing lost, nothing doubled without a mark, nobody held up."""

import asyncio
from pathlib import Path

import pytest

from bot.channels.telegram import poller
from bot.playground.chats import Topic
from bot.playground.faults import Fault, Phase, What
from bot.playground.server import serve
from tests.flows.conftest import Office, office_at
from tests.flows.trouble import at_rest, has, live, row, texts, time_flies

GROUP = -1001234567890


async def test_a_flood_of_the_group_never_delays_a_private_chat(office: Office) -> None:
    _, topic = await office.ticket()
    office.telegram.break_with(Fault("sendMessage", "flood", chat_id=GROUP, retry_after=300))
    await office.user.say("Menunggu lama [user/1]")
    await office.user.say("Dan ini [user/2]")
    assert await row(office, "error = 'flood'") == "queued"
    for number in (1, 2, 3):
        await office.officer.say(f"Jawaban [officer/{number}]", topic=topic)
        await office.user.sees(f"[officer/{number}]")
    assert office.telegram.budgets.penalty(GROUP, office.clock.now().timestamp()) > 200
    await office.move(seconds=301)
    await office.officer.sees("[user/2]", topic=topic)
    assert office.telegram.ledger.inside_penalty == 0


async def test_a_flood_of_hours_is_honoured_over_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    async with office_at(path) as office:
        async with office.open():
            _, topic = await office.ticket()
            office.telegram.break_with(Fault("sendMessage", "flood", chat_id=GROUP, retry_after=40_000))
            await office.user.say("Sampai besok [user/1]")
            await row(office, "error = 'flood'")
        async with office.open():
            await office.officer.say("Ini jalan terus [officer/1]", topic=topic)
            await office.user.sees("[officer/1]")
            await office.move(seconds=39_000)
            assert not texts(topic, "[user/1]")
            await office.move(seconds=1_001)
            await office.officer.sees("[user/1]", topic=topic)
        assert office.telegram.ledger.inside_penalty == 0


async def test_a_flood_of_the_whole_bot_is_told_from_that_of_a_chat(office: Office) -> None:
    _, topic = await office.ticket()
    office.telegram.break_with(Fault("sendMessage", "flood", retry_after=60, whole_bot=True))
    before = len(office.telegram.ledger.requests)
    for number in range(1, 6):
        await office.officer.say(f"Kabar [officer/{number}]", topic=topic)
    await time_flies(office, has(office.user, "[officer/5]"))
    await at_rest(office)
    sent = [request for request in office.telegram.ledger.requests[before:] if request.inside_penalty]
    assert len(sent) <= 3


@pytest.mark.parametrize("side", ["user", "officer"])
@pytest.mark.parametrize(
    ("what", "phase"),
    [
        ("cut", "before"),
        ("cut", "after"),
        ("truncated", "before"),
        ("truncated", "after"),
        ("bad gateway", "before"),
        ("bad gateway", "after"),
        ("error", "before"),
    ],
)
async def test_an_answer_that_is_lost(tmp_path: Path, what: What, phase: Phase, side: str) -> None:
    path = tmp_path / "meja.db"
    async with office_at(path) as office, office.open():
        _, topic = await office.ticket()
        await office.settled()
        office.telegram.break_with(Fault("sendMessage", what, phase))
        if side == "user":
            await office.user.say("Satu [user/1]")
            await office.user.say("Dua [user/2]")
            await time_flies(office, has(topic, "[user/2]"))
            marked = texts(topic, "(kirim ulang)")
            assert [("[user/1]" in message.text) for message in marked] == [True]
        else:
            await office.officer.say("Satu [officer/1]", topic=topic)
            await office.officer.say("Dua [officer/2]", topic=topic)
            await time_flies(office, has(office.user, "[officer/2]"))
            assert not texts(office.user, "(kirim ulang)")
        assert (await at_rest(office)).doubled == (phase == "after")


async def test_what_can_be_repeated_without_harm_is_never_doubled(office: Office) -> None:
    _, topic = await office.ticket()
    for method in ("editMessageText", "setMessageReaction", "closeForumTopic"):
        office.telegram.break_with(Fault(method, "cut", "after"))
    said = await office.user.say("Lama")
    await office.officer.sees("Lama", topic=topic)
    await office.user.edit(said, text="Baru")
    await office.officer.say("Jawab", topic=topic)
    await office.officer.say("/tutup selesai", topic=topic)
    await time_flies(office, lambda: topic.closed and texts(topic, "Baru"))
    await at_rest(office)
    assert not texts(topic, "(kirim ulang)")


async def test_nobody_answers_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PAUSE", "GAP", "OVER"):  # a stand-in that goes says 409
        monkeypatch.setattr(poller, f"CONFLICT_{name}", 0.1)
    path = tmp_path / "meja.db"
    async with office_at(path) as office:
        async with serve(office.telegram) as url:
            port = int(url.rpartition(":")[2])
        settings = office.settings.model_copy(
            update={"telegram": office.settings.telegram.model_copy(update={"api_url": url})}
        )
        office.settings = settings
        async with office.open():
            async with serve(office.telegram, port=port):
                _, topic = await office.ticket()
                await office.settled()
            await office.user.say("Saat terputus [user/1]")
            await office.officer.say("Juga saat terputus [officer/1]", topic=topic)
            async with serve(office.telegram, port=port):
                await office.officer.sees("[user/1]", topic=topic)
                await time_flies(office, has(office.user, "[officer/1]"))
                assert (await at_rest(office)).doubled == 0


async def test_somebody_else_polls_with_our_token(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PAUSE", 0.2), ("GAP", 0.05), ("OVER", 0.3)):
        monkeypatch.setattr(poller, f"CONFLICT_{name}", value)
    await office.admin.say("/bantuan")
    await office.admin.sees("konsultasi baru")
    for _ in range(3):
        await office.telegram.call(office.telegram.token, "getUpdates", {"timeout": 0})
        await asyncio.sleep(0.05)
    await office.admin.sees("program lain")
    async with asyncio.timeout(60):
        while not texts(office.admin, "Tidak ada lagi program lain"):
            await office.user.say("/bantuan")
            await asyncio.sleep(0.05)
    assert len(texts(office.admin, "program lain yang mengambil")) == 1


async def test_a_topic_is_made_once_when_the_answer_is_lost(office: Office) -> None:
    await office.register()
    office.telegram.break_with(Fault("createForumTopic", "cut", "after"))
    number = await office.ask("Pertanyaan [user/1]")
    await time_flies(office, lambda: live(office) and texts(live(office)[0], "[user/1]"))
    assert [topic.name.split()[0] for topic in office.telegram.topics] == [number]


async def test_a_topic_confirmed_too_late_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    async with office_at(path) as office, office.open():
        await office.register()
        office.telegram.break_with(Fault("createForumTopic", "cut", "after"))
        await office.user.press("Data")
        await office.user.sees("pertanyaan")
        await office.user.say("Pertanyaan [user/1]")
        await office.user.sees("Kirim")
        # The poll that waits takes the press; those after it fail, so the news of the topic comes late.
        office.telegram.break_with(Fault("getUpdates", "error", times=None))
        await office.user.press("Kirim")
        await time_flies(office, lambda: len(office.telegram.topics) == 2)
        office.telegram.faults.clear()
        await time_flies(office, lambda: office.telegram.topics[0].closed)
        await at_rest(office)
        assert live(office) == [office.telegram.topics[1]]


async def test_what_is_written_in_a_topic_the_desk_never_heard_of_is_no_word_into_the_wind(tmp_path: Path) -> None:
    """Its confirmation was lost, and the news of it expired in an outage of more than a day (TELEGRAM.md §2)."""
    async with office_at(tmp_path / "meja.db") as office:
        async with office.open():
            await office.register()
            await office.user.press("Data")
            await office.user.sees("pertanyaan")
            await office.user.say("Pertanyaan [user/1]")
            await office.user.sees("Kirim")
            office.telegram.break_with(Fault("createForumTopic", "cut", "after"))
            office.telegram.break_with(Fault("getUpdates", "error", times=None))
            await office.user.press("Kirim")
            await office.user.sees("dibuka")
            await office.telegram.until(lambda: office.telegram.topics)
        office.jump(hours=30)
        office.telegram.faults.clear()
        async with office.open():
            await time_flies(office, lambda: len(office.telegram.topics) == 2)
            stray, topic = office.telegram.topics
            await office.officer.sees("[user/1]", topic=topic)
            await office.officer.say("Jawaban di topik kembar [officer/1]", topic=stray)
            await office.user.sees("[officer/1]")
            told = await office.officer.sees("dibuat dua kali", topic=stray)
            assert f"/{topic.id}" in str(told.body["entities"])
            await time_flies(office, lambda: stray.closed)
            await office.admin.say("Masih di sini [officer/2]", topic=stray)
            await office.user.sees("[officer/2]")
            await at_rest(office)
            assert len(texts(stray)) == 1


async def test_a_topic_of_a_ticket_that_is_not_in_the_database_says_so_once(office: Office) -> None:
    """As after the database was restored from an older copy."""
    creator = office.telegram.world.bot.id
    lost = office.telegram.world.open_topic(office.telegram.staff, Topic(0, "1207-2601-0099 Data", 0x6FB9F0, creator))
    for _ in range(2):
        await office.officer.say("Ini jawabannya", topic=lost)
    await office.officer.sees("TIDAK diteruskan ke siapa pun", topic=lost)
    await office.settled()
    assert len(texts(lost)) == 1
