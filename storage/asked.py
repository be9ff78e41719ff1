"""What admins were asked in a chat: why something that is stuck is to be dropped."""

from dataclasses import dataclass
from datetime import datetime

from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Asked:
    """`chat` is "staff" or a private chat's id; `stuck` the key of what is stuck; `list` the message that lists it."""

    office: str
    chat: str
    sender: str
    thread: str | None
    stuck: str
    list: str
    page: int
    at: datetime


async def put(tx: Tx, asked: Asked) -> None:
    """The newest question to somebody in a chat takes the place of the one before."""
    await tx.execute(
        f"INSERT INTO asked ({column_list(Asked)}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (office, chat, sender) DO UPDATE SET thread = excluded.thread, stuck = excluded.stuck,"
        " list = excluded.list, page = excluded.page, at = excluded.at",
        asked.office,
        asked.chat,
        asked.sender,
        asked.thread,
        asked.stuck,
        asked.list,
        asked.page,
        asked.at,
    )


async def of_sender(tx: Reader, office: str, *, chat: str, sender: str) -> Asked | None:
    return await tx.one(
        Asked,
        f"SELECT {column_list(Asked)} FROM asked WHERE office = $1 AND chat = $2 AND sender = $3",
        office,
        chat,
        sender,
    )


async def forget(tx: Tx, office: str, *, chat: str, sender: str) -> None:
    await tx.execute("DELETE FROM asked WHERE office = $1 AND chat = $2 AND sender = $3", office, chat, sender)
