"""Dialogues: where each person stands in the conversation. A row, so that a kill between two steps costs nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.domain.ids import IdentityId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Dialogue:
    """`overlay`: what is typed next belongs to it (a complaint); the state beneath stays as it was.

    `agreed`: the version of the notice that the person's last word was a yes to; None when they took it back.
    """

    identity_id: IdentityId
    office: str
    state: str
    data: dict[str, Any]
    overlay: str | None
    nudge_at: datetime | None
    lapse_at: datetime | None
    updated_at: datetime
    agreed: str | None


# Each message asks for both, so it is one statement.
_AGREED = (
    "(SELECT CASE WHEN withdrawn_at IS NULL THEN version END FROM consents"
    " WHERE consents.identity_id = dialogues.identity_id ORDER BY id DESC LIMIT 1) AS agreed"
)
_SELECT = f"SELECT {column_list(Dialogue).replace('agreed', _AGREED)} FROM dialogues"


async def get(tx: Reader, identity_id: IdentityId) -> Dialogue | None:
    return await tx.one(Dialogue, f"{_SELECT} WHERE identity_id = $1", identity_id)


async def go(
    tx: Tx,
    office: str,
    identity_id: IdentityId,
    state: str,
    *,
    at: datetime,
    data: dict[str, Any] | None = None,
    nudge_at: datetime | None = None,
    lapse_at: datetime | None = None,
) -> None:
    """Move the person to `state`; the overlay stays."""
    await tx.execute(
        "INSERT INTO dialogues (identity_id, office, state, data, nudge_at, lapse_at, updated_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (identity_id) DO UPDATE SET state = excluded.state,"
        " data = excluded.data, nudge_at = excluded.nudge_at, lapse_at = excluded.lapse_at,"
        " updated_at = excluded.updated_at",
        identity_id,
        office,
        state,
        data or {},
        nudge_at,
        lapse_at,
        at,
    )


async def set_overlay(tx: Tx, identity_id: IdentityId, overlay: str | None) -> None:
    await tx.execute("UPDATE dialogues SET overlay = $2 WHERE identity_id = $1", identity_id, overlay)


async def set_timers(tx: Tx, identity_id: IdentityId, *, nudge_at: datetime | None, lapse_at: datetime | None) -> None:
    await tx.execute(
        "UPDATE dialogues SET nudge_at = $2, lapse_at = $3 WHERE identity_id = $1", identity_id, nudge_at, lapse_at
    )


async def to_nudge(tx: Reader, office: str, now: datetime) -> list[Dialogue]:
    return await tx.all(
        Dialogue, f"{_SELECT} WHERE office = $1 AND nudge_at <= $2 ORDER BY nudge_at LIMIT 50", office, now
    )


async def to_lapse(tx: Reader, office: str, now: datetime) -> list[Dialogue]:
    return await tx.all(
        Dialogue, f"{_SELECT} WHERE office = $1 AND lapse_at <= $2 ORDER BY lapse_at LIMIT 50", office, now
    )
