"""`meja check`: a doctor. It looks at everything a desk needs and says what to mend; it sends and writes nothing."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosmtplib

from bot.catalogue.librarian import STARTER, read_shelf, shelves
from bot.channels.telegram import doctor
from bot.channels.whatsapp import doctor as whatsapp_doctor
from bot.clock import Clock, SystemClock
from bot.delivery import backups
from bot.desk import adjustments, calendars
from bot.findings import Finding, bad, good
from bot.offices.folder import load
from bot.secret import SECRET_BYTES, secret_path
from bot.settings import ConfigError, Mail, Settings
from storage import file_of, is_file, open_beside, settings_overrides
from storage.backup import copies
from storage.base import SchemaTooNew, StorageUnavailable
from storage.health import Health, examine, examine_server, schema_of
from storage.migrate import migrations

SECONDS = 15.0
LEAST_FREE_GB = 1
ROWS_SHOWN = 10
WELL = (Health.NEW, Health.WELL, Health.IN_USE)
# Whether a desk was ever there, so that its key file must be too, is not known then.
UNSEEN = (Health.NEW, Health.AWAY, Health.UNBOUND)


async def check(path: Path, *, offline: bool = False, clock: Clock | None = None) -> list[Finding]:
    """Everything there is to say about the desk of this configuration. `offline`: only what is on this machine."""
    try:
        settings = load(path, without_group=True)
    except ConfigError as error:
        return list(error.findings)
    clock = clock or SystemClock()
    health = await _health(settings)
    findings = [_config(path, settings), *_machine(settings, health, clock.now())]
    if health in (Health.WELL, Health.IN_USE):
        findings += await _changed_by_chat(settings)
    if not offline:
        findings.append(await mail_server(settings.mail))
        running = health is Health.IN_USE
        findings += [finding async for finding in doctor.look(settings, clock, running=running)]
        findings += [finding async for finding in whatsapp_doctor.look(settings, running=running)]
    return findings


async def _health(settings: Settings) -> Health:
    url = settings.storage.url
    return examine(file_of(url)) if is_file(url) else await examine_server(url, settings.office.code)


# This machine.


def _config(path: Path, settings: Settings) -> Finding:
    """Secrets in the file must not be for everybody's eyes."""
    meta = settings.whatsapp
    kept = (settings.telegram.token, settings.mail.password, meta.access_token, meta.app_secret, meta.verify_token)
    secrets = [secret.get_secret_value() for secret in kept]
    text = path.read_text(encoding="utf-8")
    is_open = path.stat().st_mode & 0o007 and any(secret and secret in text for secret in secrets)
    return bad("config", "open", path=path) if is_open else good("config", path=path)


def _machine(settings: Settings, health: Health, now: datetime) -> Iterator[Finding]:
    is_here = is_file(settings.storage.url)
    database = file_of(settings.storage.url) if is_here else secret_path(settings)
    folder = _standing(database.parent)
    if not is_here:
        yield Finding("database", health, health in WELL, {"path": "PostgreSQL"})
    elif health in WELL and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        yield bad("database", "unwritable", folder=database.parent)
    elif health in WELL and database.exists() and database.stat().st_mode & 0o077:
        yield bad("database", "open", path=database)
    else:
        yield Finding("database", health, health in WELL, {"path": database})
    if is_here and health is Health.WELL:
        yield _schema(database)
    yield _secret(secret_path(settings), is_new=health in UNSEEN)
    yield _disk(folder)
    if settings.backup.folder or (folder.is_dir() and os.access(folder, os.W_OK)):  # else said of the database
        yield _backup(settings, health, now)
    yield _holidays(settings, now)
    yield from _catalogue(settings)
    dpo = settings.privacy.dpo_contact
    yield good("privacy", dpo=dpo) if dpo else good("privacy", "nobody")


def _standing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there: the desk makes the rest."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _secret(path: Path, *, is_new: bool) -> Finding:
    if not path.exists():
        return good("secret", "new", path=path) if is_new else bad("secret", "missing", path=path)
    state = path.stat()
    if state.st_size != SECRET_BYTES:
        return bad("secret", "broken", path=path)
    return bad("secret", "open", path=path) if state.st_mode & 0o077 else good("secret", path=path)


def _schema(database: Path) -> Finding:
    """Tables of an older version are no fault: they are brought up to date at the start, after a copy."""
    number, newest = schema_of(database), migrations()[-1].number
    return good("schema", "ok" if number == newest else "behind", number=number, newest=newest)


def _backup(settings: Settings, health: Health, now: datetime) -> Finding:
    """The newest copy. Only beside a running desk is an old one a fault, and none at all only after a day."""
    folder = backups.folder_of(settings)
    if not backups.is_copied(settings) or folder is None:
        return good("backup", "postgres")
    if not settings.backup.at:
        return good("backup", "off")
    standing = _standing(folder)
    if not (standing.is_dir() and os.access(standing, os.W_OK | os.X_OK)):
        return bad("backup", "unwritable", folder=folder)
    found = copies(folder, settings.office.code)
    if not found:
        return bad("backup", "missing", folder=folder) if _is_old(settings, now) else good("backup", "none")
    taken = found[0][1].taken_at
    said: dict[str, Any] = {"at": f"{taken.astimezone(settings.office.zone):%Y-%m-%d %H.%M}", "file": found[0][0]}
    is_late = health is Health.IN_USE and now - taken > backups.TOO_OLD
    return bad("backup", "old", **said) if is_late else good("backup", **said)


def _is_old(settings: Settings, now: datetime) -> bool:
    """Whether the desk was made long enough ago to have copies; its key file is as old as itself."""
    secret = secret_path(settings)
    return secret.exists() and now - datetime.fromtimestamp(secret.stat().st_mtime, UTC) > backups.TOO_OLD


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free // 1_000_000_000
    if free < LEAST_FREE_GB:
        return bad("disk", "full", free=free, folder=folder, least=LEAST_FREE_GB)
    return good("disk", free=free)


def _holidays(settings: Settings, now: datetime) -> Finding:
    """This year's table, and from October on next year's too (DOMAIN.md §3)."""
    calendar = calendars.configured(settings.office, now)
    today = calendar.local_date(now)
    missing = calendar.missing_year(today)
    return good("holidays", year=today.year) if missing is None else bad("holidays", "missing", year=missing)


def _catalogue(settings: Settings) -> Iterator[Finding]:
    """The office's own files: what is in them, and each row that is left out, with its line."""
    for shelf in (shelf for shelf in shelves(settings) if shelf.source != STARTER):
        path = shelf.files[0][0]
        try:
            reading = read_shelf(shelf, settings)
        except OSError as error:
            yield bad("catalogue", "unreadable", path=path, error=type(error).__name__)
            continue
        yield good("catalogue", path=path, entries=len(reading.entries))
        for fault in reading.faults[:ROWS_SHOWN]:
            yield bad("catalogue", "row", path=path, line=fault.line, problem=fault.problem)


async def _changed_by_chat(settings: Settings) -> list[Finding]:
    """What /atur laid over the file, and what of it does not fit the file any more."""
    try:
        store = await open_beside(settings.storage.url, settings.office.code)
    except (StorageUnavailable, SchemaTooNew):
        return []  # the database has a finding of its own
    try:
        async with store.reader() as reader:
            rows = await settings_overrides.all_of(reader, settings.office.code)
    finally:
        await store.close()
    if not rows:
        return []
    in_force = adjustments.in_force(settings, ((row.key, row.value) for row in rows))
    found = {row.key: row.key in adjustments.KEYS and adjustments.value_in(in_force, row.key) for row in rows}
    idle = [row.key for row in rows if found[row.key] != row.value]
    if idle:
        return [bad("settings", "idle", keys=", ".join(idle))]
    return [good("settings", "changed", list=", ".join(f'{row.key} = "{row.value}"' for row in rows))]


# The mail server.


async def mail_server(mail: Mail) -> Finding:
    """As far as a mail would go: connection, encryption, login."""
    where: dict[str, Any] = {"host": mail.host, "port": mail.port}
    smtp = aiosmtplib.SMTP(
        hostname=mail.host,
        port=mail.port,
        use_tls=mail.security == "tls",
        start_tls=False,
        cert_bundle=mail.ca_file or None,
        timeout=SECONDS,
    )
    step = "connect"
    try:
        await smtp.connect()
        if mail.security == "starttls":
            step = "tls"
            await smtp.starttls()
        if mail.username:
            step = "login"
            await smtp.login(mail.username, mail.password.get_secret_value())
        await smtp.quit()
    except (aiosmtplib.SMTPException, OSError) as error:
        return bad("mail", step, **where, error=type(error).__name__)
    finally:
        smtp.close()
    return good("mail", **where) if mail.username else good("mail", "anonymous", **where)
