"""What the desk knows of a database: transactions are functions, rows are typed."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import Enum, auto
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

Row = TypeVar("Row")
Result = TypeVar("Result")
P = ParamSpec("P")


class Trouble(Exception):
    """In English for a log; `kind` and `facts` say it to an operator: [storage] of ``templates/*/check.toml``."""

    def __init__(self, told: str = "", kind: str = "other", **facts: object) -> None:
        super().__init__(told)
        self.kind = kind
        self.facts = {"told": told, **facts}


class StorageUnavailable(Trouble):
    """The database cannot take this now (disk full, locked, gone): nothing was written; try again later."""


class OwnershipLost(StorageUnavailable):
    """Another process runs this office by now: nothing was written, and nothing will be."""


class DatabaseBusy(Trouble):
    """Another process holds this database."""


class SchemaTooNew(Trouble):
    """The database was written by a newer program."""


class Dialect(Enum):
    """Where two databases understand no common words, a statement is kept for each."""

    SQLITE = auto()
    POSTGRES = auto()


class Reader(Protocol):
    """Reads. SQL is written once, with ``$1`` for the first argument."""

    @property
    def dialect(self) -> Dialect: ...

    async def one(self, cls: type[Row], sql: str, *args: Any) -> Row | None:
        """The first row as a `cls`, or None."""
        ...

    async def all(self, cls: type[Row], sql: str, *args: Any) -> list[Row]:
        """Every row as a `cls`."""
        ...

    async def value(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, as the database keeps it, or None."""
        ...


class Tx(Reader, Protocol):
    """A transaction in hand: what a use case reads and writes through. It awaits nothing else."""

    async def execute(self, sql: str, *args: Any) -> int:
        """Write; the number of rows touched."""
        ...

    async def attempt(self, cls: type[Row], sql: str, *args: Any) -> list[Row] | None:
        """A read the use case can do without, such as a search: None when it fails or takes longer than a second."""
        ...

    def signal(self, topic: str, key: str) -> None:
        """Tell listeners of `topic`, after the commit and only then, that something came for `key`."""
        ...


UseCase = Callable[Concatenate[Tx, P], Awaitable[Result]]


class Store(Protocol):
    """One database."""

    async def run(
        self, use_case: Callable[Concatenate[Tx, P], Awaitable[Result]], *args: P.args, **kwargs: P.kwargs
    ) -> Result:
        """Run `use_case(tx, *args)` as one transaction; on return it is on disk.

        Any exception of the use case rolls it back and is raised here. Raises `StorageUnavailable`.
        """
        ...

    def reader(self) -> AbstractAsyncContextManager[Reader]:
        """A connection that only draws (reports, health, pages)."""
        ...

    def listen(self, topic: str, listener: Callable[[str], None]) -> None:
        """Call `listener(key)` after each commit that signalled `topic`."""
        ...

    async def compact(self, *, whole: bool) -> bool:
        """Leave no trace of what was deleted in the database's files; False: somebody reads, try again later.

        `whole` rewrites the file, which holds up every writer meanwhile. Raises `StorageUnavailable`.
        """
        ...

    def forget_copies(self, before: datetime) -> int:
        """Remove the copies made before an upgrade that are older than that moment; how many."""
        ...

    def owns(self) -> bool:
        """Whether this process surely runs the office still, without asking anybody."""
        ...

    async def until_lost(self) -> None:
        """Return when another process may run the office, and this one must stop to."""
        ...

    async def close(self) -> None: ...


def placeholders(first: int, items: Sequence[object]) -> str:
    """``$3, $4, $5`` for three items from 3 on."""
    return ", ".join(f"${first + n}" for n in range(len(items)))
