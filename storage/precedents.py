"""Precedents: closed tickets with an answer, found by the stems of their words. The words stay with the messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.domain.ids import TicketId
from storage.base import Dialect, Tx, placeholders
from storage.catalogue import matching


@dataclass(frozen=True)
class Precedent:
    ticket_id: TicketId
    stems: str
    rank: float


_SEARCH = {
    Dialect.SQLITE: "SELECT ticket_id, precedents.stems, bm25(precedents_index) AS rank FROM precedents_index"
    " JOIN precedents ON precedents.ticket_id = precedents_index.rowid"
    " WHERE precedents_index MATCH $1 AND precedents.office = $2 ORDER BY rank, ticket_id DESC LIMIT $3",
    Dialect.POSTGRES: "SELECT ticket_id, stems, -ts_rank(to_tsvector('simple', stems), query) AS rank"
    " FROM precedents, to_tsquery('simple', $1) AS query"
    " WHERE to_tsvector('simple', stems) @@ query AND office = $2 ORDER BY rank, ticket_id DESC LIMIT $3",
}


async def put(tx: Tx, office: str, ticket_id: TicketId, stems: str) -> None:
    """Index a ticket; what stood there of an earlier close is replaced."""
    await tx.execute("DELETE FROM precedents WHERE ticket_id = $1", ticket_id)
    await tx.execute("INSERT INTO precedents (ticket_id, office, stems) VALUES ($1, $2, $3)", ticket_id, office, stems)


async def search(tx: Tx, office: str, terms: Iterable[str], limit: int) -> list[Precedent]:
    """The tickets with any of these stems, the best first; none when the search fails or takes too long."""
    query = matching(tx.dialect, terms)
    if not query:
        return []
    return await tx.attempt(Precedent, _SEARCH[tx.dialect], query, office, limit) or []


async def forget(tx: Tx, ticket_ids: Sequence[TicketId]) -> None:
    """For an erasure: nothing of these tickets stays in the index, not even in pages it would tidy up later."""
    if ticket_ids:
        gone = await tx.execute(
            f"DELETE FROM precedents WHERE ticket_id IN ({placeholders(1, ticket_ids)})", *ticket_ids
        )
        if gone and tx.dialect is Dialect.SQLITE:
            await tx.execute("INSERT INTO precedents_index (precedents_index) VALUES ('rebuild')")
