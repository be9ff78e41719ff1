"""Copies of a database in use: whole, verified, named last; and what is found out about damaged ones."""

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import backup, erasure_list, restore
from storage.backup import Manifest, copies, manifest_of, verify
from storage.base import DatabaseBusy, StorageUnavailable
from storage.erasure_list import Erased
from storage.sqlite import SqliteStore

NIGHT = datetime(2026, 11, 22, 20, 30, tzinfo=UTC)


def _take(store: SqliteStore, folder: Path, at: datetime = NIGHT) -> tuple[Path, Manifest]:
    return backup.take(store.path, folder, office="1207", at=at, program="0")


async def _write(store: SqliteStore, value: str) -> None:
    async def use_case(tx: object) -> None:
        sql = "INSERT INTO snippets (office, name, text) VALUES ('1207', $1, 'x')"
        await tx.execute(sql, value)  # type: ignore[attr-defined]

    await store.run(use_case)


async def test_a_copy_of_a_database_in_use_holds_what_was_committed(store: SqliteStore, tmp_path: Path) -> None:
    await _write(store, "salam")
    copy, manifest = _take(store, tmp_path / "b")
    await _write(store, "sesudahnya")
    assert copy.name == "meja-1207-20261122T203000Z.db" and manifest.counts["snippets"] == 1
    assert verify(copy) == (manifest, [])
    assert [path.stat().st_mode & 0o777 for path in (copy, manifest_of(copy), copy.parent)] == [0o600, 0o600, 0o700]


async def test_what_was_deleted_is_not_in_the_copy(store: SqliteStore, tmp_path: Path) -> None:
    store._connection.execute("PRAGMA secure_delete = OFF")
    await _write(store, "zirkonia" * 3)

    async def forget(tx: object) -> None:
        await tx.execute("DELETE FROM snippets")  # type: ignore[attr-defined]

    await store.run(forget)
    assert b"zirkonia" in store.path.with_name("meja.db-wal").read_bytes()
    copy, _ = _take(store, tmp_path)
    assert b"zirkonia" not in copy.read_bytes()


def _flip(copy: Path) -> None:
    with copy.open("r+b") as file:
        file.seek(copy.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def _row_gone(copy: Path) -> None:
    with sqlite3.connect(copy) as connection:
        connection.execute("DELETE FROM snippets")
    connection.close()
    written = Manifest.read(manifest_of(copy)).sha256
    text = manifest_of(copy).read_text().replace(written, backup.digest(copy))
    manifest_of(copy).write_text(text)


def _newer(copy: Path) -> None:
    manifest_of(copy).unlink()
    with sqlite3.connect(copy) as connection:
        connection.execute("INSERT INTO migrations VALUES (9999, 'x', 'y')")


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a bit": (_flip, "SHA-256"),
    "cut short": (lambda copy: os.truncate(copy, copy.stat().st_size - 4096), "SHA-256"),
    "empty": (lambda copy: copy.write_bytes(b""), "SHA-256"),
    "a row": (_row_gone, "as many rows"),
    "the manifest": (lambda copy: manifest_of(copy).write_text("{}"), "is no manifest"),
    "newer": (_newer, "another version"),
    "gone": (lambda copy: copy.unlink(), "is not there"),
}


@pytest.mark.parametrize("damage", DAMAGE)
async def test_a_damaged_copy_is_found_out(store: SqliteStore, tmp_path: Path, damage: str) -> None:
    await _write(store, "salam")
    copy, _ = _take(store, tmp_path)
    spoil, said = DAMAGE[damage]
    spoil(copy)
    assert said in " ".join(verify(copy)[1])


async def test_what_a_killed_backup_left_goes_and_counts_for_nothing(store: SqliteStore, tmp_path: Path) -> None:
    half = tmp_path / "meja-1207-20261121T203000Z.db"
    part, other = tmp_path / (half.name + ".part"), tmp_path / "meja-1208-20261121T203000Z.db"
    for path in (half, part, other):
        path.write_bytes(b"half")
    assert copies(tmp_path, "1207") == []
    copy, _ = _take(store, tmp_path)
    assert [path.exists() for path in (half, part, other, copy)] == [False, False, True, True]


async def test_the_newest_copies_stay(store: SqliteStore, tmp_path: Path) -> None:
    taken = [_take(store, tmp_path, NIGHT + timedelta(days=day))[0] for day in range(4)]
    again, _ = _take(store, tmp_path, NIGHT + timedelta(days=3))
    assert again.name.endswith("Z-2.db")
    assert backup.prune(tmp_path, "1207", 2) == [taken[2], taken[1], taken[0]]
    assert [copy for copy, _ in copies(tmp_path, "1207")] == [again, taken[3]]


async def test_one_backup_at_a_time(store: SqliteStore, tmp_path: Path) -> None:
    with backup._alone(tmp_path), pytest.raises(DatabaseBusy, match="another backup"):
        _take(store, tmp_path)
    _take(store, tmp_path)


async def test_no_room_is_said_and_leaves_no_copy(store: SqliteStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    with pytest.raises(StorageUnavailable, match="no backup in"):
        _take(store, tmp_path / "file")


async def test_a_copy_takes_the_place_of_the_database(store: SqliteStore, tmp_path: Path) -> None:
    await _write(store, "dulu")
    copy, _ = _take(store, tmp_path)
    await _write(store, "kemudian")
    await store.close()
    work = restore.work_copy(copy, store.path)
    aside = restore.put_in_place(work, store.path, NIGHT)
    assert aside is not None
    names = [sqlite3.connect(path).execute("SELECT name FROM snippets").fetchall() for path in (store.path, aside)]
    assert names == [[("dulu",)], [("dulu",), ("kemudian",)]]
    await store.open()  # the fixture closes it


def test_the_list_of_erasures_grows_and_survives_a_torn_line(tmp_path: Path) -> None:
    first, second = (Erased(digit * 64, f"H-1207-2611-000{digit}", NIGHT.isoformat()) for digit in "12")
    erasure_list.add(tmp_path, "1207", [first])
    path = erasure_list.list_of(tmp_path, "1207")
    with path.open("a") as file:
        file.write('{"hash": "33')
    erasure_list.add(tmp_path, "1207", [second])
    assert erasure_list.read(tmp_path, "1207") == [first, second]
    assert path.stat().st_mode & 0o777 == 0o600
    assert erasure_list.read(tmp_path, "1208") == []
