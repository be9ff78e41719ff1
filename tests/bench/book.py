"""What was offered and what became of it, read from the stand-in's own book: no contender is asked."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.playground.chats import Topic
from bot.playground.people import Person
from bot.playground.telegram import Telegram
from tests.bench.figures import steps_back
from tests.bench.ground import Ground

LOOK = 0.02
# So long may nothing at all be sent before what is missing counts as lost.
PATIENCE = 20.0


@dataclass(frozen=True)
class Offer:
    """A message somebody wrote: the `number`-th of its conversation (an id of a person or a topic)."""

    text: str
    conversation: int
    number: int
    at: datetime


@dataclass(frozen=True)
class Outcome:
    """What became of a batch of offers. `arrived` says when each text came; the counts are of messages."""

    offers: Sequence[Offer]
    arrived: dict[str, datetime]
    lost: int
    doubled: int
    reordered: int

    @property
    def last(self) -> datetime:
        return max(self.arrived.values())

    @property
    def delays_ms(self) -> list[float]:
        """From offered to sent, for each that arrived."""
        return [
            (self.arrived[offer.text] - offer.at).total_seconds() * 1000
            for offer in self.offers
            if offer.text in self.arrived
        ]


async def write(ground: Ground, person: Person, number: int) -> Offer:
    """The person writes their `number`-th message to the bot."""
    at = ground.telegram.clock.now()
    text = f"Pesan {number} dari {person.id}."
    await person.say(text)
    return Offer(text, person.id, number, at)


async def answer(ground: Ground, topic: Topic, number: int) -> Offer:
    """The officer's `number`-th answer in that topic."""
    at = ground.telegram.clock.now()
    text = f"Jawaban {number} untuk {topic.id}."
    await ground.officer.say(text, topic=topic)
    return Offer(text, topic.id, number, at)


async def outcome(ground: Ground, offers: Sequence[Offer], *, to_group: bool) -> Outcome:
    """Wait until all of it has been sent on (or nothing more comes), then say what became of it."""
    await _settled(ground.telegram, {offer.text for offer in offers}, to_group=to_group)
    arrived: dict[str, datetime] = {}
    count: dict[str, int] = defaultdict(int)
    order: dict[int, list[int]] = defaultdict(list)
    by_text = {offer.text: offer for offer in offers}
    for at, text in _sent_texts(ground.telegram, to_group=to_group):
        offer = by_text.get(text)
        if offer is not None:
            count[text] += 1
            if arrived.setdefault(text, at) is at:
                order[offer.conversation].append(offer.number)
    return Outcome(
        offers,
        arrived,
        lost=len(offers) - len(arrived),
        doubled=sum(count.values()) - len(count),
        reordered=sum(map(steps_back, order.values())),
    )


def kept_ms(telegram: Telegram, known: Collection[int]) -> list[float]:
    """From each update's making to its confirmation by the next poll, for those that are not `known`."""
    return [
        (life.confirmed - life.created).total_seconds() * 1000
        for number, life in telegram.ledger.updates.items()
        if number not in known and life.confirmed is not None
    ]


async def _settled(telegram: Telegram, texts: set[str], *, to_group: bool) -> None:
    """Return when all these texts were sent, or when nothing at all was for a while."""
    loop = asyncio.get_running_loop()
    seen, missing, quiet_since = 0, set(texts), loop.time()
    while missing and loop.time() - quiet_since < PATIENCE:
        requests = telegram.ledger.requests
        if len(requests) > seen:
            quiet_since = loop.time()
        # A request that is still under way has no messages yet: look at the last ones again.
        for _, text in _sent_texts(telegram, to_group=to_group, since=max(0, seen - 1000)):
            missing.discard(text)
        seen = len(requests)
        await asyncio.sleep(LOOK)


def _sent_texts(telegram: Telegram, *, to_group: bool, since: int = 0) -> list[tuple[datetime, str]]:
    """The texts in the order they came to stand in the group, or in private chats; a merged post holds many."""
    found = []
    for request in telegram.ledger.requests[since:]:
        into_group = (request.chat_id or 0) < 0
        if request.message_ids and request.method == "sendMessage" and into_group == to_group:
            found.append((request.message_ids[0], request.at, str(request.params["text"])))
    return [(at, text) for _, at, post in sorted(found, key=lambda post: post[0]) for text in post.split("\n\n")]
