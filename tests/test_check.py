"""`meja check` against the stand-in: all is well, and then each ✗ in turn, with the way on that it gives."""

import asyncio
import fcntl
import json
import shutil
import sqlite3
import string
import sys
import tomllib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from bot.channels.telegram.doctor import MARK
from bot.check import check
from bot.clock import SystemClock
from bot.errors import Exit
from bot.findings import Finding, Wording, as_lines, summary
from bot.playground.faults import Fault
from bot.playground.mailbox import Mailbox
from bot.playground.people import Person
from bot.playground.server import serve
from bot.playground.telegram import Telegram
from bot.texts import languages, packaged
from storage import open_store

ADMIN, SUPERVISOR = 111, 333
GROUP = -1001234567890

CONFIG = """
[office]
code = "1207"
name = "BPS Kabupaten Labuhanbatu"
[telegram]
token = "{token}"
staff_chat_id = {group}
admin_ids = {admins}
api_url = "{api_url}"
[mail]
host = "{mail_host}"
port = {mail_port}
security = "{security}"
from_address = "konsultasi@bps1207.example"
{account}
[storage]
url = "sqlite:///{database}"
[supervisor]
{supervisor}
"""


class At:
    """A clock that stands still."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


class Clinic:
    """A stand-in, a mail box, and a configuration that may be spoilt."""

    def __init__(self, telegram: Telegram, mailbox: Mailbox, url: str, folder: Path) -> None:
        self.telegram, self.mailbox, self.folder = telegram, mailbox, folder
        self.path = folder / "config.toml"
        self.database = folder / "var" / "meja.db"
        self.clock: At | None = None
        self.admin = Person(telegram, id=ADMIN, first_name="Ucok", staff="administrator")
        self.supervisor = Person(telegram, id=SUPERVISOR, first_name="Dewi")
        for person in (self.admin, self.supervisor):
            person.account.started = True
        self._values: dict[str, object] = {
            "token": telegram.token,
            "group": GROUP,
            "admins": [ADMIN],
            "api_url": url,
            "mail_host": mailbox.host,
            "mail_port": mailbox.port,
            "security": "none",
            "account": "",
            "database": self.database,
            "supervisor": f"chat_id = {SUPERVISOR}",
        }
        self.configure()

    def configure(self, **values: object) -> None:
        self._values |= values
        self.path.write_text(CONFIG.format(**self._values))
        self.path.chmod(0o600)

    async def findings(self, *, offline: bool = False) -> list[Finding]:
        return await check(self.path, offline=offline, clock=self.clock)

    async def complains(self, name: str, verdict: str) -> str:
        """Exactly this is wrong; the two lines that say so in English."""
        findings = await self.findings()
        assert [(it.name, it.verdict) for it in findings if not it.ok] == [(name, verdict)], findings
        lines = list(as_lines([it for it in findings if not it.ok], "en"))
        assert lines[0].startswith("✗") and lines[1].startswith("  → ")
        return "\n".join(lines)


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        telegram = Telegram(clock)
        mailbox = await stack.enter_async_context(Mailbox(clock))
        yield Clinic(telegram, mailbox, await stack.enter_async_context(serve(telegram)), tmp_path)


async def _desk_was_here(clinic: Clinic) -> Path:
    """A database as a desk leaves it, and its key file."""
    await (await open_store(f"sqlite:///{clinic.database}")).close()
    secret = clinic.database.with_suffix(".secret")
    secret.write_bytes(bytes(32))
    secret.chmod(0o600)
    return secret


# All is well.


async def test_a_new_desk_with_everything_in_place_has_only_good_marks(clinic: Clinic) -> None:
    findings = await clinic.findings()
    assert [it.name for it in findings if not it.ok] == []
    assert [(it.name, it.verdict) for it in findings] == [
        ("config", "ok"),
        ("database", "new"),
        ("secret", "new"),
        ("disk", "ok"),
        ("holidays", "ok"),
        ("mail", "anonymous"),
        ("token", "ok"),
        ("clock", "ok"),
        ("group", "ok"),
        ("rights", "ok"),
        ("admins", "ok"),
        ("complaints", "chat"),
    ]


async def test_looking_leaves_nothing_behind(clinic: Clinic) -> None:
    await clinic.findings()
    assert list(clinic.folder.iterdir()) == [clinic.path]
    assert clinic.mailbox.mails == []
    methods = {request.method for request in clinic.telegram.ledger.requests}
    assert methods == {"getMe", "getWebhookInfo", "getChat", "getChatMember", "sendChatAction"}


async def test_offline_asks_nobody(clinic: Clinic) -> None:
    findings = await clinic.findings(offline=True)
    assert all(it.ok for it in findings)
    assert clinic.telegram.ledger.requests == [] and clinic.mailbox.connections == 0


async def test_a_desk_that_ran_before_is_well(clinic: Clinic) -> None:
    await _desk_was_here(clinic)
    found = {it.name: it.verdict for it in await clinic.findings()}
    assert (found["database"], found["secret"]) == ("well", "ok")


async def test_a_running_desk_is_no_fault(clinic: Clinic) -> None:
    await _desk_was_here(clinic)
    store = await open_store(f"sqlite:///{clinic.database}")
    findings = await clinic.findings()
    await store.close()
    assert all(it.ok for it in findings)
    assert next(it for it in findings if it.name == "database").verdict == "in_use"


@pytest.mark.parametrize(
    ("supervisor", "verdict"),
    [
        (f"chat_id = {SUPERVISOR}\nemail = 'kepala@contoh.go.id'", "both"),
        ("email = 'kepala@contoh.go.id'", "mail"),
        ("", "admins"),
    ],
)
async def test_it_says_who_gets_complaints(clinic: Clinic, supervisor: str, verdict: str) -> None:
    clinic.configure(supervisor=supervisor)
    findings = await clinic.findings()
    assert all(it.ok for it in findings) and findings[-1].verdict == verdict


# This machine.


async def test_every_fault_of_the_configuration_is_said(clinic: Clinic) -> None:
    clinic.configure(group='"minus seratus"', admins="'saya'")
    findings = await clinic.findings()
    assert [(it.name, it.verdict) for it in findings] == [("config", "broken")] * 2
    assert "telegram.staff_chat_id" in "".join(as_lines(findings, "id"))


@pytest.mark.parametrize(
    ("spoilt", "key"),
    [
        ("[office.closures]\nbesok = 'libur'", "office.closures.besok"),
        ("[office.closures]\n'2026-12-31..2026-12-28' = 'libur'", "office.closures.2026-12-31..2026-12-28"),
        ("[office.working_days]\n'26-12-2026' = 'masuk'", "office.working_days.26-12-2026"),
        ("[[office.dated_hours]]\nfirst = 'Ramadan'\nlast = '2027-03-09'", "office.dated_hours.0.first"),
        ("[office.hours]\nmon = ''\ntue = ''\nwed = ''\nthu = ''\nfri = ''", "office.hours"),
    ],
)
async def test_a_calendar_that_cannot_be_read(clinic: Clinic, spoilt: str, key: str) -> None:
    clinic.path.write_text(clinic.path.read_text() + spoilt)
    findings = await clinic.findings()
    assert [(it.name, it.verdict) for it in findings] == [("config", "broken")] * len(findings)
    assert f": {key}: " in findings[0].params["problem"]


async def test_a_missing_token_says_where_to_get_one(clinic: Clinic) -> None:
    clinic.configure(token="")
    assert "@BotFather" in await clinic.complains("config", "broken")


async def test_a_token_for_everybody_to_read(clinic: Clinic) -> None:
    clinic.path.chmod(0o644)
    assert "chmod 640" in await clinic.complains("config", "open")


async def test_a_readable_configuration_without_secrets_is_fine(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.configure(token="")
    clinic.path.chmod(0o644)
    monkeypatch.setenv("MEJA_TELEGRAM__TOKEN", clinic.telegram.token)
    assert all(it.ok for it in await clinic.findings())


async def test_a_folder_that_cannot_be_written(clinic: Clinic) -> None:
    (clinic.folder / "var").write_text("a file, where a folder should be")
    assert f"install -d -o meja -m 700 {clinic.database.parent}" in await clinic.complains("database", "unwritable")


async def test_a_file_that_is_no_database(clinic: Clinic) -> None:
    await _desk_was_here(clinic)
    clinic.database.write_bytes(b"not a database at all" * 100)
    assert "backup" in await clinic.complains("database", "broken")


async def test_a_database_of_a_newer_program(clinic: Clinic) -> None:
    await _desk_was_here(clinic)
    with sqlite3.connect(clinic.database) as connection:
        connection.execute("INSERT INTO migrations (number, name, checksum) VALUES (9999, 'x', 'y')")
    connection.close()
    assert "newer" in await clinic.complains("database", "too_new")


async def test_a_lost_key_file(clinic: Clinic) -> None:
    (await _desk_was_here(clinic)).unlink()
    assert "cannot be made again" in await clinic.complains("secret", "missing")


async def test_a_damaged_key_file(clinic: Clinic) -> None:
    (await _desk_was_here(clinic)).write_bytes(b"short")
    await clinic.complains("secret", "broken")


async def test_a_key_file_for_everybody_to_read(clinic: Clinic) -> None:
    (await _desk_was_here(clinic)).chmod(0o644)
    assert "chmod 600" in await clinic.complains("secret", "open")


async def test_a_full_disk(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(clinic.folder)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=5_000_000))
    assert "only 0 GB" in await clinic.complains("disk", "full")


@pytest.mark.parametrize(("month", "wrong"), [(9, False), (10, True)])
async def test_next_years_holidays_are_asked_for_from_october_on(clinic: Clinic, month: int, wrong: bool) -> None:
    clinic.clock = At(datetime(2027, month, 2, tzinfo=UTC))
    found = next(it for it in await clinic.findings(offline=True) if it.name == "holidays")
    assert found.ok is not wrong


async def test_a_year_without_holidays(clinic: Clinic) -> None:
    clinic.clock = At(datetime(2031, 3, 3, tzinfo=UTC))
    lines = "\n".join(as_lines(await clinic.findings(offline=True), "id"))
    assert "✗ Hari libur: daftar tahun 2031" in lines and "/libur" in lines


# The mail server.


async def test_a_mail_server_that_is_not_there(clinic: Clinic) -> None:
    await clinic.mailbox.break_with("refuse")
    assert "mail.host" in await clinic.complains("mail", "connect")


async def test_a_mail_server_that_does_not_encrypt(clinic: Clinic) -> None:
    clinic.configure(security="starttls")
    assert "587" in await clinic.complains("mail", "tls")


@asynccontextmanager
async def _accounts(*, password: str) -> AsyncIterator[int]:
    """A mail server with one account; its port."""
    loop = asyncio.get_running_loop()

    def authenticate(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=isinstance(data, LoginPassword) and data.password == password.encode())

    def connection() -> SMTP:
        return SMTP(Sink(), authenticator=authenticate, auth_require_tls=False, loop=loop)

    async with await loop.create_server(connection, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_a_mail_server_that_takes_the_account(clinic: Clinic) -> None:
    async with _accounts(password="rahasia-sekali") as port:
        clinic.configure(mail_port=port, account='username = "meja"\npassword = "rahasia-sekali"')
        found = next(it for it in await clinic.findings() if it.name == "mail")
    assert (found.ok, found.verdict) == (True, "ok")


async def test_a_mail_server_that_refuses_the_account(clinic: Clinic) -> None:
    async with _accounts(password="another") as port:
        clinic.configure(mail_port=port, account='username = "meja"\npassword = "rahasia-sekali"')
        said = await clinic.complains("mail", "login")
    assert "app password" in said and "rahasia-sekali" not in said


# Telegram.


async def test_a_wrong_token(clinic: Clinic) -> None:
    clinic.configure(token="42:WRONG")
    said = await clinic.complains("token", "refused")
    assert "/mybots" in said and "42:WRONG" not in said


async def test_no_way_to_telegram(clinic: Clinic) -> None:
    clinic.configure(api_url="http://127.0.0.1:9")
    said = await clinic.complains("token", "unreachable")
    assert "127.0.0.1:9" in said and clinic.telegram.token not in said


async def test_a_page_of_somebody_else_instead_of_telegram(clinic: Clinic) -> None:
    clinic.telegram.break_with(Fault("getMe", what="bad gateway", times=None))
    await clinic.complains("token", "unreachable")


async def test_a_bot_that_still_serves_another_program(clinic: Clinic) -> None:
    answer = {"ok": True, "result": {"url": "https://lama.contoh.go.id/hook", "pending_update_count": 0}}
    clinic.telegram.break_with(Fault("getWebhookInfo", status=200, body=answer))
    assert "deleteWebhook" in await clinic.complains("token", "webhook")


async def test_a_clock_that_is_five_minutes_off(clinic: Clinic) -> None:
    clinic.clock = At(datetime.now(UTC) + timedelta(minutes=5))
    assert "set-ntp" in await clinic.complains("clock", "wrong")


async def test_the_number_of_the_group_is_found_in_what_waits(clinic: Clinic) -> None:
    clinic.configure(group=0)
    await clinic.admin.say("/id", topic=None)
    await clinic.admin.say("/start")
    said = await clinic.complains("group", "unknown")
    assert f"{GROUP} (Petugas PST)" in said and "111" not in said
    assert len(clinic.telegram.world.updates) == 2, "asking confirms nothing: the desk gets them all"


async def test_before_the_bot_is_in_a_group_it_says_how_to_get_there(clinic: Clinic) -> None:
    clinic.configure(group=0)
    assert "write /id there" in await clinic.complains("group", "unknown")


async def test_a_group_the_bot_is_not_in(clinic: Clinic) -> None:
    clinic.configure(group=-1009999999999)
    await clinic.admin.say("/id", topic=None)
    said = await clinic.complains("group", "unreachable")
    assert "chat not found" in said and str(GROUP) in said


async def test_no_number_is_looked_up_while_the_desk_runs(clinic: Clinic) -> None:
    clinic.configure(group=-1009999999999)
    await _desk_was_here(clinic)
    with clinic.database.with_name("meja.db.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        said = await clinic.complains("group", "unreachable")
    assert "Stop the running desk" in said
    assert not any(request.method == "getUpdates" for request in clinic.telegram.ledger.requests)


async def test_a_name_of_a_strange_group_plays_no_tricks(clinic: Clinic) -> None:
    clinic.configure(group=0)
    clinic.telegram.staff.body["title"] = "PST\x1b[2J\u202egnihton"
    await clinic.admin.say("/id", topic=None)
    said = await clinic.complains("group", "unknown")
    assert "\x1b" not in said and "\u202e" not in said


async def test_a_group_that_moved(clinic: Clinic) -> None:
    clinic.telegram.upgrade_group(GROUP, -1005555555555)
    assert "-1005555555555" in await clinic.complains("group", "moved")


async def test_a_group_without_topics(clinic: Clinic) -> None:
    del clinic.telegram.staff.body["is_forum"]
    assert "Topics on" in await clinic.complains("group", "plain")


async def test_a_public_group(clinic: Clinic) -> None:
    clinic.telegram.staff.body["username"] = "pst_labuhanbatu"
    assert "counts as an officer" in await clinic.complains("group", "public")


async def test_a_bot_that_is_no_administrator(clinic: Clinic) -> None:
    clinic.telegram.staff.members[clinic.telegram.world.bot.id] = "member"
    assert "Promote to Admin" in await clinic.complains("rights", "member")


async def test_a_bot_that_may_not_manage_topics(clinic: Clinic) -> None:
    clinic.telegram.staff.rights.discard("can_manage_topics")
    assert "Manage Topics" in await clinic.complains("rights", "topics")


async def test_managing_topics_is_the_only_right_the_desk_needs(clinic: Clinic) -> None:
    clinic.telegram.staff.rights.intersection_update({"can_manage_chat", "can_manage_topics"})
    assert all(it.ok for it in await clinic.findings())


async def test_a_group_that_forbids_the_delivery_mark(clinic: Clinic) -> None:
    clinic.telegram.staff.body["available_reactions"] = [{"type": "emoji", "emoji": "❤"}]
    assert MARK in await clinic.complains("rights", "reactions")


async def test_no_admin_and_how_to_learn_ones_own_number(clinic: Clinic) -> None:
    clinic.configure(admins=[])
    assert "Write /start" in await clinic.complains("admins", "none")
    await clinic.admin.say("/start")
    assert "111 (Ucok)" in await clinic.complains("admins", "none")


async def test_both_numbers_are_found_at_once(clinic: Clinic) -> None:
    clinic.configure(group=0, admins=[])
    await clinic.admin.say("/id", topic=None)
    await clinic.admin.say("/start")
    said = "\n".join(as_lines(await clinic.findings(), "en"))
    assert f"{GROUP} (Petugas PST)" in said and "111 (Ucok)" in said


async def test_an_admin_who_never_started_the_bot(clinic: Clinic) -> None:
    clinic.admin.account.started = False
    assert "t.me/meja_demo_bot" in await clinic.complains("admins", "silent")


async def test_complaints_must_not_go_to_those_complained_about(clinic: Clinic) -> None:
    clinic.configure(supervisor=f"chat_id = {GROUP}")
    await clinic.complains("complaints", "staff_group")


async def test_a_supervisor_who_never_started_the_bot(clinic: Clinic) -> None:
    clinic.supervisor.account.started = False
    assert "333" in await clinic.complains("complaints", "silent")


async def test_nobody_gets_the_complaints(clinic: Clinic) -> None:
    clinic.configure(supervisor="", admins=[])
    wrong = {(it.name, it.verdict) for it in await clinic.findings() if not it.ok}
    assert wrong == {("admins", "none"), ("complaints", "nobody")}


# The command.


async def _meja(clinic: Clinic, *arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "check", "--config", str(clinic.path), *arguments, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_the_command_speaks_indonesian_and_ends_with_0(clinic: Clinic) -> None:
    code, output = await _meja(clinic)
    assert code == Exit.OK
    assert "✓ Grup petugas: Petugas PST" in output and "Semua siap" in output


async def test_one_fault_is_enough_for_1_and_the_json_says_which(clinic: Clinic) -> None:
    clinic.telegram.staff.rights.discard("can_manage_topics")
    code, output = await _meja(clinic, "--json", "--lang", "en")
    report = json.loads(output)
    wrong = [it for it in report["checks"] if not it["ok"]]
    assert code == Exit.CHECK_FAILED and report["ok"] is False
    assert [(it["name"], it["finding"]) for it in wrong] == [("rights", "topics")] and wrong[0]["fix"]


async def test_a_desk_without_its_group_does_not_start(clinic: Clinic) -> None:
    clinic.configure(group=0)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", "--config", str(clinic.path), stderr=asyncio.subprocess.PIPE
    )
    _, errors = await process.communicate()
    assert process.returncode == Exit.CONFIG
    assert "meja check" in errors.decode() and "Traceback" not in errors.decode()


# The texts.


def _fields(lang: str) -> dict[str, set[str]]:
    """Dotted key -> the values its text shows."""
    found = {}
    for table, entries in tomllib.loads((packaged() / lang / "check.toml").read_text("utf-8")).items():
        flat = {key: text for key, text in entries.items() if isinstance(text, str)}
        flat |= {f"fix.{key}": text for key, text in entries.get("fix", {}).items()}
        for key, text in flat.items():
            found[f"{table}.{key}"] = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    return found


def test_the_languages_say_the_same_and_show_the_same() -> None:
    assert languages() == {"id", "en"}
    assert _fields("id") == _fields("en")


def test_a_summary_counts_what_is_wrong() -> None:
    wrong = [Finding("clock", "wrong", False, {"seconds": 90})] * 2
    assert Wording("en").says(summary(wrong, Path("config.toml"), offline=False)) == "To be mended: 2"
