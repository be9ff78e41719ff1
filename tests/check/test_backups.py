"""What `meja check` finds about copies and tables; each fault's fix is done as it is written, and the fault is gone."""

import os
import re
import sqlite3
import subprocess
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import safekeeping
from bot.delivery.backups import TOO_OLD
from bot.texts import packaged
from storage import open_store
from tests.check.conftest import At, Clinic

BELOW = Path(__file__).parent


async def _verdict(clinic: Clinic, name: str) -> str:
    return next(it.verdict for it in await clinic.findings(offline=True) if it.name == name)


def _do(lines: str) -> None:
    """The command after "Run:", as an operator would type it; here everybody is the user who runs the desk."""
    command = re.search(r"(?:Run: |sudo )((?:chmod|install) .*)$", lines, re.MULTILINE)
    assert command is not None, lines
    subprocess.run(command[1].replace("-o meja ", "").split(), check=True)


def _age(path: Path, by: timedelta) -> None:
    moment = (datetime.now(UTC) - by).timestamp()
    os.utime(path, (moment, moment))


async def test_a_desk_of_yesterday_without_a_copy(clinic: Clinic) -> None:
    _age(await clinic.desk_was_here(), TOO_OLD + timedelta(hours=1))
    assert "Run: meja backup" in await clinic.complains("backup", "missing")
    await safekeeping.make_backup(clinic.path, None)
    assert await _verdict(clinic, "backup") == "ok"


async def test_an_old_copy_beside_a_running_desk(clinic: Clinic) -> None:
    await clinic.desk_was_here()
    await safekeeping.make_backup(clinic.path, None)
    clinic.clock = At(datetime.now(UTC) + TOO_OLD)
    assert await _verdict(clinic, "backup") == "ok"
    store = await open_store(f"sqlite:///{clinic.database}")
    assert await _verdict(clinic, "backup") == "old"
    await safekeeping.make_backup(clinic.path, None, clock=clinic.clock)
    assert await _verdict(clinic, "backup") == "ok"
    await store.close()


async def test_a_folder_of_copies_that_cannot_be_made(clinic: Clinic) -> None:
    await clinic.desk_was_here()
    blocked = clinic.database.parent / "backups"
    blocked.write_text("a file, where a folder should be")
    lines = await clinic.complains("backup", "unwritable")
    blocked.unlink()
    _do(lines)
    assert await _verdict(clinic, "backup") == "none" and blocked.stat().st_mode & 0o777 == 0o700


async def test_copies_switched_off_are_said(clinic: Clinic) -> None:
    clinic.path.write_text(clinic.path.read_text() + '\n[backup]\nat = ""\n')
    assert await _verdict(clinic, "backup") == "off"


@pytest.mark.parametrize("name", ["database", "secret", "config"])
async def test_what_others_can_read_is_closed_as_the_fix_says(clinic: Clinic, name: str) -> None:
    secret = await clinic.desk_was_here()
    path = {"database": clinic.database, "secret": secret, "config": clinic.path}[name]
    path.chmod(0o644)
    _do(await clinic.complains(name, "open"))
    assert all(it.ok for it in await clinic.findings(offline=True))


async def test_tables_of_an_older_version_are_no_fault(clinic: Clinic) -> None:
    await clinic.desk_was_here()
    with sqlite3.connect(clinic.database) as connection:
        connection.execute("DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)")
    connection.close()
    assert await _verdict(clinic, "schema") == "behind"


def test_every_fault_is_provoked_somewhere() -> None:
    """For each fix there is a test that brings its finding about."""
    tests = "\n".join(path.read_text("utf-8") for path in BELOW.glob("*.py"))
    told = tomllib.loads((packaged() / "en" / "check.toml").read_text("utf-8"))
    fixes = [(name, verdict) for name, table in told.items() for verdict in table.get("fix", {})]
    missing = [(name, verdict) for name, verdict in fixes if f'"{verdict}"' not in tests]
    assert fixes and missing == []
