"""Broken configurations: rows of a file that is spoilt and mended again, and stories of what is no single row.

What mends a row (`names`) must stand in the line that tells of it, in either language: so a clerk can copy it.
"""

import os
import socket
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.offices.folder import load
from bot.offices.house import House
from bot.settings import Web, pick_clock
from bot.web.server import Site

TOKEN, PASSWORD = "42:GEHEIM-token", "sandi-rahasia"
OFFICE = """\
[office]
code = "1207"
name = "BPS Kabupaten Labuhanbatu"
timezone = "Asia/Jakarta"
[office.hours]
mon = "08:00-15:30"
[service]
silence_days = 7
[telegram]
token = "42:GEHEIM-token"
staff_chat_id = -1001234567890
admin_ids = [111, 222]
[mail]
host = "smtp.example.go.id"
port = 587
password = "sandi-rahasia"
from_address = "konsultasi@example.go.id"
[storage]
url = "sqlite:////var/lib/meja/meja.db"
"""
HERE = "[service]\n"  # a place for a key of it, or before it for a table


@dataclass(frozen=True)
class Row:
    """In the file `good` becomes `place` with `bad` in it: told of `key`. What is told to write, `names`, mends it.

    `found`: what is told of what stands there, `mended`: what mends it, where they are not `bad` and `names`.
    """

    verdict: str
    key: str
    good: str
    bad: str
    names: str
    place: str = "{}"
    found: str | None = None
    mended: str | None = None

    @property
    def shown(self) -> str:
        told = self.bad if self.verdict == "value" else ""
        return told if self.found is None else self.found

    def spoilt(self, text: str) -> str:
        return text.replace(self.good, self.place.format(self.bad), 1)

    def well(self, text: str) -> str:
        names = self.names if self.mended is None else self.mended
        return text.replace(self.good, self.place.format(names), 1)


def _key(name: str) -> str:
    return f"{HERE}{name} = {{}}\n"


def _table(name: str, key: str) -> str:
    return f"[{name}]\n{key} = {{}}\n{HERE}"


DATED = '[[office.dated_hours]]\nlast = "2027-01-03"\nfirst = {}\n' + HERE
FILE_DATABASE = '"sqlite:////var/lib/meja/meja.db"'
POSTGRES = '"postgresql://meja@db/meja"\n[security]\nsecret_file = {}'
WEBHOOK = 'mode = "webhook"\nwebhook_url = "https://a.id"\n'
PORT = "port = 587"
SILENCE = "silence_days = 7\n"
TOKEN_LINE = f'token = "{TOKEN}"'
ADMINS = "admin_ids"

ROWS = (
    # What is missing, and what nobody knows.
    Row("missing", "office.code", 'code = "1207"', "", '"1207"', mended='code = "1207"'),
    Row("missing", "mail.host", '"smtp.example.go.id"', '""', '"smtp.example.go.id"'),
    Row("missing", "telegram.staff_chat_id", "-1001234567890", "0", "-1001234567890"),
    Row("missing", "telegram.token", f'"{TOKEN}"', '""', "@BotFather", mended=f'"{TOKEN}"'),
    Row("missing", "security.secret_file", FILE_DATABASE, '""', '"/var/lib/meja/meja.secret"', POSTGRES),
    Row("missing", "web.port", "admin_ids", "0", "8080", WEBHOOK + "admin_ids = []\n[web]\nport = {}\n#"),
    Row("no_table", "mail", "[mail]", "[surat]", "[mail]"),
    Row("misspelt", "service.silence_day", "silence_days", "silence_day", "silence_days"),
    Row("misspelt", "office.hour", "office.hours", "office.hour", "office.hours"),
    Row("misspelt", "office.hours.senin", "mon =", "senin", "mon", "{} ="),
    Row("misspelt", "mail.pasword", "password", "pasword", "password"),
    Row("misplaced", "service.dpo_contact", HERE + SILENCE, "[service]", "[privacy]", "{}\ndpo_contact = 'x'\n"),
    Row("unknown", "telepon", HERE, "[telepon]\nnomor = 1\n", "config.example.toml", "{}" + HERE, mended=""),
    # Another kind of value.
    Row("value", "office.code", '"1207"', "1207", '"1207"'),
    Row("value", "office.code", '"1207"', '"12O7"', '"1207"'),
    Row("value", "office.name", '"BPS Kabupaten Labuhanbatu"', '"B"', '"BPS Kabupaten Labuhanbatu"'),
    Row("value", "service.silence_days", SILENCE, '"tujuh"', "60", "silence_days = {}\n"),
    Row("value", "service.silence_days", SILENCE, "0", "60", "silence_days = {}\n"),
    Row("value", "service.survey", HERE, '"ya"', "true", _key("survey")),
    Row("value", "service.mail_after_hours", HERE, "100", "72", _key("mail_after_hours")),
    Row("value", "service.warn_after_days", HERE, "[6, 5]", "[5, 6]", _key("warn_after_days"), found=""),
    Row("value", "telegram.admin_ids", "[111, 222]", '"ucok"', "[111, 222]"),
    Row("value", "telegram.admin_ids", "[111, 222]", '[111, "ucok"]', "[111, 222]", found='"ucok"'),
    Row("value", "catalogue.webapi.domain", HERE, '"medan"', '"1207"', _table("catalogue.webapi", "domain")),
    # Hours, zones, dates, languages.
    Row("value", "office.hours.mon", '"08:00-15:30"', '"8-15"', '"08:00-15:30"'),
    Row("value", "office.hours.mon", '"08:00-15:30"', '"13:00-15:00, 08:00-12:00"', '"08:00-12:00, 13:00-15:30"'),
    Row("value", "service.quiet_hours", HERE, '"malam"', '"20:00-08:00"', _key("quiet_hours")),
    Row("value", "service.reminder_at", HERE, '"13:00"', '"08:15"', _key("reminder_at")),
    Row("value", "backup.at", HERE, '"tengah malam"', '"03:30"', _table("backup", "at")),
    Row("value", "office.timezone", '"Asia/Jakarta"', '"WIB"', '"Asia/Jakarta"'),
    Row("value", "office.closures.kemarin", HERE, '"kemarin"', '"2026-12-28"', "[office.closures]\n{} = 'x'\n" + HERE),
    Row(
        "value", "office.closures.2026-12-31..2026-12-28", HERE,
        '"2026-12-31..2026-12-28"', '"2026-12-28..2026-12-31"', "[office.closures]\n{} = 'libur'\n" + HERE,
    ),
    Row("value", "office.dated_hours.0.first", HERE, "2026-12-28", '"2026-12-28"', DATED),
    Row("value", "office.dated_hours.0.first", HERE, '"Ramadan"', '"2026-12-28"', DATED),
    Row("value", "log.level", HERE, '"laut"', '"info"', _table("log", "level")),
    # Telegram, mail, addresses, databases: nothing of a secret is shown.
    Row("value", "telegram.staff_chat_id", "-1001234567890", "1001234567890", "-1001234567890"),
    Row("value", "telegram.staff_chat_id", "-1001234567890", '"@petugas"', "-1001234567890"),
    Row("hidden", "telegram.staff_chat_id", "-1001234567890", f'"{TOKEN}"', "-1001234567890"),
    Row("hidden", "telegram.token", f'"{TOKEN}"', f'"bot {TOKEN}"', "@BotFather", mended=f'"{TOKEN}"'),
    Row("hidden", "telegram.token", f'"{TOKEN}"', "42", "@BotFather", mended=f'"{TOKEN}"'),
    Row("hidden", "telegram.api_url", ADMINS, '"api.telegram.org"', '"https://api.telegram.org"', "api_url = {}\n#"),
    Row("value", "mail.from_address", '"konsultasi@example.go.id"', '"a@b, c@d"', '"konsultasi@example.go.id"'),
    Row("value", "supervisor.email", HERE, '"kepala"', '"bps1207@bps.go.id"', _table("supervisor", "email")),
    Row("value", "supervisor.chat_id", HERE, '"kepala"', "333444555", _table("supervisor", "chat_id")),
    Row("value", "mail.port", PORT, "70000", "65535", "port = {}"),
    Row("value", "mail.security", PORT, '"ssl"', '"tls"', "security = {}"),
    Row("value", "mail.security", PORT, '"none"', '"starttls"', "security = {}"),
    Row("value", "mail.ca_file", PORT, '"/nowhere.pem"', "", "ca_file = {}", mended='""'),
    Row("hidden", "storage.url", FILE_DATABASE, f'"mysql://meja:{PASSWORD}@db/meja"', FILE_DATABASE),
    Row("secret_file", "telegram.token_file", TOKEN_LINE, 'token_file = "/x"', "", mended=TOKEN_LINE),
    # No TOML: the line is told.
    Row("toml", "19", "[storage]", "[storage", "]", mended="[storage]"),
    Row("toml", "3", '"1207"', '"1207', '"', mended='"1207"'),
    Row("toml", "3", '"1207"', "labuhanbatu", '"', mended='"1207"'),
    Row("toml", "3", "code = ", "code ", "=", mended="code = "),
    Row("toml", "4", 'code = "1207"', 'code = "1207"\ncode = "1207"', "", mended='code = "1207"'),
    Row("toml", "9", "silence_days = 7", "7 hari", "#", "silence_days = {}", mended="7 # hari"),
)  # fmt: skip


Reading = Callable[[], Awaitable[object]]
Story = Generator[Reading, str, None]
OF_CONFIGURATION: dict[str, Callable[["Case"], Story]] = {}


@dataclass
class Case:
    """A folder with a configuration in it that is well as yet, in a language."""

    folder: Path
    lang: str
    patch: pytest.MonkeyPatch

    @property
    def path(self) -> Path:
        return self.folder / "config.toml"

    def write(self, change: Callable[[str], str] = lambda text: text, path: Path | None = None) -> None:
        text = change(OFFICE).replace("[office]\n", f'[office]\nlanguage = "{self.lang}"\n', 1)
        (path or self.path).write_text(text, "utf-8")

    async def read(self) -> object:
        return load(self.path)


def tells(verdict: str) -> Callable[[Callable[[Case], Story]], Callable[[Case], Story]]:
    def enter(story: Callable[[Case], Story]) -> Callable[[Case], Story]:
        OF_CONFIGURATION[verdict] = story
        return story

    return enter


@contextmanager
def as_somebody_else(folder: Path) -> Iterator[None]:
    me, mode = os.geteuid(), folder.stat().st_mode
    folder.chmod(0)
    if me == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(me)
        folder.chmod(mode)


@tells("absent")
def _a_name_that_is_mistyped(case: Case) -> Story:
    case.patch.setenv("MEJA_OFFICE__LANGUAGE", case.lang)
    (case.folder / "config.toml").unlink()
    assert f"meja init --config {case.path}" in (yield case.read)
    case.write()


@tells("folder")
def _a_folder_where_a_file_is_wanted(case: Case) -> Story:
    (case.folder / "meja.toml").write_text(f'[office]\nlanguage = "{case.lang}"\n')

    async def read() -> object:
        return load(named[0])

    named = [case.folder]
    assert f"--config {case.path}" in (yield read)
    named[0] = case.path


@tells("forbidden")
def _who_may_not_read_it(case: Case) -> Story:
    """As README sets it up, the folder is closed to everybody but the desk's user."""
    case.patch.setenv("MEJA_OFFICE__LANGUAGE", case.lang)
    with as_somebody_else(case.folder):
        assert "sudo -u meja" in (yield case.read)


@tells("unreadable")
def _a_folder_that_is_a_file(case: Case) -> Story:
    case.patch.setenv("MEJA_OFFICE__LANGUAGE", case.lang)
    named = [case.path / "1207.toml"]

    async def read() -> object:
        return load(named[0])

    yield read
    named[0] = case.path


@tells("no_text")
def _saved_by_another_program(case: Case) -> Story:
    case.path.write_bytes(b"\xff\xfe" + case.path.read_bytes())
    case.patch.setenv("MEJA_OFFICE__LANGUAGE", case.lang)
    assert "UTF-8" in (yield case.read)
    case.write()


@tells("environment")
def _a_list_in_the_environment(case: Case) -> Story:
    case.patch.setenv("MEJA_TELEGRAM__ADMIN_IDS", "[1,")
    assert "[111, 222]" in (yield case.read)
    case.patch.setenv("MEJA_TELEGRAM__ADMIN_IDS", "[111, 222]")


@tells("more")
def _a_heading_that_got_lost(case: Case) -> Story:
    case.write(lambda text: text.replace("[telegram]\n", "").replace("[mail]\n", "").replace("[storage]\n", ""))
    yield case.read
    case.write()


@tells("shared")
def _a_table_of_all_in_the_file_of_one(case: Case) -> Story:
    shared = case.folder / "meja.toml"
    shared.write_text("")
    case.write(lambda text: f"{text}[web]\nport = 8080\n")
    assert "meja.toml" in (yield case.read)
    shared.write_text("[web]\nport = 8080\n")
    case.write()


def _second(case: Case, change: Callable[[str], str]) -> Reading:
    """Two offices in the folder; the second one as changed."""
    (case.folder / "meja.toml").write_text(f'[office]\nlanguage = "{case.lang}"\n')

    def of_second(text: str) -> str:
        own = text.replace("1207", "1208").replace(TOKEN, "43:GEHEIM-token").replace("meja.db", "1208.db")
        return change(own)

    case.write(of_second, case.folder / "second.toml")

    async def read() -> object:
        broken = House(case.folder).folder.broken
        if broken:
            raise broken["second.toml"]
        return None

    return read


@tells("same_code")
def _two_files_of_one_office(case: Case) -> Story:
    yield _second(case, lambda text: text.replace("1208", "1207"))
    _second(case, lambda text: text)


@tells("same")
def _two_offices_with_one_bot(case: Case) -> Story:
    assert TOKEN not in (yield _second(case, lambda text: text.replace("43:GEHEIM-token", TOKEN)))
    _second(case, lambda text: text)


@tells("no_office")
def _an_empty_folder(case: Case) -> Story:
    (case.folder / "meja.toml").write_text(f'[office]\nlanguage = "{case.lang}"\n')
    case.path.unlink()

    async def read() -> object:
        return House(case.folder)

    assert "meja init" in (yield read)
    case.write()


@tells("clock")
def _a_moved_clock_on_a_real_desk(case: Case) -> Story:
    case.patch.setenv("MEJA_CLOCK_FILE", "/tmp/jam")

    async def read() -> object:
        return pick_clock(load(case.path))

    assert "unset MEJA_CLOCK_FILE" in (yield read)
    case.patch.delenv("MEJA_CLOCK_FILE")


@tells("port")
def _a_port_that_is_taken(case: Case) -> Story:
    taken = socket.create_server(("127.0.0.1", 0))
    number = taken.getsockname()[1]

    async def read() -> object:
        site = Site(Web(port=number))
        await site.open()
        return await site.close()

    assert str(number) in (yield read)
    taken.close()
