"""Presses of the public (a press older than 150 s is lost by Telegram).

Callback data is a token and an index. Who may press, in which state and for which cycle stands in the database; what
does not fit is answered as no longer valid and does nothing.
"""

from bot.channels.base import Inbound
from bot.desk import complaints, consent, registration, say
from bot.desk.context import Context
from bot.domain.ids import InboxId
from handlers import admin_buttons, privacy, turn
from handlers.buttons import ACTIONS, Press
from handlers.elsewhere import is_elsewhere
from handlers.turn import Turn
from storage import dialogues, keyboards
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.keyboards import Keyboard

INDEX_LONGEST = 3
# These stand beside the conversation: they leave a complaint open, and a blocked person may use them.
BESIDES = (
    *("anonymous", "finish", "language", "read_standard", "earlier", "show_held"),
    *("new_email", "new_email_resend", "new_email_leave"),
    *privacy.ACTIONS,
)
# These need no agreement to the notice as it is now.
FREE = ("agree", "decline", *BESIDES)


async def public_press(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    person = await turn.known(tx, ctx, inbound, inbox_id, lane)
    found = await find(tx, ctx, inbound.button)
    elsewhere = found is not None and await is_elsewhere(tx, inbound, found[0])
    if found is not None and not elsewhere and found[0].state == say.ADMINS and ctx.traits(inbound.channel).staff:
        await admin_buttons.press(tx, ctx, inbound, found[1])
        return
    if person is None:
        await _of_stranger(tx, ctx, inbound, inbox_id, lane)
        return
    if found is None or (elsewhere and found[0].identity_id is None):
        await _toast(tx, ctx, person, "toast_stale")
        return
    keyboard, button = found
    if keyboard.identity_id != person.identity.id:
        await _toast(tx, ctx, person, "toast_not_yours")
    elif elsewhere:
        await _toast(tx, ctx, person, "toast_stale")
    elif not _may_press(ctx, person, button):
        await _toast(tx, ctx, person, "toast_consent")
        dedup = turn.burst(ctx, person.identity, "consent_again")
        await consent.ask_again(tx, ctx, person.identity, person.dialogue, dedup=dedup)
    elif await press(tx, ctx, person, keyboard, button):
        await say.toast(tx, ctx, inbound.query)
    else:
        await _toast(tx, ctx, person, "toast_stale")


async def _of_stranger(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """Nobody's button counts for them. Where a press waits for an answer it gets one, and nothing is noted; where it
    does not, it is a message of theirs, the first: they are greeted, and nothing else is noted than for any first one.
    """
    if inbound.query:
        await say.toast(tx, ctx, inbound.query, "toast_stale", lang=turn.language_of(ctx, inbound))
        return
    person = await turn.of_person(tx, ctx, inbound, inbox_id, lane)
    await registration.welcome(tx, ctx, person.identity)


def _may_press(ctx: Context, person: Turn, button: dict[str, str]) -> bool:
    """Whether the person agreed to what the button begins; while they are being erased no button counts at all."""
    return button["action"] in FREE or person.state == "erasing" or consent.has_agreed(ctx, person.dialogue)


async def _toast(tx: Tx, ctx: Context, person: Turn, key: str) -> None:
    """Where a press waits for no answer, it is a message, once for several presses."""
    if person.inbound.query:
        await say.toast(tx, ctx, person.inbound.query, key, lang=person.identity.lang)
    else:
        await say.to_user(tx, ctx, person.identity, key, dedup=turn.burst(ctx, person.identity, key))


async def find(tx: Tx, ctx: Context, data: str) -> tuple[Keyboard, dict[str, str]] | None:
    """The keyboard and the button that callback data names; None for what was never ours."""
    token, _, index = data.partition(":")
    keyboard = await keyboards.of_token(tx, ctx.office, token)
    if keyboard is None or not (index.isdecimal() and len(index) <= INDEX_LONGEST):
        return None
    if int(index) >= len(keyboard.buttons):
        return None
    return keyboard, keyboard.buttons[int(index)]


async def press(tx: Tx, ctx: Context, person: Turn, keyboard: Keyboard, button: dict[str, str]) -> bool:
    """Do what the button says if it still counts; whether it did."""
    beside = button["action"] in BESIDES
    if person.state == "erasing" or (person.identity.banned_at is not None and not beside):
        return False
    if not _may_press(ctx, person, button):
        return False
    if keyboard.state is not None and not _stands_in(keyboard.state, person.state, button["action"]):
        return False
    ticket = await ticket_rows.need(tx, keyboard.ticket_id) if keyboard.ticket_id is not None else None
    if ticket is not None and (ticket.cycle != keyboard.cycle or ticket.identity_id != person.identity.id):
        return False
    done = await ACTIONS[button["action"]](tx, ctx, Press(person, button["arg"], ticket))
    if done and not beside and complaints.lies_over(person.dialogue):
        await dialogues.set_overlay(tx, person.identity.id, None)
    return done


def _stands_in(shown: str, now: str, action: str) -> bool:
    """Whether a button shown in one state counts in another: who said "Sudah terjawab" may think better of it."""
    return now == shown or (shown, now, action) == ("offer", "answered", "ask_officer")
