"""`meja backup` and `meja restore`: a copy made beside a running desk, and one put back beside none."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from bot.clock import Clock
from bot.delivery import backups
from bot.delivery.backups import CommandFailed
from bot.desk import calendars, restored
from bot.desk.context import Context
from bot.desk.facts import texts_of
from bot.findings import bad
from bot.offices.folder import load
from bot.secret import read_secret, secret_path
from bot.settings import ConfigError, Settings, pick_clock
from storage import SQLITE, backup, erasure_list, file_of, offices, open_store
from storage import restore as put_back
from storage.backup import PART, Manifest
from storage.base import StorageUnavailable, Store

LOOK = 0.2


async def make_backup(config: Path, out: Path | None, *, clock: Clock | None = None) -> None:
    """Copy the database, say where the copy is, and what has to be kept besides. Raises what `backup.take` does."""
    settings = load(config, without_group=True)
    folder = out or backups.folder_of(settings)
    if folder is None or not backups.is_copied(settings):
        raise ConfigError(bad("command", "pg_dump"))
    async with _bar("copying", folder, file_of(settings.storage.url)):
        copy, manifest = await backups.take(settings, folder, (clock or pick_clock(settings)).now())
    print(f"{copy}  {manifest.bytes:,} bytes, {sum(manifest.counts.values()):,} rows, sound")
    print(f"keep besides, but elsewhere: {secret_path(settings)} and {config}", file=sys.stderr)
    if out is None:
        try:
            await backups.tidy(settings, folder, copy)
        except (CommandFailed, TimeoutError) as error:
            raise StorageUnavailable(
                f"the copy is made, but backup.after failed: {error}", "after", error=error
            ) from None


async def look_at_backup(copy: Path) -> bool:
    """Say whether this copy could be restored."""
    with _progress() as progress:
        manifest, problems = await asyncio.to_thread(backup.verify, copy, _told(progress, "reading"))
    for problem in problems:
        print(f"✗ {copy}: {problem}")
    if not problems:
        said = f"of {manifest.taken_at:%Y-%m-%d %H:%M} UTC, {sum(manifest.counts.values()):,} rows" if manifest else ""
        print(f"✓ {copy}: {said or 'sound, but without a manifest to hold it against'}")
    return not problems


async def restore(config: Path, copy: Path, to: Path | None, *, clock: Clock | None = None) -> None:
    """Put the copy in the place of the database, made fit to go on. Raises DatabaseBusy beside a running desk."""
    settings = load(config, without_group=True)
    if to is None and not backups.is_copied(settings):
        raise ConfigError(bad("command", "pg_restore"))
    now = (clock or pick_clock(settings)).now()
    target = to or file_of(settings.storage.url)
    with put_back.alone(target):
        erased, aside = await _restore(settings, copy, target, now)
    print(f"{target} is restored; erased again: {erased}; now run meja check, then start the desk")
    if aside is not None:
        print(f"what stood there is {aside}", file=sys.stderr)


async def drill(config: Path, *, clock: Clock | None = None) -> None:
    """Restore the newest copy into a folder of its own, look through it, and throw it away."""
    settings = load(config, without_group=True)
    folder = backups.folder_of(settings)
    found = backup.copies(folder, settings.office.code) if folder else []
    if not found:
        raise StorageUnavailable("there is no copy to restore: run meja backup", "no_copy")
    copy, manifest = found[0]
    began = monotonic()
    with TemporaryDirectory(dir=folder, prefix="drill-") as place:
        target = Path(place) / "meja.db"
        await _restore(settings, copy, target, (clock or pick_clock(settings)).now())
        if problems := (await asyncio.to_thread(backup.verify, target))[1]:
            told = "; ".join(problems)
            raise StorageUnavailable(f"{copy} was restored, but: {told}", "spoilt", path=copy, error=told)
    print(f"{copy.name}, {manifest.bytes:,} bytes, was restored in {monotonic() - began:.1f} s")


async def _restore(settings: Settings, copy: Path, target: Path, now: datetime) -> tuple[int, Path | None]:
    """The copy, made fit to go on, at `target`: how many were erased again, and what stood there before."""
    secret = read_secret(secret_path(settings), may_make=False)
    manifest = await _sound(copy)
    with _progress() as progress:
        work = await asyncio.to_thread(put_back.work_copy, copy, target, _told(progress, "copying"))
    store = await open_store(f"{SQLITE}{work}")
    try:
        erased = await _settle(settings, store, secret, now, manifest, copy.parent)
    finally:
        await store.close()
    work.with_name(work.name + ".lock").unlink(missing_ok=True)
    return erased, put_back.put_in_place(work, target, now)


async def settle(config: Path, *, clock: Clock | None = None) -> None:
    """The database was put back by other means: make it fit to go on. Raises DatabaseBusy beside a running desk."""
    settings = load(config, without_group=True)
    secret = read_secret(secret_path(settings), may_make=False)
    store = await open_store(settings.storage.url, settings.office.code)
    try:
        erased = await _settle(settings, store, secret, (clock or pick_clock(settings)).now(), None, None)
    finally:
        await store.close()
    print(f"made fit to go on; erased again: {erased}")


async def _sound(copy: Path) -> Manifest | None:
    manifest, problems = await asyncio.to_thread(backup.verify, copy)
    if problems:
        told = "; ".join(problems)
        raise StorageUnavailable(f"{copy} is not restored: {told}", "not_restored", path=copy, error=told)
    return manifest


async def _settle(
    settings: Settings, store: Store, secret: bytes, now: datetime, manifest: Manifest | None, beside: Path | None
) -> int:
    """The copy's moment is its manifest's, or else the last poll of the desk that wrote it."""
    office = settings.office.code
    ctx = Context(settings, texts_of(settings), calendars.configured(settings.office, now), secret, SystemRandom(), now)
    folders = {folder.resolve() for folder in (beside, backups.folder_of(settings)) if folder is not None}
    listed = {entry for folder in folders for entry in erasure_list.read(folder, office)}
    async with store.reader() as reader:
        polled = await offices.last_poll(reader, office)
    taken_at = manifest.taken_at if manifest else polled or now
    return await store.run(restored.settle, ctx, taken_at, sorted(listed, key=lambda entry: entry.at))


# What a terminal shows meanwhile.


def _progress() -> Progress:
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _told(progress: Progress, what: str) -> Callable[[int, int], None]:
    task: TaskID = progress.add_task(what, total=None)
    return lambda done, whole: progress.update(task, completed=done, total=whole)


@asynccontextmanager
async def _bar(what: str, folder: Path, source: Path) -> AsyncIterator[None]:
    """SQLite tells nothing while it copies: the growing file does."""
    with _progress() as progress:
        task = progress.add_task(what, total=_sizes([source]))

        async def watch() -> None:
            while True:
                await asyncio.sleep(LOOK)
                progress.update(task, completed=_sizes(folder.glob(f"*{PART}")))  # noqa: ASYNC240 (a moment)

        watching = asyncio.create_task(watch())
        try:
            yield
        finally:
            watching.cancel()


def _sizes(files: Iterable[Path]) -> int:
    return sum(file.stat().st_size for file in files if file.exists())
