"""What would show the public who an officer is on the platform (DOMAIN.md §6 rule 23)."""

import re
from collections.abc import Iterable

from bot.domain.entities import Entity

HANDLE = re.compile(r"(?:(?<![\w.])@|\b(?:t|telegram)\.me/|resolve\?domain=)([A-Za-z]\w{3,31})", re.IGNORECASE)
ACCOUNT_LINK = "tg://user?"
PHONE_DIGITS = 5
NAME_LONGEST = 60


def without_accounts(entities: Iterable[Entity]) -> list[Entity]:
    """The entities but for those that lead to a person's account: the words they stand on stay, as plain words."""
    return [entity for entity in entities if not _is_account(entity)]


def _is_account(entity: Entity) -> bool:
    return entity["type"] == "text_mention" or str(entity.get("url", "")).startswith(ACCOUNT_LINK)


def handles(text: str, entities: Iterable[Entity] = ()) -> frozenset[str]:
    """The user names, lower case, that the text or a link in it names: "@rina", "t.me/rina"."""
    links = " ".join(str(entity.get("url", "")) for entity in entities)
    return frozenset(match.lower() for match in HANDLE.findall(f"{text} {links}"))


def is_discreet(name: str) -> bool:
    """Whether a name may be shown to the public: some letters, no user name, no link, no telephone number."""
    digits = sum(char.isdigit() for char in name)
    plain = name.isprintable() and not any(mark in name for mark in "@/<>") and digits < PHONE_DIGITS
    return plain and any(char.isalpha() for char in name) and len(name) <= NAME_LONGEST
