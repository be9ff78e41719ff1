"""Slips in the domain of an e-mail address, such as "gmial.com": something to ask about, never to put right unasked."""

# Where most people have their mailbox: what is near one of these was probably meant to be it.
MEANT = ("gmail.com", "yahoo.com", "yahoo.co.id", "outlook.com", "hotmail.com", "icloud.com")
NEAR = 2
# They exist, however near they are to another; so many people have a mailbox there that no limit by domain can hold.
_PROVIDERS = """
gmail.com googlemail.com yahoo.com yahoo.co.id ymail.com rocketmail.com outlook.com outlook.co.id hotmail.com
hotmail.co.id hotmail.co.uk live.com msn.com icloud.com me.com mac.com aol.com mail.com email.com gmx.com gmx.net
proton.me protonmail.com zoho.com yandex.com mail.ru cloud.com yahoo.co.uk yahoo.co.jp yahoo.co.in yahoo.co.kr
yahoo.co.nz yahoo.co.th yahoo.co.za yahoo.com.au yahoo.com.my yahoo.com.ph yahoo.com.sg
"""
WELL_KNOWN = frozenset(_PROVIDERS.split())
# Farther from what was meant than NEAR, or so short that nearness says nothing: bpn.go.id is an office of its own.
SLIPS = {
    slip: meant
    for meant, slips in {
        "gmail.com": "gmail.id gmail.co.id gmail.go.id gmail.ac.id gmailcom.com gmail.com.id",
        "yahoo.co.id": "yahoo.id yahoo.go.id yahoo.com.id",
        "bps.go.id": "bps.co.id bps.id bps.g.id bps.goid bps.gov.id bsp.go.id pbs.go.id bpss.go.id bpps.go.id",
    }.items()
    for slip in slips.split()
}
GENERIC = ("con", "cmo", "vom", "xom", "ocm", "comm", "cim", "coom")
SECOND_LEVELS = ("ac", "go", "co", "sch", "or", "web", "net", "mil", "desa", "my", "biz", "ponpes")
COUNTRY = ("di", "idd", "ids", "idn", "ud", "od")
ENDINGS = {
    **{f".{slip}": ".com" for slip in GENERIC},
    **{f".{second}.{slip}": f".{second}.id" for second in SECOND_LEVELS for slip in COUNTRY},
    ".og.id": ".go.id",
    ".gi.id": ".go.id",
    ".ca.id": ".ac.id",
    ".oc.id": ".co.id",
    ".hsc.id": ".sch.id",
    ".shc.id": ".sch.id",
}


def did_you_mean(address: str) -> str | None:
    """The address with a common slip in its domain put right: "a@gmail.com" for "a@gmial.com"; None for any other."""
    local, _, domain = address.strip().rpartition("@")
    domain = domain.lower()
    if not local or domain in WELL_KNOWN:
        return None
    meant = SLIPS.get(domain) or _near(domain) or _right_ending(domain)
    return f"{local}@{meant}" if meant else None


def _near(domain: str) -> str | None:
    """The nearest of MEANT, if one is near: the first of those that are equally near."""
    distance, meant = min(((distance_of(domain, meant), meant) for meant in MEANT), key=lambda found: found[0])
    return meant if distance <= NEAR else None


def _right_ending(domain: str) -> str | None:
    wrong = next((ending for ending in ENDINGS if domain.endswith(ending)), None)
    return domain.removesuffix(wrong) + ENDINGS[wrong] if wrong else None


def distance_of(one: str, other: str) -> int:
    """How many letters to put in, leave out, change, or swap with their neighbour to come from one to the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, its in enumerate(other, 1):
            costs = [last[column] + 1, line[-1] + 1, last[column - 1] + (letter != its)]
            if row > 1 and column > 1 and (letter, one[row - 2]) == (other[column - 2], its):
                costs.append(before[column - 2] + 1)
            line.append(min(costs))
        before, last = last, line
    return last[-1]
