"""Reply markup: what Telegram accepts as buttons."""

from dataclasses import dataclass
from typing import Any

from bot.playground.arguments import Arguments
from bot.playground.replies import Json, Refused

LONGEST_DATA = 64
MOST_BUTTONS = 100
_ACTIONS = [
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
]


@dataclass(frozen=True, slots=True)
class Markup:
    """`inline` stays with the message; `rows` replace the reply keyboard of the chat (empty: take it away)."""

    inline: Json | None = None
    rows: list[list[str]] | None = None
    once: bool = False


NONE = Markup()


def read_markup(args: Arguments, *, private: bool) -> Markup:
    """The `reply_markup` of a request; raises BUTTON_DATA_INVALID and its relatives."""
    markup = args.mapping("reply_markup")
    if not markup:
        return NONE
    if "inline_keyboard" in markup:
        rows = [[_checked(button, private=private) for button in row] for row in _rows(markup["inline_keyboard"])]
        if sum(map(len, rows)) > MOST_BUTTONS:
            raise Refused("REPLY_MARKUP_TOO_LONG")
        rows = [row for row in rows if row]
        return Markup(inline={"inline_keyboard": rows}) if rows else NONE
    if "keyboard" in markup:
        return Markup(rows=_labels(markup["keyboard"]), once=bool(markup.get("one_time_keyboard")))
    return Markup(rows=[]) if markup.get("remove_keyboard") else NONE


def _rows(rows: Any) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise Refused("can't parse inline keyboard markup JSON object")
    return rows


def _labels(rows: Any) -> list[list[str]]:
    return [[button if isinstance(button, str) else str(button["text"]) for button in row] for row in _rows(rows)]


def _checked(button: Any, *, private: bool) -> Json:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise Refused("can't parse inline keyboard button: Can't find field \"text\"")
    if not button["text"].strip():
        raise Refused("BUTTON_TEXT_INVALID")
    if sum(action in button for action in _ACTIONS) != 1:
        raise Refused("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= LONGEST_DATA:
        raise Refused("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url is not None and "://" not in url and "." not in url:
        raise Refused("BUTTON_URL_INVALID")
    if "web_app" in button and not private:
        raise Refused("BUTTON_TYPE_INVALID")
    return button
