"""Accounts: one for each verified e-mail address."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import AccountId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Account:
    id: AccountId
    office: str
    email: str
    email_key: str
    origin: str | None
    use_for: str | None
    created_at: datetime


_SELECT = f"SELECT {column_list(Account)} FROM accounts"


async def get(tx: Reader, account_id: AccountId) -> Account | None:
    return await tx.one(Account, f"{_SELECT} WHERE id = $1", account_id)


async def of_email(tx: Reader, office: str, email_key: str) -> Account | None:
    return await tx.one(Account, f"{_SELECT} WHERE office = $1 AND email_key = $2", office, email_key)


async def add(tx: Tx, office: str, *, email: str, email_key: str, at: datetime) -> AccountId:
    return AccountId(
        await tx.value(
            "INSERT INTO accounts (office, email, email_key, created_at) VALUES ($1, $2, $3, $4) RETURNING id",
            office,
            email,
            email_key,
            at,
        )
    )


async def set_email(tx: Tx, account_id: AccountId, *, email: str, email_key: str) -> None:
    await tx.execute("UPDATE accounts SET email = $2, email_key = $3 WHERE id = $1", account_id, email, email_key)


async def set_origin(tx: Tx, account_id: AccountId, origin: str) -> None:
    await tx.execute("UPDATE accounts SET origin = $2 WHERE id = $1", account_id, origin)


async def set_use(tx: Tx, account_id: AccountId, use_for: str) -> None:
    await tx.execute("UPDATE accounts SET use_for = $2 WHERE id = $1", account_id, use_for)


async def chats(tx: Reader, account_id: AccountId) -> int:
    """How many chats write under this address."""
    return int(await tx.value("SELECT count(*) FROM identities WHERE account_id = $1", account_id))
