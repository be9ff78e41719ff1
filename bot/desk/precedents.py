"""Closed tickets as precedents for officers: indexed when they close, found by what the open ticket asks.

The index holds stems only. What is shown is drawn from the messages themselves, so what was erased there is gone here.
"""

from typing import Any

from bot.desk import words
from bot.desk.catalogue import CANDIDATES, ENOUGH, place
from bot.desk.context import Context
from bot.domain.ids import TicketId
from storage import messages, precedents, snippets
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.messages import Message
from storage.snippets import Snippet
from storage.tickets import Ticket

SHOWN = 3
READ = 60  # messages of a ticket, the newest; enough for the answer, and the question of most


async def index(tx: Tx, ctx: Context, ticket: Ticket) -> None:
    """At the close of a consultation: from now on it is found, if an officer said something."""
    question, answer = await _talk(tx, ticket)
    if question and answer:
        await precedents.put(tx, ctx.office, ticket.id, words.kept(f"{question}\n{answer}"))


async def similar(tx: Tx, ctx: Context, ticket: Ticket) -> list[TicketId]:
    """Up to three closed tickets about what this one asks; `worded` has their words."""
    question, _ = await _talk(tx, ticket)
    asked = words.asked(question, besides=place(ctx))
    strong = [term for term, weight in asked.terms.items() if weight > words.WEAK]
    found = await precedents.search(tx, ctx.office, strong, CANDIDATES)
    about = [row for row in found if row.ticket_id != ticket.id and share(asked.terms, row.stems) >= ENOUGH]
    return [row["id"] for row in await _shown(tx, [row.ticket_id for row in about])][:SHOWN]


async def worded(tx: Tx, params: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a text with number, question and answer in place of the ids in `similar`: they are looked up
    when it is sent, so that words of one person never stand in the queue of another, where no erasure would find them.
    """
    return params | {"similar": await _shown(tx, [TicketId(id) for id in params["similar"]])}


async def fitting(tx: Tx, ctx: Context, ticket: Ticket) -> list[Snippet]:
    """Up to three prepared answers about what this ticket asks, the best first."""
    question, _ = await _talk(tx, ticket)
    asked = words.asked(question, besides=place(ctx))
    if not any(weight > words.WEAK for weight in asked.terms.values()):
        return []
    rows = [
        (share(asked.terms, words.kept(f"{row.name} {row.text}")), row) for row in await snippets.all_of(tx, ctx.office)
    ]
    best = sorted((pair for pair in rows if pair[0] >= ENOUGH), key=lambda pair: (-pair[0], pair[1].name))
    return [row for _, row in best[:SHOWN]]


def share(terms: dict[str, float], stems: str) -> float:
    """How much of what is asked stands there, 0 to 1."""
    there = set(stems.split())
    return sum(weight for term, weight in terms.items() if term in there) / (sum(terms.values()) or 1.0)


async def _shown(tx: Tx, ids: list[TicketId]) -> list[dict[str, Any]]:
    """Those that have an answer still."""
    found = [(ticket, *await _talk(tx, ticket)) for ticket in [await ticket_rows.need(tx, id) for id in ids]]
    return [
        {"id": ticket.id, "number": ticket.number, "question": question, "answer": answer}
        for ticket, question, answer in found
        if answer
    ]


async def _talk(tx: Tx, ticket: Ticket) -> tuple[str, str]:
    """What was asked, up to the officer's first word; and the information: what the officer had said when it was
    marked as delivered, or said last."""
    written = await messages.of_ticket(tx, ticket.id, READ)
    rows = [row for row in written if row.side != "note" and row.withdrawn_at is None and row.content["text"]]
    asked: list[str] = []
    for row in rows:
        if row.side == "officer":
            break
        asked.append(row.content["text"])
    said = [row for row in rows if row.side == "officer"]
    return "\n".join(asked), _answer(said, ticket)


def _answer(said: list[Message], ticket: Ticket) -> str:
    before = [row for row in said if ticket.answered_at is not None and row.at <= ticket.answered_at]
    chosen = before or said
    return str(chosen[-1].content["text"]) if chosen else ""
