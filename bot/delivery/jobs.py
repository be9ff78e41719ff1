"""Ticks. APScheduler only says "look now"; what is due stands in the database."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Protocol

from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.delivery.inbox import NewContext
from bot.delivery.leaps import LEAP, STEP, Leaps
from bot.delivery.upkeep import Upkeep
from bot.desk import troubles
from bot.desk.context import Context
from bot.desk.sweeps import SWEEPS, Sweep
from storage.base import StorageUnavailable, Store, Tx

log = logging.getLogger(__name__)

TICK_SECONDS = 30

Act = Callable[[], Awaitable[None]]


class Ticker(Protocol):
    """Calls acts again and again."""

    def start(self, act: Act, *, seconds: float) -> None:
        """Call `act` every so many seconds, never twice at a time, until `stop`. Several may be started."""
        ...

    def stop(self) -> None: ...


class Scheduler:
    """The ticker of a desk in service: APScheduler. Desks of one process share it: `shared` is one that runs."""

    def __init__(self, shared: AsyncIOScheduler | None = None) -> None:
        self._shared = shared
        self._scheduler = shared or new_scheduler()
        self._jobs: list[Job] = []

    def start(self, act: Act, *, seconds: float) -> None:
        self._jobs.append(self._scheduler.add_job(act, "interval", seconds=seconds))
        if not self._scheduler.running:
            self._scheduler.start()

    def stop(self) -> None:
        for job in self._jobs:
            job.remove()
        if self._shared is None:
            self._scheduler.shutdown(wait=False)


def new_scheduler() -> AsyncIOScheduler:
    """Late runs are run, once, and never two at a time: the defaults would skip what is a second late."""
    return AsyncIOScheduler(
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}, timezone="UTC"
    )


class Jobs:
    """Runs the sweeps every half minute, at the start, and whenever the clock was moved; beside them the `chores`,
    which may take their time: no sweep waits for one."""

    def __init__(
        self,
        store: Store,
        context: NewContext,
        drain: Callable[[], Awaitable[None]],
        leaps: Leaps,
        set_back: Callable[[timedelta], Awaitable[None]],
        ticker: Ticker,
        *,
        chores: Sequence[Act] = (),
    ) -> None:
        self._store = store
        self._leaps = leaps
        self._set_back = set_back
        self._context = context
        self._drain = drain
        self._ticker = ticker
        self._chores = chores
        self._upkeep = Upkeep(store, context)
        self._running = asyncio.Lock()
        self._noted: set[str] = set()

    def start(self) -> None:
        for act in (self.sweep, *self._chores):
            self._ticker.start(act, seconds=TICK_SECONDS)

    def stop(self) -> None:
        self._ticker.stop()

    async def sweep(self) -> None:
        """Do what has come due: each thing in a transaction of its own, one that fails stops no other."""
        async with self._running:
            await self._look_at_clock()
            idle = await self._idle()
            for sweep in SWEEPS:
                if sweep.name in idle or (sweep.quiet and self._is_quiet()) or (sweep.distant and self._leaps.resting):
                    continue
                await self._one(sweep)
                idle = frozenset()  # what was done may have made something else due
            if not self._leaps.resting:
                await self._upkeep.look()

    async def _look_at_clock(self) -> None:
        leap = self._leaps.look()
        if leap < -STEP:
            await self._set_back(-leap)
        if abs(leap) <= LEAP:
            return
        self._leaps.rest()
        log.error("the machine's clock leapt", extra={"action": "sweep", "seconds": int(leap.total_seconds())})
        try:
            await self._store.run(troubles.clock_leapt, self._context(), leap)
        except StorageUnavailable:
            log.warning("the database is not available", extra={"action": "sweep"})

    def _is_quiet(self) -> bool:
        ctx = self._context()
        return ctx.now.astimezone(ctx.calendar.zone).time() in ctx.quiet

    async def _idle(self) -> frozenset[str]:
        """The sweeps with nothing to do, seen in one transaction: that is most of them, most of the time."""
        try:
            return await self._store.run(_with_nothing, self._context())
        except Exception as error:  # each is looked at by itself then, and says what is wrong
            self._note(type(error).__name__)
            return frozenset()

    def _note(self, fault: str) -> None:
        """Once for each kind of fault: what is seen together may fail where each by itself does not."""
        if fault not in self._noted:
            self._noted.add(fault)
            log.warning("the sweeps could not be looked at together", extra={"action": "sweep", "error": fault})

    async def _one(self, sweep: Sweep) -> None:
        """One sweep; whatever goes wrong in it is written down and stops no other, and not the desk."""
        try:
            keys = await self._store.run(sweep.find, self._context())
            if keys and sweep.drained:
                await self._drain()
            for key in keys:
                await self._act(sweep, key)
        except StorageUnavailable:
            log.warning("the database is not available", extra={"action": "sweep", "sweep": sweep.name})
        except TimeoutError:
            log.warning("updates may still wait at the platform", extra={"action": "sweep", "sweep": sweep.name})
        except Exception:
            log.exception("a sweep failed", extra={"action": "sweep", "sweep": sweep.name})

    async def _act(self, sweep: Sweep, key: int) -> None:
        try:
            await self._store.run(sweep.act, self._context(), key)
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("a timed act failed", extra={"action": "sweep", "sweep": sweep.name, "key": key})


async def _with_nothing(tx: Tx, ctx: Context) -> frozenset[str]:
    return frozenset([sweep.name for sweep in SWEEPS if not await sweep.find(tx, ctx)])
