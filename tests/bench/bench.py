"""One run of the benchmark: its folder, its size, and the seeded databases it made."""

import asyncio
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.bench.contenders import Contender, Pace, desk
from tests.bench.seed import archive, seed


@dataclass(frozen=True)
class Bench:
    """`quick`: one round on small numbers, for development; its figures are not for the record."""

    folder: Path
    quick: bool = False
    _numbers: "count[int]" = field(default_factory=count)

    @property
    def rounds(self) -> int:
        return 1 if self.quick else 5

    def sized(self, full: int, quick: int) -> int:
        """A number of the full run, or its small brother."""
        return quick if self.quick else full

    def fresh(self) -> Path:
        """A new folder for a contender's files."""
        folder = self.folder / str(next(self._numbers))
        folder.mkdir()
        return folder

    async def database(self, users: int) -> Path:
        """The seeded database of so many users, made once; contenders work on copies of it."""
        path = self.folder / f"seed-{users}" / "meja.db"
        if not path.exists():
            await seed(path, users)
        return path

    async def archive(self, users: int, messages: int) -> Path:
        """Another one, with so many old messages too."""
        path = self.folder / "archive" / "meja.db"
        await seed(path, users)
        await asyncio.to_thread(archive, path, users=users, messages=messages)
        return path

    async def desk(self, users: int, *, pace: Pace | None = None) -> Contender:
        """The desk with so many registered users, each with an open ticket."""
        return desk(await self.database(users), pace=pace)
