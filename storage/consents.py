"""Consents: who agreed to which version of the privacy notice, when, in which language."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import IdentityId
from storage.base import Reader, Tx


@dataclass(frozen=True)
class Consent:
    version: str
    lang: str
    at: datetime


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
    return await tx.one(
        Consent, "SELECT version, lang, at FROM consents WHERE identity_id = $1 ORDER BY id DESC LIMIT 1", identity_id
    )
