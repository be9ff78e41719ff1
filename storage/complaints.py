"""Complaints: a way of their own, never part of a ticket."""

from datetime import datetime

from bot.domain.ids import ComplaintId, IdentityId
from storage.base import Tx


async def add(
    tx: Tx,
    office: str,
    *,
    number: str,
    identity_id: IdentityId,
    anonymous: bool,
    text: str,
    at: datetime,
    due_at: datetime,
) -> ComplaintId:
    return ComplaintId(
        await tx.value(
            "INSERT INTO complaints (office, number, identity_id, anonymous, text, at, due_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            office,
            number,
            identity_id,
            anonymous,
            text,
            at,
            due_at,
        )
    )
