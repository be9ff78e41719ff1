"""Consents: who agreed to which version of the privacy notice, when, in which language, and until when."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import IdentityId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Consent:
    """`withdrawn_at`: the person took it back; the row stays as the proof that it was given."""

    version: str
    lang: str
    at: datetime
    withdrawn_at: datetime | None


_SELECT = f"SELECT {column_list(Consent)} FROM consents"


async def add(tx: Tx, office: str, identity_id: IdentityId, *, version: str, lang: str, at: datetime) -> None:
    await tx.execute(
        "INSERT INTO consents (office, identity_id, version, lang, at) VALUES ($1, $2, $3, $4, $5)",
        office,
        identity_id,
        version,
        lang,
        at,
    )


async def latest(tx: Reader, identity_id: IdentityId) -> Consent | None:
    return await tx.one(Consent, f"{_SELECT} WHERE identity_id = $1 ORDER BY id DESC LIMIT 1", identity_id)


async def of_identity(tx: Reader, identity_id: IdentityId) -> list[Consent]:
    """All of them, the oldest first."""
    return await tx.all(Consent, f"{_SELECT} WHERE identity_id = $1 ORDER BY id", identity_id)


async def withdraw(tx: Tx, identity_id: IdentityId, at: datetime) -> None:
    await tx.execute(
        "UPDATE consents SET withdrawn_at = $2 WHERE identity_id = $1 AND withdrawn_at IS NULL", identity_id, at
    )
