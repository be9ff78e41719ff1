"""Files that people send: which ones the office takes, and what the officers are told of them (QUALITY.md T16)."""

from typing import Any

from bot.channels.base import Content
from bot.desk import say
from bot.desk.context import Context
from bot.domain.attachments import is_allowed, plain_name, risk
from storage.base import Tx
from storage.messages import Message
from storage.tickets import Ticket

NAMED = ("document", "audio", "video", "animation")  # kinds whose name the sender chooses


def is_refused(ctx: Context, content: Content) -> bool:
    """Whether it is a file of an ending that the office does not take. Photos and voice messages are no files."""
    name = content.data.get("file_name", "")
    named = content.kind == "document" or (content.kind in NAMED and bool(name))
    return named and not is_allowed(name, ctx.settings.service.file_types)


async def warn(tx: Tx, ctx: Context, ticket: Ticket, message: Message) -> None:
    """Beside a file that may do harm the officers read its name, its size and why; it is passed on all the same."""
    data = message.content["data"]
    reason = risk(data.get("file_name", ""), data.get("mime_type", "")) if message.kind in NAMED else ""
    if reason:
        about = f"message:{message.id}"
        await say.to_topic(tx, ctx, ticket, "staff_file_warning", reply_to=about, risk=reason, **described(data))


def described(data: dict[str, Any]) -> dict[str, Any]:
    """What a text says of a file: its name without tricks, and its size in bytes (None where it is not told)."""
    return {"name": plain_name(str(data.get("file_name", ""))), "size": data.get("file_size")}
