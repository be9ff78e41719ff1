"""`meja run`: one office, or those of a directory, until somebody stops it. What it runs is imported when it is run."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import first_cause

if TYPE_CHECKING:
    from bot.settings import Settings

# By then a directory's offices are open: what was built for them lives as long as the process.
FREEZE_SECONDS = 60.0
# Hardly any object is garbage in a circle: looking at each 700 young ones, as usual, takes a twentieth of the time.
GARBAGE = (10_000, 20, 20)


async def run(config: Path) -> None:
    """Until SIGTERM or SIGINT. Raises ConfigError, DatabaseBusy, SchemaTooNew."""
    gc.disable()  # what is imported and built now stays: looking for garbage in it takes a tenth of the start
    from bot import log
    from bot.offices.folder import load
    from bot.settings import is_folder
    from storage.base import StorageUnavailable

    if is_folder(config):
        await _keep_house(config)
        return
    settings = load(config)
    log.set_up(settings.log)
    again = "the file is read at the next start"
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, logging.getLogger(__name__).warning, again)
    stopped = await _serve(settings)
    while not stopped:
        try:
            stopped = await _serve(settings)
        except Exception as error:
            if not isinstance(first_cause(error), StorageUnavailable):
                raise
            await asyncio.sleep(1)  # a database that is away for long takes the office away from whoever ran it
    print("meja: stopped", file=sys.stderr)


async def _serve(settings: "Settings") -> bool:
    """Run one office until somebody stops it; False: until it is surely this process's no more."""
    from bot.app import build

    async with build(settings) as app, app.running():
        # What was imported and built lives as long as the process: looking for garbage in it costs a sixth of the time.
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        gc.enable()
        print(f"meja: {settings.office.name} is open", file=sys.stderr, flush=True)
        return await _first(_until_stopped(), app.store.until_lost())


async def _first(one: Coroutine[Any, Any, None], other: Coroutine[Any, Any, None]) -> bool:
    """Whether it was the one that ended first."""
    tasks = [asyncio.create_task(one), asyncio.create_task(other)]
    done, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return tasks[0] in done


async def _keep_house(config: Path) -> None:
    from bot import log
    from bot.offices.house import House

    house = House(config)
    log.set_up(house.common.log)
    gc.set_threshold(*GARBAGE)
    gc.enable()
    changed = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, changed.set)
    async with house.open():
        print(f"meja: {len(house.desks)} offices of {config}", file=sys.stderr, flush=True)
        keeping = asyncio.create_task(house.keep(changed))
        asyncio.get_running_loop().call_later(FREEZE_SECONDS, gc.freeze)
        await _until_stopped()
        keeping.cancel()
    print("meja: stopped", file=sys.stderr)


async def _until_stopped() -> None:
    from bot.notify import serving

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        async with serving("open"):
            await stopped.wait()
    except asyncio.CancelledError:  # nothing is open any more: a signal may end the process at once
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        raise
