"""Keyboards: the buttons we sent. Callback data is a token and an index; what it means and for whom stands here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.ids import IdentityId, OutboxId, TicketId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Keyboard:
    """`buttons` is a flat list of {key, action, arg}; without `identity_id` it is for the officers.

    `outbox_id`: the row that brought it; None where that is not known.
    """

    id: int
    token: str
    identity_id: IdentityId | None
    ticket_id: TicketId | None
    cycle: int | None
    state: str | None
    buttons: list[dict[str, Any]]
    outbox_id: OutboxId | None
    created_at: datetime
    retired_at: datetime | None


_SELECT = f"SELECT {column_list(Keyboard)} FROM keyboards"


async def add(
    tx: Tx,
    office: str,
    *,
    token: str,
    identity_id: IdentityId | None,
    ticket_id: TicketId | None,
    cycle: int | None,
    state: str | None,
    buttons: list[dict[str, Any]],
    outbox_id: OutboxId | None,
    at: datetime,
) -> None:
    await tx.execute(
        "INSERT INTO keyboards (token, office, identity_id, ticket_id, cycle, state, buttons, outbox_id, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        token,
        office,
        identity_id,
        ticket_id,
        cycle,
        state,
        buttons,
        outbox_id,
        at,
    )


async def of_token(tx: Reader, office: str, token: str) -> Keyboard | None:
    return await tx.one(Keyboard, f"{_SELECT} WHERE office = $1 AND token = $2", office, token)


async def brought_by(tx: Tx, office: str, token: str, outbox_id: OutboxId) -> None:
    """Another row brings it: two were sent as one."""
    await tx.execute("UPDATE keyboards SET outbox_id = $3 WHERE office = $1 AND token = $2", office, token, outbox_id)


async def live(tx: Reader, identity_id: IdentityId, limit: int = 4) -> list[Keyboard]:
    """The person's newest keyboards that still count, the newest first."""
    return await tx.all(
        Keyboard,
        f"{_SELECT} WHERE identity_id = $1 AND retired_at IS NULL ORDER BY id DESC LIMIT $2",
        identity_id,
        limit,
    )


async def retire(tx: Tx, keyboard_id: int, at: datetime) -> None:
    await tx.execute("UPDATE keyboards SET retired_at = $2 WHERE id = $1", keyboard_id, at)
