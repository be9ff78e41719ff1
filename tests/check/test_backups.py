"""What `meja check` finds about copies and tables."""

import sqlite3
from datetime import UTC, datetime

from bot import safekeeping
from bot.delivery.backups import TOO_OLD
from storage import open_store
from tests.check.conftest import At, Clinic


async def _verdict(clinic: Clinic, name: str) -> str:
    return next(it.verdict for it in await clinic.findings(offline=True) if it.name == name)


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


async def test_copies_switched_off_are_said(clinic: Clinic) -> None:
    clinic.path.write_text(clinic.path.read_text() + '\n[backup]\nat = ""\n')
    assert await _verdict(clinic, "backup") == "off"


async def test_tables_of_an_older_version_are_no_fault(clinic: Clinic) -> None:
    await clinic.desk_was_here()
    with sqlite3.connect(clinic.database) as connection:
        connection.execute("DELETE FROM migrations WHERE number = (SELECT max(number) FROM migrations)")
    connection.close()
    assert await _verdict(clinic, "schema") == "behind"
