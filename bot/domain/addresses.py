"""E-mail addresses: when two are the same, how one is shown, which ones may stand in a mail's header."""

import re

MAX_LENGTH = 254
MAX_LOCAL = 64
ATOM = r"[A-Za-z0-9!#$%&*+/=?^_{|}~-]+"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = re.compile(rf"({ATOM}(?:\.{ATOM})*)@(?:{LABEL}\.)+(?:[A-Za-z]{{2,63}}|xn--[A-Za-z0-9-]{{1,59}})")


def email_key(address: str) -> str:
    """What is compared: trimmed, both parts in lower case; dots and plus stay (DOMAIN.md §6 rule 13)."""
    return address.strip().lower()


def domain_of(address: str) -> str:
    """What stands behind the @, in lower case."""
    return email_key(address).rpartition("@")[2]


def masked(address: str) -> str:
    """How an address is shown: "s***@contoh.go.id"."""
    local, _, domain = address.strip().rpartition("@")
    return f"{local[:1]}***@{domain}"


def is_plain(address: str) -> bool:
    """Whether the address may stand in a header (QUALITY.md §2 T9): a plain ASCII addr-spec with a dotted domain.

    At most 254 characters, no encoded word (`=?`), no quotes, commas, spaces or control characters, no address literal.
    """
    match = ADDRESS.fullmatch(address)
    return match is not None and len(address) <= MAX_LENGTH and len(match[1]) <= MAX_LOCAL and "=?" not in address
