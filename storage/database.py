"""PostgreSQL as one place for many offices: its connections, and its tables brought up to date.

Nothing here outlives a transaction on the server's side (no session locks, no settings of a session), so a pooler that
gives out connections by the transaction may stand between: ``?pooler=transaction`` in the URL.
"""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg

from storage.base import StorageUnavailable
from storage.migrate import missing, postgres_migrations, record
from storage.protection import UNBOUND, protect

log = logging.getLogger(__name__)

POSTGRES = "postgresql://"
CONNECTIONS = 10
CONNECT_SECONDS = 5.0
# A statement of a desk takes milliseconds; after that the connection is taken for dead.
STATEMENT_SECONDS = 20.0
FOREVER = 7 * 86_400.0  # None would mean the seconds above
STATEMENTS_KEPT = 1_000
# A process that stops in the middle of a transaction holds up others no longer than this.
IDLE = "3s"
READER_IDLE = "10min"
_LOCK = 0x6D656A61  # any number: one program at a time makes tables
# While a change of a table waits for somebody who reads it, such as a backup, all who write wait behind it: so it waits
# only for a moment, and tries again.
LOCK_WAIT = "2s"
LOCK_REST = 3.0
_IN_USE = ("55P03", "40P01")
# What the server or the way to it is to blame for, by the class or the whole of its SQLSTATE.
_SICK = ("08", "53", "57", "58", "25006", "25P03", "55P03", "XX")
# After a failover the old server may still be there, and only read: then the way leads to another one.
_LOST = ("08", "57P01", "57P02", "57P03", "57P05", "25P03", "25006")
OWNER_CHANGED = "MJ001"
_AGAIN = ("40001", "40P01")

Connection: TypeAlias = asyncpg.Connection


def is_lost(error: BaseException) -> bool:
    """Whether the connection is gone, and with it what we knew of the transaction."""
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "").startswith(_LOST)
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
    """Connections for every office that this process runs on one PostgreSQL.

    The library's own pool is not used: it asks the server to undo a session's settings at each return, and there are
    none.
    """

    def __init__(self, url: str) -> None:
        self.place = Place(url)
        self._idle: deque[Connection] = deque()
        self._slots = asyncio.Semaphore(self.place.connections)
        self.process = ""  # whose transactions these are: storage/leases.py

    async def open(self, *, beside: bool = False) -> None:
        """Connect, and bring the tables up to date unless `beside`. Raises StorageUnavailable, SchemaTooNew."""
        try:
            while not await self._is_prepared(beside):
                log.warning("the tables are in use: their change is tried again", extra={"action": "migrate"})
                await asyncio.sleep(LOCK_REST)
        except Exception as error:
            await self.close()
            if isinstance(error, StorageUnavailable | asyncpg.PostgresError):
                raise StorageUnavailable(
                    f"{self.place.name} cannot be opened: {error}", "away", path=self.place.name, error=error
                ) from None
            raise

    async def _is_prepared(self, beside: bool) -> bool:
        try:
            await self._prepare(beside)
        except asyncpg.PostgresError as error:
            if error.sqlstate in _IN_USE:
                return False
            raise
        return True

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
                told = f"{self.place.name} belongs to an older meja: start the desk on it first"
                raise StorageUnavailable(told, "older", path=self.place.name)
            if waiting:
                await connection.execute(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
            for migration in waiting:
                await connection.execute(f"{migration.sql} {record(migration)}", timeout=FOREVER)
            if waiting:
                await protect(connection)
            if not beside and await connection.fetchval(UNBOUND):
                log.warning(
                    "row security does not bind this role: use one that is no superuser", extra={"action": "open"}
                )

    async def close(self) -> None:
        """Let go of every connection that is not in use."""
        idle, self._idle = self._idle, deque()
        await asyncio.gather(*(connection.close(timeout=1) for connection in idle), return_exceptions=True)

    async def acquire(self) -> Connection:
        """A connection. Raises StorageUnavailable when there is no way to the server."""
        await self._slots.acquire()
        try:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_closed():
                    return connection
            return await self.apart()
        except BaseException:
            self._slots.release()
            raise

    async def apart(self) -> Connection:
        """A connection beside the others, for what must not wait for them; the caller closes it."""
        kept = 0 if self.place.pooled else STATEMENTS_KEPT
        try:
            connection = await asyncpg.connect(
                self.place.url,
                timeout=CONNECT_SECONDS,
                command_timeout=STATEMENT_SECONDS,
                statement_cache_size=kept,
                max_cached_statement_lifetime=0,
                # Compiling takes longer than any statement here; a pooler knows no such setting.
                server_settings={"application_name": "meja"} | ({} if self.place.pooled else {"jit": "off"}),
            )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise StorageUnavailable(plain(error)) from None
        _watch(connection)
        return connection

    def release(self, connection: Connection) -> None:
        """Give it back; one that is in no fit state is thrown away."""
        if not connection.is_closed() and connection.is_in_transaction():
            connection.terminate()
        if not connection.is_closed():
            self._idle.append(connection)
        self._slots.release()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        connection = await self.acquire()
        try:
            yield connection
        finally:
            self.release(connection)


def _watch(connection: Connection) -> None:
    """A connection whose other end fell silent is noticed within seconds, not a quarter of an hour."""
    sock = connection._transport.get_extra_info("socket")
    if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 8_000)):
            if hasattr(socket, name):
                sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
