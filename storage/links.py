"""Links: which message of a platform is which message of ours. A message has one source and its copies."""

from dataclasses import dataclass

from bot.domain.ids import MessageId
from storage.base import Reader, Tx


@dataclass(frozen=True)
class Link:
    channel: str
    chat: str
    ref: str
    message_id: MessageId
    role: str
    thread: str | None


_SELECT = "SELECT channel, chat, ref, message_id, role, thread FROM links"


async def add(
    tx: Tx,
    office: str,
    *,
    channel: str,
    chat: str,
    ref: str,
    message_id: MessageId,
    role: str,
    thread: str | None = None,
) -> None:
    await tx.execute(
        "INSERT INTO links (office, channel, chat, ref, message_id, role, thread) VALUES ($1, $2, $3, $4, $5, $6, $7)"
        " ON CONFLICT DO NOTHING",
        office,
        channel,
        chat,
        ref,
        message_id,
        role,
        thread,
    )


async def of_ref(tx: Reader, office: str, *, channel: str, chat: str, ref: str) -> list[Link]:
    """Which messages of ours stand in that message (several when they were merged into one post)."""
    return await tx.all(
        Link,
        f"{_SELECT} WHERE office = $1 AND channel = $2 AND chat = $3 AND ref = $4 ORDER BY message_id",
        office,
        channel,
        chat,
        ref,
    )


async def move_chat(tx: Tx, office: str, *, channel: str, chat: str, to: str) -> None:
    """The person's chat has another id there; what stands in it is the same."""
    await tx.execute(
        "UPDATE links SET chat = $4 WHERE office = $1 AND channel = $2 AND chat = $3", office, channel, chat, to
    )


async def has_copy(tx: Reader, message_id: MessageId) -> bool:
    """Whether it stands on the other side."""
    sql = "SELECT EXISTS (SELECT 1 FROM links WHERE message_id = $1 AND role = 'copy')"
    return bool(await tx.value(sql, message_id))


async def of_message(tx: Reader, message_id: MessageId) -> list[Link]:
    """Where the message stands, the newest copy last: the numbers of a chat's messages grow."""
    return await tx.all(Link, f"{_SELECT} WHERE message_id = $1 ORDER BY role, length(ref), ref", message_id)
