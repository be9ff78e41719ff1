"""What would be left if the power failed now: the bytes that were flushed to disk, read from a trace of the desk.

`strace` stops the desk at each system call, so the order of its lines is the order of things: a write counts from the
return of the next fdatasync of its file on. At each getUpdates whose offset confirms more than the last, the database
is put together from those bytes alone, opened, and asked for every update the offset confirms.

`python -m tests.crash.power --updates 10000` does it for long.
"""

import asyncio
import codecs
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from tests.crash.conftest import scene_at
from tests.crash.launch import Desk, write_configuration

CALLS = "pwrite64,ftruncate,fdatasync,fsync,sendto,sendmsg"
ARGUMENTS = ("strace", "-D", "-f", "--seccomp-bpf", "-y", "-q", "-s", "1000000", "-e", f"trace={CALLS}", "-o")
LINE = re.compile(r"(?P<pid>\d+) +(?P<rest>.*)", re.DOTALL)
FLUSHED = re.compile(r"(?:fdatasync|fsync)\((?P<fd>\d+)<(?P<path>[^>]*)>")
WRITTEN = re.compile(r'pwrite64\(\d+<(?P<path>[^>]*)>, "(?P<bytes>(?:[^"\\]|\\.)*)", \d+, (?P<at>\d+)')
CUT = re.compile(r"ftruncate\(\d+<(?P<path>[^>]*)>, (?P<size>\d+)")
OFFSET = re.compile(r'offset(?:\\"|%22|")?[:=] ?(?P<offset>7\d{8})')
EVERY = 0.002  # seconds between two messages
PATIENCE = 600.0


@dataclass
class Disk:
    """Files as they are on disk for sure. `path` is the database; what is not flushed yet waits in `_cached`."""

    path: str
    files: dict[str, bytearray] = field(default_factory=dict)
    _cached: defaultdict[str, list[tuple[int, bytes | None]]] = field(default_factory=lambda: defaultdict(list))

    def write(self, path: str, at: int, data: bytes | None) -> None:
        """None: cut off there."""
        if path in (self.path, self.path + "-wal"):
            self._cached[path].append((at, data))

    def flush(self, path: str) -> None:
        for at, data in self._cached.pop(path, ()):
            file = self.files.setdefault(path, bytearray())
            if data is None:
                del file[at:]
                continue
            file.extend(bytes(max(0, at + len(data) - len(file))))
            file[at : at + len(data)] = data

    def updates(self, folder: Path) -> set[int]:
        """What the database holds when it is opened after the power has failed."""
        copy = folder / "left.db"
        for old in folder.glob("left.db*"):
            old.unlink()
        for path, content in self.files.items():
            copy.with_name("left.db" + path.removeprefix(self.path)).write_bytes(content)
        with sqlite3.connect(copy) as database:
            found = {int(update) for (update,) in database.execute("SELECT update_id FROM inbox")}
        database.close()
        return found


@dataclass
class Proof:
    """`polls`: confirming ones that were looked at; `missing`: offset and the updates it confirmed too early."""

    updates: int = 0
    polls: int = 0
    flushes: int = 0
    missing: list[tuple[int, set[int]]] = field(default_factory=list)


def examine(trace: Path, disk: Disk, created: set[int], folder: Path) -> Proof:
    """Go through a trace of the desk; `created` are the ids of all updates there were."""
    proof, confirmed = Proof(), 0
    for call in _calls(trace):
        if (written := WRITTEN.match(call)) is not None:
            disk.write(written["path"], int(written["at"]), _bytes(written["bytes"]))
        elif (cut := CUT.match(call)) is not None:
            disk.write(cut["path"], int(cut["size"]), None)
        elif call.startswith("returned ") and (flushed := FLUSHED.match(call.removeprefix("returned "))) is not None:
            disk.flush(flushed["path"])
            proof.flushes += 1
        elif call.startswith("send"):
            offset = max((int(found["offset"]) for found in OFFSET.finditer(call)), default=0)
            if offset > confirmed:
                wanted = {update for update in created if update < offset}
                missing = wanted - disk.updates(folder)
                proof.missing += [(offset, missing)] if missing else []
                proof.polls, proof.updates, confirmed = proof.polls + 1, len(wanted), offset
    return proof


def _calls(trace: Path) -> Iterator[str]:
    """What begins as it begins; of a flush, which counts from its end on, `returned …` at its end."""
    begun: dict[str, str] = {}
    with trace.open(encoding="latin-1") as lines:
        for line in lines:
            found = LINE.match(line)
            if found is None:
                continue
            pid, rest = found["pid"], found["rest"]
            if FLUSHED.match(rest) is None:
                if "resumed>" in rest and pid in begun:
                    assert rest.rstrip().endswith("= 0"), rest
                    yield f"returned {begun.pop(pid)}"
                elif not rest.startswith("<..."):
                    yield rest
            elif "<unfinished" in rest:
                begun[pid] = rest
            else:
                assert rest.rstrip().endswith("= 0"), rest
                yield f"returned {rest}"


def _bytes(escaped: str) -> bytes:
    return codecs.escape_decode(escaped.encode("latin-1"))[0]  # type: ignore[attr-defined]


async def prove(folder: Path, *, updates: int) -> Proof:
    """Run a traced desk until it has confirmed so many updates, then look."""
    trace, database = folder / "trace", folder / "meja.db"
    async with scene_at(database) as scene:
        office = scene.office
        async with office.open():
            await scene.ticket_of(office.user)
            await office.settled()
        disk = Disk(str(database), {str(database): bytearray(database.read_bytes())})
        assert not database.with_name("meja.db-wal").exists()
        config = write_configuration(folder / "traced.toml", office.settings)
        scene.desk = Desk(config, under=(*ARGUMENTS, str(trace)))
        await scene.desk.start()
        for number in range(updates):
            await office.user.say(f"Kata ke-{number}")
            await asyncio.sleep(EVERY)
        await _until(lambda: not len(office.telegram.world.updates))
        assert await scene.desk.stop() == 0
        ended = re.compile(rf"^{scene.desk.process.pid} +\+\+\+ exited", re.MULTILINE)  # strace pads short numbers
        await _until(lambda: ended.search(_tail(trace)) is not None)
        return examine(trace, disk, set(office.telegram.ledger.updates), folder)


async def _until(is_so: Callable[[], bool]) -> None:
    """Another process makes it so."""
    async with asyncio.timeout(PATIENCE):
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2000))
        return file.read().decode("latin-1")


def main(updates: Annotated[int, typer.Option(help="How many updates.")] = 10_000) -> None:
    began = datetime.now(UTC)
    with TemporaryDirectory() as folder:
        proof = asyncio.run(prove(Path(folder), updates=updates))
    print(
        f"{proof.updates:,} updates confirmed in {proof.polls:,} polls, {proof.flushes:,} flushes,"
        f" {len(proof.missing)} confirmed too early ({(datetime.now(UTC) - began).seconds} s)"
    )
    for offset, missing in proof.missing[:10]:
        print(f"offset {offset}: {sorted(missing)[:10]}")
    raise SystemExit(1 if proof.missing else 0)


if __name__ == "__main__":
    typer.run(main)
