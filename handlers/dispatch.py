"""Where everything that comes in goes: ROUTES is read from top to bottom."""

from collections.abc import Awaitable, Callable

from bot.channels.base import Inbound, Kind, Place
from bot.desk.context import Context
from bot.domain.ids import InboxId
from handlers import group, news, presses, public, staff, staff_buttons, supervisor
from storage.base import Tx

Step = Callable[[Tx, Context, Inbound, InboxId | None, str], Awaitable[None]]

ROUTES: tuple[tuple[Place, Kind, Step], ...] = (
    (Place.PRIVATE, Kind.MESSAGE, public.message),
    (Place.PRIVATE, Kind.EDIT, public.edit),
    (Place.PRIVATE, Kind.BUTTON, presses.public_press),
    (Place.PRIVATE, Kind.REACTION, public.reaction),
    (Place.PRIVATE, Kind.MEMBERSHIP, public.membership),
    (Place.PRIVATE, Kind.STATUS, news.receipt),
    (Place.PRIVATE, Kind.RENUMBERED, news.renumbered),
    (Place.ELSEWHERE, Kind.ACCOUNT, news.account),
    (Place.ELSEWHERE, Kind.MESSAGE, supervisor.message),
    (Place.ELSEWHERE, Kind.MEMBERSHIP, supervisor.membership),
    (Place.STAFF, Kind.MESSAGE, staff.message),
    (Place.STAFF, Kind.EDIT, staff.edit),
    (Place.STAFF, Kind.BUTTON, staff_buttons.press),
    (Place.STAFF, Kind.REACTION, staff.reaction),
    (Place.STAFF, Kind.MEMBERSHIP, group.membership),
    (Place.STAFF, Kind.TOPIC, group.topic),
    (Place.STAFF, Kind.MOVED, group.moved),
)


async def dispatch(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """One inbound, one transaction. What no route takes is none of our business (another group, a channel)."""
    for place, kind, step in ROUTES:
        if (inbound.place, inbound.kind) == (place, kind):
            await step(tx, ctx, inbound, inbox_id, lane)
            return
