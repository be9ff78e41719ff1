"""Backups beside a desk under load, some of them killed, some with the desk killed beside them (QUALITY.md P15).

Every copy that counts is sound and holds each update that was confirmed to Telegram before it was begun; what was
killed counts for nothing and is swept away. `python -m tests.crash.backups --backups 100`.
"""

import asyncio
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Annotated

import typer

from bot.safekeeping import drill
from storage import backup
from tests.checker import check, settled
from tests.crash.conftest import Scene, scene_at
from tests.crash.launch import write_configuration

EVERY = 0.05
MOST_WAITING = 50
ACTS = ("whole", "killed", "desk killed")


@dataclass
class Proof:
    """What became of the backups: `ends` by act and outcome; `faults` is empty when all is well."""

    ends: Counter[str] = field(default_factory=Counter)
    said: int = 0
    copies: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


async def prove(folder: Path, *, backups: int, ballast: int = 0, seed: int = 1) -> Proof:
    """`ballast`: so many rows stand in the database already, so that a copy takes its time."""
    random, proof = Random(seed), Proof()
    out = folder / "copies"
    async with scene_at(folder / "meja.db", backup={"at": "", "folder": str(out)}) as scene:
        async with scene.office.open():
            await scene.ticket_of(scene.office.user)
            await scene.office.settled()
        _weigh_down(scene.path, ballast)
        await scene.desk.start()
        talking = asyncio.create_task(_talk(scene, proof))
        began = monotonic()
        for number in range(backups):
            await _one(scene, proof, out, ACTS[number % len(ACTS)], random)
        proof.seconds = (monotonic() - began) / backups
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        await settled(scene.office.telegram, scene.path, within=120)
        check(scene.office.telegram, scene.path)
        await scene.desk.stop()
        await drill(write_configuration(folder / "drill.toml", scene.office.settings))
    return proof


def _weigh_down(path: Path, rows: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        sql = "INSERT INTO audit (office, at, actor, action, data) VALUES ('1207', '2026', 'system', 'ballast', ?)"
        connection.executemany(sql, (("{" + " " * 300 + "}",) for _ in range(rows)))


async def _talk(scene: Scene, proof: Proof) -> None:
    while True:
        if len(scene.office.telegram.world.updates) < MOST_WAITING:
            proof.said += 1
            await scene.office.user.say(f"[u1001/{proof.said}] dan seterusnya")
        await asyncio.sleep(EVERY)


async def _one(scene: Scene, proof: Proof, out: Path, act: str, random: Random) -> None:
    ledger = scene.office.telegram.ledger
    confirmed = {life.update_id for life in ledger.updates.values() if life.confirmed}
    before = _names(out)
    command = (sys.executable, "-m", "bot", "backup", "--config", str(scene.path.with_suffix(".toml")))
    process = await asyncio.create_subprocess_exec(*command, stdout=-3, stderr=-3)
    if act != "whole":
        await _is_copying(process, out)
        await asyncio.sleep(random.random() * 0.3)
    if act == "killed" and process.returncode is None:
        process.kill()
    if act == "desk killed":
        await scene.desk.kill()
    code = await process.wait()
    left = "in the middle" if _parts(out) else "after"
    proof.ends[f"{act}, {left}" if code == -9 else f"{act}, ended with {code}"] += 1
    if act == "desk killed":
        await scene.desk.start()
    if act != "killed" and code:
        proof.faults.append(f"a backup that nobody killed ended with {code}")
    for copy in (out / name for name in _names(out) - before):
        proof.copies += 1
        proof.faults += _look(copy, confirmed)


def _names(out: Path) -> set[str]:
    return {copy.name for copy, _ in backup.copies(out, "1207")}


def _parts(out: Path) -> bool:
    return any(out.glob(f"*{backup.PART}"))


async def _is_copying(process: asyncio.subprocess.Process, out: Path) -> None:
    old = {part.name for part in out.glob(f"*{backup.PART}")}  # noqa: ASYNC240
    while process.returncode is None and not {part.name for part in out.glob(f"*{backup.PART}")} - old:  # noqa: ASYNC110, ASYNC240
        await asyncio.sleep(0.005)


def _look(copy: Path, confirmed: set[int]) -> list[str]:
    """What is wrong with this copy."""
    faults = [f"{copy.name}: {problem}" for problem in backup.verify(copy)[1]]
    with closing(sqlite3.connect(copy)) as connection:
        kept = {int(update_id) for (update_id,) in connection.execute("SELECT update_id FROM inbox")}
    return faults + [f"{copy.name}: {len(confirmed - kept)} updates confirmed before it are not in it"] * bool(
        confirmed - kept
    )


def main(
    backups: Annotated[int, typer.Option(help="How many.")] = 100,
    ballast: Annotated[int, typer.Option(help="Rows in the database before.")] = 100_000,
    seed: int = 1,
) -> None:
    with TemporaryDirectory() as folder:
        proof = asyncio.run(prove(Path(folder), backups=backups, ballast=ballast, seed=seed))
    for end, count in sorted(proof.ends.items()):
        print(f"{count:5}  {end}")
    print(f"{proof.copies} copies, {proof.said} messages meanwhile, {proof.seconds:.2f} s for each backup")
    for fault in proof.faults:
        print(fault)
    raise SystemExit(1 if proof.faults else 0)


if __name__ == "__main__":
    typer.run(main)
