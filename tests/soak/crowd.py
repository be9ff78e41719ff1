"""The people of a soak: those of the simulation, who act by themselves, a little better behaved and many more."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from random import Random
from typing import Any, ClassVar

from bot.playground.chats import Topic
from bot.playground.people import NoSuchButton, NotAllowed
from tests.simulation.book import Book
from tests.simulation.people import Place
from tests.simulation.staff import Officer
from tests.simulation.users import User
from tests.simulation.world import ADMIN, SUPERVISOR
from tests.soak.ground import Ground, Letters

FIRST_USER, FIRST_OFFICER = 10_001, 2001
# An officer who has had the last word so often leaves the topic alone: some tickets must be closed by silence.
LAST_WORDS = 3
# Topics further back are closed by now.
IN_SIGHT = 600
# One of so many users falls silent for most of the time.
SILENT_ONE_IN = 6


class Visitor(User):
    """Nobody blocks the bot here, and nobody calls a question off."""

    ACTS: ClassVar[Any] = tuple(
        (weight, act) for weight, act in User.ACTS if act not in (User.shut_out, User.call_off, User.talk_at_length)
    )


class Clerk(Officer):
    """Looks into any open topic in which it is the office's turn."""

    async def turn(self) -> None:
        open_ones = list(self._waiting())
        if open_ones:
            self._here = self.random.choice(open_ones)
            await super(Officer, self).turn()

    def _waiting(self) -> Iterator[Topic]:
        for topic in islice(reversed(self.telegram.staff.topics.values()), IN_SIGHT):
            if not topic.closed and not self._is_answered(topic):
                yield topic

    @staticmethod
    def _is_answered(topic: Topic) -> bool:
        last = list(islice(reversed(topic.by_id.values()), LAST_WORDS))
        return len(last) == LAST_WORDS and not any(message.by_bot for message in last)

    ACTS: ClassVar[Any] = tuple((weight, act) for weight, act in Officer.ACTS if act is not Officer.go)


class Crowd:
    """`act`: somebody does something. The same seed gives the same people, who see what the desk makes of it."""

    def __init__(self, ground: Ground, *, users: int, officers: int, seed: int) -> None:
        self.book = Book()
        self.letters = Letters(ground.mailbox)
        self._random = Random(seed)
        place = Place(ground.telegram, self.book, str(seed), pause=0.0)
        self.users = [Visitor(place, self.letters, id=FIRST_USER + n) for n in range(users)]
        self._clerks = [Clerk(place, id=FIRST_OFFICER + n) for n in range(officers)]
        self._clerks.append(Clerk(place, id=ADMIN, status="administrator"))
        supervisor = Visitor(place, self.letters, id=SUPERVISOR)
        supervisor.account.started = self._clerks[-1].account.started = True
        self.progress = 0.0

    async def act(self) -> None:
        officer = self._random.random() < 0.45
        person = self._random.choice(self._clerks if officer else self._awake)
        with suppress(NotAllowed, NoSuchButton):
            await person.turn()

    @property
    def _awake(self) -> list[Visitor]:
        """A part of the users says nothing from early on until nearly the end."""
        if not 0.1 < self.progress < 0.95:
            return self.users
        return [user for user in self.users if user.id % SILENT_ONE_IN] or self.users
