"""The composition root: the one place where settings become a running desk, and the only one that names classes."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from random import SystemRandom
from time import perf_counter
from typing import TYPE_CHECKING

from bot.catalogue.librarian import Librarian
from bot.catalogue.mirror import Mirror
from bot.channels.base import Channel, RawUpdate
from bot.channels.telegram.channel import TelegramChannel
from bot.channels.telegram.request import AiohttpRequest, MakeRequest
from bot.channels.telegram.webhook import hook_of
from bot.clock import Clock, MovedClock
from bot.delivery.account import Accounts
from bot.delivery.backups import Backups
from bot.delivery.counts import Counts
from bot.delivery.health import Health
from bot.delivery.inbox import Inbox
from bot.delivery.jobs import Jobs, Scheduler, Ticker
from bot.delivery.leaps import STEP, Leaps
from bot.delivery.mail import Mailer
from bot.delivery.media import Fetcher
from bot.delivery.outbox import Outbox
from bot.delivery.pacing import Pacer
from bot.delivery.pairs import PairPacer
from bot.delivery.post import Post
from bot.delivery.waiting import Waiting
from bot.delivery.watch import Watch
from bot.desk import adjustments, calendars, troubles
from bot.desk.context import Context, Randomness
from bot.desk.facts import texts_of
from bot.domain.calendar import WorkingCalendar
from bot.domain.silence import ALARMING_OUTAGE, LONG_OUTAGE, SHORT_OUTAGE
from bot.reports.draws import draws
from bot.reports.orders import Orders
from bot.reports.person import FILES
from bot.secret import read_secret, secret_path
from bot.settings import Settings, Web, WhatsApp, pick_clock
from bot.texts import Texts
from bot.web.routes import Route
from handlers.dispatch import dispatch
from handlers.menus import menus
from storage import file_of, is_file, offices, open_store, outbox, parks, settings_overrides
from storage.base import StorageUnavailable, Store, Tx
from storage.offices import Outage

if TYPE_CHECKING:
    from bot.channels.whatsapp.channel import MakeClient
    from bot.web.server import Site

log = logging.getLogger(__name__)

CLOCK_LOOK = 0.2
DRAIN_SECONDS = 60.0
# How often the moment of the last poll is written down: it only serves to measure outages.
POLL_NOTE = timedelta(seconds=30)
# How updates come in a mode of Telegram, in the words of /readyz.
HEARD = {"polling": "poll", "webhook": "webhook"}


class App:
    """A running desk of one office. By default it uses the real world; a simulation hands in one of its own."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        clock: Clock,
        secret: bytes,
        *,
        texts: Texts | None = None,
        randomness: Randomness | None = None,
        mailer: Mailer | None = None,
        ticker: Ticker | None = None,
        make_request: MakeRequest = AiohttpRequest,
        make_client: "MakeClient | None" = None,
        site: "Site | None" = None,
    ) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self._secret = secret
        self._site = site
        self._own_texts = texts
        self._calendar: WorkingCalendar
        self._calendar_year = 0
        self._adjust([])
        self._randomness = randomness or SystemRandom()
        self._drained_at: datetime | None = None
        self._noted_poll: datetime | None = None
        self._in_conflict = False
        self.counts = Counts()
        self.waiting = Waiting(clock)
        self.pacer = Pacer(self.waiting, settings.telegram.pace)
        self.channel = TelegramChannel(
            token=settings.telegram.token.get_secret_value(),
            api_url=settings.telegram.api_url,
            receive=self._receive,
            has_room=lambda: self.inbox.has_room(),
            polled=self._polled,
            conflict=self._conflict,
            make_request=make_request,
            hook=hook_of(settings, secret),
        )
        self.channels: dict[str, Channel] = {self.channel.name: self.channel}
        self.pacers = {self.channel.name: self.pacer}
        if settings.whatsapp.enabled:
            whatsapp = self._whatsapp(settings.whatsapp, make_client)
            self.channels[whatsapp.name] = whatsapp
            self.pacers[whatsapp.name] = PairPacer(self.waiting, settings.whatsapp.pace)
        self._traits = {name: channel.traits for name, channel in self.channels.items()}
        self.inbox = Inbox(store, self.context, self.channels, dispatch)
        orders = Orders(settings)
        self.outbox = Outbox(
            store,
            self.context,
            self.channels,
            mailer or Mailer(settings, clock),
            self.pacers,
            self.waiting,
            draws(),
            {**FILES, "report_file": orders.write},
            orders.all,
            self.counts,
        )
        shared = not is_file(settings.storage.url)
        self.post = Post(store, self.context, self.channel.name_of_bot) if shared else None
        self.fetcher = Fetcher(store, self.context, self.channels, self.waiting)
        self.health = Health(store, self.context, intake=HEARD[settings.telegram.mode])
        store.listen(adjustments.CHANGED, self._hear_of_change)
        self.accounts = Accounts(store, self.context, self.channels, clock)
        self._leaps = Leaps(clock)
        self.librarian = Librarian(settings, store, clock)
        self.mirror = Mirror(settings, store, clock)
        self.backups = Backups(settings, store, clock)
        database = file_of(settings.storage.url) if is_file(settings.storage.url) else None
        self.watch = Watch(store, self.context, self.health, self.backups, database)
        self.jobs = Jobs(
            store,
            self.context,
            self.drained,
            self._leaps,
            self._set_back,
            ticker or Scheduler(),
            chores=(
                *(self.librarian.look, self.mirror.look, self.backups.look, self._watch, self.accounts.look),
                *((self.post.look,) if self.post is not None else ()),
            ),
        )

    def _whatsapp(self, settings: WhatsApp, make_client: "MakeClient | None") -> Channel:
        """The second channel; where it is not in use, not even its code is loaded."""
        from bot.channels.whatsapp.channel import make

        how = {} if make_client is None else {"make_client": make_client}
        return make(
            settings, receive=lambda updates: self._receive(updates, "whatsapp"), label=self._texts.label, **how
        )

    def routes(self) -> list[Route]:
        """What this office offers to the web."""
        code = self.settings.office.code
        channels = [route for channel in self.channels.values() for route in channel.routes(code)]
        return [*channels, *self.pages()]

    def pages(self) -> list[Route]:
        """What links in our mails lead to, where they lead anywhere."""
        if not self.settings.web.public_url:
            return []
        from bot.web.pages import Pages

        return Pages(self.store, self.context).routes(self.settings.office.code)

    def context(self) -> Context:
        """What the next transaction knows: above all, the moment."""
        now = self.clock.now()
        if now.year != self._calendar_year:
            self._calendar, self._calendar_year = calendars.configured(self._in_force.office, now), now.year
        return Context(
            self._in_force,
            self._texts,
            self._calendar,
            self._secret,
            self._randomness,
            now,
            self._drained_at,
            self._traits,
            self.settings,
        )

    def _hear_of_change(self, told: str) -> None:
        """Admins changed a setting: the next transaction knows. `told`: the office and all its overrides."""
        office, overrides = json.loads(told)
        if office == self.settings.office.code:
            self._adjust(overrides)

    def _adjust(self, overrides: Iterable[tuple[str, str]]) -> None:
        """Lay what admins changed over the file's settings; what is made of settings is made anew."""
        self._in_force = adjustments.in_force(self.settings, overrides)
        self._texts = self._own_texts or texts_of(self._in_force)
        self._calendar_year = 0  # the calendar is made anew for the next transaction

    @asynccontextmanager
    async def running(self) -> AsyncIterator["App"]:
        """What opens first closes last: store, outbox, inbox, channel, ticks."""
        async with asyncio.TaskGroup() as tasks:
            await self.store.run(self._begin)
            await self.librarian.look()
            for channel in self.channels.values():
                await channel.open()
            await self.outbox.start()
            self.inbox.start()
            if len(self.channels) > 1 or self.post is not None:
                self.fetcher.start()
            if self.post is not None:
                self.post.start()
            self._enter()
            for channel in self.channels.values():
                await channel.start()
            self.health.heard()  # the first poll may take its time: silence counts from here
            self.jobs.start()
            watcher = tasks.create_task(self._watch_clock())
            first = tasks.create_task(self.jobs.sweep())
            offer = tasks.create_task(self._offer_commands())
            try:
                yield self
            finally:
                watcher.cancel()
                first.cancel()
                offer.cancel()
                self._leave()
                self.jobs.stop()
                for channel in self.channels.values():
                    await channel.stop()
                await self.inbox.stop()
                if self.post is not None:
                    await self.post.stop()
                await self.fetcher.stop()
                await self.outbox.stop()
                for pacer in self.pacers.values():
                    await pacer.stop()
                for channel in self.channels.values():
                    await channel.close()

    def _enter(self) -> None:
        if self._site is not None:
            self._site.mount(self.settings.office.code, self.routes())

    def _leave(self) -> None:
        if self._site is not None:
            self._site.unmount(self.settings.office.code)

    async def readiness(self) -> dict[str, list[str]]:
        """What keeps the office from working, as /readyz tells it."""
        return {self.settings.office.code: await self.health.faults()}

    async def _offer_commands(self) -> None:
        with suppress(StorageUnavailable):  # the commands work without being offered
            staff_chat = await self.store.run(offices.staff_chat, self.settings.office.code)
            for channel in self.channels.values():
                await channel.offer(menus(self._texts, self.context().admins), staff_chat)

    async def _begin(self, tx: Tx) -> None:
        """Note the office, and how long it was not reading."""
        code, now = self.settings.office.code, self.clock.now()
        await offices.ensure(tx, code, str(self.settings.telegram.staff_chat_id))
        if overrides := await settings_overrides.all_of(tx, code):
            self._adjust((row.key, row.value) for row in overrides)
        office = await offices.get(tx, code)
        self._in_conflict = "alarm_other_poller" in office.trouble
        await troubles.end(tx, self.context(), "alarm_configuration")
        await self._note_outage(tx, office.polled_at, now)

    async def _note_outage(self, tx: Tx, last: datetime | None, now: datetime) -> None:
        if last is not None and now - last > ALARMING_OUTAGE:
            await troubles.was_away(tx, self.context(), now - last, lost=now - last > LONG_OUTAGE)
        if last is not None and now - last > SHORT_OUTAGE:
            await offices.add_outage(tx, self.settings.office.code, Outage(last, now))
        await offices.polled(tx, self.settings.office.code, now)

    async def _receive(self, updates: list[RawUpdate], channel: str = "telegram") -> None:
        """Raises NotKept."""
        began = perf_counter()
        await self.inbox.receive(updates, channel)
        self.counts.intake.add(perf_counter() - began)
        self.counts.updates += len(updates)

    async def _polled(self) -> None:
        """A poll worked. Where that cannot be noted now, the next one will be."""
        self.health.heard()
        now = self.clock.now()
        if self._noted_poll is None or now - self._noted_poll >= POLL_NOTE:
            with suppress(StorageUnavailable):
                await self.store.run(self._note_outage, self._noted_poll, now)
                self._noted_poll = now

    async def _conflict(self, on: bool) -> None:
        """Somebody else polls with our token: say it once, and once when it is over."""
        if on != self._in_conflict:
            with suppress(StorageUnavailable):
                await self.store.run(self._tell_conflict, on)
                self._in_conflict = on

    async def _tell_conflict(self, tx: Tx, on: bool) -> None:
        tell = troubles.begin if on else troubles.end
        await tell(tx, self.context(), "alarm_other_poller")

    async def drained(self) -> None:
        """Everything written until now is handled when this returns. Raises TimeoutError."""
        now = self.clock.now()
        for channel in self.channels.values():
            await channel.drain()
        async with asyncio.timeout(DRAIN_SECONDS):
            await self.inbox.idle()
        self._drained_at = now

    async def _watch(self) -> None:
        if not self._leaps.resting:  # after a leap of the clock everything looks old
            await self.watch.look()

    async def _watch_clock(self) -> None:
        while isinstance(self.clock, MovedClock):
            await asyncio.sleep(CLOCK_LOOK)
            if self.clock.refresh():
                await self.clock_moved()

    async def clock_moved(self) -> None:
        """A clock moved by hand is no outage: note it, and look at once what has come due."""
        leap = self._leaps.look()
        if leap < -STEP:
            await self._set_back(-leap)
        self._noted_poll = self.clock.now()
        with suppress(StorageUnavailable):
            await self.store.run(offices.polled, self.settings.office.code, self._noted_poll)
        self.waiting.clock_moved()
        await self.jobs.sweep()

    async def _set_back(self, by: timedelta) -> None:
        """The clock was set back: what waits to be sent does not wait so much longer (QUALITY.md F17)."""
        with suppress(StorageUnavailable):
            await self.store.run(self._bring_forward, by)
        for pacer in self.pacers.values():
            pacer.bring_forward(by)
        self._noted_poll = None
        self.waiting.clock_moved()

    async def _bring_forward(self, tx: Tx, by: timedelta) -> None:
        await outbox.bring_forward(tx, self.settings.office.code, by)
        await parks.bring_forward(tx, self.settings.office.code, by)


@asynccontextmanager
async def build(settings: Settings, *, clock: Clock | None = None) -> AsyncIterator[App]:
    """Open the database and build the desk on it. Raises ConfigError, DatabaseBusy, SchemaTooNew."""
    async with serving(settings.web) as site:
        path, code, url = secret_path(settings), settings.office.code, settings.storage.url
        is_new = is_file(url) and not file_of(url).exists()
        store = await open_store(url, code)
        try:
            if not is_file(url):
                is_new = not await store.run(offices.is_known, code)
            secret = read_secret(path, may_make=is_new)
            app = App(settings, store, clock or pick_clock(settings), secret, site=site)
            if site is not None:
                site.ask(app.readiness)
                site.mount("metrics", metrics_of(lambda: [app]))
            yield app
        finally:
            await store.close()


@asynccontextmanager
async def serving(settings: Web) -> "AsyncIterator[Site | None]":
    """The web server, where one is wanted; else not even its library is loaded. Raises ConfigError."""
    if not settings.port:
        yield None
        return
    from bot.web.server import Site

    site = Site(settings)
    await site.open()
    try:
        yield site
    finally:
        await site.close()


def metrics_of(apps: Callable[[], Iterable[App]]) -> list[Route]:
    """What Prometheus asks for, of these offices; its library is loaded only where there is a web server."""
    from bot.web.metrics import page

    return [Route("GET", "/metrics", page(apps))]
