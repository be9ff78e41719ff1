"""Who wants no codes from us says so by a link in the mail (QUALITY.md T8)."""

from bot.desk import doors
from bot.desk.context import Context
from storage import audit, refusals
from storage.base import Tx

DOOR = "tolak"


def link(ctx: Context, hash: str) -> str:
    """The link for an address, which stands in it only as the keyed hash of the list."""
    return doors.open_at(ctx, DOOR, hash)


async def refuse(tx: Tx, ctx: Context, token: str, *, sure: bool) -> str | None:
    """ "ask" before the owner is `sure`, "done" after; None: no link of ours."""
    parts = doors.behind(ctx, DOOR, token)
    if parts is None:
        return None
    if not sure:
        return "ask"
    await refusals.add(tx, ctx.office, parts[0], actor="mail", at=ctx.now)
    await audit.add(tx, ctx.office, at=ctx.now, actor="mail", action="refuse")
    return "done"
