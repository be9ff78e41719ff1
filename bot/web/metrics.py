"""/metrics for Prometheus: what each office counted, and how things stand, read when it is asked (QUALITY.md §5).

One label names the office, others a class, a state or a result; none anything of a person.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Protocol, runtime_checkable

from aiohttp import web
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from bot.clock import Clock
from bot.delivery.backups import Backups
from bot.delivery.counts import Counts
from bot.delivery.health import Health
from bot.delivery.inbox import Inbox
from bot.settings import Settings
from bot.version import program
from bot.web.routes import Handler
from storage import gauges
from storage.base import StorageUnavailable, Store
from storage.gauges import Standing, Waiting
from storage.timings import BOUNDS, Timings

CLASSES = ("relay", "prompt", "notice", "cosmetic")
# So many offices are looked at together, and none is begun with later: a database that does not answer takes seconds
# for each of them, and whoever asks waits for ten.
AT_ONCE = 8
BEGIN_SECONDS = 5.0
LIMITS = (*(f"{bound:g}" for bound in BOUNDS), "+Inf")


class Measured(Protocol):
    """A running desk, as far as it is measured."""

    settings: Settings
    clock: Clock
    store: Store
    counts: Counts
    inbox: Inbox
    health: Health
    backups: Backups


@runtime_checkable
class Timed(Protocol):
    """A store that knows how long its commits took, and how long its log is."""

    commits: Timings

    def log_bytes(self) -> int: ...


@dataclass(frozen=True)
class Stand:
    """How things stand in an office, by its tables."""

    outbox: Sequence[Waiting]
    inbox: Sequence[Waiting]
    stuck: Sequence[Standing]
    tickets: Sequence[Standing]
    overdue: int


def page(apps: Callable[[], Iterable[Measured]]) -> Handler:
    """Who answers GET /metrics for these offices."""

    async def answer(request: web.Request) -> web.StreamResponse:
        turns, until = asyncio.Semaphore(AT_ONCE), asyncio.get_running_loop().time() + BEGIN_SECONDS
        found = await asyncio.gather(*(_look(app, turns, until) for app in apps()))
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(_Collected([*_families(found)]))
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return answer


class _Collected:
    """What was gathered already, as the library wants it."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> list[Metric]:
        return self._metrics


async def _look(app: Measured, turns: asyncio.Semaphore, until: float) -> "Look":
    """An office whose turn does not come in time is told of as it was seen last, and its tables are not."""
    async with turns:
        if asyncio.get_running_loop().time() > until:
            return app, app.health.known, None
        return app, await app.health.faults(), await _stand(app)


async def _stand(app: Measured) -> Stand | None:
    office, now = app.settings.office.code, app.clock.now()
    try:
        async with app.store.reader() as reader:
            return Stand(
                await gauges.outbox(reader, office),
                await gauges.inbox(reader, office),
                await gauges.stuck(reader, office),
                await gauges.tickets(reader, office),
                await gauges.overdue(reader, office, now),
            )
    except StorageUnavailable:
        return None


Look = tuple[Measured, list[str], Stand | None]
Found = list[Look]


def _families(found: Found) -> Iterator[Metric]:
    yield from _counted(found)
    yield from _timed(found)
    yield from _waiting(found)
    yield from _standing(found)
    build = GaugeMetricFamily("meja_build_info", "The program's version, as a label.", labels=["version"])
    build.add_metric([program()], 1)
    yield build


def _counter(name: str, told: str, *labels: str) -> CounterMetricFamily:
    return CounterMetricFamily(name, told, labels=["office", *labels])


def _gauge(name: str, told: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, told, labels=["office", *labels])


def _counted(found: Found) -> Iterator[Metric]:
    updates = _counter("meja_updates", "Updates taken in and committed.")
    repeats = _counter("meja_dedupe_hits", "Updates that had been here before.")
    sends = _counter("meja_sends", "Requests of the outbox by what came of them.", "result")
    mails = _counter("meja_smtp", "Mails by what came of them: sent, the server's code, or the fault.", "code")
    floods = _counter("meja_floods", "Refusals that ask to wait.")
    waits = _counter("meja_retry_after_seconds", "How long those asked to wait, together.")
    for app, _, _ in found:
        office, counts = app.settings.office.code, app.counts
        updates.add_metric([office], counts.updates)
        repeats.add_metric([office], app.inbox.repeats)
        floods.add_metric([office], counts.floods)
        waits.add_metric([office], counts.flood_seconds)
        for result, count in counts.sends.items():
            sends.add_metric([office, result], count)
        for code, count in counts.mails.items():
            mails.add_metric([office, code], count)
    yield from (updates, repeats, sends, mails, floods, waits)


def _timed(found: Found) -> Iterator[Metric]:
    intake = HistogramMetricFamily(
        "meja_intake_commit_seconds", "From an update's coming in to its being on disk.", labels=["office"]
    )
    commits = HistogramMetricFamily("meja_db_commit_seconds", "Commits of the database.", labels=["office"])
    for app, _, _ in found:
        _add(intake, app, app.counts.intake)
        if isinstance(app.store, Timed):
            _add(commits, app, app.store.commits)
    yield from (intake, commits)


def _add(family: HistogramMetricFamily, app: Measured, timings: Timings) -> None:
    upto = list(zip(LIMITS, accumulate(timings.counts), strict=True))
    family.add_metric([app.settings.office.code], upto, timings.seconds)


def _waiting(found: Found) -> Iterator[Metric]:
    depth = _gauge("meja_outbox_depth", "Posts and mails to be sent, by class.", "class")
    age = _gauge("meja_outbox_age_seconds", "How long the oldest of them has waited.", "class")
    backlog = _gauge("meja_inbox_depth", "Updates that are not handled yet.")
    backlog_age = _gauge("meja_inbox_age_seconds", "How long the oldest of them has waited.")
    for app, _, stand in found:
        if stand is None:
            continue
        office, now = app.settings.office.code, app.clock.now()
        there = {CLASSES[int(row.kind)]: row for row in stand.outbox}
        for name in CLASSES:
            depth.add_metric([office, name], there[name].count if name in there else 0)
            age.add_metric([office, name], _age(there[name].since, now) if name in there else 0)
        backlog.add_metric([office], sum(row.count for row in stand.inbox))
        backlog_age.add_metric([office], max((_age(row.since, now) for row in stand.inbox), default=0))
    yield from (depth, age, backlog, backlog_age)


def _age(since: datetime, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds())


def _standing(found: Found) -> Iterator[Metric]:
    ready = _gauge("meja_ready", "1 when /readyz has nothing against this office.")
    stuck = _gauge("meja_stuck", "What does not go on by itself, by where it stands.", "state")
    tickets = _gauge("meja_tickets_open", "Open tickets by status.", "status")
    breach = _gauge("meja_sla_breach", "Open tickets whose answer is owed and late.")
    polled = _gauge("meja_poll_silence_seconds", "How long Telegram has not answered a poll.")
    backup = _gauge("meja_last_backup_timestamp_seconds", "When the newest copy of the database was made.")
    wal = _gauge("meja_wal_bytes", "The length of the database's log.")
    for app, faults, stand in found:
        office = app.settings.office.code
        ready.add_metric([office], not faults)
        polled.add_metric([office], app.health.silence.total_seconds())
        if app.backups.last_at is not None:
            backup.add_metric([office], app.backups.last_at.timestamp())
        if isinstance(app.store, Timed):
            wal.add_metric([office], app.store.log_bytes())
        for family, rows in ((stuck, stand.stuck), (tickets, stand.tickets)) if stand else ():
            for row in rows:
                family.add_metric([office, row.status], row.count)
        if stand:
            breach.add_metric([office], stand.overdue)
    yield from (ready, stuck, tickets, breach, polled, backup, wal)
