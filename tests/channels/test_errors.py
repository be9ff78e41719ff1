"""Telegram's own words for what went wrong, as the desk's few causes."""

from datetime import timedelta

import pytest
from telegram.error import TelegramError

from bot.channels.telegram.errors import send_error
from bot.channels.telegram.request import Refused, TransportError

# What Telegram says (TELEGRAM.md §3), the cause, whether trying again is useless.
TEXTS = (
    ("Bad Request: message is not modified: specified new message content is exactly the same", "not_modified", True),
    ("Bad Request: TOPIC_NOT_MODIFIED", "not_modified", True),
    ("Bad Request: message thread not found", "thread_gone", True),
    ("Bad Request: TOPIC_DELETED", "thread_gone", True),
    ("Bad Request: TOPIC_ID_INVALID", "thread_gone", True),
    ("Bad Request: TOPIC_CLOSED", "topic_closed", True),
    ("Bad Request: message to be replied not found", "reply_gone", True),
    ("Bad Request: QUOTE_TEXT_INVALID", "quote_gone", True),
    ("Bad Request: message to edit not found", "target_gone", True),
    ("Bad Request: message can't be edited", "target_gone", True),
    ("Bad Request: message to delete not found", "target_gone", True),
    ("Bad Request: query is too old and response timeout expired or query ID is invalid", "target_gone", True),
    ("Forbidden: bot was blocked by the user", "blocked", True),
    ("Forbidden: user is deactivated", "blocked", True),
    ("Forbidden: bot can't initiate conversation with a user", "blocked", True),
    ("Forbidden: bot was kicked from the supergroup chat", "no_rights", False),
    ("Forbidden: bot is not a member of the supergroup chat", "no_rights", False),
    ("Bad Request: not enough rights to create a topic", "no_rights", False),
    ("Bad Request: not enough rights to send text messages to the chat", "no_rights", False),
    ("Bad Request: CHAT_ADMIN_REQUIRED", "no_rights", False),
    ("Bad Request: the chat is not a forum", "no_rights", False),
    ("Forbidden: the group chat was deleted", "no_rights", False),
    ("Bad Request: chat not found", "chat_gone", True),
    ("Bad Request: wrong file identifier/HTTP URL specified", "rejected", True),
    ("Bad Request: can't parse entities: unsupported start tag", "rejected", True),
    ("Bad Request: message is too long", "rejected", True),
)


@pytest.mark.parametrize(("text", "cause", "permanent"), TEXTS)
def test_a_refusal_has_a_cause(text: str, cause: str, permanent: bool) -> None:
    error = send_error(Refused(403 if text.startswith("Forbidden") else 400, text, {}))
    assert (error.cause, error.permanent, error.unknown) == (cause, permanent, False)


def test_a_flood_and_a_move_carry_their_fields() -> None:
    flood = send_error(Refused(429, "Too Many Requests: retry after 3", {"retry_after": 3}))
    assert (flood.cause, flood.retry_after, flood.permanent) == ("flood", timedelta(seconds=3), False)
    moved = send_error(Refused(400, "group chat was upgraded", {"migrate_to_chat_id": -1009}))
    assert (moved.cause, moved.migrate_to) == ("moved", "-1009")


@pytest.mark.parametrize("status", [401, 404])
def test_a_token_that_is_not_taken_is_tried_again_later(status: int) -> None:
    error = send_error(Refused(status, "Unauthorized", {}))
    assert (error.cause, error.permanent, error.unknown) == ("unauthorized", False, False)


@pytest.mark.parametrize("sure", [True, False])
def test_without_an_answer_it_may_have_arrived_unless_it_never_left(sure: bool) -> None:
    error = send_error(TransportError("cut", surely_not_sent=sure))
    assert (error.cause, error.unknown, error.permanent) == ("trouble", not sure, False)


def test_what_the_library_raises_by_itself_is_unknown() -> None:
    assert send_error(TelegramError("Invalid server response")).unknown
