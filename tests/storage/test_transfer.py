"""A desk's file becomes rows of PostgreSQL: all of them as they were, or none."""

from pathlib import Path

import asyncpg
import pytest

from storage import inbox, open_store, transfer
from storage.base import DatabaseBusy, Tx
from storage.transfer import Different, NotEmpty
from tests.bench.seed import seed
from tests.storage.test_sqlite import NOW, _park


async def _rows(url: str) -> dict[str, int]:
    connection = await asyncpg.connect(url)
    await connection.execute("SET meja.office = '*'")
    counts = {
        row[0]: await connection.fetchval(f"SELECT count(*) FROM {row[0]}")
        for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    }
    await connection.close()
    return {table: count for table, count in counts.items() if count and table not in ("migrations", "processes")}


async def _old_desk(path: Path) -> None:
    """A desk that has lived: people, tickets, a letter PostgreSQL does not know, numbers that are used up."""
    await seed(path, 20)
    store = await open_store(f"sqlite:///{path}")

    async def more(tx: Tx) -> None:
        await _park(tx, "a\0b")
        for number in range(30):
            await inbox.add(tx, "1207", channel="telegram", update_id=str(number), lane="a", raw="é \U0001f44c", at=NOW)
        await tx.execute("DELETE FROM inbox WHERE id = 30")

    await store.run(more)
    await store.close()


async def test_every_row_arrives_and_the_numbers_go_on(tmp_path: Path, postgres_url: str) -> None:
    path = tmp_path / "meja.db"
    await _old_desk(path)
    told: dict[str, int] = {}

    def tell(table: str, rows: int) -> None:
        told[table] = told.get(table, 0) + rows

    counts = await transfer.transfer(path, postgres_url, tell)
    assert counts["tickets"] == counts["identities"] == 20
    assert counts["inbox"] == 29
    assert {table: rows for table, rows in told.items() if rows} == {t: 2 * n for t, n in counts.items() if n}
    assert await _rows(postgres_url) == {table: count for table, count in counts.items() if count}

    store = await open_store(postgres_url, "1207")
    async with store.reader() as reader:
        assert await reader.value("SELECT chat FROM parks") == "a\ufffdb"

    async def one_more(tx: Tx) -> int:
        await inbox.add(tx, "1207", channel="telegram", update_id="x", lane="a", raw="", at=NOW)
        return int(await tx.value("SELECT max(id) FROM inbox"))

    assert await store.run(one_more) == 31, "the number of a deleted row came back"
    await store.close()


async def test_nothing_is_kept_of_a_copy_that_differs(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _old_desk(tmp_path / "meja.db")
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(
        "CREATE FUNCTION spoil() RETURNS TRIGGER LANGUAGE plpgsql AS"
        " $$ BEGIN IF NEW.id = 7 THEN NEW.raw = 'spoilt'; END IF; RETURN NEW; END $$;"
        " CREATE TRIGGER spoil BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION spoil()"
    )
    with pytest.raises(Different, match="inbox: 29 rows arrived of 29, or not as they were"):
        await transfer.transfer(tmp_path / "meja.db", postgres_url)
    assert await _rows(postgres_url) == {}
    await connection.execute("DROP TRIGGER spoil ON inbox")
    await connection.close()
    await transfer.transfer(tmp_path / "meja.db", postgres_url)
    open_to_owner = "SELECT count(*) FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity"
    connection = await asyncpg.connect(postgres_url)
    assert await connection.fetchval(open_to_owner) == 0
    await connection.close()


async def test_a_database_with_rows_is_refused(tmp_path: Path, postgres_url: str) -> None:
    store = await open_store(postgres_url, "1208")

    async def another(tx: Tx) -> None:
        await tx.execute("INSERT INTO snippets (office, name, text) VALUES ('1208', 'a', 'b')")

    await store.run(another)
    await store.close()
    await _old_desk(tmp_path / "meja.db")
    with pytest.raises(NotEmpty, match="has rows in snippets already: name an empty database"):
        await transfer.transfer(tmp_path / "meja.db", postgres_url)
    assert await _rows(postgres_url) == {"leases": 1, "snippets": 1}


async def test_not_beside_a_running_desk(tmp_path: Path, postgres_url: str) -> None:
    await _old_desk(tmp_path / "meja.db")
    store = await open_store(f"sqlite:///{tmp_path}/meja.db")
    with pytest.raises(DatabaseBusy):
        await transfer.transfer(tmp_path / "meja.db", postgres_url)
    await store.close()
