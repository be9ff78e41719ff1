"""Verification codes: the address, a keyed hash, the tries. The code itself is never stored."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import IdentityId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class EmailCode:
    id: int
    office: str
    identity_id: IdentityId
    address: str
    address_key: str
    purpose: str
    hash: str | None
    state: str
    tries: int
    requested_at: datetime
    sent_at: datetime | None


_SELECT = f"SELECT {column_list(EmailCode)} FROM email_codes"


async def add(
    tx: Tx,
    office: str,
    identity_id: IdentityId,
    *,
    address: str,
    address_key: str,
    domain: str,
    purpose: str,
    at: datetime,
) -> int:
    """A code to be sent; the person's earlier ones are replaced by it."""
    await replace_live(tx, identity_id)
    return int(
        await tx.value(
            "INSERT INTO email_codes (office, identity_id, address, address_key, domain, purpose, requested_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
            office,
            identity_id,
            address,
            address_key,
            domain,
            purpose,
            at,
        )
    )


async def replace_live(tx: Tx, identity_id: IdentityId) -> None:
    """The person's codes lead nowhere any more; one that still waits is not sent."""
    await tx.execute(
        "UPDATE email_codes SET state = 'replaced' WHERE identity_id = $1 AND state IN ('waiting', 'sent')", identity_id
    )


async def get(tx: Reader, code_id: int) -> EmailCode | None:
    return await tx.one(EmailCode, f"{_SELECT} WHERE id = $1", code_id)


async def latest(tx: Reader, identity_id: IdentityId, purpose: str) -> EmailCode | None:
    return await tx.one(
        EmailCode,
        f"{_SELECT} WHERE identity_id = $1 AND purpose = $2 ORDER BY id DESC LIMIT 1",
        identity_id,
        purpose,
    )


async def hand_over(tx: Tx, code_id: int, *, hash: str, at: datetime) -> None:
    """The mail with this code goes out now; an earlier try's code is no longer good."""
    await tx.execute("UPDATE email_codes SET hash = $2, sent_at = $3, state = 'sent' WHERE id = $1", code_id, hash, at)


async def not_handed_over(tx: Tx, code_id: int) -> None:
    """The mail server did not take it: the code waits for the next try, which draws another one."""
    await tx.execute(
        "UPDATE email_codes SET hash = NULL, sent_at = NULL, state = 'waiting' WHERE id = $1 AND state = 'sent'",
        code_id,
    )


async def set_state(tx: Tx, code_id: int, state: str) -> None:
    await tx.execute("UPDATE email_codes SET state = $2 WHERE id = $1", code_id, state)


async def count_try(tx: Tx, code_id: int) -> None:
    await tx.execute("UPDATE email_codes SET tries = tries + 1 WHERE id = $1", code_id)


@dataclass(frozen=True)
class _At:
    requested_at: datetime


async def requests_of_person(tx: Reader, identity_id: IdentityId, since: datetime) -> list[datetime]:
    return await _requests(tx, "identity_id = $1 AND requested_at > $2", identity_id, since)


async def requests_of_address(tx: Reader, office: str, address_key: str, mask: str, since: datetime) -> list[datetime]:
    """`mask`: what stands for the address where somebody asked that it be forgotten."""
    where = "office = $1 AND address_key IN ($2, $3) AND requested_at > $4"
    return await _requests(tx, where, office, address_key, mask, since)


async def keys_of(tx: Reader, identity_id: IdentityId) -> set[str]:
    """The addresses this person typed, as compared."""
    rows = await tx.all(EmailCode, f"{_SELECT} WHERE identity_id = $1 AND address != ''", identity_id)
    return {row.address_key for row in rows}


async def requests_of_domain(tx: Reader, office: str, domain: str, since: datetime) -> list[datetime]:
    return await _requests(tx, "office = $1 AND domain = $2 AND requested_at > $3", office, domain, since)


async def requests_of_office(tx: Reader, office: str, since: datetime) -> list[datetime]:
    return await _requests(tx, "office = $1 AND requested_at > $2", office, since)


async def _requests(tx: Reader, where: str, *args: object) -> list[datetime]:
    """What was replaced before any mail went out troubled nobody, and does not count."""
    counted = "NOT (state = 'replaced' AND sent_at IS NULL)"
    rows = await tx.all(
        _At, f"SELECT requested_at FROM email_codes WHERE {where} AND {counted} ORDER BY requested_at", *args
    )
    return [row.requested_at for row in rows]
