"""Whether a press is said to be under another message than the one its buttons were sent with (QUALITY.md T3)."""

from bot.channels.base import Inbound
from storage import outbox
from storage.base import Tx
from storage.keyboards import Keyboard
from storage.outbox import OutboxRow


async def is_elsewhere(tx: Tx, inbound: Inbound, keyboard: Keyboard) -> bool:
    """What is not known for sure passes: a message in doubt, or one whose row is deleted."""
    if not inbound.ref or keyboard.outbox_id is None:
        return False
    row = await outbox.get(tx, keyboard.outbox_id)
    return row is not None and _is_another(row, inbound.chat, inbound.ref)


def _is_another(row: OutboxRow, chat: str, ref: str) -> bool:
    """After an attempt in doubt there may be more copies than are known.

    On other platforms than the officers' a person's chat may get another id, while `ref` alone names the message; and
    what was said not to have arrived, and went once more, may have arrived after all.
    """
    result = row.result or {}
    refs = result.get("refs") or [row.payload.get("target")]
    if row.state != "sent" or row.uncertain or refs == [None]:
        return False
    if "channel" in result:
        return ref not in refs and row.attempts == 1
    return ref not in refs or chat != result["chat"]
