"""Where the data goes, and its copies: a file, or a PostgreSQL."""

import asyncio
import os
from pathlib import Path

from bot.findings import Finding, bad
from bot.wizard.sitting import Sitting
from storage import file_of, is_file
from storage.health import Health, examine_server

KEYS = ("storage.url", "security.secret_file", "backup.folder")
HOME = "sqlite:///var/meja.db"
KEY_FILE = "/var/lib/meja/meja.secret"
WELL = (Health.NEW, Health.WELL, Health.IN_USE)


def ask(sitting: Sitting) -> None:
    sitting.talk.say("storage")
    while True:
        url = sitting.ask_and_keep("storage.url", HOME)
        if (_file_is_well if is_file(url) else _server_is_well)(sitting, url):
            return
        sitting.talk.once_more("storage.url")


def _file_is_well(sitting: Sitting, url: str) -> bool:
    return _may_write(sitting, "database", file_of(url).parent) and _copies_are_well(sitting)


def _copies_are_well(sitting: Sitting) -> bool:
    while folder := sitting.ask_and_keep("backup.folder"):
        if _may_write(sitting, "backup", Path(folder)):
            return True
        sitting.talk.once_more("backup.folder")
    return True


def _server_is_well(sitting: Sitting, url: str) -> bool:
    """The key file lies beside a file of data; with a server it has a place of its own."""
    health = asyncio.run(examine_server(url, str(sitting.answers.get("office.code"))))
    if not sitting.talk.found(Finding("database", health, health in WELL, {"path": "PostgreSQL"})):
        return False
    while not (key := sitting.ask_and_keep("security.secret_file", KEY_FILE)) or not _may_write(
        sitting, "database", Path(key).parent
    ):
        sitting.talk.once_more("security.secret_file")
    return True


def _may_write(sitting: Sitting, name: str, folder: Path) -> bool:
    """Whether the folder is there to be written in, or can be made; says it if not."""
    standing = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if standing.is_dir() and os.access(standing, os.W_OK | os.X_OK):
        return True
    return sitting.talk.found(bad(name, "unwritable", folder=folder))
