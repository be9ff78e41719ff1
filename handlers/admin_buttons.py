"""Buttons that only admins may press: ACTIONS says which list each belongs to."""

from collections.abc import Awaitable, Callable

from bot.channels.base import Inbound
from bot.desk.context import Context
from handlers import adjusting, board, stuck
from storage.base import Tx

Press = Callable[[Tx, Context, Inbound, dict[str, str]], Awaitable[None]]

ACTIONS: dict[str, Press] = {
    **dict.fromkeys(stuck.ACTIONS, stuck.press),
    **dict.fromkeys(adjusting.ACTIONS, adjusting.press),
    board.PAGE: board.press,
}


async def press(tx: Tx, ctx: Context, inbound: Inbound, button: dict[str, str]) -> None:
    await ACTIONS[button["action"]](tx, ctx, inbound, button)
