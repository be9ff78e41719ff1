"""What may stand between a desk and PostgreSQL: a line that breaks at the worst moment, and a pooler.

Both speak PostgreSQL's protocol on a port of this machine and go on to the server's socket.
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def _socket_of(url: str) -> str:
    return f"{parse_qs(urlsplit(url).query)['host'][0]}/.s.PGSQL.5432"


def _at(url: str, port: int, query: str = "") -> str:
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{user}@127.0.0.1:{port}", query=query))


@dataclass
class Line:
    """A line to the server; the next bytes with `word` in them are its end.

    `told`: the server still gets them, only its answer is lost.
    """

    url: str
    word: bytes = b""
    told: bool = False
    silent: bool = False
    cuts: int = 0
    _pairs: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = field(default_factory=list)

    def cut_at(self, word: str, *, told: bool) -> None:
        self.word, self.told = word.encode(), told

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, to_there = await asyncio.open_unix_connection(_socket_of(self.url))
        self._pairs.append((writer, to_there))
        back = asyncio.create_task(self._carry_back(there, writer))
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if self.word and self.word in data:
                    self.word = b""
                    self.cuts += 1
                    back.cancel()
                    if self.told:
                        to_there.write(data)
                        await there.read(65536)  # the answer: it was carried out
                    break
                if not self.silent:
                    to_there.write(data)
        back.cancel()
        writer.transport.abort()
        to_there.transport.abort()

    async def _carry_back(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await there.read(65536):
            if not self.silent:
                writer.write(data)
        writer.transport.abort()

    def drop(self) -> None:
        for pair in self._pairs:
            for writer in pair:
                writer.transport.abort()


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[tuple[str, Line]]:
    """A URL by way of a line that can be cut."""
    line = Line(url)
    async with await asyncio.start_server(line.serve, "127.0.0.1", 0) as server:
        yield _at(url, server.sockets[0].getsockname()[1]), line
        line.drop()


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    kind = await reader.readexactly(1)
    size = await reader.readexactly(4)
    return kind, kind + size + await reader.readexactly(struct.unpack("!I", size)[0] - 4)


async def _startup(reader: asyncio.StreamReader) -> bytes:
    size = await reader.readexactly(4)
    return size + await reader.readexactly(struct.unpack("!I", size)[0] - 4)


class Pooler:
    """It gives each transaction the next of its connections, as a transaction pooler does to its clients."""

    def __init__(self, url: str, size: int) -> None:
        self._url, self._size = url, size
        self._free: asyncio.Queue[Streams] = asyncio.Queue()
        self._greeting = b""
        self.transactions = 0

    async def _open(self, startup: bytes) -> None:
        for _ in range(self._size):
            reader, writer = await asyncio.open_unix_connection(_socket_of(self._url))
            writer.write(startup)
            greeting, kind = b"", b""
            while kind != b"Z":
                kind, message = await _message(reader)
                greeting += message
            self._greeting = greeting
            self._free.put_nowait((reader, writer))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            startup = await _startup(reader)
            if len(startup) == 8:  # asks for encryption
                writer.write(b"N")
                startup = await _startup(reader)
            if not self._greeting:
                await self._open(startup)
            writer.write(self._greeting)
            while True:
                await self._transaction(reader, writer)
        writer.transport.abort()

    async def _transaction(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind, message = await _message(reader)
        if kind == b"X":
            raise asyncio.IncompleteReadError(b"", None)
        there, to_there = await self._free.get()
        self.transactions += 1
        state = b"T"
        while state != b"I":
            to_there.write(message)
            if kind in (b"Q", b"S"):  # what is answered by "ready", with the state of the transaction
                state = await self._answer(there, writer)
            if state != b"I":
                kind, message = await _message(reader)
            elif kind == b"S":
                break
        self._free.put_nowait((there, to_there))

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        while True:
            kind, message = await _message(there)
            writer.write(message)
            if kind == b"Z":
                return message[-1:]


@asynccontextmanager
async def pooler_to(url: str, size: int = 3) -> AsyncIterator[tuple[str, Pooler]]:
    """A URL by way of a transaction pooler with so many connections of its own."""
    pooler = Pooler(url, size)
    async with await asyncio.start_server(pooler.serve, "127.0.0.1", 0) as server:
        yield _at(url, server.sockets[0].getsockname()[1], "pooler=transaction"), pooler
