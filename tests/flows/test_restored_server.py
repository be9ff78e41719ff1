"""The recipe of docs/ops/backup.md for PostgreSQL, with its own tools: pg_dump, pg_restore, `meja restore --settle`."""

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from bot import safekeeping
from storage import erasure_list
from tests.crash.launch import write_configuration
from tests.flows.conftest import Office, office_at
from tests.flows.test_backups import erase
from tests.flows.way import value
from tests.postgres import ROLE, named, new_database, tools

PAGE = (Path(__file__).parents[2] / "docs" / "ops" / "backup.md").read_text("utf-8")


def _types(line: str, folder: Path, url: str) -> None:
    """One line of the page, as a superuser of the server."""
    path = f"{tools()}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(
        line, shell=True, check=True, cwd=folder, env={**os.environ, "PATH": path, "DATABASE_URL": url}, timeout=120
    )


def _said(command: str) -> str:
    """The page's own line."""
    found = re.search(rf"^{command} .*$", PAGE, re.MULTILINE)
    assert found is not None, command
    return found[0]


async def _is_put_back(server: str, url: str, folder: Path) -> None:
    """Into an empty database of the same name."""
    name = urlsplit(url).path[1:]
    admin = await asyncpg.connect(server)
    await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await admin.close()
    made = _said("createdb").replace("--owner=meja", f"--owner={ROLE}").removesuffix(" meja")
    _types(f'{made} --maintenance-db="{server}" {name}', folder, url)
    _types(_said("pg_restore").replace("meja-2026-11-23.dump", "meja-*.dump"), folder, url)


async def test_who_was_erased_stays_erased_after_pg_restore_and_no_number_is_given_twice(
    tmp_path: Path, postgres_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = {"security": {"secret_file": str(tmp_path / "meja.secret")}}
    parts["backup"] = {"at": "03:30", "folder": str(tmp_path / "copies")}
    async with (
        new_database(postgres_server) as url,
        office_at(tmp_path / "meja.db", storage={"url": url}, **parts) as office,
    ):
        config = write_configuration(tmp_path / "config.toml", office.settings)
        super_url = named(postgres_server, urlsplit(url).path[1:])
        async with office.open():
            await office.admin.say("/bantuan")
            number, _ = await office.ticket("Pertanyaan zirkonia")
            await office.settled()
            _types(_said("pg_dump"), tmp_path, super_url)
            await erase(office)
            assert office.app is not None
            await office.app.backups.look()
        assert len(erasure_list.read(tmp_path / "copies", "1207")) == 1
        await _is_put_back(postgres_server, super_url, tmp_path)
        await safekeeping.settle(config, clock=office.clock)
        assert "erased again: 1" in capsys.readouterr().out
        await _goes_on(office, number)


async def _goes_on(office: Office, number: str) -> None:
    office.jump(seconds=1)
    async with office.open() as app:
        await office.admin.sees("dipulihkan dari salinan", within=60)
        await office.settled()
        await app.jobs.sweep()
        assert await value(office, "SELECT count(*) FROM messages WHERE content LIKE '%zirkonia%'") == 0
        assert await value(office, "SELECT count(*) FROM identities WHERE sender = '1001'") == 0
        assert await office.status(number) == "closed"
        other = await office.register(office.supervisor, name="Bu Lurah")
        assert await office.ask("Pertanyaan lain", user=other) == "1207-2611-0502"
