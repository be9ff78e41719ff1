"""E-mail addresses: when two are the same, how one is shown, which ones may stand in a mail's header."""

import re

MAX_LENGTH = 254
MAX_LOCAL = 64
ATOM = r"[A-Za-z0-9!#$%&*+/=?^_{|}~-]+"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = re.compile(rf"({ATOM}(?:\.{ATOM})*)@(?:{LABEL}\.)+(?:[A-Za-z]{{2,63}}|xn--[A-Za-z0-9-]{{1,59}})")

DOMAIN_TYPOS = {
    typo: right
    for right, typos in {
        "gmail.com": (
            "gmial.com gmai.com gmal.com gmil.com gamil.com gmaill.com gmailcom.com gnail.com gmali.com gimail.com "
            "gmeil.com gemail.com gmail.co gmail.con gmail.cm gmail.cim gmail.comm gmail.id gmail.co.id gmail.go.id"
        ),
        "yahoo.com": "yaho.com yahooo.com yhoo.com yahho.com yahoo.con yahoo.cm yahoo.comm yahoo.co",
        "yahoo.co.id": "yaho.co.id yahoo.id yahoo.co.di yahoo.coid yahoo.go.id",
        "hotmail.com": "hotmial.com hotmal.com hotmai.com hotmil.com hotmail.con hotmail.co",
        "outlook.com": "outlok.com outloo.com outlook.con outlook.co oulook.com",
        "icloud.com": "iclod.com icoud.com icloud.con icloud.co",
        "bps.go.id": "bps.co.id bps.go.di bps.goid bps.id bsp.go.id",
    }.items()
    for typo in typos.split()
}
ENDING_TYPOS = {
    ".con": ".com",
    ".cmo": ".com",
    ".vom": ".com",
    ".go.di": ".go.id",
    ".go.idd": ".go.id",
    ".ac.di": ".ac.id",
    ".co.di": ".co.id",
    ".sch.di": ".sch.id",
}


def email_key(address: str) -> str:
    """What is compared: trimmed, both parts in lower case; dots and plus stay (DOMAIN.md §6 rule 13)."""
    return address.strip().lower()


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


def did_you_mean(address: str) -> str | None:
    """The address with a common slip in its domain put right: "a@gmail.com" for "a@gmial.com"; else None."""
    local, _, domain = address.strip().rpartition("@")
    domain = domain.lower()
    right = DOMAIN_TYPOS.get(domain) or _right_ending(domain)
    return f"{local}@{right}" if local and right else None


def _right_ending(domain: str) -> str | None:
    wrong = next((ending for ending in ENDING_TYPOS if domain.endswith(ending)), None)
    return domain.removesuffix(wrong) + ENDING_TYPOS[wrong] if wrong else None
