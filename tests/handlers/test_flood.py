"""One person writes a thousand messages at once (QUALITY.md T13): nothing is lost, nobody waits for them."""

import re
from pathlib import Path

from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.flows.way import QUESTION, drafts, seen_by, state_of, swift, to, value

MANY = 1000


def _numbers(office: Office, topic: int) -> list[int]:
    texts = "\n".join(message.text for message in office.telegram.topics[topic].messages)
    return [int(number) for number in re.findall(r"banjir (\d+)", texts)]


async def test_a_thousand_messages_are_all_passed_on_in_order_with_one_notice(tmp_path: Path) -> None:
    async with swift(tmp_path) as office:
        other = await to(office, "ticket", Person(office.telegram, id=1002, first_name="Budi"))
        user = await to(office, "ticket")
        for number in range(MANY):
            await user.say(f"banjir {number}")
        await other.say("Pesan orang lain di tengah banjir")
        assert office.app is not None
        await office.app.channel.drain()
        await office.app.inbox.idle()
        seen = await office.officer.sees("orang lain", topic=office.telegram.topics[0])
        assert seen
        assert await value(office, "SELECT count(*) FROM messages WHERE content LIKE '%banjir%'") == MANY + 1
        await office.telegram.until(lambda: len(_numbers(office, 1)) >= MANY, within=60)
        assert _numbers(office, 1) == list(range(MANY))
        await office.settled()
        assert seen_by(user).count("satu per satu") == 1
        assert "satu per satu" not in seen_by(other)


async def test_a_flood_before_the_registration_is_kept_and_answered_now_and_then(office: Office) -> None:
    user = await to(office, "consent")
    for number in range(300):
        await user.say(f"banjir {number}")
    assert len(await drafts(office)) == 301
    assert (await drafts(office))[0] == QUESTION
    await office.settled()
    assert seen_by(user).count("sudah kami simpan") <= 3
    assert await state_of(office) == "consent"


async def test_a_steady_talker_hears_no_notice(office: Office) -> None:
    user = await to(office, "ticket")
    for number in range(30):
        await user.say(f"pelan {number}")
        await office.move(seconds=4)
    assert office.app is not None
    await office.app.drained()
    assert "satu per satu" not in seen_by(user)


async def test_under_telegrams_limit_the_others_do_not_wait_for_the_flood(office: Office) -> None:
    """Sixty photos are three minutes of the group's budget; another ticket's message goes out within the first."""
    other = await to(office, "ticket", Person(office.telegram, id=1002, first_name="Budi"))
    user = await to(office, "ticket")
    for _ in range(60):
        await user.send("photo")
    await other.say("Pesan orang lain di tengah banjir")
    assert office.app is not None
    await office.app.drained()
    await office.move(seconds=61)
    await office.officer.sees("orang lain", topic=office.telegram.topics[0])
    passed_on = [message for message in office.telegram.topics[1].messages if message.kind == "photo"]
    assert len(passed_on) < 45
