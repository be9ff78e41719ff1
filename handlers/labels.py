"""Labels of buttons, and numbers of choices, that were typed: the same as a press."""

from bot.desk import say
from bot.desk.context import Context
from bot.domain.numbers import Number
from handlers.presses import press
from handlers.turn import Turn
from storage import keyboards
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.keyboards import Keyboard

LABEL_LONGEST = 64
LOOKED_AT = 10  # of the newest keyboards, for a label that was typed
NUMBER_LONGEST = 3
# Questions with a list of choices, to which a number is no other answer.
NUMBERED = ("origin", "use", "type")


async def typed(tx: Tx, ctx: Context, person: Turn, *, only: tuple[str, ...] = ()) -> bool:
    """Whether the text was the label of a live button (with `only`: of those actions), and was handled as a press."""
    text = person.typed
    if not text or len(text) > LABEL_LONGEST:
        return False
    if not only and await _numbered(tx, ctx, person, text):
        return True
    if not (ctx.texts.is_label(text) or Number.parse(text)):  # the public's buttons say nothing else
        return False
    for place, keyboard in enumerate(await keyboards.live(tx, person.identity.id, LOOKED_AT)):
        if not (only or await _may_be_typed(tx, person, keyboard, newest=place == 0)):
            continue
        for button in keyboard.buttons:
            if only and button["action"] not in only:
                continue
            if _is_label(ctx, text, button["key"]) and await press(tx, ctx, person, keyboard, button):
                return True
    return False


async def _numbered(tx: Tx, ctx: Context, person: Turn, text: str) -> bool:
    """Whether the text was the number of a choice in the list that was asked last, and was handled as a press."""
    if person.state not in NUMBERED or not (text.isascii() and text.isdigit() and len(text) <= NUMBER_LONGEST):
        return False
    newest = next(iter(await keyboards.live(tx, person.identity.id, 1)), None)
    if newest is None or newest.state != person.state or not 0 < int(text) <= len(newest.buttons):
        return False
    return await press(tx, ctx, person, newest, newest.buttons[int(text) - 1])


async def _may_be_typed(tx: Tx, person: Turn, keyboard: Keyboard, *, newest: bool) -> bool:
    """Whether a word can mean a button here: "2" answers the officer's question rather than rates an older ticket."""
    if keyboard.state is not None:
        return keyboard.state == person.state
    if any(button["action"] == "rate" for button in keyboard.buttons):
        return person.state in ("idle", "feedback") and await ticket_rows.open_of(tx, person.identity.id) is None
    return newest or keyboard.ticket_id is not None


def _is_label(ctx: Context, text: str, key: str) -> bool:
    """Whether the text is what stands on that button, in any language."""
    return text == key[1:] if key.startswith("=") else ctx.texts.same(text, say.label_key(key))
