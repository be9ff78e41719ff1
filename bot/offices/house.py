"""`meja run` on a directory: one process, many offices. They come, change and go without the others noticing."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.app import App, metrics_of, serving
from bot.delivery.jobs import new_scheduler
from bot.findings import bad
from bot.offices.desks import Desk, Shared
from bot.offices.folder import COMMON, SHARED, Folder, load_folder
from bot.settings import ConfigError, Settings
from storage import is_file, open_store

if TYPE_CHECKING:
    from bot.offices.commons import Commons
    from bot.web.server import Site

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
# With many offices /readyz does not look at each of them each time.
FRESH_SECONDS = 15.0


class House:
    """The offices of a directory. `open` it; `reload` after the files have changed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = load_folder(path)
        if not self.folder.offices:
            found = [finding for broken in self.folder.broken.values() for finding in broken.findings]
            raise ConfigError(*found or [bad("config", "no_office", path=path)])
        self.desks: dict[str, Desk] = {}
        self._shared = Shared()
        self._shared.changed = self._mount
        self._commons: dict[str, Commons] = {}
        self._site: Site | None = None
        self._reloading = asyncio.Lock()

    @property
    def common(self) -> Settings:
        """Any office's settings: for what they all share."""
        return next(iter(self.folder.offices.values()))

    @asynccontextmanager
    async def open(self) -> AsyncIterator["House"]:
        """The offices run, or wait for their turn, while this is open. Raises ConfigError, SchemaTooNew."""
        self._shared.scheduler = new_scheduler()
        self._shared.scheduler.start()
        async with serving(self.common.web) as self._site:
            if self._site is not None:
                self._site.ask(self.readiness)
                self._site.mount("metrics", metrics_of(self._apps))
            self._say(self.folder)
            ticking: asyncio.Task[None] | None = None
            try:
                for settings in self.folder.offices.values():
                    await self._enter(settings)
                ticking = asyncio.create_task(self._tick(), name="house")
                yield self
            finally:
                if ticking is not None:
                    ticking.cancel()
                for commons in self._commons.values():
                    await commons.stop()
                await asyncio.gather(*(desk.close() for desk in self.desks.values()))
                for commons in self._commons.values():
                    await commons.close()
                self._shared.scheduler.shutdown(wait=False)

    def _apps(self) -> list[App]:
        return [desk.app for desk in self.desks.values() if desk.app is not None]

    async def reload(self) -> None:
        """Read the files again. What is broken disables its office alone; what they share only if nothing is wrong."""
        async with self._reloading:
            try:
                new = load_folder(self.path)
            except ConfigError as error:
                log.error("the shared settings cannot be used: %s", error, extra={"action": "reload"})
                return
            self._say(new)
            if reason := self._must_not_be(new):
                log.error("everything goes on as before: %s", reason, extra={"action": "reload"})
                return
            self._keep_places(new)
            await asyncio.gather(*(self._leave(desk, new) for desk in list(self.desks.values())))
            old, self.folder = self.folder, new
            for code, settings in new.offices.items():
                if code not in self.desks:
                    await self._enter(settings)
            self._note_common(old, new)
            log.info("files read again", extra={"action": "reload", "offices": len(new.offices)})

    def _must_not_be(self, new: Folder) -> str:
        """Why these files cannot be meant: such as those that are being written just now."""
        if self.folder.is_shared and not new.is_shared:
            return f"{SHARED} is gone"
        if len(self.desks) > 1 and new.broken and not new.offices:
            return "no office's file can be used"
        return ""

    def _keep_places(self, new: Folder) -> None:
        """An office does not begin anew in another database because a line of meja.toml is missing."""
        for code in self.desks.keys() & new.offices.keys():
            now = self.desks[code].settings.storage
            if _place(now.url) != _place(new.offices[code].storage.url):
                new.offices[code] = new.offices[code].model_copy(update={"storage": now})
                log.error("storage.url changes at the next start", extra={"action": "reload", "office": code})

    async def keep(self, changed: asyncio.Event) -> None:
        """Read the files again each time `changed` is set; until it is cancelled."""
        while True:
            await changed.wait()
            changed.clear()
            try:
                await self.reload()
            except Exception:
                log.exception("the files were not read again", extra={"action": "reload"})

    def _say(self, folder: Folder) -> None:
        for name, error in folder.broken.items():
            log.error("an office's file cannot be used: %s", error, extra={"action": "office", "file": name})

    def _note_common(self, old: Folder, new: Folder) -> None:
        before, after = (next(iter(folder.offices.values()), None) for folder in (old, new))
        if before and after and any(getattr(before, key) != getattr(after, key) for key in COMMON):
            log.warning("[web] and [log] change at the next start", extra={"action": "reload"})

    async def _enter(self, settings: Settings) -> None:
        commons = await self._commons_of(settings.storage.url)
        desk = Desk(settings, self._shared, commons.beside(settings.office.code) if commons else None)
        self.desks[desk.code] = desk
        self._mount(desk)

    async def _commons_of(self, url: str) -> "Commons | None":
        """The database that this office shares with others; nothing for a file."""
        if is_file(url):
            return None
        if url not in self._commons:
            from bot.offices.commons import Commons

            commons = Commons(url, lambda: {code: desk for code, desk in self.desks.items() if _url(desk) == url})
            await commons.open()
            self._commons[url] = commons
        return self._commons[url]

    async def _leave(self, desk: Desk, new: Folder) -> None:
        """Close what has changed or gone; the admins of an office whose file is broken are told what to mend."""
        if new.offices.get(desk.code) == desk.settings and not desk.problem:
            return
        names = {name for name, code in (self.folder.codes | new.codes).items() if code == desk.code}
        found = [finding for name in names if name in new.broken for finding in new.broken[name].findings]
        if found and desk.code not in new.offices:
            await desk.say_goodbye(ConfigError(*found))
        await desk.close(for_good=True)
        if self._site is not None:
            self._site.unmount(desk.code)
        del self.desks[desk.code]

    def _mount(self, desk: Desk) -> None:
        """Its doors, as they are now: when it was opened its key is there, and its pages are answered here."""
        if self._site is not None and self.desks.get(desk.code) is desk:
            self._site.unmount(desk.code)
            self._site.mount(desk.code, desk.routes())

    async def _tick(self) -> None:
        """Open the desks that have files of their own; those of a shared database are taken by leases."""
        while True:
            for desk in list(self.desks.values()):
                url = _url(desk)
                if is_file(url) and desk.may_open:
                    desk.open(lambda url=url: open_store(url))  # type: ignore[misc]
            await asyncio.sleep(TICK_SECONDS)

    async def readiness(self) -> dict[str, list[str]]:
        """Of each office run here what keeps it from working; of a broken file that it is; and of who only waits."""
        found: dict[str, list[str]] = {name: ["configuration"] for name in self.folder.broken}
        for desk in self.desks.values():
            if desk.app is not None:
                found[desk.code] = await desk.app.health.faults(FRESH_SECONDS if len(self.desks) > 1 else None)
            elif desk.problem:
                found[desk.code] = ["configuration"]
        for commons in self._commons.values():
            found["database"] = [] if commons.is_well else ["database"]
        return found


def _url(desk: Desk) -> str:
    return desk.settings.storage.url


def _place(url: str) -> tuple[str, str | None, str]:
    """Which database it is, whoever asks it."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.path
