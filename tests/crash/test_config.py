"""A broken configuration ends with exit code 78 and one line for each fault: the key, what is expected, no secret."""

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.errors import Exit
from storage.sqlite import SqliteStore
from tests.crash.launch import Desk

TOKEN = "42:GEHEIM-token"
PASSWORD = "sandi-rahasia"
GOOD = f"""\
[office]
code = "1207"
name = "BPS Kabupaten Labuhanbatu"

[office.hours]
mon = "08:00-15:30"

[service]
silence_days = 7

[telegram]
token = "{TOKEN}"
staff_chat_id = -1001234567890
admin_ids = [111]

[mail]
host = "smtp.example.go.id"
password = "{PASSWORD}"
from_address = "konsultasi@example.go.id"

[storage]
url = "sqlite:///DATABASE"
"""
# What is changed, into what, and the key that the one line must name.
BROKEN = (
    ('code = "1207"', "code = 1207", "office.code"),
    ('code = "1207"', 'code = "12O7"', "office.code"),
    ('code = "1207"', "", "office.code"),
    ('name = "BPS Kabupaten Labuhanbatu"', 'name = ""', "office.name"),
    ("[office.hours]", "[office.hour]", "office.hour"),
    ('mon = "08:00-15:30"', 'mon = "8-15"', "office.hours.mon"),
    ('mon = "08:00-15:30"', "mon = 8", "office.hours.mon"),
    ('mon = "08:00-15:30"', 'mon = "13:00-15:00, 08:00-12:00"', "office.hours.mon"),
    ('mon = "08:00-15:30"', 'monday = "08:00-15:30"', "office.hours.monday"),
    ("[service]", '[office.closures]\n"kemarin" = "libur"\n[service]', "office.closures.kemarin"),
    ("[office.hours]", 'timezone = "WIB"\n[office.hours]', "office.timezone"),
    ("[office.hours]", 'language = "jv"\n[office.hours]', "office.language"),
    ("silence_days = 7", 'silence_days = "tujuh"', "service.silence_days"),
    ("silence_days = 7", "silence_days = 0", "service.silence_days"),
    ("silence_days = 7", "silence_days = 5", "service"),
    ("silence_days = 7", "warn_after_days = []", "service"),
    ("silence_days = 7", 'quiet_hours = "malam"', "service.quiet_hours"),
    (f'token = "{TOKEN}"', "", "telegram.token"),
    (f'token = "{TOKEN}"', f'token = "bot {TOKEN}"', "telegram.token"),
    (f'token = "{TOKEN}"', "token = 42", "telegram.token"),
    (f'token = "{TOKEN}"', 'token_file = "/nowhere/token"', "telegram.token_file"),
    ("staff_chat_id = -1001234567890", "", "telegram.staff_chat_id"),
    ("staff_chat_id = -1001234567890", "staff_chat_id = 1234567890", "telegram.staff_chat_id"),
    ("staff_chat_id = -1001234567890", 'staff_chat_id = "@petugas"', "telegram.staff_chat_id"),
    ("admin_ids = [111]", 'admin_ids = "ucok"', "telegram.admin_ids"),
    ("admin_ids = [111]", 'admin_ids = [111]\napi_url = "api.telegram.org"', "telegram.api_url"),
    ("[mail]", '[mail]\nsecurity = "none"', "mail"),
    ("[mail]", '[mail]\nsecurity = "ssl"', "mail.security"),
    ("[mail]", "[mail]\nport = 70000", "mail.port"),
    ('from_address = "konsultasi@example.go.id"', 'from_address = "a@b, c@d"', "mail.from_address"),
    ("[storage]", '[supervisor]\nemail = "kepala"\n[storage]', "supervisor.email"),
    ("sqlite:///DATABASE", "mysql://localhost/meja", "storage.url"),
    ("[storage]", '[log]\nlevel = "laut"\n[storage]', "log.level"),
    ("[storage]", "[telepon]\nnomor = 1\n[storage]", "telepon"),
    ("[storage]", "[storage", "baris 21"),
    (GOOD, "", "office"),
)


def _run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], path: Path, code: Exit = Exit.CONFIG
) -> list[str]:
    """The lines that `meja run` ends with."""
    monkeypatch.setattr(sys, "argv", ["meja", "run", "--config", str(path)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == code
    return capsys.readouterr().err.splitlines()


@pytest.mark.parametrize(("good", "bad", "key"), BROKEN, ids=[f"{n}-{row[2]}" for n, row in enumerate(BROKEN, 1)])
def test_one_fault_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, good: str, bad: str, key: str
) -> None:
    assert good in GOOD
    path = tmp_path / "config.toml"
    path.write_text(GOOD.replace(good, bad).replace("DATABASE", str(tmp_path / "meja.db")))
    lines = _run(monkeypatch, capsys, path)
    assert lines[0].startswith(f"meja: {path}: {key}")
    assert len(lines) == (1 if bad or key != "office" else 3)
    told = "\n".join(lines)
    assert not [word for word in (TOKEN, PASSWORD, "Traceback", "pydantic") if word in told]


def test_several_faults_several_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD.replace('"1207"', "1").replace("[111]", '"x"').replace('"08:00-15:30"', '"?"'))
    keys = [line.split(": ")[2] for line in _run(monkeypatch, capsys, path)]
    assert keys == ["office.code", "office.hours.mon", "telegram.admin_ids"]


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("MEJA_TELEGRAM__ADMIN_IDS", "[1,", "MEJA_"),
        ("MEJA_TELEGRAM__TOKEN", "rusak-tapi-rahasia", "telegram.token"),
        ("MEJA_TELEGRAM__TOKENN", "1:x", "telegram.tokenn"),
        ("MEJA_MAIL__PORT", "smtp", "mail.port"),
        ("MEJA_CLOCK_FILE", "/tmp/jam", "MEJA_CLOCK_FILE"),
    ],
)
def test_faults_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    name: str,
    value: str,
    told: str,
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD.replace("DATABASE", str(tmp_path / "meja.db")))
    monkeypatch.setenv(name, value)
    (line,) = _run(monkeypatch, capsys, path)
    assert told in line
    assert "rahasia" not in line


def test_a_file_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (line,) = _run(monkeypatch, capsys, tmp_path / "config.toml")
    assert "berkas ini tidak ada" in line and "meja init" in line
    (line,) = _run(monkeypatch, capsys, tmp_path)
    assert "tidak ada satu pun berkas kantor" in line


@pytest.mark.parametrize("content", [b"\xff\xfe", b'code = "\\u"'])
def test_a_file_that_is_no_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    assert len(_run(monkeypatch, capsys, path)) == 1


@pytest.mark.crash
async def test_the_process_says_the_same(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(GOOD.replace('"1207"', "1"))
    desk = Desk(path)
    await desk.begin()
    assert await desk.ended() == Exit.CONFIG
    assert [line.split(": ")[2] for line in desk.lines] == ["office.code"]


@pytest.mark.crash
async def test_a_damaged_database_is_not_touched(tmp_path: Path) -> None:
    path, database = tmp_path / "config.toml", tmp_path / "meja.db"
    path.write_text(GOOD.replace("DATABASE", str(database)))
    database.write_bytes(b"no database at all " * 500)
    database.with_suffix(".secret").write_bytes(b"s" * 32)
    desk = Desk(path)
    await desk.begin()
    assert await desk.ended() == Exit.FAILURE
    (line,) = desk.lines
    assert "pulihkan dari cadangan" in line
    assert database.read_bytes() == b"no database at all " * 500


async def _new_database(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await store.close()
    path.with_suffix(".secret").write_bytes(b"s" * 32)


def test_a_database_that_is_locked_at_the_start_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("storage.sqlite.BUSY_MS", 50)
    path, database = tmp_path / "config.toml", tmp_path / "meja.db"
    path.write_text(GOOD.replace("DATABASE", str(database)))
    asyncio.run(_new_database(database))
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert _run(monkeypatch, capsys, path, Exit.FAILURE) == [
        f"meja: {database} sedang dikunci program lain. Tutup program itu, lalu ulangi"
    ]
    other.close()
