"""The desk's memory. `open_store` is the door; one file for each table holds its SQL and its typed rows."""

from pathlib import Path

from storage.base import Store

SQLITE = "sqlite:///"


def is_file(url: str) -> bool:
    """Whether the database is a file of this machine."""
    return url.startswith(SQLITE)


def file_of(url: str) -> Path:
    """The database file of ``sqlite:///var/meja.db``. Raises ValueError for an unknown kind of database."""
    if not url.startswith(SQLITE):
        raise ValueError(f"storage.url must start with {SQLITE}")
    return Path(url.removeprefix(SQLITE))


async def open_store(url: str) -> Store:
    """Open the database at `url`, its tables brought up to date. Raises `DatabaseBusy`, `SchemaTooNew`."""
    from storage.sqlite import SqliteStore

    store = SqliteStore(file_of(url))
    await store.open()
    return store


async def open_beside(url: str) -> Store:
    """Open the database of a desk that may be running: nothing of its tables is changed.

    For what reads much and writes next to nothing, such as a report. Raises `StorageUnavailable`, `SchemaTooNew`.
    """
    from storage.sqlite import SqliteStore

    store = SqliteStore(file_of(url), beside=True)
    await store.open()
    return store
