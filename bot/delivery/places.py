"""Where an outbox row goes: destinations are symbolic, and resolved at the moment of sending."""

from dataclasses import dataclass

from bot.desk import say, templates, window
from bot.desk.context import Context
from storage import identities, offices, outbox
from storage.base import Tx
from storage.identities import Identity
from storage.outbox import OutboxRow

STAFF_CHANNEL = "telegram"


class NotYet(Exception):
    """The ticket's topic does not stand yet; it wakes this lane when it does."""


class NotSoon(Exception):
    """The file that the row carries is late: nothing is to wait for it in the lane."""


class Pointless(Exception):
    """There is nothing to do any more: already done, or what it was about is gone."""


class Overtaken(Exception):
    """The row is not the first of its lane any more: it was taken back, went over to another lane, or one before it
    that was held is released."""


class Unreachable(Exception):
    """The person cannot be written to for now."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Place:
    """Where a row goes: the channel, the chat, and the topic within it. `closed`: only a template may go there now."""

    channel: str
    chat: str
    thread: str | None = None
    closed: bool = False


async def place_of(tx: Tx, ctx: Context, row: OutboxRow) -> Place:
    """Raises NotYet, Pointless, Unreachable."""
    if row.dest == "user":
        return await _user_place(tx, ctx, row)
    if row.dest == "topic":
        return await _topic_place(tx, ctx, row)
    if row.dest == "staff":
        return Place(STAFF_CHANNEL, await offices.staff_chat(tx, ctx.office), row.payload.get("thread"))
    if row.dest == "query":
        return Place(STAFF_CHANNEL, "")
    return Place(STAFF_CHANNEL, row.dest.removeprefix("chat:"))


async def place_gone_to(tx: Tx, ctx: Context, row: OutboxRow) -> Place:
    """Where a row went that was sent. Whether anything could go there now does not matter: windows close meanwhile,
    people block and are erased. Raises NotYet, Pointless, Unreachable for rows to officers only."""
    identity = await identities.get(tx, row.identity_id) if row.dest == "user" and row.identity_id else None
    return await place_of(tx, ctx, row) if identity is None else Place(identity.channel, identity.chat)


async def _user_place(tx: Tx, ctx: Context, row: OutboxRow) -> Place:
    assert row.identity_id is not None
    identity = await identities.get(tx, row.identity_id)
    if identity is None or identity.is_erased:
        raise Pointless("the person was erased")
    if identity.unreachable_at is not None:
        raise Unreachable(identity.unreachable_reason or "")
    return Place(identity.channel, identity.chat, closed=_is_closed(ctx, identity, row))


def _is_closed(ctx: Context, identity: Identity, row: OutboxRow) -> bool:
    """Whether only a template may reach the person now, and there is one for the row. Raises Pointless, Unreachable."""
    if window.is_open(ctx, identity):
        if row.payload.get("key") in templates.CALLS:
            raise Pointless("nothing waits any more")
        return False
    if row.kind == "delete":  # the platform says what it thinks of that, whatever the window
        return False
    if not templates.stands_for(ctx, identity.channel, row):
        raise Unreachable(window.CLOSED)
    return True


async def _topic_place(tx: Tx, ctx: Context, row: OutboxRow) -> Place:
    """The ticket's topic; while it is being made, only its own setting up may write there."""
    assert row.ticket_id is not None
    setup = say.setup_lane(row.ticket_id)
    spot = await outbox.spot_of(tx, row.ticket_id, setup)
    if spot.topic is None or (spot.busy and row.lane != setup):
        raise NotYet
    return Place(STAFF_CHANNEL, spot.chat, spot.topic)
