"""Who it is, on a channel where a person has several ids of which any may be missing (WHATSAPP.md §0.2, §1.7).

Any id finds the person, unless a surer one says that it is somebody else: telephone numbers get new owners, and an
answer must never go to the wrong one.
"""

from collections.abc import Mapping

from bot.channels.base import Inbound
from bot.desk import say
from bot.desk.context import Context
from storage import identities, links, reunion, tickets
from storage.base import Tx
from storage.identities import IDS, Identity


async def find(tx: Tx, ctx: Context, inbound: Inbound) -> Identity | None:
    """The person who did it, with the ids that came along; None: nobody we know."""
    sender = inbound.sender
    found = await identities.of_sender(tx, ctx.office, inbound.channel, sender.id)
    ids = dict(sender.aliases)
    if not ids or (found is not None and _has(found, ids, sender.username)):
        return found
    known = await _matching(tx, ctx, inbound.channel, ids)
    for stranger in known:
        if _is_other(stranger, ids):
            await identities.drop_phone(tx, stranger.id)
    same = sorted({row.id: row for row in (*known, *([found] if found else [])) if not _is_other(row, ids)}.items())
    return await _known_as(tx, ctx, [row for _, row in same], ids, sender.username) if same else None


async def note_ids(tx: Tx, ctx: Context, identity: Identity, inbound: Inbound) -> Identity:
    """Keep what came along with the first word of somebody new."""
    ids = dict(inbound.sender.aliases)
    return await _known_as(tx, ctx, [identity], ids, inbound.sender.username) if ids else identity


async def renumbered(tx: Tx, ctx: Context, inbound: Inbound) -> None:
    """The platform says that somebody has other ids now: the talk goes on with them, and the officers know."""
    old, new = inbound.data.get("old", {}), inbound.data.get("new", {})
    found = [row for row in await _matching(tx, ctx, inbound.channel, old) if not _is_other(row, old)]
    if not found or not new:
        return
    others = [row for row in await _matching(tx, ctx, inbound.channel, new) if row.id != found[0].id]
    for other in others:
        if _is_other(other, new):
            await identities.drop_phone(tx, other.id)
    same = [found[0], *(row for row in others if not _is_other(row, new))]
    person = await _known_as(tx, ctx, same, new, found[0].username or "")
    ticket = await tickets.open_of(tx, person.id)
    if ticket is not None:
        await say.to_topic(tx, ctx, ticket, "staff_renumbered")


async def _matching(tx: Tx, ctx: Context, channel: str, ids: Mapping[str, str]) -> list[Identity]:
    """Everybody who was known by one of these ids, the surest match first."""
    found: dict[int, Identity] = {}
    for kind in IDS:
        for row in await identities.of_id(tx, ctx.office, channel, kind, ids[kind]) if ids.get(kind) else []:
            found.setdefault(row.id, row)
    return list(found.values())


def _is_other(row: Identity, ids: Mapping[str, str]) -> bool:
    """Whether the surest id that both sides tell differs."""
    for kind in IDS:
        theirs, told = getattr(row, kind), ids.get(kind)
        if theirs and told and theirs == told:
            return False
        if theirs and told and kind == "bsuid" and _same_parent(row, ids):
            return False
        if theirs and told:
            return True
    return False


def _same_parent(row: Identity, ids: Mapping[str, str]) -> bool:
    return row.parent_bsuid is not None and row.parent_bsuid == ids.get("parent_bsuid")


def _has(row: Identity, ids: Mapping[str, str], username: str) -> bool:
    told = all(getattr(row, kind) == value for kind, value in ids.items() if kind in IDS)
    return told and (not username or row.username == username)


async def _known_as(tx: Tx, ctx: Context, same: list[Identity], ids: Mapping[str, str], username: str) -> Identity:
    """One row for the person, with every id that is known of them."""
    first, *more = same
    merged: dict[str, str | None] = {
        kind: ids.get(kind) or next((value for row in same if (value := getattr(row, kind))), None) for kind in IDS
    }
    for other in more:
        await reunion.unite(tx, first.id, other.id, marker=f"united:{ctx.token()}")
        await links.move_chat(tx, ctx.office, channel=first.channel, chat=other.chat, to=first.chat)
    chat = merged["bsuid"] or merged["phone"] or first.chat
    if chat != first.chat:
        await links.move_chat(tx, ctx.office, channel=first.channel, chat=first.chat, to=chat)
    await identities.set_ids(tx, first.id, chat=chat, ids=merged, username=username or first.username)
    known = await identities.get(tx, first.id)
    assert known is not None
    return known
