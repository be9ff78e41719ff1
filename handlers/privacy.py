"""/privasi: the buttons of its menu, in every state of the dialogue, and the name that is typed after one of them."""

from collections.abc import Awaitable, Callable

from bot.desk import consent, privacy, say
from bot.desk.context import Context
from bot.domain.names import name_fault
from handlers.turn import Turn
from storage.base import Tx

# The person, and what the button holds; whether it still counts.
Step = Callable[[Tx, Context, Turn, str], Awaitable[bool]]


async def menu(tx: Tx, ctx: Context, turn: Turn, arg: str) -> bool:
    await privacy.show(tx, ctx, turn.identity)
    return True


async def export(tx: Tx, ctx: Context, turn: Turn, arg: str) -> bool:
    await privacy.export(tx, ctx, turn.identity)
    return True


async def correct_name(tx: Tx, ctx: Context, turn: Turn, arg: str) -> bool:
    if turn.identity.account_id is None:
        return False
    await privacy.ask_name(tx, ctx, turn.identity)
    return True


async def name_typed(tx: Tx, ctx: Context, turn: Turn) -> None:
    """What is typed while a name is awaited; nothing of it is passed on."""
    fault = name_fault(turn.text, shown=turn.typed)
    if fault is None:
        await privacy.confirm_name(tx, ctx, turn.identity, " ".join(turn.typed.split()))
    else:
        await say.to_user(tx, ctx, turn.identity, "bad_name", fault=fault.value)


async def name_right(tx: Tx, ctx: Context, turn: Turn, arg: str) -> bool:
    if turn.identity.account_id is None or not arg:
        return False
    await privacy.rename(tx, ctx, turn.identity, arg)
    return True


async def cancel(tx: Tx, ctx: Context, turn: Turn, arg: str) -> bool:
    await privacy.leave(tx, ctx, turn.identity)
    return True


async def withdraw(tx: Tx, ctx: Context, turn: Turn, arg: str) -> bool:
    if not await consent.stands(tx, turn.identity):
        return False
    await privacy.ask_withdraw(tx, ctx, turn.identity)
    return True


async def withdraw_yes(tx: Tx, ctx: Context, turn: Turn, arg: str) -> bool:
    if not privacy.is_fresh(ctx, arg) or not await consent.stands(tx, turn.identity):
        return False
    await consent.withdraw(tx, ctx, turn.identity)
    return True


async def erase(tx: Tx, ctx: Context, turn: Turn, arg: str) -> bool:
    await privacy.ask_erase(tx, ctx, turn.identity)
    return True


async def erase_next(tx: Tx, ctx: Context, turn: Turn, arg: str) -> bool:
    if not privacy.is_fresh(ctx, arg):
        return False
    await privacy.ask_erase_again(tx, ctx, turn.identity)
    return True


async def erase_now(tx: Tx, ctx: Context, turn: Turn, arg: str) -> bool:
    if not privacy.is_fresh(ctx, arg):
        return False
    await privacy.erase(tx, ctx, turn.identity)
    return True


ACTIONS: dict[str, Step] = {
    "privacy_menu": menu,
    "privacy_export": export,
    "privacy_name": correct_name,
    "privacy_name_yes": name_right,
    "privacy_cancel": cancel,
    "privacy_withdraw": withdraw,
    "withdraw_yes": withdraw_yes,
    "privacy_erase": erase,
    "erase_next": erase_next,
    "erase_now": erase_now,
}
