"""When Telegram's limit for the group is short: texts become one post, tickets take turns, cosmetics come last."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.playground.budgets import Limits
from bot.playground.chats import Topic
from bot.playground.content import album_contents
from bot.playground.faults import Fault
from bot.playground.messages import Message
from bot.playground.people import Person
from storage.base import Tx
from tests.flows.conftest import Office, office_at
from tests.flows.trouble import at_rest, has, row, texts, time_flies

GROUP = -1001234567890


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """Telegram's limits are on for the group: twenty a minute; its clock only moves when it is told to."""
    limits = Limits(private_per_second=1000, private_burst=1000)
    async with office_at(tmp_path / "meja.db", limits=limits) as office, office.open():
        yield office


async def _park(office: Office, seconds: int = 30) -> None:
    """From the next post on the group takes nothing for a while."""
    office.telegram.break_with(Fault("sendMessage", "flood", chat_id=GROUP, retry_after=seconds))


async def _queue(office: Office, topic: Topic, count: int) -> None:
    """So many texts of the user wait for the topic."""
    await _park(office)
    for number in range(1, count + 1):
        await office.user.say(f"Bagian [user/{number}]")
    await row(office, "error = 'flood'")
    await row(office, f"lane LIKE 't:%' AND id >= {count}")
    await office.app.drained() if office.app else None


async def test_waiting_texts_become_one_post(office: Office) -> None:
    _, topic = await office.ticket()
    await _queue(office, topic, 5)
    await time_flies(office, has(topic, "[user/5]"))
    (post,) = texts(topic, "[user/")
    assert post.text == "\n\n".join(f"Bagian [user/{n}]" for n in range(1, 6))
    assert (await at_rest(office)).doubled == 0


async def test_an_edit_redraws_the_post(office: Office) -> None:
    _, topic = await office.ticket()
    await _park(office)
    bold = [{"type": "bold", "offset": 0, "length": 4}]
    first = await office.user.say("Satu 😀")
    await office.user.say("Dua dua", entities=bold)
    third = await office.user.say("Tiga tiga", entities=bold)
    await row(office, "error = 'flood'")
    await time_flies(office, has(topic, "Tiga"))
    (post,) = texts(topic, "Dua")
    assert post.text == "Satu 😀\n\nDua dua\n\nTiga tiga"
    await office.user.edit(first, text="Satu satu satu")
    await office.user.edit(third, text="Tiga kali")
    await time_flies(office, has(topic, "Tiga kali"))
    assert post.text == "Satu satu satu\n\nDua dua\n\nTiga kali"
    assert post.entities == [{"type": "bold", "offset": 16, "length": 4}]


async def test_an_edit_too_long_for_the_post_is_posted_anew(office: Office) -> None:
    _, topic = await office.ticket()
    await _park(office)
    first = await office.user.say("Pendek")
    await office.user.say("b" * 2_000)
    await row(office, "error = 'flood'")
    await time_flies(office, has(topic, "Pendek"))
    await office.user.edit(first, text="a" * 3_000)
    await time_flies(office, has(topic, "a" * 3_000))
    assert [len(message.text) for message in texts(topic)[-2:]] == [2_008, 3_000]


async def test_a_post_never_grows_beyond_telegrams_limit(office: Office) -> None:
    _, topic = await office.ticket()
    await _park(office)
    for number in range(1, 6):
        await office.user.say(f"[user/{number}]" + "😀" * 900)
    await row(office, "error = 'flood'")
    await time_flies(office, has(topic, "[user/5]"))
    assert [message.text.count("[user/") for message in texts(topic, "[user/")] == [2, 2, 1]
    await at_rest(office)


async def test_a_quote_goes_to_the_part_it_matches_and_a_reaction_to_the_last(office: Office) -> None:
    _, topic = await office.ticket()
    await _park(office)
    said = [await office.user.say(text) for text in ("Berapa jiwa?", "Berapa rumah?", "Berapa desa?")]
    await row(office, "error = 'flood'")
    await time_flies(office, has(topic, "desa"))
    (post,) = texts(topic, "rumah")
    await office.officer.say("Sembilan", reply_to=post, quote="rumah", topic=topic)
    assert (await office.user.sees("Sembilan")).reply_to == said[1].id
    await office.officer.say("Nanti saya cek", reply_to=post, topic=topic)
    assert (await office.user.sees("Nanti")).reply_to == said[2].id
    await office.officer.react(post, "👍", topic=topic)
    await office.telegram.until(lambda: "👍" in str(said[2].reactions))
    assert not said[0].reactions
    assert not said[1].reactions


async def test_rule_18_one_text_of_a_post_is_split_off_by_its_quote(office: Office) -> None:
    """The rest of the post stays with the old ticket, and so do replies to it."""
    _, topic = await office.ticket()
    await _park(office)
    said = [await office.user.say(text) for text in ("Berapa jiwa?", "Apa arti KBLI?", "Berapa desa?")]
    await row(office, "error = 'flood'")
    await time_flies(office, has(topic, "desa"))
    (post,) = texts(topic, "KBLI")
    await office.officer.say("/pisah klasifikasi", topic=topic, reply_to=post, quote="KBLI")
    await time_flies(office, lambda: len(office.telegram.topics) == 2 and has(office.telegram.topics[1], "KBLI")())
    new = office.telegram.topics[1]
    assert not any("jiwa" in message.text or "desa" in message.text for message in new.messages)
    await office.officer.say("Sembilan desa", reply_to=post, topic=topic)
    assert (await office.user.sees("Sembilan desa")).reply_to == said[2].id
    await office.user.edit(said[1], text="Apa arti KBLI 2025?")
    await time_flies(office, has(new, "KBLI 2025"))
    assert "2025" not in post.text


async def test_what_stands_alone_is_not_merged(office: Office) -> None:
    _, topic = await office.ticket()
    await office.answer(topic, "Sudah ada")
    answered = await office.user_message("Sudah ada")
    await _park(office)
    await office.user.say("Sebelum")
    await office.user.send("photo", caption="Peta")
    await office.user.say("Sesudah")
    await office.user.say("Soal ini", reply_to=answered)
    await office.user.say("Terakhir")
    await row(office, "error = 'flood'")
    await time_flies(office, has(topic, "Terakhir"))
    assert [message.text for message in texts(topic)[-5:]] == ["Sebelum", "Peta", "Sesudah", "Soal ini", "Terakhir"]


async def test_a_merged_post_that_is_refused_falls_apart(office: Office) -> None:
    _, topic = await office.ticket()
    await _queue(office, topic, 3)
    office.telegram.break_with(Fault("sendMessage", status=400, description="Bad Request: odd", chat_id=GROUP))
    await time_flies(office, has(topic, "[user/3]"))
    assert [message.text for message in texts(topic, "[user/")] == [f"Bagian [user/{n}]" for n in (1, 2, 3)]
    await at_rest(office)


async def test_edits_of_a_message_that_wait_are_one(office: Office) -> None:
    _, topic = await office.ticket()
    said = await office.user.say("Angka 0 [user/1]")
    await office.officer.sees("[user/1]", topic=topic)
    await _park(office)
    await office.user.say("Menunggu")
    await row(office, "error = 'flood'")
    for number in range(1, 5):
        await office.user.edit(said, text=f"Angka {number} [user/1]")
    await time_flies(office, has(topic, "Angka 4"))
    await at_rest(office)
    assert len(office.telegram.ledger.of("editMessageText")) == 1
    assert await office.app.store.run(_versions) == 4 if office.app else False


async def _versions(tx: Tx) -> int:
    return int(await tx.value("SELECT count(*) FROM message_versions"))


async def test_edits_of_the_card_that_wait_are_one(office: Office) -> None:
    _, topic = await office.ticket()
    await _park(office)
    await office.user.say("Satu")
    await row(office, "error = 'flood'")
    await office.officer.say("/ambil", topic=topic)
    for kind in ("metadata", "klasifikasi", "data", "metadata"):
        await office.officer.say(f"/jenis {kind}", topic=topic)
    before = len(office.telegram.ledger.of("editMessageText"))
    await time_flies(office, lambda: "Metadata" in topic.messages[1].text)
    await at_rest(office)
    assert len(office.telegram.ledger.of("editMessageText")) == before + 1


async def _tickets_of(office: Office, people: list[Person]) -> dict[int, Topic]:
    """Each person's topic, with the limits left behind."""
    topics = {}
    for person in people:
        await office.register(person)
        number = await office.ask(f"Buka [u{person.id}/0]", user=person)

        def its_topic(number: str = number) -> Topic | None:
            return next((topic for topic in office.telegram.topics if number in topic.name), None)

        topics[person.id] = await time_flies(office, its_topic)
    await at_rest(office)
    await office.move(minutes=2)
    return topics


async def test_sixty_messages_of_twelve_people_take_turns(office: Office) -> None:
    people = [Person(office.telegram, id=5000 + number, first_name="Warga") for number in range(12)]
    topics = await _tickets_of(office, people)
    before = office.clock.now()
    for number in range(1, 6):
        for person in people:
            await person.say(f"Kata [u{person.id}/{number}]")
    await time_flies(office, lambda: all(texts(topics[person.id], f"[u{person.id}/5]") for person in people))
    # One by one they would be 60 posts: 20 at once, 20 after a minute, 20 after two.
    assert (office.clock.now() - before).total_seconds() <= 0.6 * 120
    await at_rest(office)
    assert office.telegram.ledger.inside_penalty == 0
    posts = [request for request in office.telegram.ledger.sent(chat_id=GROUP) if request.at >= before]
    assert len({request.topic for request in posts[:12]}) == 12


async def test_officers_are_told_when_posts_are_late(office: Office) -> None:
    _, topic = await office.ticket()
    await _park(office, seconds=150)
    await office.user.say("Lama sekali [user/1]")
    await row(office, "error = 'flood'")
    await time_flies(office, has(topic, "[user/1]"))

    def told() -> list[Message]:
        return [message for message in office.officer.view(None) if "sedang antre" in message.text]

    await time_flies(office, told)
    assert "menit" in told()[0].text
    await at_rest(office)
    assert len(told()) == 1


async def test_an_album_that_becomes_a_note_while_it_waits_in_line_never_leaves(office: Office) -> None:
    """Its first part came without the mark, and the chat takes nothing just then."""
    _, topic = await office.ticket()
    assert office.app is not None
    office.app.pacer.park(str(office.user.id), office.clock.now() + timedelta(minutes=1))
    first, second = album_contents(office.telegram.world, ["photo", "photo"], caption=None)
    office.officer._post(first, topic)
    await row(office, "kind = 'album'")
    await office.move(seconds=5)
    office.officer._post({**second, "caption": "// untuk kita saja"}, topic)
    await row(office, "kind = 'album' AND state = 'dropped'")
    await office.officer.say("Ini jawabannya", topic=topic)
    await time_flies(office, has(office.user, "Ini jawabannya"))
    await at_rest(office)
    assert {message.kind for message in office.user.chat} == {"text"}
