"""Several persons, one mailbox: each has their own name, ticket and answers; nothing shows unasked (rules 13, 15)."""

from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.flows.way import seen_by, value

SHARED = "dinas@contoh.go.id"


async def _two(office: Office) -> tuple[Person, Person]:
    """Siti has asked; Budi has just registered with the same address."""
    siti = await office.register(name="Siti Aminah", address=SHARED)
    number = await office.ask("Pertanyaan milik Siti", user=siti)
    await office.officer.sees(number, topic=await office.telegram.opened(number))
    await office.move(minutes=2)
    budi = Person(office.telegram, id=1002, first_name="B")
    return siti, await office.register(budi, name="Budi Santoso", address=SHARED)


async def test_rule_13_each_card_greets_its_own_person(office: Office) -> None:
    _, budi = await _two(office)
    number = await office.ask("Pertanyaan Budi", user=budi)
    card = await office.officer.sees(number, topic=await office.telegram.opened(number))
    assert "Budi Santoso" in card.text
    assert [name in topic.name for topic, name in zip(office.telegram.topics, ("Siti", "Budi"), strict=True)] == [
        True,
        True,
    ]
    assert await value(office, "SELECT count(*) FROM accounts") == 1
    first = office.telegram.topics[0]
    await office.officer.say("/ambil", topic=first)
    await office.settled()
    cards = [message.text for message in first.messages if "Pertanyaan milik" in message.text]
    assert cards and all("Siti Aminah" in card for card in cards)


async def test_rule_13_answers_go_only_to_the_chat_that_opened_the_ticket(office: Office) -> None:
    siti, budi = await _two(office)
    await office.officer.say("Jawaban untuk Siti", topic=office.telegram.topics[0])
    await siti.sees("Jawaban untuk Siti")
    await office.settled()
    assert "Jawaban untuk Siti" not in seen_by(budi)
    assert "milik Siti" not in seen_by(budi)


async def test_rule_13_earlier_tickets_are_shown_only_when_asked_for_and_without_words(office: Office) -> None:
    _, budi = await _two(office)
    offer = next(message for message in budi.chat if "Tampilkan tiket sebelumnya?" in message.text)
    assert "1207-" not in seen_by(budi)
    await budi.press("Tampilkan", message=offer)
    shown = await budi.sees("Tiket dari percakapan lain")
    assert "1207-2611-0001" in shown.text and "milik Siti" not in shown.text and "Siti" not in shown.text
    assert await value(office, "SELECT count(*) FROM audit WHERE action = 'earlier_tickets'") == 1
    await budi.say("/status")
    await budi.sees("Belum ada tiket")


async def test_rule_13_the_first_person_of_a_mailbox_is_offered_nothing(office: Office) -> None:
    user = await office.register(address=SHARED)
    assert "sebelumnya" not in seen_by(user)


async def test_rule_15_each_chat_has_its_own_ticket_and_what_is_typed_stays_there(office: Office) -> None:
    siti, budi = await _two(office)
    number = await office.ask("Pertanyaan Budi", user=budi)
    await office.officer.sees(number, topic=await office.telegram.opened(number))
    await siti.say("Tambahan dari Siti")
    await budi.say("Tambahan dari Budi")
    first, second = office.telegram.topics
    await office.officer.sees("Tambahan dari Siti", topic=first)
    await office.officer.sees("Tambahan dari Budi", topic=second)
    assert not [message for message in first.messages if "Budi" in message.text]
    await siti.say("/mulai")
    await siti.sees("masih")
    assert await value(office, "SELECT count(*) FROM tickets") == 2
