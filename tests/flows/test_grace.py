"""After an outage: what the public wrote on WhatsApp meanwhile comes when Meta tries again, and not at the start."""

from pathlib import Path

from tests.flows.conftest import Office, office_at
from tests.flows.on_whatsapp import ticket


async def _almost_closed(office: Office) -> str:
    """A ticket whose person was warned twice, 60 minutes before its close."""
    number, topic = await ticket(office)
    await office.officer.say("Inflasi Oktober 0,3 persen.", topic=topic)
    await office.phone.sees("0,3 persen")
    await office.settled()
    for days in (5, 1):
        await office.move(days=days, minutes=1)
        await office.settled()
    await office.graph.hooks.all_taken()
    await office.move(hours=22, minutes=58)
    assert await office.status(number) == "waiting_user"
    return number


async def test_rule_05_a_reply_that_whatsapp_brings_late_wins_against_the_close(tmp_path: Path) -> None:
    """Meta tries again only when the desk has been back for a while, and the close fell due meanwhile."""
    async with office_at(tmp_path / "meja.db", whatsapp=True) as office:
        async with office.open():
            number = await _almost_closed(office)
        office.graph.hooks.hold()
        office.jump(minutes=50)
        await office.phone.say("Maaf baru membalas")
        office.jump(hours=2)
        async with office.open():
            await office.move(minutes=50)
            assert await office.status(number) == "waiting_user", "nothing is closed in the hour after an outage"
            office.graph.hooks.release()
            await office.officer.sees("Maaf baru membalas", topic=await office.telegram.opened(number))
            await office.move(minutes=20)
            assert await office.status(number) == "waiting_officer"


async def test_what_came_due_in_the_grace_closes_right_after_it(tmp_path: Path) -> None:
    """A restart within the hour does not forget the outage; where it was a short one, there is no grace at all."""
    async with office_at(tmp_path / "meja.db", whatsapp=True) as office:
        async with office.open():
            number = await _almost_closed(office)
        office.jump(hours=2)
        async with office.open():
            await office.move(minutes=30)
        office.jump(minutes=4)
        async with office.open():
            await office.move(minutes=25)
            assert await office.status(number) == "waiting_user"
            await office.move(minutes=2)
            assert await office.status(number) == "closed"
