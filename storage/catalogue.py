"""The catalogue: entries of every source, found by their stems; and how far the reading of each source has come."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from storage.base import Dialect, Reader, Tx
from storage.rows import column_list

TITLE_WEIGHT, BODY_WEIGHT = 5.0, 1.0


@dataclass(frozen=True)
class Entry:
    """`kind`: faq, publication, table or press. `title_stems` and `body_stems`: what it is found by."""

    key: str
    lang: str
    kind: str
    title: str
    summary: str
    link: str
    dated: date | None
    title_stems: str
    body_stems: str


@dataclass(frozen=True)
class Found(Entry):
    """An entry that a search came upon; `rank` is the index's own, the lower the better."""

    source: str
    rank: float


@dataclass(frozen=True)
class Source:
    """`done_at`: when all of it was last read; `page`: the last page stored of the reading called `run`."""

    source: str
    fingerprint: str
    run: str
    page: int
    done_at: datetime | None


_ENTRY = column_list(Entry, "catalogue.")
# Only ids are sorted: whole rows of a few thousand matches would take several times as long. PostgreSQL's own rank
# knows nothing of how rare a word is, so its words are weighed as BM25 weighs them; places weigh 1 at most (D, C,
# B: the text, A: the title).
_SEARCH = {
    Dialect.SQLITE: f"SELECT {_ENTRY}, source, best.rank FROM (SELECT catalogue.id, bm25(catalogue_index,"
    f" {TITLE_WEIGHT}, {BODY_WEIGHT}) AS rank FROM catalogue_index JOIN catalogue ON catalogue.id ="
    " catalogue_index.rowid WHERE catalogue_index MATCH $1 AND catalogue.office = $2 ORDER BY rank, catalogue.id"
    " LIMIT $3) AS best JOIN catalogue ON catalogue.id = best.id ORDER BY best.rank, best.id",
    Dialect.POSTGRES: f"""
        WITH words AS (SELECT to_tsquery('simple', word) AS word FROM unnest(string_to_array($1, ' | ')) AS word),
        counted AS (SELECT word, (SELECT count(*) FROM catalogue WHERE office = $2 AND stems @@ word) AS n FROM words),
        weighed AS (SELECT word, ln(1 + ((SELECT count(*) FROM catalogue WHERE office = $2) - n + 0.5) / (n + 0.5))
            AS weight FROM counted),
        best AS (SELECT id, -sum(weight * ts_rank('{{0, 0, {BODY_WEIGHT / TITLE_WEIGHT}, 1}}', stems, word)) AS rank
            FROM weighed JOIN catalogue ON office = $2 AND stems @@ word GROUP BY id ORDER BY rank, id LIMIT $3)
        SELECT {_ENTRY}, source, best.rank FROM best JOIN catalogue ON catalogue.id = best.id
        ORDER BY best.rank, best.id
    """,
}
_OR = {Dialect.SQLITE: " OR ", Dialect.POSTGRES: " | "}


def matching(dialect: Dialect, terms: Iterable[str]) -> str:
    """Any of these stems, as the index wants it. Stems are letters and digits; in quotes they are nothing but words."""
    quote = '"' if dialect is Dialect.SQLITE else "'"
    return _OR[dialect].join(f"{quote}{term}{quote}" for term in terms if term.isalnum())


async def search(tx: Tx, office: str, terms: Iterable[str], limit: int) -> list[Found]:
    """The entries with any of these stems, the best first; none when the search fails or takes too long."""
    query = matching(tx.dialect, terms)
    if not query:
        return []
    return await tx.attempt(Found, _SEARCH[tx.dialect], query, office, limit) or []


async def in_language(tx: Reader, office: str, source: str, key: str, lang: str) -> Entry | None:
    """The entry in that language, or else in whichever it has."""
    return await tx.one(
        Entry,
        f"SELECT {_ENTRY} FROM catalogue WHERE office = $1 AND source = $2 AND key = $3"
        " ORDER BY lang = $4 DESC LIMIT 1",
        office,
        source,
        key,
        lang,
    )


async def put(tx: Tx, office: str, source: str, entries: Iterable[Entry], run: str) -> None:
    """Add or change; each is marked as seen in this `run`."""
    for entry in entries:
        values: tuple[Any, ...] = (entry.kind, entry.title, entry.summary, entry.link, entry.dated)
        await tx.execute(
            "INSERT INTO catalogue (office, source, key, lang, kind, title, summary, link, dated, title_stems,"
            " body_stems, run) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
            " ON CONFLICT (office, source, key, lang) DO UPDATE SET kind = excluded.kind, title = excluded.title,"
            " summary = excluded.summary, link = excluded.link, dated = excluded.dated,"
            " title_stems = excluded.title_stems, body_stems = excluded.body_stems, run = excluded.run",
            office,
            source,
            entry.key,
            entry.lang,
            *values,
            entry.title_stems,
            entry.body_stems,
            run,
        )


async def drop_unseen(tx: Tx, office: str, source: str, run: str) -> int:
    """What this reading did not come upon is gone at its source; the number of entries that were."""
    return await tx.execute(
        "DELETE FROM catalogue WHERE office = $1 AND source = $2 AND run <> $3", office, source, run
    )


async def pack(tx: Tx) -> None:
    """Put the index in order after many changes: it is read twice as fast. PostgreSQL sees to that by itself."""
    if tx.dialect is Dialect.SQLITE:
        await tx.execute("INSERT INTO catalogue_index (catalogue_index) VALUES ('optimize')")


async def seen(tx: Reader, office: str, source: str, run: str) -> int:
    """How many entries this reading came upon so far."""
    return int(
        await tx.value(
            "SELECT count(*) FROM catalogue WHERE office = $1 AND source = $2 AND run = $3", office, source, run
        )
    )


async def size(tx: Reader, office: str, source: str) -> int:
    return int(await tx.value("SELECT count(*) FROM catalogue WHERE office = $1 AND source = $2", office, source))


async def sources(tx: Reader, office: str) -> dict[str, Source]:
    rows = await tx.all(
        Source, f"SELECT {column_list(Source)} FROM catalogue_sources WHERE office = $1 ORDER BY source", office
    )
    return {row.source: row for row in rows}


async def note(tx: Tx, office: str, source: Source) -> None:
    """Write down how far its reading has come."""
    await tx.execute(
        "INSERT INTO catalogue_sources (office, source, fingerprint, run, page, done_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (office, source) DO UPDATE SET"
        " fingerprint = excluded.fingerprint, run = excluded.run, page = excluded.page, done_at = excluded.done_at",
        office,
        source.source,
        source.fingerprint,
        source.run,
        source.page,
        source.done_at,
    )


async def drop_source(tx: Tx, office: str, source: str) -> None:
    """A source that is not configured any more, with all its entries."""
    await tx.execute("DELETE FROM catalogue WHERE office = $1 AND source = $2", office, source)
    await tx.execute("DELETE FROM catalogue_sources WHERE office = $1 AND source = $2", office, source)
