"""A referral whose process dies at every step, before and after its commit: it goes on, once."""

from pathlib import Path

import pytest

from tests.flows.trouble import becomes_true
from tests.offices.conftest import Town, run
from tests.offices.pair import BRING, Pair
from tests.offices.processes import Process, Registry, processes
from tests.offices.test_city import owned
from tests.postgres import named

pytestmark = pytest.mark.crash
SAID = "Berapa penduduk Asahan? [user/1]"
FILE = bytes(range(256)) * 9000
# What the two offices do of themselves after the choice, in this order.
OWN = (
    ("inside", "bot.desk.referral:accepted"),
    ("behind", "bot.desk.referral:accepted"),
    ("inside", "storage.media:complete"),  # the file is fetched
    ("behind", "storage.letters:enclose"),
    ("inside", "bot.desk.referral:deliver"),
    ("behind", "bot.desk.referral:deliver"),
    ("inside", "bot.desk.newcomers:take_in"),
    ("behind", "bot.desk.newcomers:take_in"),
    ("inside", "storage.letters:took"),  # the file is there
    ("behind", "storage.letters:took"),
)


class Story:
    """One process after the other, each killed at its point."""

    def __init__(self, pair: Pair, process: Process) -> None:
        self.pair = pair
        self.process = process

    async def until_death(self, point: str, mark: str) -> None:
        await self.begin(point, mark)
        await self.dead(mark)

    async def begin(self, point: str = "", mark: str = "") -> None:
        """The next process. It need not wait until the lease of the one before is over: that has tests of its own."""
        await self.pair.value("DELETE FROM processes")
        await self.process.launch(point=point, mark=mark)

    async def dead(self, mark: str) -> None:
        assert await self.process.ended() == -9, mark


async def test_killed_at_every_step_it_arrives_once(city: Town, postgres_server: str, tmp_path: Path) -> None:
    pair = Pair(await city.found("1201"), await city.found("1202"), Registry(named(postgres_server, city.database)))
    async with run(city) as house:
        await becomes_true(lambda: owned(house) == {"1201", "1202"})
        await pair.known()
        number, topic = await pair.one.ticket(SAID)
        await pair.one.user.send("document", content=FILE)
        await pair.one.officer.sees(kind="document", topic=topic)
    async with processes(city, 1) as (process,):
        story = Story(pair, process)
        await story.begin("inside", "bot.desk.referral:send")
        await pair.plan(topic)
        await story.dead("send")
        await story.until_death("behind", "bot.desk.referral:send")
        await story.until_death("inside", "storage.referrals:told")
        await story.begin("inside", "bot.desk.newcomers:arrive")
        token = await pair.token()
        await pair.two.user.say(f"/start {token}")
        await story.dead("arrive")
        await story.until_death("behind", "bot.desk.newcomers:arrive")
        await story.begin("inside", "bot.desk.newcomers:choose")
        await pair.two.user.sees("Setuju?")
        await pair.two.user.press("Setuju")
        await pair.two.user.sees("Bawa percakapan")
        await pair.two.user.press(BRING)
        await story.dead("choose")
        for point, mark in OWN:
            await story.until_death(point, mark)
        await story.begin()
        there = await pair.arrived()
        await pair.two.officer.sees(kind="document", topic=there)
        await pair.registry.settled(city)
        await pair.eventually("SELECT close_reason FROM tickets WHERE number = $1", "referred", number)
        assert await process.stop() == 0
    assert await pair.value("SELECT count(*) FROM tickets WHERE office = '1202'") == 1
    assert await pair.between() == 0
    marked = await pair.value("SELECT count(*) FROM outbox WHERE uncertain = 1")
    posts = [message.text for message in there.messages if SAID in message.text]
    files = [message for message in there.messages if message.kind == "document"]
    assert 1 <= len(posts) <= 1 + marked and 1 <= len(files) <= 1 + marked
    kept = pair.two.telegram.world.files.by_id(files[-1].body["document"]["file_id"])
    assert kept is not None and kept.content == FILE
    for code in ("1201", "1202"):
        await pair.registry.check(city, code, tmp_path / f"{code}-copy.db")
