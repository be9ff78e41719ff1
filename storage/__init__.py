"""The desk's memory. `open_store` is the door; one file for each table holds its SQL and its typed rows."""

import asyncio
from pathlib import Path

from storage.base import DatabaseBusy, Store

SQLITE = "sqlite:///"


def is_file(url: str) -> bool:
    """Whether the database is a file of this machine."""
    return url.startswith(SQLITE)


def file_of(url: str) -> Path:
    """The database file of ``sqlite:///var/meja.db``. Raises ValueError for another kind of database."""
    if not url.startswith(SQLITE):
        raise ValueError(f"storage.url must start with {SQLITE}")
    return Path(url.removeprefix(SQLITE))


async def open_store(url: str, office: str = "") -> Store:
    """Open the database at `url` to run an office on it, its tables brought up to date. A file holds only one.

    Raises DatabaseBusy (another process runs the office), SchemaTooNew, StorageUnavailable.
    """
    if not is_file(url):
        return await _open_postgres(url, office)
    from storage.sqlite import SqliteStore

    store = SqliteStore(file_of(url))
    await store.open()
    return store


async def _open_postgres(url: str, office: str) -> Store:
    from storage.database import Database
    from storage.leases import Leases
    from storage.postgres import PostgresStore

    database = Database(url)
    await database.open()
    lost = asyncio.Event()
    leases = Leases(database, lambda office: lost.set())
    try:
        await leases.start()
        holding = await leases.claim_soon(office)
        if holding is None:
            place = database.place.name
            raise DatabaseBusy(
                f"another process runs office {office} on {place}", "office_busy", office=office, path=place
            )
        return PostgresStore(database, office, holding, (leases.stop, database.close), lost)
    except BaseException:
        await leases.stop()
        await database.close()
        raise


async def open_beside(url: str, office: str = "") -> Store:
    """Open the database of a desk that may be running: nothing of its tables is changed.

    For what reads much and writes next to nothing, such as a report. Raises `StorageUnavailable`, `SchemaTooNew`.
    """
    if not is_file(url):
        from storage.database import Database
        from storage.postgres import PostgresStore

        database = Database(url)
        await database.open(beside=True)
        return PostgresStore(database, office, None, (database.close,))
    from storage.sqlite import SqliteStore

    store = SqliteStore(file_of(url), beside=True)
    await store.open()
    return store
