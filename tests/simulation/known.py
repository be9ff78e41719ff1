"""Bugs that are known and not mended yet: a world that breaks a promise in these ways only is no news.

Whoever mends one deletes its line.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """`pattern` is found in the fault's sentence."""

    what: str
    pattern: re.Pattern[str]


KNOWN: tuple[Known, ...] = (
    Known(
        "a row is held for somebody who let the bot in again in the same moment (Outbox._hold looks only once)",
        re.compile(r"^(nothing_is_left_to_do|every_answer_arrives_or_is_said_not_to).*'?held'?.*blocked"),
    ),
    Known(
        "an edit draws the header card in the user's chat where the numbers of card and copy agree (compose._edit)",
        re.compile(r"^(no_card_stands_in_a_private_chat|copies_show_the_newest_version.*Tenggat:)"),
    ),
    Known(
        "an album's later parts are relayed though its first, the note, was refused: its author had just come back",
        re.compile(r"^people_see_only_what_is_theirs.*\[n\d+/\d+\] \(document"),
    ),
)


def news(faults: list[str]) -> list[str]:
    """The faults that no known bug explains."""
    return [fault for fault in faults if not any(known.pattern.search(fault) for known in KNOWN)]
