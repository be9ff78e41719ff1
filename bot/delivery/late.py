"""Files that are late: what carries one steps aside, so that its lane goes on, and follows when the file is here.

A row that has stepped aside is held, and takes its place in the lane again like any other that is sent once more.
"""

from datetime import timedelta

from bot.channels.base import Content
from bot.desk import crossing, say
from bot.desk.context import Context
from bot.domain.ids import MessageId
from storage import carried, held, messages, outbox
from storage import tickets as ticket_rows
from storage.base import Tx
from storage.media import Media
from storage.outbox import OutboxRow

# Meta keeps what came by webhook for seven days (WHATSAPP.md §2.4).
PATIENCE = timedelta(days=6)
LATE = "file_late"


async def step_aside(tx: Tx, ctx: Context, row: OutboxRow) -> None:
    """Unless the file came meanwhile. The officers learn of each file once; to the user nothing has gone wrong."""
    if row.state not in outbox.OPEN:
        return
    found = [await _file(tx, ctx, message_id) for message_id in sorted(carried.of_row(row))]
    late = [copy for copy in found if copy is not None and copy.state == "waiting" and copy.late]
    if not late:
        return
    await outbox.end(tx, row.id, "held", LATE, ctx.now)
    for copy in late:
        await _tell(tx, ctx, row, copy)


async def _file(tx: Tx, ctx: Context, message_id: MessageId) -> Media | None:
    content = Content.from_json((await messages.need(tx, message_id)).content)
    return await crossing.found(tx, ctx, message_id, content)


async def _tell(tx: Tx, ctx: Context, row: OutboxRow, copy: Media) -> None:
    """In the topic: of a user's message, which does not stand there yet, with its words."""
    if row.ticket_id is None:
        return
    message = await messages.need(tx, copy.message_id)
    by_user = message.side == "user"
    await say.to_topic(
        tx,
        ctx,
        await ticket_rows.need(tx, row.ticket_id),
        "staff_file_late",
        reply_to=None if by_user else f"message:{message.id}",
        dedup=f"file_late:{message.id}",
        by_user=by_user,
        kind=message.kind,
        text=message.content["text"] if by_user else "",
        until=copy.created_at + PATIENCE,
    )


async def follow(tx: Tx, ctx: Context, message_id: MessageId) -> None:
    """Whatever stepped aside for the file of this message goes on, with it or without."""
    for row in await held.because_of(tx, ctx.office, LATE):
        if message_id in carried.of_row(row):
            await outbox.requeue(tx, row, ctx.now)
