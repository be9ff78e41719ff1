"""The nightly copy of the database, and beside it the list of erasures, which must outlive the database."""

import asyncio
import logging
from asyncio.subprocess import DEVNULL
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import Clock
from bot.settings import Settings
from bot.version import program
from storage import backup, erasure_list, erasures, file_of, is_file
from storage.base import DatabaseBusy, StorageUnavailable, Store
from storage.erasure_list import Erased

log = logging.getLogger(__name__)

# A desk that was never backed up does not wait for the night: it may be switched off then.
FIRST_AFTER = timedelta(hours=1)
AGAIN_AFTER = timedelta(minutes=15)
# Older than that, the admins are told.
TOO_OLD = timedelta(hours=26)
COMMAND_SECONDS = 3600.0


class CommandFailed(Exception):
    """The office's own command after a backup did not work."""


def is_copied(settings: Settings) -> bool:
    """Not on PostgreSQL, which has tools of its own (docs/ops/backup.md)."""
    return is_file(settings.storage.url)


def folder_of(settings: Settings) -> Path | None:
    """Where the copies go, and the list of erasures; None: nowhere, on PostgreSQL without a configured folder."""
    if settings.backup.folder:
        return Path(settings.backup.folder)
    return file_of(settings.storage.url).parent / "backups" if is_copied(settings) else None


async def take(settings: Settings, folder: Path, at: datetime) -> tuple[Path, backup.Manifest]:
    """Copy the database as it is now, also while a desk runs. Raises DatabaseBusy, StorageUnavailable."""
    source = file_of(settings.storage.url)
    return await asyncio.to_thread(backup.take, source, folder, office=settings.office.code, at=at, program=program())


async def tidy(settings: Settings, folder: Path, copy: Path) -> None:
    """What follows a copy in the configured folder: the office's command with it, old ones go. Raises CommandFailed."""
    await asyncio.to_thread(backup.prune, folder, settings.office.code, settings.backup.keep)
    if settings.backup.after:
        await _run([part.replace("{file}", str(copy)) for part in settings.backup.after])


async def _run(command: list[str]) -> None:
    try:
        process = await asyncio.create_subprocess_exec(*command, stdin=DEVNULL, stdout=DEVNULL)
    except OSError as error:
        raise CommandFailed(f"{command[0]}: {error.strerror}") from None
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            code = await process.wait()
    except BaseException:
        with suppress(ProcessLookupError):
            process.kill()
        raise
    if code:
        raise CommandFailed(f"{command[0]} ended with {code}")


class Backups:
    """One for each office. `last_at`: when its newest copy was taken."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self._settings = settings
        self._office = settings.office.code
        self._store = store
        self._clock = clock
        self._folder = folder_of(settings) if settings.backup.at else None
        self._began = clock.now()
        self._failed_at: datetime | None = None
        self._listed = 0
        self._known = False
        self._last_at: datetime | None = None

    @property
    def is_on(self) -> bool:
        return self._folder is not None and is_copied(self._settings)

    @property
    def last_at(self) -> datetime | None:
        """None: there is none, or backups are off."""
        if not self._known and self._folder is not None:
            found = backup.copies(self._folder, self._office)
            self._last_at, self._known = (found[0][1].taken_at if found else None), True
        return self._last_at

    def is_old(self, now: datetime) -> bool:
        """Whether there should be a newer copy than there is: something is wrong."""
        had_time = now - self._began > FIRST_AFTER
        return self.is_on and had_time and now - (self.last_at or self._began) > TOO_OLD

    async def look(self) -> None:
        """List new erasures; copy the database when the night has come. What fails is tried again later."""
        if self._folder is None:
            return
        try:
            await self._list_erasures(self._folder)
            if self.is_on and self._is_due():
                await self._take(self._folder)
        except (StorageUnavailable, DatabaseBusy, CommandFailed, OSError, TimeoutError) as error:
            self._failed_at = self._clock.now()
            log.error("the backup failed", extra={"action": "backup", "error": str(error) or type(error).__name__})

    async def _list_erasures(self, folder: Path) -> None:
        """Those who asked since the last look stand in the list before the next night."""
        async with self._store.reader() as reader:
            found = await erasures.after(reader, self._office, self._listed)
        if not found:
            return
        known = {(it.hash, it.receipt) for it in await asyncio.to_thread(erasure_list.read, folder, self._office)}
        new = [Erased(it.hash, it.receipt, it.at.isoformat()) for it in found if (it.hash, it.receipt) not in known]
        if new:
            await asyncio.to_thread(erasure_list.add, folder, self._office, new)
        self._listed = found[-1].id

    def _is_due(self) -> bool:
        now = self._clock.now()
        if self._failed_at is not None and abs(now - self._failed_at) < AGAIN_AFTER:
            return False
        if self.last_at is None:
            return now - self._began >= FIRST_AFTER
        return self.last_at < self._last_night(now)

    def _last_night(self, now: datetime) -> datetime:
        local = now.astimezone(self._settings.office.zone)
        night = datetime.combine(local.date(), self._settings.backup.moment, local.tzinfo)
        return night if night <= local else night - timedelta(days=1)

    async def _take(self, folder: Path) -> None:
        now = self._clock.now()
        copy, manifest = await take(self._settings, folder, now)
        self._last_at, self._known = now, True
        log.info("a backup was made", extra={"action": "backup", "file": copy.name, "bytes": manifest.bytes})
        await tidy(self._settings, folder, copy)
