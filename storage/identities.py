"""Identities: a person's chat on one channel. Several may share an account, each with its own name.

On some channels a person has several ids, of which any may be missing: whichever comes along finds them.
"""

from collections.abc import Mapping
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
    bsuid: str | None
    parent_bsuid: str | None
    phone: str | None
    username: str | None
    heard_at: datetime | None
    called_at: datetime | None
    mail_at: datetime | None

    @property
    def lane(self) -> str:
        """Where their updates wait in the inbox (`RawUpdate` in bot/channels/base.py)."""
        return f"{self.channel}:{self.chat}"

    @property
    def is_erased(self) -> bool:
        """Taken out on request or for age: nobody is behind this row any more."""
        return not self.chat


# The kinds of ids of one person, the surest first.
IDS = ("bsuid", "parent_bsuid", "phone")
_SELECT = f"SELECT {column_list(Identity)} FROM identities"


async def get(tx: Reader, identity_id: IdentityId) -> Identity | None:
    return await tx.one(Identity, f"{_SELECT} WHERE id = $1", identity_id)


async def of_sender(tx: Reader, office: str, channel: str, sender: str) -> Identity | None:
    return await tx.one(
        Identity, f"{_SELECT} WHERE office = $1 AND channel = $2 AND sender = $3", office, channel, sender
    )


async def of_id(tx: Reader, office: str, channel: str, kind: str, value: str) -> list[Identity]:
    """Those who were known by this id of a kind of IDS, the oldest first."""
    assert kind in IDS
    return await tx.all(
        Identity, f"{_SELECT} WHERE office = $1 AND channel = $2 AND {kind} = $3 ORDER BY id", office, channel, value
    )


async def set_ids(
    tx: Tx, identity_id: IdentityId, *, chat: str, ids: Mapping[str, str | None], username: str | None
) -> None:
    """The person's ids from now on; `chat` is the one they are written to, and first looked for."""
    await tx.execute(
        "UPDATE identities SET sender = $2, chat = $2, bsuid = $3, parent_bsuid = $4, phone = $5, username = $6"
        " WHERE id = $1",
        identity_id,
        chat,
        *(ids.get(kind) for kind in IDS),
        username,
    )


async def lose_number(tx: Tx, identity_id: IdentityId, at: datetime) -> None:
    """The number is somebody else's by now. Whoever is written to there gets nothing more: another person would."""
    await tx.execute(
        "UPDATE identities SET unreachable_at = $2, unreachable_reason = 'chat_gone', sender = 'lost:' || id,"
        " chat = 'lost:' || id WHERE id = $1 AND chat = phone",
        identity_id,
        at,
    )
    await tx.execute("UPDATE identities SET phone = NULL WHERE id = $1", identity_id)


async def set_heard(tx: Tx, identity_id: IdentityId, at: datetime | None, *, window_at: datetime | None) -> None:
    """Their last message or press; None: the platform says that their window is closed, whatever we know."""
    await tx.execute("UPDATE identities SET heard_at = $2, window_at = $3 WHERE id = $1", identity_id, at, window_at)


async def set_window_at(tx: Tx, identity_id: IdentityId, at: datetime | None) -> None:
    await tx.execute("UPDATE identities SET window_at = $2 WHERE id = $1", identity_id, at)


async def at_window(tx: Reader, office: str, now: datetime, limit: int = 50) -> list[Identity]:
    """Those whose window's next moment has come."""
    return await tx.all(
        Identity, f"{_SELECT} WHERE office = $1 AND window_at <= $2 ORDER BY window_at LIMIT $3", office, now, limit
    )


async def set_called(tx: Tx, identity_id: IdentityId, at: datetime | None) -> None:
    await tx.execute("UPDATE identities SET called_at = $2 WHERE id = $1", identity_id, at)


async def set_mail_at(tx: Tx, identity_id: IdentityId, at: datetime | None) -> None:
    await tx.execute("UPDATE identities SET mail_at = $2 WHERE id = $1", identity_id, at)


async def to_mail(tx: Reader, office: str, now: datetime, limit: int = 50) -> list[Identity]:
    """Those for whom something has not arrived for so long that it is to go by e-mail."""
    return await tx.all(
        Identity, f"{_SELECT} WHERE office = $1 AND mail_at <= $2 ORDER BY mail_at LIMIT $3", office, now, limit
    )


async def of_account(tx: Reader, account_id: AccountId) -> list[Identity]:
    """The chats that write under this address."""
    return await tx.all(Identity, f"{_SELECT} WHERE account_id = $1 AND chat != '' ORDER BY id", account_id)


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
