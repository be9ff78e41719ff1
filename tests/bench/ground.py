"""The ground of a run: a stand-in with its people, each with a topic, in the process of the benchmark itself.

The contenders are processes of their own and know nothing but its address.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count

from bot.clock import SystemClock
from bot.playground.budgets import OFF, Limits
from bot.playground.chats import ICON_COLORS, Topic
from bot.playground.mailbox import Mailbox
from bot.playground.people import Person
from bot.playground.server import serve
from bot.playground.telegram import Telegram

FIRST_USER = 10_001
FIRST_TOPIC = 2
OFFICER = 2001
ADMIN = 3001
# Each stand-in goes on where the one before could have ended: a database that met both takes no update for a repeat.
_UPDATE_IDS = count(700_000_001, 1_000_000)


@dataclass(frozen=True)
class Ground:
    """Where contenders run: the n-th user's ticket has the n-th topic."""

    telegram: Telegram
    mailbox: Mailbox
    url: str
    users: list[Person]
    officer: Person

    @property
    def group(self) -> int:
        return self.telegram.staff.id

    def topic_of(self, user: Person) -> Topic:
        """The topic of the user's ticket."""
        return self.telegram.staff.topics[topic_id(user.id - FIRST_USER)]


def topic_id(user: int) -> int:
    """The topic of the n-th user (from 0): known before there is a stand-in, for the seeded database."""
    return FIRST_TOPIC + user


@asynccontextmanager
async def ground(users: int, *, topics: bool = True, limits: Limits = OFF) -> AsyncIterator[Ground]:
    """A fresh stand-in with so many users, served while open; without `limits` it takes what comes."""
    clock = SystemClock()
    telegram = Telegram(clock, limits=limits, first_update_id=next(_UPDATE_IDS))
    officer = Person(telegram, id=OFFICER, first_name="Rina", staff="member")
    Person(telegram, id=ADMIN, first_name="Ucok", staff="administrator").account.started = True
    people = [Person(telegram, id=FIRST_USER + n, first_name=f"Warga {n}") for n in range(users)]
    for person in people:
        person.account.started = True
    if topics:
        _open_topics(telegram, users)
    async with Mailbox(clock, bell=telegram.bell) as mailbox, serve(telegram) as url:
        yield Ground(telegram, mailbox, url, people, officer)


def _open_topics(telegram: Telegram, count: int) -> None:
    world = telegram.world
    for number in range(count):
        topic = Topic(0, f"Tiket {number}", ICON_COLORS[0], world.bot.id)
        assert world.open_topic(telegram.staff, topic).id == topic_id(number)
    world.updates.drop_pending()
    telegram.ledger.updates.clear()
