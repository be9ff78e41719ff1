"""What happens to the staff group itself: members, topics, its id."""

from bot.channels.base import Inbound, Place
from bot.desk import roster, say, topics, troubles
from bot.desk.context import Context
from bot.domain.ids import InboxId
from storage import officers, offices, tickets
from storage.base import Tx

# While the group's number is not configured yet, it makes `meja check` see the group; an admin gets the number.
ID_COMMAND = "id"


async def tell_id(tx: Tx, ctx: Context, inbound: Inbound) -> None:
    """The number of this group, for the configuration. To anybody but admins it says nothing."""
    sender = inbound.sender
    if sender.id in ctx.admins and not (sender.anonymous or inbound.secondhand):
        is_staff = inbound.place is Place.STAFF
        chat = "staff" if is_staff else inbound.chat
        await say.to_chat(
            tx, ctx, chat, "chat_id", reply_to=inbound.ref, thread=inbound.thread, id=inbound.chat, is_staff=is_staff
        )


async def membership(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """An officer left or came back; or the desk itself was removed, lost its rights, or has them back."""
    sender = inbound.sender
    if inbound.change == "left":
        await officers.left(tx, ctx.office, sender.id, inbound.at)
        gone = await officers.of_sender(tx, ctx.office, sender.id)
        if gone is not None:
            await roster.drop(tx, ctx, gone)
    elif inbound.change == "joined" and await officers.of_sender(tx, ctx.office, sender.id) is not None:
        username = sender.username.lower() or None
        await officers.seen(tx, ctx.office, sender=sender.id, name=sender.name, username=username, at=inbound.at)
    elif inbound.change == "removed":
        await troubles.begin(tx, ctx, "alarm_group", reason=inbound.value)
    elif inbound.change == "restored":
        await troubles.end(tx, ctx, "alarm_group")


async def topic(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """Our own topic, made: the proof of a creation whose answer was lost (TELEGRAM.md §3)."""
    if inbound.change != "created" or inbound.thread is None or inbound.sender.id != ctx.bot_id:
        return
    number = inbound.value.split(" ", 1)[0]
    ticket = await tickets.of_number(tx, ctx.office, number)
    if ticket is not None:
        await topics.stands(tx, ctx, ticket, inbound.thread)


async def moved(tx: Tx, ctx: Context, inbound: Inbound, inbox_id: InboxId | None, lane: str) -> None:
    """Telegram made the group a supergroup: it has another id from now on."""
    await offices.move(tx, ctx.office, inbound.value)
