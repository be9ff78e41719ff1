"""What another office gets of a conversation: what user and officers said to each other, and their files up to 20 MB.

Notes stay, and so does what was taken back or never arrived. A file's id belongs to one bot, so bytes are fetched by
ours and sent anew by theirs; what is too big or gone is named.
"""

from datetime import timedelta
from typing import Any

from bot.channels.base import Content
from bot.desk import crossing, parties, say
from bot.desk.context import Context
from bot.domain.history import safe
from storage import letters, links, media, messages, officers
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.media import Media
from storage.messages import Message
from storage.referrals import Referral
from storage.tickets import Ticket

# What a bot may download (TELEGRAM.md §4), and what of one conversation may be on its way at a time.
LARGEST = 20 * 1024 * 1024
MOST = 10 * LARGEST
MESSAGES_MOST = 5000
# A platform may be in trouble for a while.
PATIENCE = timedelta(hours=1)
# Of what is no file, the fields that say what it was.
TOLD = {
    "location": ("latitude", "longitude"),
    "venue": ("title", "address", "latitude", "longitude"),
    "contact": ("first_name", "last_name", "phone_number"),
    "poll": ("question",),
    "dice": ("emoji",),
}


async def said(tx: Tx, referral: Referral) -> list[Message]:
    """What stands on both sides, the oldest first."""
    found = await messages.of_ticket(tx, referral.ticket_id, MESSAGES_MOST)
    return [row for row in found if row.side == "user" or (row.side == "officer" and await _stands(tx, row))]


async def _stands(tx: Tx, message: Message) -> bool:
    return message.withdrawn_at is None and await links.has_copy(tx, message.id)


async def ask_for_files(tx: Tx, ctx: Context, referral: Referral) -> None:
    """Have the files fetched that are small enough, as files are that change platforms."""
    for message in await said(tx, referral):
        content = Content.from_json(message.content)
        if int(content.data.get("file_size") or 0) <= LARGEST:
            await crossing.ask_for(tx, ctx, message.id, content, to="")
    tx.signal("post", ctx.office)


async def is_waiting(tx: Tx, ctx: Context, referral: Referral) -> bool:
    """Whether a file may still come that goes along; what cannot be had for so long is not waited for."""
    assert referral.accepted_at is not None
    if ctx.now - referral.accepted_at > PATIENCE:
        return False
    return any(copy.state == "waiting" for _, copy in await _copies(tx, referral))


async def enclosures(tx: Tx, referral: Referral) -> list[tuple[int, int]]:
    """The files that go along: the number of each there, which is its message's id, and our copy. MOST bytes of all."""
    here = [(message.id, copy) for message, copy in await _copies(tx, referral) if copy.state == "here"]
    going, left = [], MOST
    for number, copy in here:
        if copy.size <= min(left, LARGEST):
            going.append((int(number), copy.id))
            left -= copy.size
    return going


async def _copies(tx: Tx, referral: Referral) -> list[tuple[Message, Media]]:
    found = []
    for message in await said(tx, referral):
        file = Content.from_json(message.content).file
        copy = await media.of_file(tx, referral.office, message.id, file) if file else None
        if copy is not None:
            found.append((message, copy))
    return found


async def enclose(tx: Tx, ctx: Context, referral: Referral, number: int, media_id: int) -> None:
    """One file goes ahead; said twice, it goes once."""
    assert referral.hash is not None
    await letters.enclose(tx, ctx.office, referral.receiver, referral.hash, number, media_id, ctx.now)


async def clear(tx: Tx, referral: Referral) -> None:
    """The copies that were made for the journey are of no more use here."""
    for _, copy in await _copies(tx, referral):
        if referral.accepted_at is not None and copy.created_at >= referral.accepted_at:
            await media.drop(tx, copy.id)


async def conversation(tx: Tx, ctx: Context, referral: Referral) -> dict[str, Any]:
    """The letter: what the person asked for and all that was said; who they are only where they are not known yet.

    Moments are UTC text.
    """
    ticket = await ticket_rows.need(tx, referral.ticket_id)
    officer = await officers.get(tx, referral.officer_id)
    going = {number for number, _ in await enclosures(tx, referral)}
    return say.plain(
        {
            "number": ticket.number,
            "type": ticket.type,
            "person": await _person(tx, ticket) if referral.is_new else None,
            "reason": referral.reason,
            "officer": parties.officer_name(ctx, officer, say.STAFF_LANG) if officer else "",
            "opened_at": ticket.opened_at,
            "messages": [await _told(tx, ctx, row, going) for row in await said(tx, referral)],
        }
    )


async def _person(tx: Tx, ticket: Ticket) -> dict[str, Any]:
    account = await parties.account_of(tx, ticket)
    name = (await parties.owner(tx, ticket)).name
    return {"name": name, "email": account.email, "origin": account.origin, "use": account.use_for}


async def _told(tx: Tx, ctx: Context, message: Message, going: set[int]) -> dict[str, Any]:
    content, data = Content.from_json(message.content), message.content["data"]
    officer = await officers.get(tx, message.officer_id) if message.officer_id else None
    plain = [str(data[key]) for key in TOLD.get(content.kind, ()) if data.get(key) is not None]
    told = {
        "by": message.side,
        "who": parties.officer_name(ctx, officer, say.STAFF_LANG) if officer else "",
        "at": message.at,
        "kind": content.kind,
        "text": content.text or ", ".join(plain),
        "entities": safe(content.entities, content.text),
    }
    return say.plain(told | (_file(content, message.id, going) if content.file else {}))


def _file(content: Content, number: int, going: set[int]) -> dict[str, Any]:
    """`file`: its number, if it goes along; else `lost` says why not."""
    data = content.data
    known = {key: data[key] for key in ("file_name", "mime_type", "file_size") if data.get(key)}
    if number in going:
        return {"data": known, "file": number}
    return {"data": known, "lost": "too_big" if int(data.get("file_size") or 0) > LARGEST else "media"}
