"""/pisah: what a user asked besides gets a ticket of its own."""

from bot.desk import say, splitting
from bot.desk.context import Context
from bot.desk.questions import TYPES
from handlers.turn import StaffTurn
from storage.base import Tx

ONWARDS = ("lanjut", "onwards")


async def split(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/pisah [lanjut] [type], as a reply: that message moves, with "lanjut" all that the user wrote later too."""
    first, _, others = rest.partition(" ")
    onwards = first.casefold() in ONWARDS
    named = others.strip() if onwards else rest
    type = type_named(ctx, named) if named else turn.here.type
    moved = await splitting.parts(tx, ctx, turn.inbound, turn.here, onwards=onwards)
    if type is None:
        await say.to_topic(tx, ctx, turn.here, "staff_types")
    elif not moved:
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command="pisah")
    else:
        await splitting.split(tx, ctx, turn.here, turn.officer, moved, type)
    return True


def type_named(ctx: Context, text: str) -> str | None:
    """The type of consultation of that label, in any language, or of that key."""
    label = ctx.texts.find_label(text, "type") if text else None
    type = label.removeprefix("type.") if label else text.lower()
    return type if type in TYPES else None
