"""Numbered steps: each whole or not at all, none twice, a copy before the first on a database in use."""

import sqlite3
from pathlib import Path

import pytest

from storage import migrate
from storage.base import SchemaTooNew
from storage.dialect import TWIN
from storage.migrate import Migration


def _step(number: int, sql: str) -> Migration:
    return Migration(number, f"{number:04d}_step.sql", sql, f"sum of {sql}")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Migration]:
    """Those the program knows; a test changes them."""
    known = [_step(1, "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);")]
    monkeypatch.setattr(migrate, "migrations", lambda: sorted(known))
    return known


def _migrate(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        migrate.migrate(connection, path)
    finally:
        connection.close()


def _tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    try:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    finally:
        connection.close()


def test_steps_run_once_and_in_order(tmp_path: Path, steps: list[Migration]) -> None:
    path = tmp_path / "meja.db"
    steps.append(_step(2, "ALTER TABLE a ADD COLUMN y INTEGER; UPDATE a SET y = x;"))
    _migrate(path)
    _migrate(path)
    assert _tables(path) == {"migrations", "a"}
    assert not list(tmp_path.glob("*.before-*"))


def test_a_database_in_use_is_copied_before_the_first_new_step(tmp_path: Path, steps: list[Migration]) -> None:
    path = tmp_path / "meja.db"
    _migrate(path)
    steps.append(_step(2, "DROP TABLE a;"))
    _migrate(path)
    copy = tmp_path / "meja.db.before-0002"
    assert "a" in _tables(copy)
    assert "a" not in _tables(path)
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_step_that_fails_leaves_nothing_behind(tmp_path: Path, steps: list[Migration]) -> None:
    path = tmp_path / "meja.db"
    _migrate(path)
    steps.append(_step(2, "CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1);"))
    with pytest.raises(sqlite3.OperationalError):
        _migrate(path)
    assert _tables(path) == {"migrations", "a"}
    steps[1] = _step(2, "CREATE TABLE b (x INTEGER);")
    _migrate(path)
    assert "b" in _tables(path)


@pytest.mark.parametrize("change", ["newer", "other"])
def test_a_database_of_another_version_is_refused_in_plain_words(
    tmp_path: Path, steps: list[Migration], change: str
) -> None:
    path = tmp_path / "meja.db"
    steps.append(_step(2, "CREATE TABLE b (x INTEGER);"))
    _migrate(path)
    steps[1:] = [] if change == "newer" else [_step(2, "CREATE TABLE c (x INTEGER);")]
    with pytest.raises(SchemaTooNew, match=r"step 0002.*install that one or a newer one"):
        _migrate(path)


def test_the_programs_own_steps_make_a_sound_database(tmp_path: Path) -> None:
    path = tmp_path / "meja.db"
    _migrate(path)
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


def test_the_numbers_of_the_steps_run_on_without_a_gap() -> None:
    """One that only PostgreSQL needs has a number of its own; the ground it begins on there is number 0."""
    numbers = {step.number for step in [*migrate.migrations(), *migrate.postgres_migrations()]} - {0}
    assert numbers == set(range(1, len(numbers) + 1))


def test_steps_of_one_number_are_one_step_in_two_dialects() -> None:
    """Two that were written side by side would hide each other on PostgreSQL."""
    names: dict[int, set[str]] = {}
    for step in migrate._read():
        names.setdefault(step.number, set()).add(step.name.removesuffix(TWIN).removesuffix(".sql"))
    assert {number: both for number, both in names.items() if len(both) > 1} == {}
