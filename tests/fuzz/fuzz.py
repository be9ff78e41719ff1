"""A running desk under generated updates: none may stop it, hold up a neighbour, or reach the wrong person."""

import asyncio
import json
import logging
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.channels.telegram.parse import raw_update
from bot.playground.people import Person
from tests.flows.conftest import Office
from tests.flows.way import swift, to, value
from tests.fuzz.mutation import GROUP, Mutator

BATCH = 50
NEWS = 5000  # how often a long run says how it goes
SEEDED = ("42:STANDIN", "user7100@contoh.go.id", "Tetangga rahasia")


@dataclass
class Result:
    """`failures`: what was set aside, by the kind of error; `lost`: good messages that did not arrive; `malformed`:
    requests of the desk that the Bot API would not understand."""

    updates: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    malformed: list[str] = field(default_factory=list)
    slowest: float = 0.0


class _Words(logging.Handler):
    """Everything that is logged, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.leaks: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        line = logging.Formatter().format(record)
        self.leaks += [word for word in SEEDED if word in line]


async def fuzz(folder: Path, *, updates: int, seed: int) -> Result:
    """Feed so many updates to a real desk. After each batch a neighbour writes, and must arrive at the officers."""
    result, words = Result(), _Words()
    logging.getLogger().addHandler(words)
    try:
        async with swift(folder) as office:
            mutator = Mutator(await _corpus(office), seed)
            neighbour = Person(office.telegram, id=7100, first_name="Tetangga")
            await to(office, "ticket", neighbour)
            while result.updates < updates:
                await _batch(office, mutator, neighbour, result, min(BATCH, updates - result.updates))
                if result.updates % NEWS == 0:
                    print(f"{result.updates}: {len(result.lost)} lost, {len(words.leaks)} leaks", file=sys.stderr)
            result.failures.update(await _failures(office))
            result.leaks += await _misdirected(office)
            result.malformed = [str(fault) for fault in office.telegram.violations]
            office.telegram.violations.clear()
    finally:
        logging.getLogger().removeHandler(words)
    result.leaks += words.leaks
    return result


async def _corpus(office: Office) -> list[str]:
    """A consultation with every kind of update in it, as the stand-in sent them."""
    user = await to(office, "ticket")
    topic = office.telegram.topics[-1]
    said = await user.say("Halo *lagi* https://bps.go.id")
    for kind in ("photo", "document", "voice", "sticker", "location", "contact"):
        await user.send(kind)
    await user.album(["photo", "video"], caption="Album")
    await user.edit(said, text="Halo lagi, diubah")
    await user.react(said, "👍")
    answer = await office.officer.say("Jawaban", topic=topic)
    await office.officer.say("/tutup selesai", topic=topic, reply_to=answer)
    await user.sees("Bagaimana layanan kami")
    await user.press("5")
    await user.block()
    await user.unblock()
    await Person(office.telegram, id=2003, first_name="Baru").join()
    await office.admin.say("/sla")
    await office.settled()
    found = await value(office, "SELECT json_group_array(json(raw)) FROM inbox")
    return [json.dumps(update) for update in json.loads(str(found))]


async def _batch(office: Office, mutator: Mutator, neighbour: Person, result: Result, size: int) -> None:
    assert office.app is not None
    loop = asyncio.get_running_loop()
    began = loop.time()
    await office.app.inbox.receive([raw_update(mutator.next()) for _ in range(size)])
    result.updates += size
    mark = f"Tetangga rahasia [{result.updates}]"
    await neighbour.say(mark)
    await office.app.drained()
    kept = await value(
        office, "SELECT count(*) FROM messages WHERE content LIKE $1 AND ticket_id NOT NULL", f"%{mark}%"
    )
    if kept != 1:
        result.lost.append(mark)
    result.slowest = max(result.slowest, loop.time() - began)


async def _failures(office: Office) -> list[str]:
    found = await value(office, "SELECT group_concat(substr(error, 1, 60), '|') FROM inbox WHERE state = 'quarantined'")
    return str(found).split("|") if found else []


async def _misdirected(office: Office) -> list[str]:
    """The neighbour's words may stand in the officers' group, in the neighbour's own chat, and nowhere else."""
    people = [chat for id, chat in office.telegram.world.chats.items() if id not in (GROUP, 7100)]
    return [message.text for chat in people for message in chat.messages if "Tetangga rahasia" in message.text]
