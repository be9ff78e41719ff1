"""A referral whose process dies at every step, before and after its commit: it goes on, once."""

import asyncio
import os
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
# What happens, in this order, and at which side of a commit the process dies; the rest is for long runs.
EVERYTHING = int(os.environ.get("MEJA_TEST_KILLS", "10")) > 10
OFFERED = [("inside", "bot.desk.referral:send"), ("behind", "bot.desk.referral:send")]
TOLD = [("inside", "storage.referrals:told")]
TAPPED = [("inside", "bot.desk.newcomers:arrive"), ("behind", "bot.desk.newcomers:arrive")]
CHOSEN = [("inside", "bot.desk.newcomers:choose"), ("inside", "bot.desk.referral:accepted")]
FETCHED = [("behind", "bot.desk.referral:accepted"), ("inside", "storage.media:complete")]
SENT = [("behind", "storage.letters:enclose"), ("inside", "bot.desk.referral:deliver")]
TAKEN = [("behind", "bot.desk.referral:deliver"), ("inside", "bot.desk.newcomers:take_in")]
ARRIVED = [("behind", "bot.desk.newcomers:take_in"), ("inside", "storage.letters:took")]
THERE = [("behind", "storage.letters:took")]
ALL = [*CHOSEN, *FETCHED, *SENT, *TAKEN, *ARRIVED, *THERE]
OWN = ALL if EVERYTHING else [CHOSEN[0], FETCHED[1], *SENT, TAKEN[1], ARRIVED[1]]


class Story:
    """One process after the other, each killed at its point."""

    def __init__(self, pair: Pair, process: Process) -> None:
        self.pair = pair
        self.process = process

    async def begin(self, point: str = "", mark: str = "") -> None:
        """The next process. It need not wait until the lease of the one before is over: that has tests of its own."""
        await self.pair.value("DELETE FROM processes")
        await self.process.launch(point=point, mark=mark)

    async def deaths(self, points: list[tuple[str, str]]) -> None:
        """The one that runs dies at the first of them, each one after it at the next."""
        for n, (_, mark) in enumerate(points):
            async with asyncio.timeout(60):  # a busy machine takes its time to get there
                await self.process.process.wait()
            assert await self.process.ended() == -9, mark
            if n + 1 < len(points):
                await self.begin(*points[n + 1])


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
        offered = [*OFFERED, *TOLD] if EVERYTHING else OFFERED[:1]
        await story.begin(*offered[0])
        await pair.plan(topic)
        await story.deaths(offered)
        if EVERYTHING:
            await story.begin(*TAPPED[0])
            await pair.two.user.say(f"/start {await pair.token()}")
            await story.deaths(TAPPED)
        await story.begin(*CHOSEN[0])
        if not EVERYTHING:
            await pair.two.user.say(f"/start {await pair.token()}")
        await pair.two.user.sees("Setuju?")
        await pair.two.user.press("Setuju")
        await pair.two.user.sees("Bawa percakapan")
        await pair.two.user.press(BRING)
        await story.deaths(OWN)
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
