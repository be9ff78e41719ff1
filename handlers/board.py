"""/sla: the board of due dates, page by page, refreshed in the place where it stands. For admins."""

from bot.channels.base import Inbound, Place
from bot.desk import say
from bot.desk.context import Context
from bot.desk.say import Button, Buttons
from bot.reports.board import pages_of
from storage import tickets
from storage.base import Tx

PAGE = "board_page"


async def show(
    tx: Tx, ctx: Context, *, chat: str, thread: str | None = None, page: int = 0, target: str | None = None
) -> None:
    """The board as it is now: a new one, or in the place of the one that stands in `target`."""
    pages = pages_of(await tickets.count_open(tx, ctx.office))
    await say.drawn_later(
        tx, ctx, chat, "sla", thread=thread, target=target, buttons=_buttons(min(page, pages - 1), pages), page=page
    )


def _buttons(page: int, pages: int) -> Buttons:
    row = [Button("refresh", PAGE, str(page))]
    if page > 0:
        row.insert(0, Button("page_before", PAGE, str(page - 1)))
    if page + 1 < pages:
        row.append(Button("page_after", PAGE, str(page + 1)))
    return (tuple(row),)


async def press(tx: Tx, ctx: Context, inbound: Inbound, button: dict[str, str]) -> None:
    """A page or a fresh look, in the same message."""
    if inbound.sender.id not in ctx.admins:
        await say.toast(tx, ctx, inbound.query, "toast_admins")
        return
    chat = "staff" if inbound.place is Place.STAFF else inbound.chat
    await show(tx, ctx, chat=chat, page=int(button["arg"]), target=inbound.ref)
    await say.toast(tx, ctx, inbound.query)
