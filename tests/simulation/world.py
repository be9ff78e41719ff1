"""One small world from one seed: a desk, its Telegram and mail, people who act by themselves, and what goes wrong."""

import asyncio
import hashlib
import json
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from bot.desk.facts import texts_of
from bot.playground.budgets import Limits
from bot.playground.spec import Spec
from bot.playground.telegram import Telegram
from bot.settings import Settings
from bot.texts import Texts
from tests.checker import Database
from tests.simulation.book import Book
from tests.simulation.desk import Desk, Surroundings
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.simulation.people import Place
from tests.simulation.staff import Admin, Officer
from tests.simulation.store import Blank
from tests.simulation.users import User
from tests.simulation.weather import Climate, Weather
from tests.simulation.wires import MailRoom, Network

MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # 10.00 WIB
GROUP = -1001234567890
ADMIN, SUPERVISOR = 111, 333
TOKEN = "42:STANDIN"
DAY = timedelta(days=1)
LOOK = 5.0  # seconds between two looks whether all is at rest
ROUNDS = 400
PATIENT_ROUNDS = 20

SETTINGS: dict[str, Any] = {
    "office": {"code": "1207", "name": "BPS Kabupaten Labuhanbatu", "decree": "107", "phone": "(0624) 21207"},
    "telegram": {"token": TOKEN, "staff_chat_id": GROUP, "admin_ids": [ADMIN], "api_url": "http://127.0.0.1:1"},
    "mail": {"host": "127.0.0.1", "port": 1, "security": "none", "from_address": "konsultasi@bps.go.id"},
    "supervisor": {"chat_id": SUPERVISOR},
    "catalogue": {"offer": False, "starter": False},
    "report": {"files": False},
}


@dataclass(frozen=True)
class Plan:
    """What a seed has drawn: how many people, how long, how rough."""

    users: int
    officers: int
    sessions: int
    minutes: float
    pause: float
    climate: Climate
    crashes: int | None  # events on the wires a process survives on average
    is_rough: bool  # the admin spoils things
    is_late: bool  # the group becomes a forum only when the desk is open already

    @classmethod
    def drawn(cls, random: Random) -> "Plan":
        return cls(
            users=random.choice((1, 1, 2, 2, 3, 4, 6)),
            officers=random.randint(1, 3),
            sessions=random.randint(1, 3),
            minutes=random.uniform(1.5, 4),
            pause=random.choice((4.0, 8.0, 12.0)),
            climate=Climate.drawn(random),
            crashes=random.choice((None, 2000, 800, 300)),
            is_rough=random.random() < 0.5,
            is_late=random.random() < 0.1,
        )


@dataclass
class Studio:
    """What all worlds of a process share, because it is slow to make and does not change."""

    folder: Path
    spec: Spec | None = field(default_factory=Spec.find)
    settings: Settings = field(init=False)
    texts: Texts = field(init=False)
    blank: Blank = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(**SETTINGS)
        self.texts = texts_of(self.settings)
        self.blank = Blank(self.folder)


class World:
    """The desk and everything around it. `play` runs it to its end; then everything in it may be looked at."""

    def __init__(self, seed: int, studio: Studio, loop: VirtualLoop) -> None:
        self.seed = seed
        self.random = Random(f"{seed} world")
        self.plan = self._drawn_plan()
        self.path = studio.folder / f"{seed}.db"
        studio.blank.copy_to(self.path)
        self.clock = VirtualClock(loop, MONDAY)
        self.telegram = Telegram(self.clock, token=TOKEN, limits=Limits(), spec=studio.spec, seed=seed)
        if self.plan.is_late:
            self._without_topics()
        self.weather = Weather(self.telegram, self.plan.climate, Random(f"{seed} weather"))
        self.network = Network(self.telegram, self.weather)
        self.mail_room = MailRoom(self.clock)
        self.book = Book()
        self.texts = studio.texts
        self._surround(studio)
        self._people(Place(self.telegram, self.book, str(seed), self.plan.pause))
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._are_crashes_over = False
        self.database = Database(self.path)

    def _drawn_plan(self) -> Plan:
        return Plan.drawn(self.random)

    def _surround(self, studio: Studio) -> None:
        """The desk in its surroundings."""
        self.desk = Desk(self._around(studio), studio.texts, str(self.seed))

    def _around(self, studio: Studio) -> Surroundings:
        return Surroundings(studio.settings, self.clock, self.network, self.mail_room, self.weather, self.path)

    @property
    def players(self) -> list[Any]:
        """Everybody who acts."""
        return [self.admin, *self.officers, *self.users]

    def _without_topics(self) -> None:
        """The staff group as a plain one, which Telegram gives another id when topics are switched on."""
        group = self.telegram.staff
        group.kind, group.is_forum = "group", False
        group.body = {"id": group.id, "title": group.body["title"], "type": "group"}

    def _people(self, place: Place) -> None:
        self.admin = Admin(place, id=ADMIN, is_rough=self.plan.is_rough)
        self.officers = [Officer(place, id=2001 + n) for n in range(self.plan.officers)]
        self.users = [User(place, self.mail_room, id=1001 + n) for n in range(self.plan.users)]
        supervisor = User(place, self.mail_room, id=SUPERVISOR)
        supervisor.account.started = self.admin.account.started = True

    async def play(self) -> None:
        """From the first hello until everything has come to rest."""
        self._keeper = asyncio.create_task(self._keep_up(), name="keeper")
        for _ in range(self.plan.sessions):
            await self._session()
            await self._pass_time()
        await self._settle()
        self._keeper.cancel()

    async def _session(self) -> None:
        """People act and things go wrong, for a while."""
        tasks = [asyncio.create_task(player.live(), name=f"player {n}") for n, player in enumerate(self.players)]
        tasks.append(asyncio.create_task(self.weather.blow(), name="weather"))
        await asyncio.sleep(self.plan.minutes * 60)
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result

    # The desk's process.

    async def _keep_up(self) -> None:
        """Start the desk, and start it again whenever it died."""
        while True:
            await self._wanted.wait()
            await self.desk.start(fuse=self._fuse())
            await self.desk.ended()
            await asyncio.sleep(self.random.choice((0.1, 1.0, 20.0, 200.0)))

    def _fuse(self) -> int | None:
        if self._are_crashes_over or self.plan.crashes is None:
            return None
        return int(self.random.expovariate(1 / self.plan.crashes))

    async def _up(self) -> None:
        """Return when the desk is up; raises what it fell over."""
        while not self.desk.is_up:
            await asyncio.sleep(0.5)
            if self._keeper.done():
                self._keeper.result()

    async def _with_desk(self, act: Awaitable[None]) -> None:
        """Wait for something the desk does, or for its death."""
        tasks = [asyncio.ensure_future(act), asyncio.ensure_future(self.desk.life.dead.wait())]
        await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
        tasks[1].cancel()
        if tasks[0].done():
            tasks[0].result()

    # Time that passes without a word.

    async def _pass_time(self) -> None:
        await self.random.choice((self._pause, self._wait_days, self._wait_days, self._wait_days, self._outage))()

    async def _pause(self) -> None:
        await asyncio.sleep(self.random.uniform(1, 120))

    async def _wait_days(self) -> None:
        """Half a day after the other; what waits to be read is read before each, as it would be in half a day."""
        for _ in range(self.random.choice((1, 2, 6, 16, 20))):
            await self._read_up()
            self.clock.jump(timedelta(hours=self.random.uniform(8, 13)))
            await self._up()
            assert self.desk.app is not None
            await self._with_desk(self.desk.app.clock_moved())

    async def _read_up(self) -> None:
        """Return when Telegram holds no update any more."""
        while len(self.telegram.world.updates):  # noqa: ASYNC110 (what is waited for happens at Telegram)
            await asyncio.sleep(1.0)
        await self._arrived()

    async def _arrived(self) -> None:
        """Return when no request is on its way: none takes days."""
        while not self.network.is_idle:  # noqa: ASYNC110 (what is waited for happens on the wires)
            await asyncio.sleep(0.1)

    async def _outage(self) -> None:
        """The desk is down for hours or days."""
        await self._up()
        self._wanted.clear()
        if self.random.random() < 0.5:
            await self.desk.stop()
        else:
            self.desk.kill()
        await self._arrived()
        self.clock.jump(timedelta(hours=self.random.choice((1, 10, 30, 60, 200))))
        self._wanted.set()

    # The end.

    async def _settle(self) -> None:
        """Return when nothing is left to do, or too much for too long."""
        await self._calm_down()
        for number in range(ROUNDS):
            await asyncio.sleep(LOOK)
            if self._is_at_rest():
                return
            if number >= PATIENT_ROUNDS:
                await self._skip_waiting()

    async def _calm_down(self) -> None:
        """Nothing goes wrong any more, and everybody can be reached."""
        self.weather.calm()
        self._are_crashes_over = True
        await self._up()
        self.desk.life.spare()
        if self.telegram.staff.status_of(self.telegram.world.bot.id) != "administrator":
            await self.admin.restore()
        for user in self.users:
            if user.account.blocked:
                await user.unblock()
            elif user.id in self._unheard():
                await user.say("/bantuan")

    def _unheard(self) -> set[int | None]:
        """Whose blocking or unblocking Telegram let expire: of them the desk knows nothing until they write."""
        lives = self.telegram.ledger.updates.values()
        return {life.chat_id for life in lives if life.kind == "my_chat_member" and life.fate}

    def _is_at_rest(self) -> bool:
        inbox = self.database.value("SELECT count(*) FROM inbox WHERE state = 'new'")
        return not (len(self.telegram.world.updates) or inbox or self.waiting()) and self.network.is_idle

    def waiting(self) -> list[Any]:
        """The outbox rows that are not done with."""
        return self.database.rows(
            "SELECT id, lane, dest, kind, state, not_before, attempts, error FROM outbox"
            " WHERE state IN ('queued', 'sending', 'unknown', 'held') ORDER BY not_before"
        )

    async def _skip_waiting(self) -> None:
        """Go on to the moment at which the next row may be sent, if it is far."""
        moments = [datetime.fromisoformat(row[5]) for row in self.waiting()]
        if moments and min(moments) > self.clock.now():
            self.clock.jump(min(moments) - self.clock.now())
            assert self.desk.app is not None
            await self.desk.app.clock_moved()

    @property
    def fingerprint(self) -> str:
        """Of all that was asked of the stand-in, of its answers, and of every mail."""
        mails = [(str(letter.at), letter.to, letter.text) for letter in self.mail_room.letters]
        told = [self.telegram.ledger.as_json(), mails]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]
