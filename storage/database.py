"""PostgreSQL as one place for many offices: its connections, and its tables brought up to date.

Nothing here outlives a transaction on the server's side (no session locks, no settings of a session), so a pooler that
gives out connections by the transaction may stand between: ``?pooler=transaction`` in the URL.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from storage.base import StorageUnavailable
from storage.migrate import missing, postgres_migrations, record
from storage.protection import protect

log = logging.getLogger(__name__)

POSTGRES = "postgresql://"
CONNECTIONS = 10
CONNECT_SECONDS = 5.0
# A statement of a desk takes milliseconds; after that the connection is taken for dead.
STATEMENT_SECONDS = 20.0
STATEMENTS_KEPT = 1_000
# A process that stops in the middle of a transaction holds up others no longer than this.
IDLE = "3s"
READER_IDLE = "10min"
_LOCK = 0x6D656A61  # any number: one program at a time makes tables
# What the server or the way to it is to blame for, by the class or the whole of its SQLSTATE.
_SICK = ("08", "53", "57", "58", "25006", "25P03", "55P03", "XX")
OWNER_CHANGED = "MJ001"
_AGAIN = ("40001", "40P01")

Connection: TypeAlias = asyncpg.Connection


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone, and with it what we knew of the transaction."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] == "08" or error.sqlstate in ("57P01", "57P02", "57P03", "57P05", "25P03")
    return isinstance(error, OSError | TimeoutError | asyncpg.InterfaceError | asyncpg.InternalClientError)


def is_sick(error: BaseException) -> bool:
    """The database's own trouble, and no mistake of whoever asked."""
    return is_lost(error) or (isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "").startswith(_SICK))


def is_worth_again(error: BaseException) -> bool:
    """Two transactions were in each other's way: this one was undone, and would succeed now."""
    return isinstance(error, asyncpg.PostgresError) and error.sqlstate in _AGAIN


def plain(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Place:
    """What a storage.url of PostgreSQL says: where it is, and how to deal with it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query))
        self.pooled = query.pop("pooler", "") == "transaction"
        self.connections = int(query.pop("connections", CONNECTIONS))
        self.url = urlunsplit(parts._replace(query=urlencode(query)))
        self.name = f"{parts.hostname or query.get('host', 'localhost')}{parts.path}"


class Database:
    """Connections for every office that this process runs on one PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.place = Place(url)

    async def open(self, *, beside: bool = False) -> None:
        """Connect, and bring the tables up to date unless `beside`. Raises StorageUnavailable, SchemaTooNew."""
        settings = {"application_name": "meja"}
        if not self.place.pooled:
            settings |= {"jit": "off"}  # it takes longer than any statement here
        try:
            self.pool = await asyncpg.create_pool(
                self.place.url,
                min_size=0,
                max_size=self.place.connections,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                statement_cache_size=0 if self.place.pooled else STATEMENTS_KEPT,
                max_cached_statement_lifetime=0,
                server_settings=settings,
                init=_watch,
                reset=_leave,
            )
            await self._prepare(beside)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            raise StorageUnavailable(f"{self.place.name} cannot be opened: {error}") from None

    async def _prepare(self, beside: bool) -> None:
        async with self.connection() as connection, connection.transaction():
            await connection.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
            if not beside:
                await connection.execute(
                    "CREATE TABLE IF NOT EXISTS migrations"
                    " (number BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)"
                )
            applied = {row[0]: row[1] for row in await connection.fetch("SELECT number, checksum FROM migrations")}
            waiting = missing(postgres_migrations(), applied, self.place.name)
            if beside and waiting:
                raise StorageUnavailable(f"{self.place.name} belongs to an older meja: start the desk on it first")
            for migration in waiting:
                await connection.execute(f"{migration.sql} {record(migration)}", timeout=None)
            if waiting:
                await protect(connection)

    async def close(self) -> None:
        """Let go of every connection."""
        try:
            await asyncio.wait_for(self.pool.close(), CONNECT_SECONDS)
        except TimeoutError:
            self.pool.terminate()

    async def acquire(self) -> Connection:
        """A connection. Raises StorageUnavailable when there is no way to the server."""
        try:
            return await self.pool.acquire()
        except Exception as error:
            if is_sick(error):
                raise StorageUnavailable(plain(error)) from None
            raise

    async def apart(self) -> Connection:
        """A connection beside the others, for what must not wait for them. The caller closes it."""
        return await asyncpg.connect(
            self.place.url, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS, statement_cache_size=0
        )

    async def release(self, connection: Connection) -> None:
        """Give it back; one that is in no fit state is thrown away."""
        if not connection.is_closed() and connection.is_in_transaction():
            connection.terminate()
        await self.pool.release(connection)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        connection = await self.acquire()
        try:
            yield connection
        finally:
            await self.release(connection)


async def _watch(connection: Connection) -> None:
    """A connection whose other end fell silent is noticed within seconds, not a quarter of an hour."""
    transport = connection._transport
    sock = transport.get_extra_info("socket") if transport else None
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 8_000)):
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def _leave(connection: Connection) -> None:
    """Nothing was set for a session, so nothing is to be undone: a round trip less."""
