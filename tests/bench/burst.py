"""(e): many at once into one group under its limit: sixty messages of a dozen users, and thirty newcomers."""

import asyncio
from datetime import timedelta

from bot.playground.budgets import Limits
from bot.playground.people import Person
from tests.bench.bench import Bench
from tests.bench.book import outcome, write
from tests.bench.contenders import Pace, desk, running
from tests.bench.figures import Line, shortest_time
from tests.bench.ground import Ground, ground

MOST, WINDOW = 20, 6.0
USERS, EACH = 12, 5
NEWCOMERS = 30
SCENARIO = f"(e) bursts, {MOST} in {WINDOW:.0f} s for the group"
PACE = Pace(group_messages=MOST, group_seconds=WINDOW, bot_per_second=30)
LIMITS = Limits(per_group=MOST, group_seconds=WINDOW)
PATIENCE = 90.0


async def bursts(bench: Bench) -> list[Line]:
    return [*await _messages(bench), *await _newcomers(bench)]


async def _messages(bench: Bench) -> list[Line]:
    """Held against the shortest time in which one message for each call could go out at all."""
    contender = await bench.desk(USERS, pace=PACE)
    async with ground(USERS, limits=LIMITS) as here, running(contender, here, bench.fresh()) as process:
        await process.is_open(within=20)
        offers = [await write(here, user, number) for number in range(EACH) for user in here.users]
        seen = await outcome(here, offers, to_group=True)
    took = (seen.last - offers[0].at) / timedelta(seconds=1)
    singly = shortest_time(len(offers), MOST, WINDOW)
    return [
        Line(
            SCENARIO,
            f"{len(offers)} messages of {USERS} users, s",
            f"{took:.2f}",
            f"one for each call: {singly:.1f} at least",
            f"{took / singly:.2f}",
            "<= 0.6",
            took <= 0.6 * singly,
        ),
        _safe(here, seen.lost, seen.reordered),
    ]


def _safe(here: Ground, lost: int, reordered: int) -> Line:
    found = here.telegram.ledger.inside_penalty, lost, reordered
    return Line(
        SCENARIO,
        "the same: inside a penalty / lost / out of order",
        "{} / {} / {}".format(*found),
        "",
        "",
        "0 / 0 / 0",
        found == (0, 0, 0),
    )


async def _newcomers(bench: Bench) -> list[Line]:
    """From the first word to a ticket whose topic shows the question, all of them at the same time."""
    async with (
        ground(NEWCOMERS, topics=False, limits=LIMITS) as here,
        running(desk(pace=PACE), here, bench.fresh()) as process,
    ):
        await process.is_open(within=20)
        began = here.telegram.clock.now()
        stories = [_comes(here, person) for person in here.users]
        done = [end for end in await asyncio.gather(*stories, return_exceptions=True) if end is None]
        took = (here.telegram.clock.now() - began).total_seconds()
    ledger = here.telegram.ledger
    refused = sum(request.status == 429 for request in ledger.requests)
    what = f"newcomers with ticket and topic ({took:.0f} s, {refused} refused by a limit of private chats)"
    whole = len(done) == NEWCOMERS == len(here.telegram.topics) and not ledger.inside_penalty
    return [Line(SCENARIO, what, f"{len(done)} of {NEWCOMERS}", "", "", f"{NEWCOMERS} of {NEWCOMERS}", whole)]


async def _comes(here: Ground, person: Person) -> None:
    """One newcomer's way. Raises AssertionError when something expected does not come."""
    question = f"Berapa penduduk kecamatan nomor {person.id}?"
    address = f"warga{person.id}@contoh.go.id"
    await person.say(question)
    await person.sees("Setuju?", within=PATIENCE)
    await person.press("Setuju")
    await person.sees("alamat e-mail", within=PATIENCE)
    await person.say(address)
    code = (await here.mailbox.mail_to(address, within=PATIENCE)).code
    await person.sees("Kode sudah dikirim", within=PATIENCE)
    await person.say(code)
    await person.sees("Siapa nama", within=PATIENCE)
    await person.say("Siti Rahma")
    await person.sees("lembaga apa", within=PATIENCE)
    await person.press("Lewati")
    await person.sees("digunakan", within=PATIENCE)
    await person.press("Lewati")
    await person.sees("jenis konsultasi", within=PATIENCE)
    await person.press("Data")
    await person.sees("tersimpan", within=PATIENCE)
    await person.press("Kirim")
    await person.sees("dibuka", within=PATIENCE)
    await here.telegram.until(lambda: _is_shown(here, question), within=PATIENCE)


def _is_shown(here: Ground, question: str) -> bool:
    return any(question in message.text for topic in here.telegram.topics for message in topic.messages)
