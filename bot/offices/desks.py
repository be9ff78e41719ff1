"""One office in a process of many: its door is always open, its desk while this process runs it."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.app import App
from bot.channels.base import NotKept, RawUpdate
from bot.channels.telegram.request import AiohttpRequest, MakeRequest
from bot.delivery.intake import Intake
from bot.delivery.jobs import Scheduler
from bot.desk import troubles
from bot.errors import first_cause
from bot.offices.webhooks import closed, webhooks
from bot.secret import read_secret, secret_path
from bot.settings import ConfigError, Settings, pick_clock
from bot.web.routes import Route
from storage import offices, outbox
from storage.base import DatabaseBusy, StorageUnavailable, Store

log = logging.getLogger(__name__)

# So many desks are opened side by side: each reads its calendar and its queues.
OPENING = 8
# A desk that could not be opened, or fell, is tried again after so long; longer each time.
FIRST_REST = 1.0
LONGEST_REST = 60.0
# For the last words to a stopped office's admins.
FAREWELL_SECONDS = 5.0
FAREWELL_LOOK = 0.1

OpenStore = Callable[[], Awaitable[Store]]


class Shared:
    """What the desks of one process have in common."""

    def __init__(self) -> None:
        self.scheduler: AsyncIOScheduler | None = None
        self.make_request: MakeRequest = AiohttpRequest
        self.opening = asyncio.Semaphore(OPENING)
        self.changed: Callable[[Desk], None] = lambda desk: None


class Desk:
    """An office as its file configures it. `beside`: where its updates are kept while another process runs it."""

    def __init__(self, settings: Settings, shared: Shared, beside: Store | None) -> None:
        self.settings = settings
        self.code = settings.office.code
        self.app: App | None = None
        self.closing = False
        self.problem: ConfigError | None = None
        self._is_gone = False
        self._shared = shared
        self._pages: list[Route] = self._all_pages()
        self._clock = pick_clock(settings)
        self._intake = Intake(beside, self.code, self._clock.now) if beside is not None else None
        self._living: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()
        self._rest = FIRST_REST
        self._rested_at = 0.0

    @property
    def lives(self) -> bool:
        """Whether it runs, or is being opened or closed."""
        return self._living is not None

    @property
    def may_open(self) -> bool:
        """Whether it is time to open it."""
        if self.lives or self.problem or self._is_gone:
            return False
        return asyncio.get_running_loop().time() >= self._rested_at

    def routes(self) -> list[Route]:
        """Its webhooks, closed as long as its key is not there: the first desk to be opened makes it. Its pages."""
        try:
            routes = webhooks(self.settings, read_secret(secret_path(self.settings), may_make=False), self._receive)
        except ConfigError:
            routes = closed(webhooks(self.settings, b"", self._receive))
        if self.app is not None:
            self._pages = self.app.pages()
        return [*routes, *(self._pages if self.app is not None else closed(self._pages))]

    def _all_pages(self) -> list[Route]:
        """Where they are, whoever answers."""
        if not self.settings.web.public_url:
            return []
        from bot.web.pages import addresses

        return addresses(self.code)

    async def _receive(self, updates: list[RawUpdate], channel: str) -> None:
        """Raises NotKept."""
        if self.app is not None:
            await self.app.inbox.receive(updates, channel)
        elif self._intake is not None:
            await self._intake.receive(updates, channel)
        else:
            raise NotKept("another process holds the file")

    def open(self, open_store: OpenStore) -> None:
        """Begin to run it; what fails is said in the log, and tried again later."""
        self._stop.clear()
        self.closing = False
        self._living = asyncio.create_task(self._live(open_store), name=f"desk {self.code}")

    async def close(self, *, for_good: bool = False) -> None:
        """Let what is under way end, and hand the office over. `for_good`: its file changed, another desk follows."""
        self._is_gone = self._is_gone or for_good
        self.closing = True
        self._stop.set()
        if self._living is not None:
            await asyncio.wait([self._living])  # which goes on to its end, even if we are not waiting any more

    async def _live(self, open_store: OpenStore) -> None:
        try:
            async with AsyncExitStack() as stack:
                async with self._shared.opening:
                    store = await open_store()
                    stack.push_async_callback(store.close)
                    if self._stop.is_set():  # before its turn came
                        return
                    self.app = await stack.enter_async_context((await self._build(store)).running())
                stack.callback(self._forget)
                self._rest = FIRST_REST
                self._shared.changed(self)
                print(f"meja: {self.settings.office.name} is open", file=sys.stderr, flush=True)
                await self._stop.wait()
                self.app = None  # what comes from now on is kept for the next owner
                self._shared.changed(self)
        except Exception as error:
            self._failed(error)
        finally:
            self._living = None

    def _forget(self) -> None:
        self.app = None

    async def _build(self, store: Store) -> App:
        settings = self.settings
        is_new = not await store.run(offices.is_known, self.code)
        secret = read_secret(secret_path(settings), may_make=is_new)
        ticker = Scheduler(self._shared.scheduler)
        return App(settings, store, self._clock, secret, ticker=ticker, make_request=self._shared.make_request)

    def _failed(self, error: Exception) -> None:
        """Others go on; this office is tried again, unless its files must be mended first."""
        self._rested_at = asyncio.get_running_loop().time() + self._rest
        self._rest = min(self._rest * 2, LONGEST_REST)
        cause = first_cause(error)
        where = {"action": "office", "office": self.code}
        if isinstance(cause, ConfigError):
            self.problem = cause
            log.error("an office cannot be opened: %s", cause, extra=where)
        elif isinstance(cause, DatabaseBusy):
            log.info("another process runs the office", extra=where)
        elif isinstance(cause, StorageUnavailable):
            log.warning("an office waits for its database", extra=where)
        else:
            log.error("an office fell", exc_info=cause, extra=where)

    async def say_goodbye(self, broken: ConfigError) -> None:
        """Its file is broken: tell its admins what to mend, while somebody can."""
        app = self.app
        if app is None:
            return
        with suppress(StorageUnavailable, TimeoutError):
            lines = broken.told(self.settings.office.language)
            await app.store.run(troubles.configuration_broken, app.context(), lines)
            async with asyncio.timeout(FAREWELL_SECONDS):
                while await app.store.run(outbox.waits, self.code):  # noqa: ASYNC110 (sent is what is waited for)
                    await asyncio.sleep(FAREWELL_LOOK)
