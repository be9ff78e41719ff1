"""What officers note about a ticket for the office's own list: /ringkas and /silastik. The user sees neither."""

from bot.desk import consent, say, tickets
from bot.desk.context import Context
from handlers.turn import StaffTurn
from storage import tickets as ticket_rows
from storage.base import Tx

SUMMARY_LENGTH = 200
REFERENCE_LENGTH = 40


async def summarise(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/ringkas TEXT: one line about the question, for "Ringkasan" in the list of tickets."""
    return await _note(tx, ctx, turn, "ringkas", rest, column="summary", length=SUMMARY_LENGTH)


async def refer(tx: Tx, ctx: Context, turn: StaffTurn, rest: str) -> bool:
    """/silastik NUMBER: under which number the consultation was entered in Silastik."""
    return await _note(tx, ctx, turn, "silastik", rest, column="silastik_ref", length=REFERENCE_LENGTH)


async def _note(tx: Tx, ctx: Context, turn: StaffTurn, command: str, rest: str, *, column: str, length: int) -> bool:
    over = await consent.is_over(tx, turn.here)
    if over == "staff_erased":  # a name must not come back this way
        await say.to_topic(tx, ctx, turn.here, over)
        return True
    text = " ".join(rest.split())
    if not text or len(text) > length:
        await say.to_topic(tx, ctx, turn.here, "staff_usage", command=command)
        return True
    await ticket_rows.change(tx, turn.here.id, **{column: text})
    await tickets.record(tx, ctx, turn.here, f"noted_{column}", f"officer:{turn.officer.id}")
    await say.to_topic(tx, ctx, turn.here, "staff_noted", command=command, note=text)
    return True
