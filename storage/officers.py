"""Officers: whoever posts or presses in the staff group."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import OfficerId
from storage.base import Reader, Tx
from storage.rows import column_list


@dataclass(frozen=True)
class Officer:
    id: OfficerId
    office: str
    sender: str
    number: int
    name: str
    since: datetime
    left_at: datetime | None
    display_name: str | None
    username: str | None


_SELECT = f"SELECT {column_list(Officer)} FROM officers"


async def get(tx: Reader, officer_id: OfficerId) -> Officer | None:
    return await tx.one(Officer, f"{_SELECT} WHERE id = $1", officer_id)


async def of_sender(tx: Reader, office: str, sender: str) -> Officer | None:
    return await tx.one(Officer, f"{_SELECT} WHERE office = $1 AND sender = $2", office, sender)


async def all_of(tx: Reader, office: str) -> list[Officer]:
    return await tx.all(Officer, f"{_SELECT} WHERE office = $1 ORDER BY number", office)


async def seen(tx: Tx, office: str, *, sender: str, name: str, at: datetime, username: str | None = None) -> Officer:
    """The officer's row, made at the first post; whoever acts in the group is in it."""
    officer = await of_sender(tx, office, sender)
    if officer is None:
        number = int(await tx.value("SELECT coalesce(max(number), 0) + 1 FROM officers WHERE office = $1", office))
        await tx.execute(
            "INSERT INTO officers (office, sender, number, name, since, username) VALUES ($1, $2, $3, $4, $5, $6)",
            office,
            sender,
            number,
            name,
            at,
            username,
        )
    elif officer.left_at is not None or (officer.name, officer.username) != (name, username):
        await tx.execute(
            "UPDATE officers SET name = $2, username = $3, left_at = NULL WHERE id = $1", officer.id, name, username
        )
    else:
        return officer
    found = await of_sender(tx, office, sender)
    assert found is not None
    return found


async def left(tx: Tx, office: str, sender: str, at: datetime) -> None:
    await tx.execute("UPDATE officers SET left_at = $3 WHERE office = $1 AND sender = $2", office, sender, at)


async def set_display_name(tx: Tx, officer_id: OfficerId, name: str | None) -> None:
    """The name that the public reads; None: the platform's."""
    await tx.execute("UPDATE officers SET display_name = $2 WHERE id = $1", officer_id, name)
