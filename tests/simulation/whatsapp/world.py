"""A small world whose public is on WhatsApp: phones, a Graph API and its webhooks around the real desk."""

import asyncio
import hashlib
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from random import Random
from typing import Any

from bot.app import App
from bot.playground.graph import standard
from bot.playground.graph.budgets import GraphLimits
from bot.playground.graph.graph import Graph
from bot.settings import Settings
from tests.flows.conftest import whatsapp_settings
from tests.simulation.desk import Desk
from tests.simulation.life import Life
from tests.simulation.people import Place
from tests.simulation.staff import Admin
from tests.simulation.users import User
from tests.simulation.whatsapp.people import Caller, Clerk
from tests.simulation.whatsapp.wires import GraphNetwork, Postman, blow
from tests.simulation.world import ADMIN, SETTINGS, SUPERVISOR, Plan, Studio, World


class PhoneDesk(Desk):
    """The desk with a second wire."""

    graphs: GraphNetwork

    async def start(self, *, fuse: int | None = None) -> bool:
        self.app = None  # nobody is up before the new process says so
        return await super().start(fuse=fuse)

    def _make_app(self, life: Life, **how: Any) -> App:
        return super()._make_app(life, make_client=self.graphs.client(life), **how)


class WhatsAppWorld(World):
    """The plan of a seed as ever, played by callers instead of people on Telegram."""

    desk: PhoneDesk

    def _drawn_plan(self) -> Plan:
        """The group has its topics: nobody here would switch them on later."""
        return replace(super()._drawn_plan(), is_late=False)

    @staticmethod
    def settings_of(graph: Graph) -> Settings:
        raw: dict[str, Any] = {**SETTINGS, **whatsapp_settings(graph, "http://127.0.0.1:2/v26.0", 0)}
        raw["whatsapp"] = {**raw["whatsapp"], "pace": {}}  # Meta's own limits
        return Settings(**raw)

    def _surround(self, studio: Studio) -> None:
        self.graph = Graph(self.clock, limits=GraphLimits(), seed=self.seed)
        standard.approve_all(self.graph.templates)
        around = replace(self._around(studio), settings=self.settings_of(self.graph))
        self.desk = PhoneDesk(around, studio.texts, str(self.seed))
        self.graph_network = GraphNetwork(self.graph, self.weather)
        self.desk.graphs = self.graph_network
        hooks, random = self.graph.hooks, Random(f"{self.seed} hooks")
        hooks.in_order, hooks.batch = True, random.choice((1, 3, 50))
        hooks.duplicate = random.choice((0.0, 0.2, 0.5))

    def _people(self, place: Place) -> None:
        self.admin = Admin(place, id=ADMIN, is_rough=False)
        self.officers = [Clerk(place, id=2001 + n) for n in range(self.plan.officers)]
        self.users = []
        User(place, self.mail_room, id=SUPERVISOR).account.started = self.admin.account.started = True
        many = {"seed": str(self.seed), "pause": self.plan.pause * 2}
        callers = range(min(self.plan.users, 3))
        self.callers = [Caller(self.graph, self.book, self.mail_room, n=n, **many) for n in callers]

    @property
    def players(self) -> list[Any]:
        return [*self.officers, *self.callers]

    async def play(self) -> None:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.graph.hooks.delivered_by(Postman(self.desk, self.weather).post))
            await super().play()

    async def _session(self) -> None:
        faults = asyncio.create_task(
            blow(self.graph, Random(f"{self.seed} graph weather"), every=self.plan.climate.every)
        )
        try:
            await super()._session()
        finally:
            faults.cancel()

    async def _arrived(self) -> None:
        while not self._meta_is_idle():  # noqa: ASYNC110 (what is waited for happens on the wires)
            await asyncio.sleep(0.1)
        await super()._arrived()

    def _meta_is_idle(self) -> bool:
        return self.graph_network.is_idle and (not len(self.graph.hooks) or not self._wanted.is_set())

    async def _calm_down(self) -> None:
        await super()._calm_down()
        self.graph.faults.clear()
        for caller in self.callers:
            await caller.connect()
            if caller.chat:
                await caller.say("/bantuan")  # the window is open, and what was held goes out

    def _is_at_rest(self) -> bool:
        return not len(self.graph.hooks) and self.graph_network.is_idle and super()._is_at_rest()

    def waiting(self) -> list[Any]:
        """What is held because a window closed waits for its person: that is rest."""
        return [row for row in super().waiting() if row[4] != "held"]

    @property
    def fingerprint(self) -> str:
        told = [super().fingerprint, self.graph.book.as_json()]
        return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]
