"""What a refusal of the Bot API means for the desk: CAUSES is the table of its texts."""

from telegram.error import TelegramError

from bot.channels.base import SendError
from bot.channels.telegram.request import Refused, TransportError

# Part of the description (case aside) -> cause, whether trying again is useless. Read from the top.
CAUSES: tuple[tuple[str, str, bool], ...] = (
    ("message is not modified", "not_modified", True),
    ("topic_not_modified", "not_modified", True),
    ("message thread not found", "thread_gone", True),
    ("topic_deleted", "thread_gone", True),
    ("topic_id_invalid", "thread_gone", True),
    ("topic_closed", "topic_closed", True),
    ("message to be replied not found", "reply_gone", True),
    ("quote", "quote_gone", True),
    ("message to edit not found", "target_gone", True),
    ("message to delete not found", "target_gone", True),
    ("message to react not found", "target_gone", True),
    ("message can't be deleted", "undeletable", True),
    ("message can't be edited", "target_gone", True),
    ("query is too old", "target_gone", True),
    ("bot was blocked by the user", "blocked", True),
    ("user is deactivated", "blocked", True),
    ("bot can't initiate conversation", "blocked", True),
    ("bot was kicked", "no_rights", False),
    ("bot is not a member", "no_rights", False),
    ("not enough rights", "no_rights", False),
    ("chat_admin_required", "no_rights", False),
    ("need administrator rights", "no_rights", False),
    ("have no rights", "no_rights", False),
    ("chat_write_forbidden", "no_rights", False),
    ("group chat was deleted", "no_rights", False),
    ("the chat is not a forum", "no_rights", False),
    ("chat not found", "chat_gone", True),
)


def send_error(error: TelegramError) -> SendError:
    """The library's error as the desk's."""
    if isinstance(error, TransportError):
        return SendError("trouble", error.message, unknown=not error.surely_not_sent)
    if isinstance(error, Refused):
        return _refused(error)
    return SendError("trouble", type(error).__name__, unknown=True)


def _refused(error: Refused) -> SendError:
    text = error.text
    if error.migrate_to is not None:
        return SendError("moved", text, migrate_to=str(error.migrate_to))
    if error.retry_after is not None:
        return SendError("flood", text, retry_after=error.retry_after)
    if error.status in (401, 404):
        return SendError("unauthorized", text)
    for part, cause, permanent in CAUSES:
        if part in text.lower():
            return SendError(cause, text, permanent=permanent)
    return SendError("rejected", text, permanent=True)
