import asyncio, random, sys
import pytest
from bot.playground.budgets import Limits
from bot.playground.faults import Fault
from tests.checker import check, settled
from tests.crash.conftest import Scene, person
from tests.crash.test_kill import _talk
from tests.flows.conftest import office_at
from datetime import UTC, datetime
import tests.crash.test_kill as tk

@pytest.mark.parametrize("seed", range(100, 100+int(__import__('os').environ.get("N","6"))))
async def test_soak(tmp_path, seed):
    tk.WORDS = 14
    chance = random.Random(seed)
    pace = {"group_messages": 10, "group_seconds": 1, "bot_per_second": 1000}
    path = tmp_path / "meja.db"
    async with office_at(path, start=datetime.now(UTC), limits=Limits(per_group=10, group_seconds=1, private_per_second=1000, private_burst=1000), telegram={"pace": pace}) as office:
        scene = Scene(office, path)
        try:
            users = [person(office, n) for n in range(5)]
            async with office.open():
                topics = [await scene.ticket_of(u) for u in users]
                await office.settled()
            t = office.telegram
            t.faults = type(t.faults)(seed)
            for what, phase in (("cut","after"),("cut","before"),("bad gateway","before"),("truncated","after")):
                t.break_with(Fault("sendMessage", what, phase, chance=0.03, times=None))
            t.break_with(Fault("sendMessage", "flood", chance=0.02, retry_after=2, times=None))
            t.break_with(Fault(what="delay", phase="after", delay=0.1, chance=0.3, times=None))
            async def kills():
                for _ in range(4):
                    await scene.desk.start()
                    await asyncio.sleep(chance.uniform(0.1, 1.5))
                    if chance.random() < .3:
                        assert await scene.desk.stop() == 0
                    else:
                        await scene.desk.kill()
                await scene.desk.start()
            async def topic_killer():
                await asyncio.sleep(chance.uniform(1, 4))
                i = chance.randrange(5)
                await office.officer.delete_topic(topics[i])
            async def officer_talk(u, topic, rnd):
                for number in range(1, 15):
                    await asyncio.sleep(rnd.uniform(0.0, 1.0))
                    live = [x for x in t.topics if x.name.split()[0] == topic.name.split()[0] and not x.deleted]
                    if live:
                        await office.officer.say(f"Kata [o{u.id}/{number}]", topic=live[-1])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(kills())
                tasks.create_task(topic_killer())
                for u, topic in zip(users, topics):
                    tasks.create_task(_talk(u, f"u{u.id}", None, random.Random(chance.random())))
                    tasks.create_task(officer_talk(u, topic, random.Random(chance.random())))
            t.faults.clear()
            await settled(t, path, within=90)
            report = check(t, path)
            print("REPORT", seed, report.said, report.doubled, "pen", t.ledger.inside_penalty, "merged", sum("\n\nKata" in m.text for x in t.topics for m in x.messages))
        finally:
            await scene.desk.end()
