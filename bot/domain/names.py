"""Names as people type them: what can be one, and what was probably meant to be something else."""

import re
import unicodedata
from enum import StrEnum

SHORTEST, LONGEST = 2, 80
MOST_WORDS = 10  # "Prof. Dr. Ir. H. Muhammad Siti Aminah, S.Si., M.Sc., Ph.D."
# No name has these.
NEVER = frozenset("0123456789")
# How a question or a request begins; names that begin so ("Ada", "Mark", "Can") are left alone.
OPENING = re.compile(
    r"(berapa|apa|apakah|bagaimana|mengapa|kenapa|kapan|di ?mana|mohon|minta|tolong|bisakah|bolehkah|data|tabel|jumlah"
    r"|saya (perlu|butuh|ingin|mau|minta|mencari|cari|hendak)|how|what|when|where|why|which|could|please"
    r"|i (need|want|would|am looking))\b",
    re.IGNORECASE,
)


class NameFault(StrEnum):
    """Why a text is not taken for a name."""

    QUESTION = "question"
    EMAIL = "email"
    PLAIN = "plain"


def name_fault(typed: str, *, shown: str) -> NameFault | None:
    """What speaks against the name; None when it can be one. `shown`: `typed` without what does not show (marks of
    direction and the like, which are forgiven; control characters are not). Emoji may stand beside letters."""
    if "@" in shown:
        return NameFault.EMAIL
    if "?" in shown or OPENING.match(shown) or len(shown.split()) > MOST_WORDS:
        return NameFault.QUESTION
    return None if _can_be(shown) and not any(map(_controls, typed)) else NameFault.PLAIN


def _can_be(shown: str) -> bool:
    return (
        SHORTEST <= len(shown) <= LONGEST
        and "\n" not in shown
        and any(char.isalpha() for char in shown)
        and not NEVER.intersection(shown)
    )


def _controls(char: str) -> bool:
    return unicodedata.category(char) == "Cc" and not char.isspace()
