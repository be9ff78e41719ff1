"""The catalogue follows its files: read at the start, again when they change, and never for nothing."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.catalogue.librarian import Librarian
from storage.sqlite import SqliteStore

Librarians = Callable[..., Librarian]
ROW = '[[entry]]\nid = "{0}"\ntitle = "Judul {0}"\nanswer = "Jawaban"\n'


def write(path: Path, text: str) -> None:
    path.write_text(text)


def remove(path: Path) -> None:
    path.unlink()


async def keys(store: SqliteStore) -> list[str]:
    async with store.reader() as reader:
        found = await reader.value("SELECT group_concat(key) FROM (SELECT key FROM catalogue ORDER BY key)")
    return str(found).split(",") if found else []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "katalog.toml"
    path.write_text(ROW.format("a") + ROW.format("b"))
    return path


async def test_a_file_that_changes_is_read_again(store: SqliteStore, librarian: Librarians, file: Path) -> None:
    keeper = librarian(starter=False, file=str(file))
    await keeper.look()
    assert await keys(store) == ["a", "b"]
    write(file, ROW.format("b") + ROW.format("cc"))
    await keeper.look()
    assert await keys(store) == ["b", "cc"]


async def test_a_row_that_breaks_is_told_with_its_line_and_takes_only_itself(
    store: SqliteStore, librarian: Librarians, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(file, ROW.format("a") + "[[entry]]\ntitle = \n" + ROW.format("b"))
    await librarian(starter=False, file=str(file)).look()
    assert await keys(store) == ["a", "b"]
    assert [getattr(line, "line", None) for line in caplog.records if "left out" in line.message] == [6]


async def test_a_file_that_is_gone_takes_nothing_with_it(store: SqliteStore, librarian: Librarians, file: Path) -> None:
    keeper = librarian(starter=False, file=str(file))
    await keeper.look()
    remove(file)
    await keeper.look()
    assert await keys(store) == ["a", "b"]


async def test_a_file_that_is_not_configured_any_more_goes(
    store: SqliteStore, librarian: Librarians, file: Path
) -> None:
    await librarian(starter=True, file=str(file)).look()
    await librarian(starter=False, file=()).look()
    assert await keys(store) == []


async def test_the_same_again_is_not_stored_again(
    store: SqliteStore, librarian: Librarians, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await librarian(file=str(file)).look()
    monkeypatch.setattr("storage.catalogue.put", None)
    await librarian(file=str(file)).look()
    write(file, ROW.format("c"))
    with pytest.raises(TypeError):
        await librarian(file=str(file)).look()
