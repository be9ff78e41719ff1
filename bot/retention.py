"""`meja retention`: letting go by hand of what is too old, as the desk does every night by itself."""

from random import SystemRandom

from bot.delivery.upkeep import Upkeep
from bot.desk import adjustments, calendars, retention
from bot.desk.context import Context
from bot.desk.facts import texts_of
from bot.secret import read_secret, secret_path
from bot.settings import Settings, pick_clock
from storage import open_beside, open_store


async def look_at_retention(settings: Settings) -> dict[str, int]:
    """How many rows of each class would go now, also while a desk runs. Raises StorageUnavailable, SchemaTooNew."""
    store = await open_beside(settings.storage.url, settings.office.code)
    try:
        async with store.reader() as reader:
            return await retention.counts(reader, _context_of(await adjustments.of_office(reader, settings), b""))
    finally:
        await store.close()


async def retain(settings: Settings) -> dict[str, int]:
    """Let go of what is too old, all of it at once. Raises DatabaseBusy while a desk runs, which does it by itself."""
    store = await open_store(settings.storage.url, settings.office.code)
    try:
        secret = read_secret(secret_path(settings), may_make=False)
        async with store.reader() as reader:
            settings = await adjustments.of_office(reader, settings)
        return await Upkeep(store, lambda: _context_of(settings, secret)).run()
    finally:
        await store.close()


def _context_of(settings: Settings, secret: bytes) -> Context:
    """What a command that runs without a desk knows."""
    now = pick_clock(settings).now()
    return Context(
        settings, texts_of(settings), calendars.configured(settings.office, now), secret, SystemRandom(), now
    )
