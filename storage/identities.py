"""Identities: a person's chat on one channel. Several may share an account, each with its own name."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import AccountId, IdentityId, TicketId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Identity:
    id: IdentityId
    office: str
    channel: str
    sender: str
    chat: str
    lang: str
    account_id: AccountId | None
    created_at: datetime
    unreachable_at: datetime | None
    unreachable_reason: str | None
    active_ticket: TicketId | None
    banned_at: datetime | None
    ban_reason: str | None
    name: str

    @property
    def lane(self) -> str:
        """Where their updates wait in the inbox (`RawUpdate` in bot/channels/base.py)."""
        return f"{self.channel}:{self.chat}"

    @property
    def is_erased(self) -> bool:
        """Taken out on request or for age: nobody is behind this row any more."""
        return not self.chat


_SELECT = f"SELECT {column_list(Identity)} FROM identities"


async def get(tx: Reader, identity_id: IdentityId) -> Identity | None:
    return await tx.one(Identity, f"{_SELECT} WHERE id = $1", identity_id)


async def of_sender(tx: Reader, office: str, channel: str, sender: str) -> Identity | None:
    return await tx.one(
        Identity, f"{_SELECT} WHERE office = $1 AND channel = $2 AND sender = $3", office, channel, sender
    )


async def add(tx: Tx, office: str, *, channel: str, sender: str, chat: str, lang: str, at: datetime) -> IdentityId:
    return IdentityId(
        await tx.value(
            "INSERT INTO identities (office, channel, sender, chat, lang, created_at)"
            " VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
            office,
            channel,
            sender,
            chat,
            lang,
            at,
        )
    )


async def present(tx: Reader, office: str) -> list[Identity]:
    """Everybody who has not been taken out."""
    return await tx.all(Identity, f"{_SELECT} WHERE office = $1 AND chat != '' ORDER BY id", office)


async def set_lang(tx: Tx, identity_id: IdentityId, lang: str) -> None:
    await tx.execute("UPDATE identities SET lang = $2 WHERE id = $1", identity_id, lang)


async def set_name(tx: Tx, identity_id: IdentityId, name: str) -> None:
    await tx.execute("UPDATE identities SET name = $2 WHERE id = $1", identity_id, name)


async def set_account(tx: Tx, identity_id: IdentityId, account_id: AccountId) -> None:
    await tx.execute("UPDATE identities SET account_id = $2 WHERE id = $1", identity_id, account_id)


async def set_unreachable(tx: Tx, identity_id: IdentityId, *, at: datetime | None, reason: str | None) -> None:
    await tx.execute(
        "UPDATE identities SET unreachable_at = $2, unreachable_reason = $3 WHERE id = $1", identity_id, at, reason
    )


async def set_ban(tx: Tx, identity_id: IdentityId, *, at: datetime | None, reason: str | None) -> None:
    await tx.execute("UPDATE identities SET banned_at = $2, ban_reason = $3 WHERE id = $1", identity_id, at, reason)


async def banned(tx: Reader, office: str) -> list[Identity]:
    """Those whom the office has blocked, the newest first."""
    return await tx.all(
        Identity, f"{_SELECT} WHERE office = $1 AND banned_at IS NOT NULL ORDER BY banned_at DESC", office
    )


async def set_active_ticket(tx: Tx, identity_id: IdentityId, ticket_id: TicketId) -> None:
    """Plain messages of this person go to that ticket from now on."""
    await tx.execute("UPDATE identities SET active_ticket = $2 WHERE id = $1", identity_id, ticket_id)
