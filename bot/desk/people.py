"""Who it is, on a channel where a person has several ids of which any may be missing (WHATSAPP.md §0.2, §1.7).

Any id finds the person, unless a surer one says that it is somebody else: telephone numbers get new owners, and an
answer must never go to the wrong one.
"""

from collections.abc import Mapping

from bot.channels.base import Inbound
from bot.desk import say, window
from bot.desk.context import Context
from storage import held, identities, inbox, links, reunion, tickets, trail
from storage.base import Tx
from storage.identities import IDS, Identity


async def find(tx: Tx, ctx: Context, inbound: Inbound) -> Identity | None:
    """The person who did it, with the ids that came along; None: nobody we know."""
    sender = inbound.sender
    found = await identities.of_sender(tx, ctx.office, inbound.channel, sender.id)
    ids = dict(sender.aliases)
    if not ids or (found is not None and _has(found, ids, sender.username)):
        return found
    every = {row.id: row for row in (*await _matching(tx, ctx, inbound.channel, ids), *([found] if found else []))}
    known = [row for row in every.values() if not _is_other(row, ids)]
    number = ids.get("phone")
    had_other = any(_is_surely(row, ids) and number and row.phone not in (None, number) for row in known)
    same = [row for row in known if not had_other or _is_surely(row, ids) or not _has_something(row)]
    await _without_number(tx, ctx, [row for row in every.values() if row not in same and row.phone == number])
    same.sort(key=lambda row: row.id)
    return await _known_as(tx, ctx, same, ids, sender.username) if same else None


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
    same = [row for row in others if _is_surely(row, new) or not (_is_other(row, new) or _has_something(row))]
    await _without_number(tx, ctx, [row for row in others if row not in same])
    person = await _known_as(tx, ctx, [found[0], *same], new, found[0].username or "")
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


def _is_surely(row: Identity, ids: Mapping[str, str]) -> bool:
    """Whether a surer id than a telephone number, which may have had another owner, says that it is the same person."""
    return any(getattr(row, kind) and getattr(row, kind) == ids.get(kind) for kind in IDS if kind != "phone")


def _has_something(row: Identity) -> bool:
    """Whether there is anything that would come into other hands: an account with its tickets, or a surer id."""
    return row.account_id is not None or row.bsuid is not None or row.parent_bsuid is not None


async def _without_number(tx: Tx, ctx: Context, rows: list[Identity]) -> None:
    """Their number is somebody else's by now. Who had no other id cannot be written to any more."""
    for row in rows:
        await identities.lose_number(tx, row.id, ctx.now)
        left = await identities.get(tx, row.id)
        assert left is not None
        if row.phone is not None:
            await _move_lane(tx, ctx, row.channel, row.phone, left.chat, own=False)


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
        tx.signal("outbox", f"u:{first.id}")
    chat = merged["bsuid"] or merged["phone"] or first.chat
    if chat != first.chat:
        await links.move_chat(tx, ctx.office, channel=first.channel, chat=first.chat, to=chat)
    await identities.set_ids(tx, first.id, chat=chat, ids=merged, username=username or first.username)
    await _take_lanes(tx, ctx, same, chat, merged)
    known = await identities.get(tx, first.id)
    assert known is not None
    if more and known.unreachable_at is None and window.is_open(ctx, known):
        await held.release(tx, ctx.office, known.id, ctx.now)  # what the other's closed window held
    return known


async def _take_lanes(tx: Tx, ctx: Context, same: list[Identity], chat: str, ids: Mapping[str, str | None]) -> None:
    """Their updates of ids that are no more are found by the one that is: an erasure forgets them too."""
    before = {id for row in same for id in (row.chat, *(getattr(row, kind) for kind in IDS)) if id}
    for id in before - {chat, *ids.values()}:
        await _move_lane(tx, ctx, same[0].channel, id, chat)


async def _move_lane(tx: Tx, ctx: Context, channel: str, before: str, now: str, *, own: bool = True) -> None:
    """`own`: what is being handled is theirs."""
    under_way = trail.event() if own else None
    await inbox.move_lane(tx, ctx.office, f"{channel}:{before}", f"{channel}:{now}", under_way=under_way)
