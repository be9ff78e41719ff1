"""What the doctor says of a PostgreSQL, from nothing there to a desk at work; and the move there by `meja migrate`."""

import asyncio
import os
import sys
from pathlib import Path

import asyncpg
import pytest

from bot.check import check
from bot.errors import Exit
from storage import open_store
from tests.check.conftest import Clinic
from tests.postgres import new_database


async def _said(clinic: Clinic) -> tuple[str, bool]:
    findings = await check(clinic.path, offline=True)
    return next((it.verdict, it.ok) for it in findings if it.name == "database")


async def test_from_nothing_there_to_a_desk_at_work(clinic: Clinic, postgres_server: str) -> None:
    async with new_database(postgres_server, empty=True) as url:
        clinic.keep_in(url)
        assert await _said(clinic) == ("new", True)
        store = await open_store(url, "1207")
        assert await _said(clinic) == ("in_use", True)
        await store.close()
        assert await _said(clinic) == ("well", True)
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE migrations SET checksum = 'newer' WHERE number = 1")
        await connection.close()
        assert await _said(clinic) == ("too_new", False)


async def _meja(*words: str, cwd: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *words, cwd=Path.cwd(), env=os.environ | {"TMPDIR": str(cwd)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


async def test_migrate_moves_the_desk_and_says_what_comes_next(clinic: Clinic, postgres_url: str) -> None:
    secret = await clinic.desk_was_here()
    code, said = await _meja("migrate", "--config", str(clinic.path), "--to", postgres_url, cwd=clinic.folder)
    assert (code, "stays as it is" in said, f"security.secret_file {secret}" in said) == (0, True, True), said
    running = await open_store(f"sqlite:///{clinic.database}")
    code, said = await _meja("migrate", "--config", str(clinic.path), "--to", postgres_url, cwd=clinic.folder)
    assert code == Exit.BUSY and "meja: proses lain sedang berjalan" in said
    await running.close()


@pytest.mark.parametrize("to", ["sqlite:///other.db", "postgresql://nobody@127.0.0.1:1/meja"])
async def test_migrate_to_nowhere_is_said_in_one_line(clinic: Clinic, to: str) -> None:
    await clinic.desk_was_here()
    code, said = await _meja("migrate", "--config", str(clinic.path), "--to", to, cwd=clinic.folder)
    assert code in (Exit.CONFIG, Exit.FAILURE) and "Traceback" not in said
    assert said.strip().splitlines()[-1].startswith("meja: "), said
