"""Faults of the machine: configuration, database, key file, copies, disk, holidays, catalogue, mail server."""

import os
import re
import shutil
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from bot import safekeeping
from bot.delivery.backups import TOO_OLD
from storage import open_store, settings_overrides
from storage.migrate import Migration, migrations
from tests.check.conftest import At, Clinic
from tests.check.stories.book import OF_A_DESK, OF_POSTGRES, Story, tells, typed
from tests.check.test_mail_server import accounts
from tests.delivery.test_mail import CERTIFICATES, Server
from tests.postgres import ROLE, named, new_database

Patch = pytest.MonkeyPatch


@tells(OF_A_DESK, "config", "open")
async def _a_configuration_for_everybody_to_read(clinic: Clinic, patch: Patch) -> Story:
    clinic.path.chmod(0o644)
    typed((yield))


@tells(OF_A_DESK, "database", "too_new")
async def _a_database_of_a_newer_program(clinic: Clinic, patch: Patch) -> Story:
    await clinic.desk_was_here()
    with sqlite3.connect(clinic.database) as connection:
        connection.execute("INSERT INTO migrations (number, name, checksum) VALUES (9999, 'x', 'y')")
    connection.close()
    assert "version" in (yield)
    newer = [*migrations(), Migration(9999, "x", "", "y")]  # the newer program is one that knows this step
    for module in ("storage.health", "bot.check"):
        patch.setattr(f"{module}.migrations", lambda: newer)


@tells(OF_A_DESK, "database", "broken")
async def _a_file_that_is_no_database(clinic: Clinic, patch: Patch) -> Story:
    await clinic.desk_was_here()
    await safekeeping.make_backup(clinic.path, None)
    clinic.database.write_bytes(b"not a database at all" * 100)
    assert "backup" in (yield)
    (copy,) = (clinic.database.parent / "backups").glob("*.db")
    await safekeeping.restore(clinic.path, copy, None)


@tells(OF_A_DESK, "database", "unwritable")
async def _a_folder_that_cannot_be_written(clinic: Clinic, patch: Patch) -> Story:
    blocked = clinic.folder / "var"
    blocked.write_text("a file, where a folder should be")
    lines = yield
    blocked.unlink()
    typed(lines)
    assert blocked.stat().st_mode & 0o777 == 0o700


@tells(OF_A_DESK, "database", "open")
async def _a_database_for_everybody_to_read(clinic: Clinic, patch: Patch) -> Story:
    await clinic.desk_was_here()
    clinic.database.chmod(0o644)
    typed((yield))


@tells(OF_POSTGRES, "database", "away")
async def _a_server_that_is_not_there(clinic: Clinic, server: str) -> Story:
    clinic.keep_in(named(server, "nowhere", ROLE))
    assert "storage.url" in (yield)
    async with new_database(server, empty=True) as url:
        clinic.keep_in(url)
        yield


@tells(OF_POSTGRES, "database", "unbound")
async def _a_role_that_no_rule_binds(clinic: Clinic, server: str) -> Story:
    clinic.keep_in(server)
    lines = yield
    admin = await asyncpg.connect(server)
    for statement in re.findall(r"CREATE [^;]+", lines):
        await admin.execute(statement)
    clinic.keep_in(named(server, "meja", "meja"))
    yield
    await admin.execute("DROP DATABASE meja WITH (FORCE)")
    await admin.execute("DROP ROLE meja")
    await admin.close()


@tells(OF_A_DESK, "backup", "missing")
async def _a_desk_of_yesterday_without_a_copy(clinic: Clinic, patch: Patch) -> Story:
    secret = await clinic.desk_was_here()
    moment = (datetime.now(UTC) - TOO_OLD - timedelta(hours=1)).timestamp()
    os.utime(secret, (moment, moment))
    assert "Run: meja backup" in (yield)
    await safekeeping.make_backup(clinic.path, None)


@tells(OF_A_DESK, "backup", "old")
async def _an_old_copy_beside_a_running_desk(clinic: Clinic, patch: Patch) -> Story:
    await clinic.desk_was_here()
    await safekeeping.make_backup(clinic.path, None)
    clinic.clock = At(datetime.now(UTC) + TOO_OLD + timedelta(seconds=30))
    patch.setattr("bot.channels.telegram.doctor.LARGEST_SKEW", 10**9)  # the clock here is that of the copies alone
    store = await open_store(f"sqlite:///{clinic.database}")
    assert "Run: meja backup" in (yield)
    await safekeeping.make_backup(clinic.path, None, clock=clinic.clock)
    yield
    await store.close()


@tells(OF_A_DESK, "backup", "unwritable")
async def _a_folder_of_copies_that_cannot_be_made(clinic: Clinic, patch: Patch) -> Story:
    await clinic.desk_was_here()
    blocked = clinic.database.parent / "backups"
    blocked.write_text("a file, where a folder should be")
    lines = yield
    blocked.unlink()
    typed(lines)


@tells(OF_A_DESK, "settings", "idle")
async def _a_change_by_chat_that_does_not_fit_any_more(clinic: Clinic, patch: Patch) -> Story:
    await clinic.desk_was_here()
    await _atur(clinic, "77")
    assert "/atur" in (yield)
    await _atur(clinic, "3")


async def _atur(clinic: Clinic, value: str) -> None:
    store = await open_store(f"sqlite:///{clinic.database}")
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    row = settings_overrides.Override("service.max_open_tickets", value, "admin:111", moment)
    await store.run(settings_overrides.put, "1207", row)
    await store.close()


@tells(OF_A_DESK, "secret", "missing")
async def _a_lost_key_file(clinic: Clinic, patch: Patch) -> Story:
    secret = await clinic.desk_was_here()
    kept = shutil.copy2(secret, clinic.folder / "kept.secret")
    secret.unlink()
    assert "from a backup" in (yield)
    shutil.copy2(kept, secret)


@tells(OF_A_DESK, "secret", "broken")
async def _a_damaged_key_file(clinic: Clinic, patch: Patch) -> Story:
    secret = await clinic.desk_was_here()
    kept = shutil.copy2(secret, clinic.folder / "kept.secret")
    secret.write_bytes(b"short")
    assert "from a backup" in (yield)
    shutil.copy2(kept, secret)


@tells(OF_A_DESK, "secret", "open")
async def _a_key_file_for_everybody_to_read(clinic: Clinic, patch: Patch) -> Story:
    (await clinic.desk_was_here()).chmod(0o644)
    typed((yield))


@tells(OF_A_DESK, "disk", "full")
async def _a_full_disk(clinic: Clinic, patch: Patch) -> Story:
    usage = shutil.disk_usage(clinic.folder)
    free = [5_000_000]
    patch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=free[0]))
    assert "at least 1 GB" in (yield)
    free[0] = 2_000_000_000


@tells(OF_A_DESK, "holidays", "missing")
async def _a_year_without_holidays(clinic: Clinic, patch: Patch) -> Story:
    patch.setattr("bot.desk.calendars.known_years", lambda years: frozenset({2020}))
    assert "/libur" in (yield)
    patch.undo()  # the program brought up to date is one that knows the year


@tells(OF_A_DESK, "catalogue", "unreadable")
async def _a_catalogue_that_is_not_there(clinic: Clinic, patch: Patch) -> Story:
    own = _catalogue(clinic)
    assert "catalogue.file" in (yield)
    own.write_text("title,answer\nSatu,Ada\n")


@tells(OF_A_DESK, "catalogue", "row")
async def _a_catalogue_with_a_wrong_row(clinic: Clinic, patch: Patch) -> Story:
    own = _catalogue(clinic)
    own.write_text("title,answer\nSatu,Ada\nDua,\n")
    assert "line 3: answer: missing" in (yield)
    own.write_text("title,answer\nSatu,Ada\nDua,Ada\n")


def _catalogue(clinic: Clinic) -> Path:
    own = clinic.folder / "katalog.csv"
    clinic.path.write_text(f"{clinic.path.read_text()}\n[catalogue]\nfile = '{own}'\n")
    return own


@tells(OF_A_DESK, "mail", "connect")
async def _a_mail_server_that_is_not_there(clinic: Clinic, patch: Patch) -> Story:
    clinic.configure(mail_port=9)
    assert "mail.port" in (yield)
    clinic.configure(mail_port=clinic.mailbox.port)


@tells(OF_A_DESK, "mail", "tls")
async def _a_mail_server_that_does_not_encrypt(clinic: Clinic, patch: Patch) -> Story:
    clinic.configure(security="starttls")
    assert "IT people" in (yield)
    async with Server("good").listen() as server:
        clinic.configure(mail_port=server.port, account=f'ca_file = "{CERTIFICATES / "ca.pem"}"')
        yield


@tells(OF_A_DESK, "mail", "login")
async def _a_mail_server_that_refuses_the_account(clinic: Clinic, patch: Patch) -> Story:
    """aiosmtpd keeps silent after the second way to log in: the doctor need not be patient."""
    patch.setattr("bot.check.SECONDS", 1.0)
    async with accounts(password="another") as port:
        clinic.configure(mail_port=port, account='username = "meja"\npassword = "rahasia-sekali"')
        lines = yield
        assert "app password" in lines and "rahasia-sekali" not in lines
        clinic.configure(account='username = "meja"\npassword = "another"')
        patch.undo()
        yield
