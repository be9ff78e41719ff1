"""A transaction on PostgreSQL, as a use case sees it."""

import logging
import re
from functools import cache
from typing import Any, TypeVar

import asyncpg

from storage.base import Dialect
from storage.database import Connection, is_lost, plain
from storage.rows import into, stored

log = logging.getLogger(__name__)

ATTEMPT_MS = 1_000

Row = TypeVar("Row")


@cache
def _writes(sql: str) -> bool:
    """Of a transaction in which nothing did, nothing is kept: what writes begins with what it does."""
    return re.match(r"\s*(SELECT|WITH)\b", sql, re.IGNORECASE) is None


def _kept(value: Any) -> Any:
    """As the database keeps it; it has no letter for NUL."""
    value = stored(value)
    return value.replace("\0", "\ufffd") if type(value) is str and "\0" in value else value


_COLUMNS: dict[str, tuple[str, ...]] = {}


def _columns(sql: str, record: asyncpg.Record) -> tuple[str, ...]:
    columns = _COLUMNS.get(sql)
    if columns is None:
        columns = _COLUMNS[sql] = tuple(record.keys())
    return columns


class Reads:
    """`Reader` within a transaction."""

    dialect = Dialect.POSTGRES

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def one(self, cls: type[Row], sql: str, *args: Any) -> Row | None:
        record = await self._connection.fetchrow(sql, *map(_kept, args))
        return None if record is None else into(cls, _columns(sql, record), record)

    async def all(self, cls: type[Row], sql: str, *args: Any) -> list[Row]:
        records = await self._connection.fetch(sql, *map(_kept, args))
        return [into(cls, _columns(sql, records[0]), record) for record in records]

    async def value(self, sql: str, *args: Any) -> Any:
        return await self._connection.fetchval(sql, *map(_kept, args))


class WriterTx(Reads):
    """`Tx`: it notes whether anything was written."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.wrote = False
        self.signals: dict[tuple[str, str], None] = {}

    async def one(self, cls: type[Row], sql: str, *args: Any) -> Row | None:
        self.wrote = self.wrote or _writes(sql)
        return await super().one(cls, sql, *args)

    async def all(self, cls: type[Row], sql: str, *args: Any) -> list[Row]:
        self.wrote = self.wrote or _writes(sql)
        return await super().all(cls, sql, *args)

    async def value(self, sql: str, *args: Any) -> Any:
        self.wrote = self.wrote or _writes(sql)
        return await super().value(sql, *args)

    async def execute(self, sql: str, *args: Any) -> int:
        self.wrote = True
        status = await self._connection.execute(sql, *map(_kept, args))
        return int(status.rpartition(" ")[2])

    async def attempt(self, cls: type[Row], sql: str, *args: Any) -> list[Row] | None:
        await self._connection.execute(f"SAVEPOINT attempt; SET LOCAL statement_timeout = {ATTEMPT_MS}")
        try:
            rows = await self.all(cls, sql, *args)
        except asyncpg.PostgresError as error:
            if is_lost(error):
                raise
            log.warning("a search failed", extra={"action": "attempt", "error": plain(error)})
            await self._connection.execute("ROLLBACK TO attempt; RELEASE attempt")
            return None
        await self._connection.execute("SET LOCAL statement_timeout = 0; RELEASE attempt")
        return rows

    def signal(self, topic: str, key: str) -> None:
        self.signals[topic, key] = None
