"""Whose ticket it is: taken, taken over, handed over, released."""

import asyncio

from bot.playground.chats import Topic
from bot.playground.messages import Message
from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.flows.test_duty import colleague, known, mentioned
from tests.flows.way import value


async def holder(office: Office) -> str:
    await office.settled()
    sql = "SELECT officers.name FROM tickets LEFT JOIN officers ON officers.id = officer_id"
    return str(await value(office, sql) or "")


def card_of(topic: Topic, number: str) -> Message:
    return next(message for message in topic.messages if number in message.text)


async def two_and_a_ticket(office: Office) -> tuple[Person, str, Topic]:
    joko = colleague(office, 2002, "Joko")
    await known(office, office.officer, joko)
    return joko, *await office.ticket()


async def test_two_officers_press_at_once_one_wins_and_the_other_is_told_who(office: Office) -> None:
    joko, number, topic = await two_and_a_ticket(office)
    await asyncio.gather(office.officer.press("Ambil", topic=topic), joko.press("Ambil", topic=topic))
    winner = await holder(office)
    loser = joko if winner == "Rina Lubis" else office.officer
    told = await loser.sees_answer(winner)
    assert "/ambil" in told["text"]
    assert await value(office, "SELECT count(*) FROM ticket_events WHERE kind = 'taken'") == 1
    assert winner in card_of(topic, number).text
    assert sum("kini melayani" in message.text for message in office.user.chat) == 1


async def test_two_officers_write_it_at_once_one_wins_and_the_other_is_asked(office: Office) -> None:
    joko, _, topic = await two_and_a_ticket(office)
    await asyncio.gather(office.officer.say("/ambil", topic=topic), joko.say("/ambil", topic=topic))
    winner = await holder(office)
    await joko.sees(f"ditangani {winner}. Ambil alih?", topic=topic)
    assert await value(office, "SELECT count(*) FROM ticket_events WHERE kind = 'taken'") == 1


async def test_taking_over_needs_the_press_of_who_asked_and_tells_the_colleague(office: Office) -> None:
    joko, number, topic = await two_and_a_ticket(office)
    await office.officer.say("/ambil", topic=topic)
    await office.user.sees("kini melayani")
    await joko.say("/ambil", topic=topic)
    asked = await joko.sees("Ambil alih?", topic=topic)
    assert await holder(office) == "Rina Lubis"
    await office.admin.press("Ambil alih", topic=topic, message=asked)
    await office.admin.sees_answer("bukan untuk Anda")
    assert await holder(office) == "Rina Lubis"
    await joko.press("Ambil alih", topic=topic, message=asked)
    told = await office.officer.sees("mengambil alih", topic=topic)
    assert mentioned(told) == {"2001"} and await holder(office) == "Joko"
    await office.user.sees("Petugas PST 2 dari BPS Kabupaten Labuhanbatu kini melayani")
    assert "Joko" in card_of(topic, number).text
    await joko.press("Ambil alih", topic=topic, message=asked)
    await joko.sees_answer("tidak berlaku")
    assert await value(office, "SELECT count(*) FROM audit WHERE action = 'taken'") == 2


async def test_the_ticket_of_somebody_who_left_is_free_to_take(office: Office) -> None:
    joko, _, topic = await two_and_a_ticket(office)
    await joko.say("/ambil", topic=topic)
    await office.officer.sees("diambil Joko", topic=topic)
    await joko.leave()
    await office.settled()
    await office.officer.say("/ambil", topic=topic)
    assert await holder(office) == "Rina Lubis"


async def test_a_ticket_is_handed_over_by_number_by_name_and_by_button(office: Office) -> None:
    joko, number, topic = await two_and_a_ticket(office)
    await office.officer.say("/pindah 2", topic=topic)
    told = await joko.sees("mengalihkan tiket ini kepada Joko", topic=topic)
    assert mentioned(told) == {"2002"} and await holder(office) == "Joko"
    assert "Joko" in card_of(topic, number).text
    await joko.say("/pindah lubis", topic=topic)
    assert mentioned(await joko.sees("kepada Rina Lubis", topic=topic)) == {"2001"}
    await office.officer.say("/pindah", topic=topic)
    offered = await office.officer.sees("kepada siapa", topic=topic)
    assert offered.buttons == [["2. Joko"]]
    await office.officer.press("2. Joko", topic=topic)
    assert await holder(office) == "Joko"
    events = await value(office, "SELECT group_concat(actor) FROM ticket_events WHERE kind = 'handed_over'")
    assert events == "officer:1,officer:2,officer:1"
    assert await value(office, "SELECT count(*) FROM audit WHERE action = 'handed_over'") == 3


async def test_a_name_that_several_have_offers_them_all(office: Office) -> None:
    await known(office, office.officer, colleague(office, 2002, "Joko Susilo"), colleague(office, 2003, "Joko Widodo"))
    _, topic = await office.ticket()
    await office.officer.say("/pindah joko", topic=topic)
    offered = await office.officer.sees("kepada siapa", topic=topic)
    assert offered.buttons == [["2. Joko Susilo"], ["3. Joko Widodo"]]
    await office.officer.say("/pindah joko widodo", topic=topic)
    await office.officer.sees("kepada Joko Widodo", topic=topic)


async def test_handing_a_colleagues_ticket_to_oneself_is_taking_it_over(office: Office) -> None:
    joko, _, topic = await two_and_a_ticket(office)
    await office.officer.say("/ambil", topic=topic)
    await joko.say("/pindah 2", topic=topic)
    await joko.sees("Ambil alih?", topic=topic)
    assert await holder(office) == "Rina Lubis"


async def test_a_released_ticket_is_back_in_the_pool_and_those_on_duty_hear_of_it(office: Office) -> None:
    joko, number, topic = await two_and_a_ticket(office)
    await office.admin.say("/piket senin 1,2", topic=None)
    await office.officer.say("/ambil", topic=topic)
    await office.officer.say("/lepas", topic=topic)
    told = await joko.sees("melepas tiket ini", topic=topic)
    assert mentioned(told) == {"2002"} and await holder(office) == ""
    assert "belum ada petugas" in card_of(topic, number).text
    await joko.press("Ambil", topic=topic, message=card_of(topic, number))
    assert await holder(office) == "Joko"
    assert await value(office, "SELECT count(*) FROM audit WHERE action = 'released'") == 1


async def test_the_types_are_offered_as_buttons(office: Office) -> None:
    _, topic = await office.ticket()
    await office.officer.say("/jenis", topic=topic)
    await office.officer.sees("Pilih jenis", topic=topic)
    await office.officer.press("Rekomendasi Kegiatan", topic=topic)
    await office.user.sees("Rekomendasi Kegiatan")
    await office.officer.sees("mengubah jenis", topic=topic)
