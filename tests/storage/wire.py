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

    `told`: the server still gets them, only its answer is lost. `late`: it gets them when this is set.
    """

    url: str
    word: bytes = b""
    told: bool = False
    late: asyncio.Event | None = None
    silent: bool = False
    last_word: bytes = b""
    cuts: int = 0
    delivered: asyncio.Event = field(default_factory=asyncio.Event)
    _pairs: list[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = field(default_factory=list)

    def cut_at(self, word: str, *, told: bool) -> None:
        self.word, self.told = word.encode(), told

    def hush_at(self, word: str) -> None:
        """The server gets the next bytes with this word in them, and nobody hears anything after."""
        self.last_word = word.encode()

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
                    if self.late is not None:
                        writer.transport.abort()
                        await self.late.wait()
                    if self.told:
                        to_there.write(data)
                        await there.read(65536)  # the answer: it was carried out
                        self.delivered.set()
                    break
                if not self.silent:
                    to_there.write(data)
                    self.silent = bool(self.last_word) and self.last_word in data
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
        await _hung_up()


async def _hung_up() -> None:
    """Connections that were broken off are gone a few turns of the loop later."""
    for _ in range(10):
        await asyncio.sleep(0)


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
        self.free: asyncio.Queue[Streams] = asyncio.Queue()
        self._greeting = b""
        self.transactions = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def _open(self, startup: bytes) -> None:
        for _ in range(self._size):
            reader, writer = await asyncio.open_unix_connection(_socket_of(self._url))
            self.writers.append(writer)
            writer.write(startup)
            greeting, kind = b"", b""
            while kind != b"Z":
                kind, message = await _message(reader)
                greeting += message
            self._greeting = greeting
            self.free.put_nowait((reader, writer))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            startup = await _startup(reader)
            if len(startup) == 8:  # asks for encryption
                writer.write(b"N")
                startup = await _startup(reader)
            if not self._greeting:
                await self._open(startup)
            writer.write(self._greeting)
            await _Client(self, reader, writer).serve()
        writer.transport.abort()


class _Client:
    """One that has a connection as long as a transaction lasts."""

    def __init__(self, pooler: Pooler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._pooler, self._reader, self._writer = pooler, reader, writer
        self._server: Streams | None = None
        self._unanswered = 0
        self._back: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        kind, message = await _message(self._reader)
        while kind != b"X":
            if self._server is None:
                self._server = await self._pooler.free.get()
                self._pooler.transactions += 1
                self._back = asyncio.create_task(self._answer(self._server))
            self._unanswered += kind in (b"Q", b"S")  # these are answered by "ready" and the transaction's state
            self._server[1].write(message)
            kind, message = await _message(self._reader)

    async def _answer(self, server: Streams) -> None:
        state = b""
        while state != b"I" or self._unanswered:
            kind, message = await _message(server[0])
            if kind == b"Z":
                self._unanswered -= 1
                state = message[-1:]
                if state == b"I" and not self._unanswered:
                    self._server = None
                    self._pooler.free.put_nowait(server)
            self._writer.write(message)


@asynccontextmanager
async def pooler_to(url: str, size: int = 3) -> AsyncIterator[tuple[str, Pooler]]:
    """A URL by way of a transaction pooler with so many connections of its own."""
    pooler = Pooler(url, size)
    async with await asyncio.start_server(pooler.serve, "127.0.0.1", 0) as server:
        yield _at(url, server.sockets[0].getsockname()[1], "pooler=transaction"), pooler
        for writer in pooler.writers:
            writer.transport.abort()
        await _hung_up()
