"""One soak: seeded traffic against a real process of the desk, with faults, kills and days that pass."""

import asyncio
import math
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.playground.faults import Fault
from tests.checker import Database
from tests.flows.conftest import settings_for
from tests.soak.crowd import Crowd
from tests.soak.gauges import Delays, Sample, p, sample, waiting
from tests.soak.ground import Ground, ground
from tests.soak.keeper import Keeper, our_faults
from tests.soak.sentry import Sentry
from tests.soak.verdict import Verdict, judge

MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)  # 08.00 WIB
LOOK = 0.02
SAMPLE_SECONDS = 0.5
REPORT_EVERY = 40
# As fast as it goes means: no more than so many updates and rows wait.
MOST_UPDATES, MOST_ROWS = 150, 400
# The clock goes forward by so much at a time, while nobody does anything.
STEP = timedelta(hours=1.75)
NOTICED = 0.5  # seconds until the desk has read its clock again
REST_SECONDS = 120.0
FLOOD_SECONDS = 3


@dataclass(frozen=True)
class Plan:
    """What shall happen. `rate`: updates a second, 0 for as fast as it goes; `faults`: of a hundred requests."""

    updates: int
    rate: float = 0.0
    faults: float = 1.0
    kills: int = 0
    days: float = 0.0
    users: int = 60
    officers: int = 6
    seed: int = 1


@dataclass
class Outcome:
    """What happened. `seconds` are real, `passed` is the desk's time; `errors` the desk's own words."""

    plan: Plan
    seconds: float
    passed: timedelta
    updates: int
    requests: int
    faults_hit: int
    kills: int
    samples: list[Sample]
    offered: list[float]
    served: list[float]
    integrity: str
    exit_code: int
    verdict: Verdict
    errors: list[str] = field(default_factory=list)


class WrongPlace(Exception):
    """Somebody could read what is not theirs: the soak ends at once."""


def fault_script(percent: float) -> list[Fault]:
    """Refusals, errors, connections cut before and after the effect, answers that are late or no JSON."""
    if not percent:
        return []
    kinds = [
        Fault("sendMessage", "flood", retry_after=FLOOD_SECONDS),
        Fault(status=500),
        Fault(what="bad gateway"),
        Fault(what="cut"),
        Fault(what="cut", phase="after"),
        Fault(what="truncated", phase="after"),
        Fault(what="delay", phase="after", delay=0.5),
    ]
    return [replace(kind, times=None, chance=percent / 100 / len(kinds)) for kind in kinds]


class Soak:
    """A soak under way; `tell` hears a line now and then."""

    def __init__(self, plan: Plan, ground: Ground, tell: Callable[[str], None]) -> None:
        self._plan = plan
        self._ground = ground
        self._tell = tell
        self._crowd = Crowd(ground, users=plan.users, officers=plan.officers, seed=plan.seed)
        self._keeper = Keeper(ground, wanted=plan.kills, seed=plan.seed)
        self._sentry = Sentry(ground, self._crowd)
        self._samples: list[Sample] = []
        self._first = 0
        self._steps = 0

    @property
    def _updates(self) -> int:
        return len(self._ground.telegram.ledger.updates)

    async def run(self) -> Outcome:
        self._began, started = time.monotonic(), self._ground.clock.now()
        await self._keeper.open()
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._watch())
            keeping = tasks.create_task(self._keeper.run())
            for fault in fault_script(self._plan.faults):
                self._ground.telegram.break_with(fault)
            await self._traffic(keeping)
            spent, hits = time.monotonic() - self._began, self._ground.telegram.faults.hits
            self._ground.telegram.faults.clear()
            await self._come_to_rest()
            watching.cancel()
        code = await self._ground.desk.stop()
        self._guard()
        delays = Delays(self._ground.telegram.ledger.updates)
        settings = settings_for("http://127.0.0.1:1", self._ground.mailbox, self._ground.path)
        return Outcome(
            self._plan,
            seconds=spent,
            passed=self._ground.clock.now() - started,
            updates=self._updates,
            requests=len(self._ground.telegram.network.calls),
            faults_hit=hits,
            kills=self._keeper.kills,
            samples=self._samples,
            offered=delays.offered(),
            served=delays.served(),
            integrity=_integrity(self._ground.path),
            exit_code=code,
            verdict=judge(self._ground, self._crowd, settings),
            errors=[*self._keeper.errors, *our_faults(self._ground.desk.lines)],
        )

    # People.

    async def _traffic(self, keeping: asyncio.Task[None]) -> None:
        """People act until enough has been said and every kill is done."""
        began = time.monotonic()
        while self._updates < self._plan.updates or not keeping.done():
            self._crowd.progress = self._updates / self._plan.updates
            if self._plan.days and self._crowd.progress >= (self._steps + 1) / (self._all_steps + 1):
                began += await self._pass_time()
            elif self._is_behind():
                await asyncio.sleep(LOOK)
            else:
                before = self._updates
                await self._crowd.act()
                await asyncio.sleep(self._pause(began, before))

    def _pause(self, began: float, before: int) -> float:
        if self._plan.rate:
            return max(0.0, self._updates / self._plan.rate - (time.monotonic() - began))
        return 0.0 if self._updates > before else 0.001

    def _is_behind(self) -> bool:
        """Whether the desk should be left in peace for a moment."""
        if self._plan.rate:
            return False
        last = self._samples[-1].waiting if self._samples else 0
        return self._ground.telegram.waiting > MOST_UPDATES or last > MOST_ROWS

    # Time.

    @property
    def _all_steps(self) -> int:
        return math.ceil(timedelta(days=self._plan.days) / STEP)

    async def _pass_time(self) -> float:
        """The clock goes on by a step when nothing is on its way; how long that took."""
        began = time.monotonic()
        async with asyncio.timeout(REST_SECONDS):
            while self._ground.telegram.waiting or self._ground.telegram.under_way:  # noqa: ASYNC110 (the desk's doing)
                await asyncio.sleep(LOOK)
        self._ground.jump(timedelta(days=self._plan.days) / self._all_steps)
        self._steps += 1
        await asyncio.sleep(NOTICED)
        return time.monotonic() - began

    async def _come_to_rest(self) -> None:
        """Nothing goes wrong any more; while nothing happens, time goes on to the moment the next row waits for."""
        telegram, before = self._ground.telegram, -1
        async with asyncio.timeout(REST_SECONDS * 5):
            while telegram.waiting or telegram.under_way or waiting(self._ground.path):
                await asyncio.sleep(NOTICED)
                calls = len(telegram.network.calls)
                moment = _next_moment(self._ground.path) if calls == before else None
                if moment is not None and moment > self._ground.clock.now():
                    self._ground.jump(moment - self._ground.clock.now())
                before = calls

    # Looking on.

    async def _watch(self) -> None:
        number = 0
        while True:
            await asyncio.sleep(SAMPLE_SECONDS)
            process = self._ground.desk.process
            seconds = time.monotonic() - self._began
            found = await asyncio.to_thread(
                sample, process.pid, self._ground.path, seconds=seconds, updates=self._updates
            )
            if found is not None:
                self._samples.append(found)
            number += 1
            if number % REPORT_EVERY == 0:
                self._guard()
                self._report()

    def _guard(self) -> None:
        """The hard stop. Raises WrongPlace."""
        faults = self._sentry.look()
        if faults:
            raise WrongPlace("\n".join(faults[:20]))

    def _report(self) -> None:
        last = self._samples[-1]
        fresh = Delays(self._ground.telegram.ledger.updates).served(self._first)
        self._first = self._updates
        rate = self._updates / last.seconds
        self._tell(
            f"{last.seconds:7.0f} s  {self._ground.clock.now():%m-%d %H:%M}  {self._updates:7,} updates"
            f" {rate:5.0f}/s  {self._keeper.kills:4} kills  {last.rss:6.1f} MiB {last.files:3} files"
            f" {last.wal:5.1f} MiB log {last.waiting:5} wait  p99 {p(fresh, 0.99):6.1f} ms"
        )


def _next_moment(path: Path) -> datetime | None:
    database = Database(path)
    try:
        moment = database.value("SELECT min(not_before) FROM outbox WHERE state IN ('queued', 'unknown')")
    finally:
        database.close()
    return datetime.fromisoformat(moment) if moment else None


def _integrity(path: Path) -> str:
    with sqlite3.connect(path) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


async def soak(plan: Plan, folder: Path, tell: Callable[[str], None]) -> Outcome:
    """Raises WrongPlace as soon as somebody can read what is not theirs."""
    async with ground(folder, start=MONDAY, is_deadly=plan.kills > 0) as here:
        return await Soak(plan, here, tell).run()
