"""Who did what that somebody may ask about later: append-only."""

from datetime import datetime
from typing import Any

from storage.base import Tx


async def add(tx: Tx, office: str, *, at: datetime, actor: str, action: str, **data: Any) -> None:
    await tx.execute(
        "INSERT INTO audit (office, at, actor, action, data) VALUES ($1, $2, $3, $4, $5)",
        office,
        at,
        actor,
        action,
        data,
    )
