"""An office changes hands: its owner is killed, falls asleep or is stopped, and nothing is lost, nor done twice."""

import asyncio
import os
import random
import shutil
import signal
from pathlib import Path
from time import monotonic

import pytest

from bot.playground.chats import Topic
from bot.playground.faults import Fault
from bot.playground.people import Person
from tests.flows.trouble import becomes_true
from tests.offices.conftest import Town, run
from tests.offices.processes import Process, Registry, processes
from tests.offices.test_city import owned
from tests.postgres import named
from tests.storage.wire import line_to

pytestmark = pytest.mark.crash
KILLS = int(os.environ.get("MEJA_TEST_KILLS", "10"))
CODES = ("1201", "1202", "1203")
PROGRAM = ("bot", "handlers", "storage", "templates")
NEXT = """
ALTER TABLE tickets ADD COLUMN next TEXT;
ALTER TABLE messages ADD COLUMN next INTEGER NOT NULL DEFAULT 0;
ALTER TABLE inbox ADD COLUMN next TEXT;
ALTER TABLE outbox ADD COLUMN next TEXT NOT NULL DEFAULT '';
ALTER TABLE dialogues ADD COLUMN next TEXT;
ALTER TABLE offices ADD COLUMN next TEXT;
CREATE TABLE next_things (id INTEGER PRIMARY KEY, office TEXT NOT NULL);
CREATE INDEX messages_next ON messages (office, next);
"""
# What the issue promises, and room for a machine that does other things besides.
CUT_OFF_WITHIN = 15.0
TAKEN_OVER_WITHIN, HANDED_OVER_WITHIN, BUSY = 5.0, 1.0, 10.0


@pytest.fixture
async def registry(city: Town, postgres_server: str) -> Registry:
    return Registry(named(postgres_server, city.database))


async def _topics(city: Town, *codes: str) -> dict[str, Topic]:
    """A ticket in each office; made by a process that is gone."""
    for code in codes:
        await city.found(code)
    async with run(city) as house:
        await becomes_true(lambda: owned(house) == set(codes))
        return {code: (await city.offices[code].ticket(f"Pertanyaan [u{code}/0]"))[1] for code in codes}


async def _talk(who: Person, mark: str, topic: Topic | None, chance: random.Random, done: asyncio.Event) -> int:
    """Write now and then until it is enough; how many."""
    number = 0
    while not done.is_set():
        number += 1
        await who.say(f"Kata ke-{number} [{mark}/{number}]", topic=topic or "private")
        await asyncio.sleep(chance.uniform(0.1, 1.0))
    return number


async def test_owners_killed_again_and_again_lose_nothing(city: Town, registry: Registry, tmp_path: Path) -> None:
    topics, chance, done = await _topics(city, *CODES), random.Random(7), asyncio.Event()
    for office in city.offices.values():  # many a kill finds a request under way
        office.telegram.break_with(Fault(what="delay", phase="after", delay=0.1, chance=0.5, times=None))
    async with processes(city, 2) as ones, asyncio.TaskGroup() as tasks:
        for one in ones:
            await one.launch()
        talks = []
        for code, topic in topics.items():
            office = city.offices[code]
            talks.append(tasks.create_task(_talk(office.user, f"u{code}", None, random.Random(code), done)))
            talks.append(tasks.create_task(_talk(office.officer, f"o{code}", topic, random.Random(code), done)))
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.5, 3.0))
            victim = chance.choice(ones)
            await victim.kill()
            await victim.begin()
        done.set()
        said = [await talk for talk in talks]
        await registry.settled(city, within=60 + 5 * KILLS)  # what piled up while nobody lived long
        doubled = 0
        for code in CODES:
            report = await registry.check(city, code, tmp_path / f"{code}-copy.db")
            doubled += report.doubled
        print(f"kills {KILLS}, said {sum(said) + len(CODES)}, lost 0, doubled and marked {doubled}")
        assert doubled <= KILLS * len(CODES) * 4
        for one in ones:
            assert await one.stop() == 0


@pytest.mark.parametrize(("point", "more"), [("after-the-claim", 0), ("before-the-request", 1)])
async def test_an_owner_that_slept_through_its_loss_does_nothing_more(
    city: Town, registry: Registry, tmp_path: Path, point: str, more: int
) -> None:
    topic = (await _topics(city, "1201"))["1201"]
    office = city.offices["1201"]
    async with processes(city, 2) as (sleeper, other):
        await sleeper.launch(point=point, mark="/2]")
        await sleeper.says(" is open")
        await other.launch()
        for number in range(1, 5):
            await office.user.say(f"Tanya [user/{number}]")
        await other.says(" is open")
        await office.officer.sees("[user/4]", topic=topic, within=60)
        epoch = await registry.value("SELECT epoch FROM leases WHERE office = '1201'")
        sent = len(office.telegram.ledger.sent())
        sleeper.process.send_signal(signal.SIGCONT)
        await sleeper.says("an office was lost")
        await office.user.say("Sesudahnya [user/5]")
        await office.officer.sees("[user/5]", topic=topic)
        await registry.settled(city)
        assert len(office.telegram.ledger.sent()) - sent == 1 + more
        report = await registry.check(city, "1201", tmp_path / "copy.db")
        assert report.doubled == more
        assert await registry.value("SELECT epoch FROM leases WHERE office = '1201'") == epoch
        assert await registry.value("SELECT count(*) FROM outbox WHERE uncertain = 1") == 1


async def test_how_long_an_office_is_without_an_owner(city: Town) -> None:
    topic = (await _topics(city, "1201"))["1201"]
    office = city.offices["1201"]
    async with processes(city, 2) as ones:
        owner, other = ones
        await owner.launch()
        await owner.says(" is open")
        await other.launch()
        seen = len(other.lines)
        began = monotonic()
        await owner.kill()
        await other.says(" is open", since=seen)
        killed = monotonic() - began
        await office.user.say("Setelah mati [user/1]")
        await office.officer.sees("[user/1]", topic=topic)
        await owner.launch()
        seen = len(owner.lines)
        began = monotonic()
        stopping = asyncio.create_task(other.stop())
        await owner.says(" is open", since=seen)
        handed = monotonic() - began
        assert await stopping == 0
        await office.user.say("Setelah serah terima [user/2]")
        await office.officer.sees("[user/2]", topic=topic)
    print(f"taken over {killed:.2f} s after SIGKILL, handed over in {handed:.2f} s")
    assert killed < TAKEN_OVER_WITHIN + BUSY
    assert handed < HANDED_OVER_WITHIN + BUSY


async def test_an_owner_that_is_cut_off_is_replaced(city: Town, registry: Registry, tmp_path: Path) -> None:
    """No error, no answer: its line to the database is just silent. Telegram it still reaches."""
    topic = (await _topics(city, "1201"))["1201"]
    office = city.offices["1201"]
    async with line_to(city.url) as (url, line), processes(city, 2) as (owner, other):
        owner.environment = {"MEJA_STORAGE__URL": url}
        await owner.launch()
        await owner.says(" is open")
        await other.launch()
        await office.user.say("Sebelum [user/1]")
        await office.officer.sees("[user/1]", topic=topic)
        line.silent = True
        waited = await other.says(" is open")
        await office.user.say("Sesudahnya [user/2]")
        await office.officer.sees("[user/2]", topic=topic, within=60)
        await registry.settled(city)
        assert (await registry.check(city, "1201", tmp_path / "copy.db")).doubled <= 1
    print(f"taken over {waited:.2f} s after the line fell silent")
    assert waited < CUT_OFF_WITHIN + BUSY


async def test_an_office_comes_changes_breaks_and_goes_in_two_processes(city: Town) -> None:
    """A fault of one file is nobody else's, and no process is started anew."""
    topic = (await _topics(city, "1201"))["1201"]
    first = city.offices["1201"]
    async with processes(city, 2) as ones:
        for one in ones:
            await one.launch()

        async def reload(words: str) -> None:
            """Both read the files; one of them says so by what it does."""
            seen = [len(one.lines) for one in ones]
            for one in ones:
                one.process.send_signal(signal.SIGHUP)
            await becomes_true(
                lambda: any(words in line for one, old in zip(ones, seen, strict=True) for line in one.lines[old:]),
                within=60,
            )

        second = await city.found("1202")
        await reload("BPS Kabupaten 1202 is open")
        _, other_topic = await second.ticket()
        changed = second.settings.office.model_copy(update={"name": "BPS Kota 1202"})
        second.settings = second.settings.model_copy(update={"office": changed})
        city.write(second)
        await reload("BPS Kota 1202 is open")
        await second.user.say("Masih di sana? [user/1]")
        await second.officer.sees("[user/1]", topic=other_topic)
        await second.admin.say("/bantuan")
        city.file("1202").write_text("[office]\n")
        await reload("1202.toml: telegram: missing")
        await second.admin.sees("tidak dapat dipakai lagi")
        city.write(second)
        await reload("BPS Kota 1202 is open")
        city.file("1202").unlink()
        await reload("files read again")
        await first.user.say("Tidak terganggu [user/1]")
        await first.officer.sees("[user/1]", topic=topic)
        assert [one.process.returncode for one in ones] == [None, None]
        assert sum("BPS Kabupaten 1201 is open" in line for one in ones for line in one.lines) == 1


async def test_all_processes_are_replaced_one_after_the_other(city: Town, registry: Registry, tmp_path: Path) -> None:
    """A rolling upgrade: nobody waits for it, nothing is lost, nothing is said twice."""
    topics, done = await _topics(city, *CODES), asyncio.Event()
    async with processes(city, 2) as ones, asyncio.TaskGroup() as tasks:
        for one in ones:
            await one.launch()
        for code in topics:
            tasks.create_task(_talk(city.offices[code].user, f"u{code}", None, random.Random(code), done))
        for one in ones:
            assert await one.stop() == 0
            await one.launch()
        done.set()
        await registry.settled(city)
        for code in CODES:
            assert (await registry.check(city, code, tmp_path / f"{code}-copy.db")).doubled == 0


def _next_version(folder: Path) -> Path:
    """The program as it will be: with one more step of the tables."""
    here = Path(__file__).parents[2]
    for package in PROGRAM:
        shutil.copytree(here / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "storage/migrations/9999_next.sql").write_text(NEXT, encoding="utf-8")
    return folder


async def test_a_new_program_changes_the_tables_beside_the_old_one(
    city: Town, registry: Registry, tmp_path: Path
) -> None:
    """The old one goes on, hands over what is the new one's share, and in the end all; nobody writes in vain."""
    topics, done = await _topics(city, *CODES), asyncio.Event()
    newer = _next_version(tmp_path / "next")
    old, new = Process(city.folder), Process(city.folder, under=("env", f"--chdir={newer}"))
    try:
        async with asyncio.TaskGroup() as tasks:
            await old.launch()
            for code, topic in topics.items():
                office = city.offices[code]
                tasks.create_task(_talk(office.user, f"u{code}", None, random.Random(code), done))
                tasks.create_task(_talk(office.officer, f"o{code}", topic, random.Random(code), done))
            await old.says("BPS Kabupaten 1203 is open")
            await new.launch()
            assert await registry.value("SELECT count(*) FROM migrations WHERE number = 9999") == 1
            await new.says(" is open")
            for code, topic in topics.items():
                await city.offices[code].user.say("Berdampingan")
                await city.offices[code].officer.sees("Berdampingan", topic=topic, within=60)
            assert old.process.returncode is None
            assert await old.stop() == 0
            for code, topic in topics.items():
                await city.offices[code].user.say("Yang baru")
                await city.offices[code].officer.sees("Yang baru", topic=topic, within=60)
            done.set()
        await registry.settled(city)
        for code in CODES:
            assert (await registry.check(city, code, tmp_path / f"{code}-copy.db")).doubled == 0
        await old.begin()
        await old.says("ditulis oleh versi meja yang lain")
        assert await new.stop() == 0
    finally:
        await old.end()
        await new.end()
