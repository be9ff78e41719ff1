"""Snippets: prepared answers by name, for the whole office."""

from dataclasses import dataclass

from storage.base import Reader, Tx


@dataclass(frozen=True)
class Snippet:
    name: str
    text: str


async def put(tx: Tx, office: str, snippet: Snippet) -> None:
    await tx.execute(
        "INSERT INTO snippets (office, name, text) VALUES ($1, $2, $3)"
        " ON CONFLICT (office, name) DO UPDATE SET text = excluded.text",
        office,
        snippet.name,
        snippet.text,
    )


async def remove(tx: Tx, office: str, name: str) -> bool:
    """False when there was none of that name."""
    return await tx.execute("DELETE FROM snippets WHERE office = $1 AND name = $2", office, name) > 0


async def get(tx: Reader, office: str, name: str) -> Snippet | None:
    return await tx.one(Snippet, "SELECT name, text FROM snippets WHERE office = $1 AND name = $2", office, name)


async def all_of(tx: Reader, office: str) -> list[Snippet]:
    return await tx.all(Snippet, "SELECT name, text FROM snippets WHERE office = $1 ORDER BY name", office)
