"""The desk in a simulation: the real App on wires that can be cut, life after life on the same database file."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from bot.app import App
from bot.settings import Settings
from bot.texts import Texts
from tests.simulation.life import Life
from tests.simulation.loop import VirtualClock
from tests.simulation.store import InlineStore
from tests.simulation.weather import Weather
from tests.simulation.wires import LoopTicker, MailRoom, MemoryMailer, Network

SECRET = bytes(range(32))
START_SECONDS = 60.0


@dataclass(frozen=True)
class Surroundings:
    """Everything outside the process."""

    settings: Settings
    clock: VirtualClock
    network: Network
    mail_room: MailRoom
    weather: Weather
    path: Path


class Desk:
    """One office's desk: `start`, `stop`, `kill`; `app` and `life` are those of the process that runs or ran last."""

    def __init__(self, around: Surroundings, texts: Texts, seed: str) -> None:
        self._around = around
        self._texts = texts
        self._seed = seed
        self._stores: list[InlineStore] = []
        self.lives: list[Life] = []
        self.app: App | None = None

    @property
    def life(self) -> Life:
        return self.lives[-1]

    @property
    def is_up(self) -> bool:
        return self.app is not None and not self.life.dead.is_set()

    async def start(self, *, fuse: int | None = None) -> bool:
        """Start a process; whether it lived to be ready."""
        life = Life(self._around.clock, fuse=fuse)
        self.lives.append(life)
        self._stopping, ready = asyncio.Event(), asyncio.Event()
        self._process = asyncio.create_task(self._live(life, ready, self._stopping), name=f"life {len(self.lives)}")
        waiting = [asyncio.create_task(event.wait()) for event in (ready, life.dead)]
        done, _ = await asyncio.wait([*waiting, self._process], timeout=START_SECONDS, return_when="FIRST_COMPLETED")
        for task in waiting:
            task.cancel()
        if self._process in done:
            self._process.result()
        assert ready.is_set() or life.dead.is_set(), "the desk did not get ready"
        return ready.is_set()

    async def ended(self) -> None:
        """Return when the process has died or was stopped; raises what it fell over by itself."""
        waiting = asyncio.create_task(self.life.dead.wait())
        await asyncio.wait([self._process, waiting], return_when="FIRST_COMPLETED")
        waiting.cancel()
        if self._process.done():
            self._process.result()

    async def stop(self) -> None:
        """As SIGTERM does."""
        self._stopping.set()
        await self.ended()
        self.life.end()
        self.app = None

    def kill(self) -> None:
        """As kill -9 does."""
        self.life.end()
        self.app = None

    def scrap(self) -> None:
        """Let go of what dead processes held."""
        for store in self._stores:
            store.scrap()

    async def _live(self, life: Life, ready: asyncio.Event, stopping: asyncio.Event) -> None:
        around, number = self._around, len(self.lives)
        store = InlineStore(around.path, life, self._random(number, "commits"))
        await store.open()
        self._stores.append(store)
        app = self._make_app(life, store=store, randomness=self._random(number, "tokens"))
        async with app.running():
            self.app = app
            ready.set()
            await stopping.wait()
        await store.close()

    def _make_app(self, life: Life, **how: Any) -> App:
        around = self._around
        return App(
            around.settings,
            clock=around.clock,
            secret=SECRET,
            texts=self._texts,
            mailer=MemoryMailer(around.settings, around.mail_room, life, around.weather),
            ticker=LoopTicker(),
            make_request=around.network.line(life),
            **how,
        )

    def _random(self, life: int, what: str) -> Random:
        return Random(f"{self._seed} {life} {what}")
