"""Complaints: a way of their own, never part of a ticket."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import ComplaintId, IdentityId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Complaint:
    id: ComplaintId
    office: str
    number: str
    identity_id: IdentityId | None
    anonymous: bool
    text: str
    at: datetime
    due_at: datetime
    alarm_at: datetime | None
    answered_at: datetime | None
    answer: str | None


_SELECT = f"SELECT {column_list(Complaint)} FROM complaints"


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
            "INSERT INTO complaints (office, number, identity_id, anonymous, text, at, due_at, alarm_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING id",
            office,
            number,
            identity_id,
            anonymous,
            text,
            at,
            due_at,
        )
    )


async def get(tx: Reader, complaint_id: ComplaintId) -> Complaint | None:
    return await tx.one(Complaint, f"{_SELECT} WHERE id = $1", complaint_id)


async def posted(tx: Tx, office: str, complaint_id: ComplaintId, *, chat: str, ref: str) -> None:
    """The complaint stands in this message of the supervisor's chat."""
    await tx.execute(
        "INSERT INTO complaint_posts (office, chat, ref, complaint_id) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        office,
        chat,
        ref,
        complaint_id,
    )


async def of_post(tx: Reader, office: str, *, chat: str, ref: str) -> Complaint | None:
    """The complaint that a message of the supervisor's chat is about."""
    return await tx.one(
        Complaint,
        f"{_SELECT} WHERE id = (SELECT complaint_id FROM complaint_posts WHERE office = $1 AND chat = $2 AND ref = $3)",
        office,
        chat,
        ref,
    )


async def answered(tx: Tx, complaint_id: ComplaintId, *, answer: str, at: datetime) -> None:
    """Later answers are added; the moment of the first one stands."""
    await tx.execute(
        "UPDATE complaints SET answer = CASE WHEN answer IS NULL THEN $2 ELSE answer || '\n' || $2 END,"
        " answered_at = coalesce(answered_at, $3), alarm_at = NULL WHERE id = $1",
        complaint_id,
        answer,
        at,
    )


async def between(tx: Reader, office: str, first: datetime, last: datetime) -> list[Complaint]:
    """Those received in [first, last)."""
    return await tx.all(
        Complaint, f"{_SELECT} WHERE office = $1 AND at >= $2 AND at < $3 ORDER BY id", office, first, last
    )


async def late(tx: Reader, office: str, now: datetime) -> list[Complaint]:
    return await tx.all(Complaint, f"{_SELECT} WHERE office = $1 AND alarm_at <= $2 ORDER BY alarm_at", office, now)


async def alarmed(tx: Tx, complaint_id: ComplaintId) -> None:
    await tx.execute("UPDATE complaints SET alarm_at = NULL WHERE id = $1", complaint_id)


async def extend(tx: Tx, office: str, number: str, text: str) -> ComplaintId:
    """Add what the person wrote on."""
    return ComplaintId(
        await tx.value(
            "UPDATE complaints SET text = text || '\n' || $3 WHERE office = $1 AND number = $2 RETURNING id",
            office,
            number,
            text,
        )
    )


async def of_identity(tx: Reader, identity_id: IdentityId) -> list[Complaint]:
    """All of this person, without their name or with it, the oldest first."""
    return await tx.all(Complaint, f"{_SELECT} WHERE identity_id = $1 ORDER BY id", identity_id)
